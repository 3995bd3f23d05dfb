"""Who may follow executions live: each authorization of a live API, deployed once in one stack."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from stepgate import AccessDenied, Message, Stack, StepgateError, TokenRejected
from stepgate.client.outputs import parse_outputs
from stepgate.client.signature import signed_url
from tests.deployed.stacks import Deployed, deploy_beside
from tests.deployed.test_live import answer, messages, received, send
from tests.local.processes import await_

pytestmark = pytest.mark.proof

SECONDS = 60
"""Longer than an answer takes on a busy machine."""
PROGRAM = """
import pulumi
import pulumi_aws as aws
from stepgate import Iam, LambdaAuthorizer, Live, Public, Route, Workflow
from stepgate.components import WorkflowApi

FUNCTION = '''
def handler(event, context):
    who = event["headers"]["Authorization"].removeprefix("Bearer ")
    if who == "unknown":
        raise Exception("Unauthorized")
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Deny" if who == "denied" else "Allow",
        "Resource": event["methodArn"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": who, "policyDocument": policy, "context": {"sub": who}}
'''
function = aws.lambda_.Function(
    "who-connects",
    runtime="python3.11",
    handler="index.handler",
    role="arn:aws:iam::000000000000:role/any",
    code=pulumi.AssetArchive({"index.py": pulumi.StringAsset(FUNCTION)}),
)
BY_FUNCTION = LambdaAuthorizer(function_arn=function.arn)


def begin(seconds):
    return {
        "StartAt": "Begin",
        "TimeoutSeconds": 600,
        "States": {
            "Begin": {"Type": "Pass", "Next": "Rest"},
            "Rest": {"Type": "Wait", "Seconds": seconds, "Next": "Fails?"},
            "Fails?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.fail", "IsPresent": True, "Next": "Fail"}],
                "Default": "End",
            },
            "Fail": {"Type": "Fail", "Error": "Late", "Cause": "a secret"},
            "End": {"Type": "Pass", "End": True},
        },
    }


LATER = Workflow("later", "async", begin(0), progress="states")
LONG = Workflow("long", "async", begin(500), progress="states")
NOW = Workflow("now", "sync", begin(0) | {"TimeoutSeconds": 25}, progress="states")
OWN = Workflow(
    "own", "async", begin(500), progress="states",
    route=Route(authorization=BY_FUNCTION, private=True),
)
for name, workflows, authorization in [
    ("signed", [LATER], Iam()),
    ("asked", [LATER], BY_FUNCTION),
    ("open", [LATER, LONG, NOW], Public()),
]:
    api = WorkflowApi(
        name, workflows=workflows, live=Live(authorization=authorization),
        authorization=Public(), allow_public=True,
    )
    pulumi.export(name, api.outputs)
