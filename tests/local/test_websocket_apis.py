"""WebSocket APIs answer, limit and end connections as on AWS.

The sentences of AWS stand in src/stepgate/emulator/websocket_api/.
"""

import json
import socket as sockets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.deployed.stacks import Deployed
from tests.local.functions import Function
from tests.local.processes import await_
from tests.local.websocket_apis import (
    ROLE,
    Route,
    WebSocketApi,
    answer,
    create_api,
    let_pass,
    received,
)

WHO = Route(response='{"connection": "$context.connectionId"}')
"""Answers with the connection's id."""
PUT_ITEM = "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"
START_SYNC = "arn:aws:apigateway:us-east-1:states:action/StartSyncExecution"
_names = (f"live-{i}" for i in count())


@pytest.fixture(scope="module")
def plain(deployed: Deployed) -> WebSocketApi:
    """An API with one route."""
    return create_api(deployed.cloud, {"who": WHO})


@pytest.fixture(scope="module")
def table(deployed: Deployed) -> str:
    name = next(_names)
    deployed.cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture(scope="module")
def remembered(deployed: Deployed, table: str) -> WebSocketApi:
    """An API that writes an item when a client connects, and one when it has gone."""

    def item(id_: str, **members: str) -> Route:
        values = {"id": id_, **members}
        attributes = {name: {"S": value} for name, value in values.items()}
        return Route(json.dumps({"TableName": table, "Item": attributes}), PUT_ITEM)

    connected = item(
        "$context.connectionId",
        event="$context.eventType",
        agent="$context.identity.userAgent",
        name="$util.escapeJavaScript($input.params('name'))",
    )
    gone = item(
        "$context.connectionId gone",
        event="$context.eventType",
        end="$context.disconnectStatusCode $context.disconnectReason",
    )
    return create_api(deployed.cloud, {"who": WHO, "$connect": connected, "$disconnect": gone})


def item_of(api: WebSocketApi, table: str, id_: str) -> dict[str, str]:
    """The item, as soon as it is there."""
    dynamodb, key = api.cloud.client("dynamodb"), {"id": {"S": id_}}
    item = await_(lambda: dynamodb.get_item(TableName=table, Key=key).get("Item"), f"item {id_}")
    return {name: value["S"] for name, value in item.items()}


def machine(api: WebSocketApi, states: dict[str, Any]) -> str:
    """The ARN of an Express machine."""
    return api.cloud.stepfunctions.create_state_machine(
        name=next(_names),
        definition=json.dumps({"StartAt": next(iter(states)), "States": states}),
        roleArn=ROLE,
        type="EXPRESS",
    )["stateMachineArn"]


def invoke_connection(api: WebSocketApi, method: str, **more: Any) -> dict[str, Any]:
    """A state that calls `@connections` of the connection in its input."""
    arguments = {
        "ApiEndpoint": f"{api.id}.execute-api.us-east-1.amazonaws.com",
        "Method": method,
        "Stage": api.stage,
        "Path": "{% '/@connections/' & $states.input.connection %}",
    }
    return {
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": "arn:aws:states:::apigateway:invoke",
        "Arguments": arguments | more,
        "Output": "{% $states.input %}",
    }


def start(machine: str) -> str:
    """A template that starts it with the connection's id."""
    text = r"{\"connection\": \"$context.connectionId\"}"
    return f'{{"stateMachineArn": "{machine}", "input": "{text}"}}'


# Routes


def test_a_message_takes_the_route_that_its_action_names(deployed: Deployed) -> None:
    routed = Route(response='{"route": "$context.routeKey", "type": "$context.eventType"}')
    routes = {"a": routed, "b": routed, "$default": routed, "$connect": Route()}
    api = create_api(deployed.cloud, routes)
    with api.connect() as socket:
        for message, route in (
            ('{"action": "a"}', "a"),
            ('{"action": "b", "more": 1}', "b"),
            ('{"action": "c"}', "$default"),
            ('{"action": "$connect"}', "$default"),
            ('{"action": {"a": 1}}', "$default"),
            ('["a"]', "$default"),
            ("no JSON", "$default"),
            ("[" * 20_000, "$default"),  # nested too deeply
        ):
            socket.send(message)
            assert received(socket) == {"route": route, "type": "MESSAGE"}, message