pulumi.export("owned", WorkflowApi("owned", workflows=[OWN], live=True).outputs)
"""
STEPS = ["Begin", "Rest", "Fails?", "End"]
"""The states of an execution that succeeds."""


@pytest.fixture(scope="module")
def apis(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    project = tmp_path_factory.mktemp("live-apis")
    (project / "Pulumi.yaml").write_text("name: live-apis\nruntime: python\n")
    (project / "Pulumi.local.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (project / "__main__.py").write_text(PROGRAM)
    return deploy_beside(deployed, "who", project)


@contextmanager
def connected(url: str, **headers: str) -> Generator[ClientConnection]:
    with connect(url, proxy=None, additional_headers=headers) as socket:
        yield socket


def refused_status(url: str, **headers: str) -> int:
    with pytest.raises(InvalidStatus) as refused, connected(url, **headers):
        pass
    return refused.value.response.status_code


def start(api: Any, workflow: str, body: Any = None, **headers: str) -> str:
    """The name of a new execution."""
    url = api["routes"][workflow]["url"]
    started = httpx.post(url, json=body or {}, headers=headers, timeout=SECONDS)
    assert started.status_code == 202, started.text
    return started.json()["execution"]


def shown(found: list[Any]) -> list[str]:
    return [each.get("state", each["status"]) for each in found]


def last_message(socket: ClientConnection) -> Any:
    while "state" in (found := received(socket)):
        pass
    return found


def followed(
    apis: Deployed, name: str, **options: Any
) -> tuple[list[Message], StepgateError | None]:
    """The messages of a new execution that the client gets, and the error behind them."""
    found: list[Message] = []
    with Stack(parse_outputs(apis.outputs[name]), **options) as stack:
        execution = stack.start("later", {})
        try:
            found.extend(execution.follow())
        except StepgateError as error:
            return found, error
    return found, None


# Each kind


def test_with_iam_a_signed_url_connects_and_no_other(apis: Deployed) -> None:
    api = apis.outputs["signed"]
    assert api["liveAuthorization"] == "iam"
    assert refused_status(api["liveUrl"]) == 403
    execution = start(api, "later")
    with connected(signed_url(api["liveUrl"], parse_outputs(api))) as socket:
        send(socket, action="follow", workflow="later", execution=execution, after=0)
        assert shown(messages(socket)) == [*STEPS, "SUCCEEDED"]
    found, error = followed(apis, "signed")
    assert not error
    assert [each.state for each in found] == [*STEPS, None]


def test_with_a_lambda_authorizer_the_function_decides(apis: Deployed) -> None:
    api = apis.outputs["asked"]
    assert api["liveAuthorization"] == "lambda"
    url = api["liveUrl"]
    assert refused_status(url) == 401
    assert refused_status(url, Authorization="Bearer unknown") == 401
    assert refused_status(url, Authorization="Bearer denied") == 403
    execution = start(api, "later")
    with connected(url, Authorization="Bearer ada") as socket:
        send(socket, action="follow", workflow="later", execution=execution, after=0)
        assert shown(messages(socket)) == [*STEPS, "SUCCEEDED"]
    found, error = followed(apis, "asked", token="ada")
    assert not error
    assert [each.state for each in found] == [*STEPS, None]


@pytest.mark.parametrize(
    ("token", "class_", "status"), [("unknown", TokenRejected, 401), ("denied", AccessDenied, 403)]
)
def test_the_client_says_why_it_is_refused(
    apis: Deployed, token: str, class_: type[StepgateError], status: int
) -> None:
    found, error = followed(apis, "asked", token=token)
    assert found == []
    assert isinstance(error, class_)
    assert f"returned {status}" in str(error)


def test_a_public_one_is_followed_by_who_knows_the_name(apis: Deployed) -> None:
    api = apis.outputs["open"]
    assert api["liveAuthorization"] == "none"
    execution = start(api, "later", {"fail": True})
    with connected(api["liveUrl"]) as socket:
        send(socket, action="follow", workflow="later", execution=execution, after=0)
        found = messages(socket)
    assert shown(found) == [*STEPS[:-1], "Fail", "FAILED"]
    assert found[-1]["error"] == "Late"
    assert "a secret" not in json.dumps(found)


@pytest.mark.parametrize("fails", [False, True])
def test_a_call_is_followed_by_the_name_that_its_caller_gives_it(
    apis: Deployed, *, fails: bool
) -> None:
    api, name = apis.outputs["open"], str(uuid4())
    with connected(api["liveUrl"]) as socket, connected(api["liveUrl"]) as late:
        before = answer(socket, action="follow", workflow="now", execution=name, after=0)
        assert before["status"] is None
        assert (before["number"], before["messages"], before["more"]) == (0, [], False)
        called = httpx.post(
            api["routes"]["now"]["url"],
            json={"fail": True} if fails else {},
            headers={"Execution-Name": name},
            timeout=SECONDS,
        )
        assert called.headers["Execution-Name"] == name
        found = messages(socket)
        assert shown(found) == [
            *STEPS[:-1],
            *(["Fail", "FAILED"] if fails else ["End", "SUCCEEDED"]),
        ]
        assert {each["execution"] for each in found} == {name}
        send(late, action="follow", workflow="now", execution=name, after=0)
        assert messages(late) == [
            {key: value for key, value in each.items() if key != "type"} for each in found
        ]


# What is not the caller's


def test_an_execution_of_another_workflow_or_api_is_not_found(apis: Deployed) -> None:
    """The name alone is not enough, and no other form of it is."""
    own, other = apis.outputs["open"], apis.outputs["asked"]
    long, foreign = start(own, "long"), start(other, "later")
    arn = httpx.get(f"{own['routes']['long']['url']}/{long}", timeout=SECONDS).json()[
        "executionArn"
    ]
    machine = arn.split(":")[-2]
    with connected(own["liveUrl"]) as socket:
        for workflow, execution in [
            ("later", long),
            ("later", foreign),
            ("own", long),
            ("live-follow", long),
            ("later", f"../{machine}:{long}"),
            ("later", "*"),
            ("later", f"{machine}:{long}"),
        ]:
            found = answer(socket, action="follow", workflow=workflow, execution=execution, after=0)
            assert (found["type"], found["status"]) == ("problem", 404), (workflow, execution)
        assert answer(socket, action="follow", workflow="long", execution=long)["type"] == "status"
    httpx.delete(f"{own['routes']['long']['url']}/{long}", timeout=SECONDS)


def test_a_private_execution_is_followed_by_its_owner_alone(apis: Deployed) -> None:
    api = apis.outputs["owned"]
    url, live = api["routes"]["own"]["url"], api["liveUrl"]
    ada, bob = ({"Authorization": f"Bearer {who}"} for who in ("ada", "bob"))
    assert start(api, "own", **ada, **{"Idempotency-Key": "k-1"}) == "k-1"
    whole = httpx.get(f"{url}/k-1", headers=ada).json()["executionArn"].split(":")[-1]
    assert whole != "k-1"
    for name in ("k-1", whole, f"..%2F{whole}"):
        assert httpx.post(f"{url}/{name}/tickets", headers=bob, timeout=SECONDS).status_code == 404
    assert httpx.post(f"{url}/k-1/tickets").status_code == 401
    assert start(api, "own", **bob, **{"Idempotency-Key": "k-1"}) == "k-1"

    def ticket(caller: dict[str, str]) -> str:
        given = httpx.post(f"{url}/k-1/tickets", headers=caller, timeout=SECONDS)
        assert given.status_code == 201, given.text
        return given.json()["ticket"]

    follow = {"action": "follow", "workflow": "own", "after": 0}
    with connected(live) as hers, connected(live) as his:
        for socket, caller in ((hers, ada), (his, bob)):
            found = answer(socket, **follow, execution="k-1", ticket=ticket(caller))
            assert found["status"] == "RUNNING"
        # The ticket of one key is for its own execution, not for the other's, whatever its name.
        with connected(live) as socket:
            found = answer(socket, **follow, execution=whole, ticket=ticket(bob))
            assert found["status"] == 403
        assert httpx.delete(f"{url}/k-1", headers=ada, timeout=SECONDS).status_code == 202
        end = last_message(hers)
        assert (end["status"], end["execution"]) == ("ABORTED", "k-1")
        # The other one goes on, and its follower gets nothing of this one.
        assert answer(his, action="ping") == {"type": "pong"}
        again = answer(his, **follow, execution="k-1")
        assert again["status"] == "RUNNING"
        httpx.delete(f"{url}/k-1", headers=bob, timeout=SECONDS)


@pytest.fixture(scope="module")
def dynamodb(apis: Deployed) -> Any:
    session: Any = boto3.Session("test", "test", region_name=apis.cloud.region)
    return session.client("dynamodb", endpoint_url=apis.cloud.endpoint)


@pytest.fixture(scope="module")
def table(apis: Deployed, dynamodb: Any) -> Callable[[str], str]:
    """The name of an API's table."""

    def name(api: str) -> str:
        end = f"-{apis.stack}-{api}-live"
        [found] = [name for name in dynamodb.list_tables()["TableNames"] if name.endswith(end)]
        return found

    return name