def test_a_route_may_be_selected_by_a_member_inside_of_another(deployed: Deployed) -> None:
    api = create_api(deployed.cloud, {"v2": WHO}, selection="${request.body.call.version}")
    with api.connect() as socket:
        assert "connection" in answer(socket, call={"version": "v2"})


def test_a_message_without_a_route_is_answered_with_an_error(plain: WebSocketApi) -> None:
    with plain.connect() as socket:
        connection = answer(socket, action="who")["connection"]
        refused = answer(socket, action="other")
    assert (refused["message"], refused["connectionId"]) == ("Forbidden", connection)
    assert refused["requestId"]


def test_a_route_without_a_response_answers_nothing(deployed: Deployed) -> None:
    api = create_api(deployed.cloud, {"silent": Route(), "who": WHO})
    with api.connect() as socket:
        socket.send('{"action": "silent"}')
        assert "connection" in answer(socket, action="who")


def test_the_variables_of_the_context_are_those_of_aws(deployed: Deployed) -> None:
    names = (
        "apiId connectionId connectedAt domainName eventType extendedRequestId messageDirection "
        "messageId requestId requestTime requestTimeEpoch routeKey stage identity.sourceIp "
        "authorizer.none"
    )
    shown = {name: f"$context.{name}" for name in names.split()} | {
        "color": "$stageVariables.color"
    }
    api = create_api(deployed.cloud, {"show": Route(response=json.dumps(shown))})
    before = time.time()
    with api.connect() as socket:
        context = answer(socket, action="show")
        again = answer(socket, action="show")
    assert abs(int(context["connectedAt"]) / 1000 - before) < 5
    assert context["domainName"] == f"{api.id}.execute-api.us-east-1.amazonaws.com"
    fixed = ("apiId", "stage", "eventType", "messageDirection", "routeKey", "color")
    assert [context[name] for name in fixed] == [api.id, "live", "MESSAGE", "IN", "show", "blue"]
    assert context["identity.sourceIp"] == "127.0.0.1"
    assert context["authorizer.none"] == ""
    changing = {"messageId", "requestId", "extendedRequestId", "requestTime", "requestTimeEpoch"}
    same = context.keys() - changing
    assert {name: context[name] for name in same} == {name: again[name] for name in same}
    assert context["messageId"] != again["messageId"]


# Integrations


def test_a_workflow_answers_with_what_the_templates_make(plain: WebSocketApi) -> None:
    doubled = machine(
        plain, {"Pass": {"Type": "Pass", "Parameters": {"text.$": "$.text"}, "End": True}}
    )
    body = r"""$util.escapeJavaScript($input.body).replaceAll("\\'", "'")"""
    template = f'{{"stateMachineArn": "{doubled}", "input": "{body}"}}'
    route = Route(template, START_SYNC, response="$input.path('$.output')")
    plain.add("double", route)
    with plain.connect() as socket:
        for text in ("it's", 'a "b" \\ /', "é\u2028😀"):
            assert answer(socket, action="double", text=text) == {"text": text}


@pytest.mark.parametrize(
    ("integration", "message", "expected"),
    [
        ({"TemplateSelectionExpression": "$request.body.kind"}, {"kind": "a"}, 200),
        ({"TemplateSelectionExpression": "${request.body.kind}-x"}, {"kind": "b"}, 201),
        ({"TemplateSelectionExpression": "a"}, {}, 200),
        ({"TemplateSelectionExpression": "none"}, {"statusCode": 203}, 203),
        (
            {"TemplateSelectionExpression": "none", "PassthroughBehavior": "NEVER"},
            {"statusCode": 203},
            None,
        ),
        (
            {"TemplateSelectionExpression": "none", "PassthroughBehavior": "WHEN_NO_TEMPLATES"},
            {"statusCode": 203},
            None,
        ),
        (
            {"RequestTemplates": {}, "PassthroughBehavior": "WHEN_NO_TEMPLATES"},
            {"statusCode": 204},
            204,
        ),
        ({"RequestTemplates": {"a": '{"statusCode": "many"}'}}, {"kind": "a"}, None),
        ({"RequestTemplates": {"a": "#set($a = "}}, {"kind": "a"}, None),
    ],
)
def test_a_template_is_selected_or_the_message_passes(
    plain: WebSocketApi, integration: dict[str, Any], message: dict[str, Any], expected: int | None
) -> None:
    templates = {"a": '{"statusCode": 200}', "b-x": '{"statusCode": 201}'}
    defaults = {
        "RequestTemplates": templates,
        "TemplateSelectionExpression": "$request.body.kind",
    }
    name = next(_names)
    plain.add(name, Route(response="{}", integration=defaults | integration))
    api, gateway = {"ApiId": plain.id}, plain.gateway
    (integration_id,) = (
        route["Target"].removeprefix("integrations/")
        for route in gateway.get_routes(**api)["Items"]
        if route["RouteKey"] == name
    )
    for status in (r"/20[01]/", r"/20\d/"):
        gateway.create_integration_response(
            **api,
            IntegrationId=integration_id,
            IntegrationResponseKey=status,
            TemplateSelectionExpression="${integration.response.statuscode}",
            ResponseTemplates={str(code): f'{{"status": {code}}}' for code in range(200, 205)},
        )
    with plain.connect() as socket:
        answered = answer(socket, action=name, **message)
    if expected:
        assert answered == {"status": expected}
    else:
        assert answered["message"] == "Internal server error"


def test_a_response_needs_an_integration_response(plain: WebSocketApi) -> None:
    gateway, api = plain.gateway, {"ApiId": plain.id}
    integration = gateway.create_integration(
        **api, IntegrationType="MOCK", RequestTemplates={"$default": '{"statusCode": 200}'}
    )["IntegrationId"]
    name = next(_names)
    route = gateway.create_route(
        **api,
        RouteKey=name,
        Target=f"integrations/{integration}",
        RouteResponseSelectionExpression="$default",
    )["RouteId"]
    gateway.create_route_response(**api, RouteId=route, RouteResponseKey="$default")
    with plain.connect() as socket:
        assert answer(socket, action=name)["message"] == "Internal server error"
        gateway.create_integration_response(
            **api,
            IntegrationId=integration,
            IntegrationResponseKey="$default",
            ResponseTemplates={"$default": "[]"},
        )
        assert answer(socket, action=name) == []


# Connections


def leave(socket: ClientConnection) -> None:
    socket.close(4000, "enough")


def vanish(socket: ClientConnection) -> None:
    socket.socket.shutdown(sockets.SHUT_RDWR)


@pytest.mark.parametrize(("end", "expected"), [(leave, "4000 enough"), (vanish, "1006 ")])
def test_integrations_are_called_when_a_client_connects_and_when_it_has_gone(
    remembered: WebSocketApi, table: str, end: Callable[[ClientConnection], None], expected: str
) -> None:
    with remembered.connect("?name=it%22s", user_agent_header="Tested/1") as socket:
        id_ = answer(socket, action="who")["connection"]
        connected = item_of(remembered, table, id_)
        end(socket)
        gone = item_of(remembered, table, f"{id_} gone")
    assert (connected["event"], connected["agent"]) == ("CONNECT", "Tested/1")
    assert connected["name"] == 'it"s'
    assert (gone["event"], gone["end"]) == ("DISCONNECT", expected)


def test_a_client_connects_whatever_the_backend_answers(deployed: Deployed) -> None:
    refused = Route('{"TableName": "none", "Item": {}}', PUT_ITEM)
    api = create_api(deployed.cloud, {"$connect": refused, "who": WHO})
    with api.connect() as socket:
        assert "connection" in answer(socket, action="who")


def test_a_client_does_not_connect_if_the_template_fails(deployed: Deployed) -> None:
    api = create_api(deployed.cloud, {"$connect": Route("#set($a = ", PUT_ITEM)})
    assert refused_status(api) == 500


def test_an_unknown_stage_is_refused(plain: WebSocketApi) -> None:
    assert refused_status(WebSocketApi(plain.cloud, plain.id, "none")) == 403


def refused_status(api: WebSocketApi, query: str = "", **options: Any) -> int:
    with pytest.raises(InvalidStatus) as refused, api.connect(query, **options):
        pass
    return refused.value.response.status_code


def test_a_backend_sends_to_a_connection_reads_it_and_closes_it(
    remembered: WebSocketApi, table: str
) -> None:
    management = remembered.management
    with remembered.connect(user_agent_header="Tested/2") as socket:
        id_ = answer(socket, action="who")["connection"]
        management.post_to_connection(ConnectionId=id_, Data="it's é😀".encode())
        assert socket.recv(timeout=20) == "it's é😀"
        found = management.get_connection(ConnectionId=id_)
        assert found["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "Tested/2"}
        assert found["LastActiveAt"] > found["ConnectedAt"]
        management.delete_connection(ConnectionId=id_)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=20)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1000
    assert item_of(remembered, table, f"{id_} gone")["end"].startswith("1000 ")
    for call in (management.get_connection, management.delete_connection):
        assert refusal(lambda call=call: call(ConnectionId=id_)) == ("GoneException", 410)
    sent = refusal(lambda: management.post_to_connection(ConnectionId=id_, Data=b"late"))
    assert sent == ("GoneException", 410)