@pytest.fixture(scope="module")
def followers(dynamodb: Any, table: Callable[[str], str]) -> Callable[[str, str, str], set[str]]:
    """The ids of the connections that follow an execution, by API, workflow and name."""

    def ids(api: str, workflow: str, execution: str) -> set[str]:
        found = dynamodb.query(
            TableName=table(api),
            KeyConditionExpression="execution = :execution AND begins_with(#item, :follower)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={
                ":execution": {"S": f"{workflow}/{execution}"},
                ":follower": {"S": "follower/"},
            },
        )
        return {item["connection"]["S"] for item in found["Items"]}

    return ids


def test_a_connection_speaks_for_itself_alone(
    apis: Deployed, followers: Callable[[str, str, str], set[str]]
) -> None:
    """The id is the connection's own, whatever a message says, and wherever it says it."""
    api = apis.outputs["open"]
    execution = start(api, "long")
    named = {"workflow": "long", "execution": execution}
    with connected(api["liveUrl"]) as own, connected(api["liveUrl"]) as forging:
        assert answer(own, action="follow", **named)["type"] == "status"
        [id_] = followers("open", "long", execution)
        forged = {"connection": id_, "connectionId": id_, "requestContext": {"connectionId": id_}}
        assert answer(forging, action="unfollow", **named, **forged)["type"] == "unfollowed"
        assert followers("open", "long", execution) == {id_}
        forging.send(
            json.dumps({"action": "unfollow", **named, "x": f'", "connection": "{id_}", "y": "'})
        )
        assert received(forging)["type"] == "unfollowed"
        forging.send(f'{{"action": "follow", "workflow": "long", "execution": "follower/{id_}"}}')
        assert received(forging)["status"] == 404
        assert followers("open", "long", execution) == {id_}
        httpx.delete(f"{api['routes']['long']['url']}/{execution}", timeout=SECONDS)
        assert last_message(own)["status"] == "ABORTED"
        # The only one that follows gets it.
        assert answer(forging, action="ping") == {"type": "pong"}