def refusal(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        call()
    answered: Any = refused.value.response
    return answered["Error"]["Code"], answered["ResponseMetadata"]["HTTPStatusCode"]


def test_a_call_of_connections_has_to_be_signed(plain: WebSocketApi) -> None:
    with plain.connect() as socket:
        id_ = answer(socket, action="who")["connection"]
        url = f"{plain.url.replace('ws', 'http', 1)}/@connections/{id_}"
        assert httpx.get(url).status_code == 403


def test_a_connection_belongs_to_its_api(plain: WebSocketApi, remembered: WebSocketApi) -> None:
    with plain.connect() as socket:
        id_ = answer(socket, action="who")["connection"]
        other = remembered.management
        assert refusal(lambda: other.get_connection(ConnectionId=id_)) == ("GoneException", 410)


def test_messages_of_many_senders_arrive_whole_and_in_each_ones_order(plain: WebSocketApi) -> None:
    text = "é" * 30_000  # of two frames
    with plain.connect(max_size=None) as socket:
        id_ = answer(socket, action="who")["connection"]
        management = plain.management

        def send(sender: int) -> None:
            for number in range(10):
                data = json.dumps([sender, number, text], ensure_ascii=False).encode()
                management.post_to_connection(ConnectionId=id_, Data=data)

        with ThreadPoolExecutor() as senders:
            sent = [senders.submit(send, sender) for sender in range(4)]
            messages = [received(socket) for _ in range(40)]
        for each in sent:
            each.result()
    for sender in range(4):
        own = [message for message in messages if message[0] == sender]
        assert own == [[sender, number, text] for number in range(10)]


# From a state machine


def test_a_workflow_sends_to_a_connection_and_closes_it(deployed: Deployed) -> None:
    api = create_api(deployed.cloud, {"who": WHO})
    send = invoke_connection(api, "POST", RequestBody={"number": 1})
    pushing = machine(
        api,
        {
            "Send": {**send, "Next": "Close"},
            "Close": {**invoke_connection(api, "DELETE"), "End": True},
        },
    )
    api.add("push", Route(start(pushing), START_SYNC))
    with api.connect() as socket:
        socket.send('{"action": "push"}')
        assert received(socket) == {"number": 1}
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=20)


def test_a_workflow_cannot_send_before_the_client_is_connected(
    deployed: Deployed, table: str
) -> None:
    api = create_api(deployed.cloud, {"who": WHO})
    gone = {
        "ErrorEquals": ["ApiGateway.410"],
        "Next": "Write",
        "Output": "{% $states.input %}",
    }
    written = {"id": {"S": "{% 'caught ' & $states.input.connection %}"}}
    eager = machine(
        api,
        {
            "Send": {
                **invoke_connection(api, "POST", RequestBody="early"),
                "Catch": [gone],
                "End": True,
            },
            "Write": {
                "Type": "Task",
                "QueryLanguage": "JSONata",
                "Resource": "arn:aws:states:::dynamodb:putItem",
                "Arguments": {"TableName": table, "Item": written},
                "End": True,
            },
        },
    )
    api.add("$connect", Route(start(eager), START_SYNC))
    with api.connect() as socket:
        id_ = answer(socket, action="who")["connection"]
        assert item_of(api, table, f"caught {id_}")


# Limits

KILOBYTE = 1024
FULL_FRAME = "x" * (32 * KILOBYTE)


@pytest.mark.parametrize("message", [FULL_FRAME, [FULL_FRAME] * 4], ids=["a frame", "a message"])
def test_the_largest_frame_and_message_are_taken(
    plain: WebSocketApi, message: str | list[str]
) -> None:
    with plain.connect() as socket:
        socket.send(message)
        assert received(socket)["message"] == "Forbidden"


@pytest.mark.parametrize(
    "message", [f"{FULL_FRAME}x", [*[FULL_FRAME] * 4, "x"]], ids=["a frame", "a message"]
)
def test_a_larger_frame_or_message_closes_the_connection(
    plain: WebSocketApi, message: str | list[str]
) -> None:
    with plain.connect() as socket:
        with suppress(ConnectionClosed):  # perhaps before all of it is sent
            socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=20)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1009


def test_a_backend_sends_at_most_128_kilobytes(plain: WebSocketApi) -> None:
    management = plain.management
    with plain.connect() as socket:
        id_ = answer(socket, action="who")["connection"]
        largest = b"x" * (128 * KILOBYTE)
        management.post_to_connection(ConnectionId=id_, Data=largest)
        frames = [len(frame) for frame in socket.recv_streaming()]
        assert sum(frames) == len(largest)
        assert max(frames) <= 32 * KILOBYTE
        too_large = refusal(
            lambda: management.post_to_connection(ConnectionId=id_, Data=largest + b"x")
        )
        assert too_large == ("PayloadTooLargeException", 413)


def ended(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=20)
    assert closed.value.rcvd
    return closed.value.rcvd.code


def test_a_connection_ends_after_ten_idle_minutes(plain: WebSocketApi) -> None:
    with plain.connect() as socket:
        id_ = answer(socket, action="who")["connection"]
        let_pass(plain.cloud, 590)
        assert "connection" in answer(socket, action="who")
        let_pass(plain.cloud, 590)
        plain.management.post_to_connection(ConnectionId=id_, Data=b"still here")
        assert socket.recv(timeout=20) == "still here"
        let_pass(plain.cloud, 590)
        assert "connection" in answer(socket, action="who")
        let_pass(plain.cloud, 601)
        assert ended(socket) == 1001


def test_a_connection_ends_after_two_hours(plain: WebSocketApi) -> None:
    with plain.connect() as socket:
        for _ in range(12):
            let_pass(plain.cloud, 595)
            assert "connection" in answer(socket, action="who")
        let_pass(plain.cloud, 65)
        assert ended(socket) == 1001


# Authorization


def test_a_handshake_has_to_be_signed_where_iam_is_asked_for(deployed: Deployed) -> None:
    caller = Route(response='{"caller": "$context.identity.caller"}')
    api = create_api(deployed.cloud, {"caller": caller})
    api.add("$connect", Route(route={"AuthorizationType": "AWS_IAM"}))
    assert refused_status(api) == 403
    signed = "?X-Amz-Signature=0&X-Amz-Credential=AKIA1%2F20261130%2Fus-east-1%2Fexecute-api"
    with api.connect(signed) as socket:
        assert answer(socket, action="caller") == {"caller": "AKIA1"}
    header = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIA2/20261130/us-east-1/execute-api"}
    with api.connect(additional_headers=header) as socket:
        assert answer(socket, action="caller") == {"caller": "AKIA2"}


AUTHORIZER = """
def handler(event, context):
    token = event["queryStringParameters"]["token"]
    if token == "unknown":
        raise Exception("Unauthorized")
    effect = "Deny" if token == "refused" else "Allow"
    statement = {
        "Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]
    }
    return {
        "principalId": token,
        "policyDocument": {"Statement": [statement]},
        "context": {"stage": event["requestContext"]["stage"], "level": 3},
    }
"""