def test_connections_are_managed_by_signed_requests_alone(
    apis: Deployed, followers: Callable[[str, str, str], set[str]]
) -> None:
    api = apis.outputs["open"]
    execution = start(api, "long")
    with connected(api["liveUrl"]) as socket:
        assert answer(socket, action="follow", workflow="long", execution=execution)
        [id_] = followers("open", "long", execution)
        there = f"{api['liveUrl'].replace('ws', 'http', 1)}/@connections/{id_}"
        for method in ("GET", "POST", "DELETE"):
            assert httpx.request(method, there, timeout=SECONDS).status_code == 403
        assert answer(socket, action="ping") == {"type": "pong"}
        httpx.delete(f"{api['routes']['long']['url']}/{execution}", timeout=SECONDS)


# Last, because it breaks an API.


def test_a_workflow_goes_on_if_its_messages_cannot_be_kept_or_sent(
    apis: Deployed, dynamodb: Any, table: Callable[[str], str]
) -> None:
    api = apis.outputs["signed"]
    sqs: Any = apis.cloud.client("sqs")
    found: list[Any] = []

    def is_complete() -> bool:
        received = sqs.receive_message(QueueUrl=api["progressQueueUrl"], MaxNumberOfMessages=10)
        for each in received.get("Messages", []):
            sqs.delete_message(
                QueueUrl=api["progressQueueUrl"], ReceiptHandle=each["ReceiptHandle"]
            )
            found.append(json.loads(each["Body"]))
        return any("state" not in each for each in found if each["execution"] == unkept.name)

    with Stack(parse_outputs(api)) as stack:
        dynamodb.delete_table(TableName=table("signed"))
        unkept = stack.start("later", {})
        assert unkept.wait() == {}
        await_(is_complete, "the end in the queue", SECONDS)
        assert shown([each for each in found if each["execution"] == unkept.name]) == [
            *STEPS,
            "SUCCEEDED",
        ]
        later: str = api["stateMachineArns"]["later"]
        machine = {"stateMachineArn": later.replace("-later", "-live-message")}
        stepfunctions: Any = apis.cloud.stepfunctions
        assert stepfunctions.describe_state_machine(**machine)["type"] == "EXPRESS"
        stepfunctions.delete_state_machine(**machine)
        unsent = stack.start("later", {})
        assert unsent.wait() == {}