def test_a_function_decides_who_connects(deployed: Deployed) -> None:
    shown = {name: f"$context.authorizer.{name}" for name in ("principalId", "stage", "level")}
    api = create_api(deployed.cloud, {"show": Route(response=json.dumps(shown))})
    function = Function(deployed.cloud, AUTHORIZER).arn
    authorizer = api.gateway.create_authorizer(
        ApiId=api.id,
        Name="tokens",
        AuthorizerType="REQUEST",
        AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/functions/{function}/invocations",
        IdentitySource=["route.request.querystring.token"],
    )["AuthorizerId"]
    api.add("$connect", Route(route={"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer}))
    assert refused_status(api) == 401
    assert refused_status(api, "?token=unknown") == 401
    assert refused_status(api, "?token=refused") == 403
    with api.connect("?token=ann") as socket:
        shown = {"principalId": "ann", "stage": "live", "level": "3"}
        assert answer(socket, action="show") == shown


# Deployments


def test_a_stage_serves_its_deployment(deployed: Deployed) -> None:
    api = create_api(deployed.cloud, {"a": WHO})
    gateway, api_id = api.gateway, {"ApiId": api.id}
    first = gateway.create_deployment(**api_id)["DeploymentId"]
    gateway.create_stage(**api_id, StageName="v1", DeploymentId=first)
    v1 = WebSocketApi(api.cloud, api.id, "v1")
    api.add("b", WHO)
    with v1.connect() as socket, api.connect() as deployed_by_itself:
        assert "connection" in answer(deployed_by_itself, action="b")
        assert "connection" in answer(socket, action="a")
        assert answer(socket, action="b")["message"] == "Forbidden"
        gateway.create_deployment(**api_id, StageName="v1")
        assert "connection" in answer(socket, action="b")


def test_what_is_deleted_is_gone_with_all_that_is_inside(deployed: Deployed) -> None:
    api = create_api(deployed.cloud, {"a": WHO})
    gateway, api_id = api.gateway, {"ApiId": api.id}
    (route,) = gateway.get_routes(**api_id)["Items"]
    gateway.delete_route(**api_id, RouteId=route["RouteId"])
    gone = refusal(lambda: gateway.get_route_responses(**api_id, RouteId=route["RouteId"]))
    assert gone == ("NotFoundException", 404)
    gateway.delete_api(**api_id)
    assert refused_status(api) == 403
    assert api.id not in [each["ApiId"] for each in gateway.get_apis()["Items"]]


def test_an_update_changes_what_it_names(deployed: Deployed) -> None:
    api = create_api(deployed.cloud, {"a": WHO})
    gateway, api_id = api.gateway, {"ApiId": api.id}
    (route,) = gateway.get_routes(**api_id)["Items"]
    gateway.update_route(**api_id, RouteId=route["RouteId"], RouteKey="b")
    (changed,) = gateway.get_routes(**api_id)["Items"]
    assert changed["Target"] == route["Target"]
    with api.connect() as socket:
        assert "connection" in answer(socket, action="b")
    refused = refusal(
        lambda: gateway.update_route(**api_id, RouteId=route["RouteId"], ApiKeyRequired=True)
    )
    assert refused == ("BadRequestException", 400)


MOCK = {"IntegrationType": "MOCK"}


@pytest.mark.parametrize(
    ("operation", "members", "reason"),
    [
        ("create_integration", {"IntegrationType": "HTTP"}, "IntegrationType is HTTP; write AWS"),
        (
            "create_integration",
            MOCK | {"RequestParameters": {"a": "b"}},
            "RequestParameters is {'a': 'b'}; leave it out",
        ),
        ("create_route", {"RouteKey": "a", "ApiKeyRequired": True}, "ApiKeyRequired is True;"),
        (
            "create_route",
            {"RouteKey": "a", "AuthorizationType": "AWS_IAM"},
            "authorization is restricted to the $connect route only",
        ),
        ("create_stage", {"StageName": "a", "DeploymentId": "none"}, "Invalid Deployment"),
        ("create_stage", {"StageName": "live"}, "Stage already exists"),
        ("create_deployment", {"StageName": "live"}, "Stage live deploys by itself"),
        ("create_model", {"Name": "a", "Schema": "{}"}, "CreateModel is not on the emulator"),
    ],
)
def test_what_the_emulator_does_not_have_is_refused(
    plain: WebSocketApi, operation: str, members: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(plain.gateway, operation)(ApiId=plain.id, **members)
    assert reason in str(refused.value)


def test_an_http_api_is_refused(plain: WebSocketApi) -> None:
    with pytest.raises(ClientError, match="ProtocolType is HTTP; write WEBSOCKET"):
        plain.gateway.create_api(Name="http", ProtocolType="HTTP")


def test_the_answer_of_an_aws_service_takes_one_integration_response(
    plain: WebSocketApi,
) -> None:
    integration = plain.gateway.create_integration(
        ApiId=plain.id, IntegrationType="AWS", IntegrationUri=PUT_ITEM
    )["IntegrationId"]
    with pytest.raises(ClientError, match="write \\$default: AWS does not document"):
        plain.gateway.create_integration_response(
            ApiId=plain.id, IntegrationId=integration, IntegrationResponseKey=r"/2\d\d/"
        )


def test_an_api_without_a_route_is_not_deployed(deployed: Deployed) -> None:
    api = create_api(deployed.cloud, {})
    with pytest.raises(ClientError, match="At least one route is required"):
        api.gateway.create_deployment(ApiId=api.id)
