"""The emulator fails and answers as AWS does, where LocalStack alone does not.

The sentences of AWS stand with each correction in src/stepgate/emulator/corrections/.
"""

import json
from itertools import count
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.deployed.executions import run
from tests.deployed.stacks import Deployed

Document = dict[str, Any]
ORIGIN = {"Origin": "https://app.example"}
_names = (f"corrections-{i}" for i in count())


def in_json(template: str) -> Document:
    return {"application/json": template}


def answering(template: str) -> Document:
    """A method without an integration that answers with what the template makes."""
    integration = {
        "type": "mock",
        "requestTemplates": in_json('{"statusCode": 200}'),
        "passthroughBehavior": "never",
        "responses": {"default": {"statusCode": "200", "responseTemplates": in_json(template)}},
    }
    return {"responses": {"200": {}}, "x-amazon-apigateway-integration": integration}


def deploy(deployed: Deployed, paths: Document, **extensions: Any) -> str:
    """The URL of an API with these paths."""
    info = {"title": next(_names), "version": "1"}
    document = {"openapi": "3.0.1", "info": info, "paths": paths, **extensions}
    api = deployed.cloud.apigateway.import_rest_api(body=json.dumps(document))["id"]
    deployed.cloud.apigateway.create_deployment(restApiId=api, stageName="test")
    return f"{deployed.cloud.endpoint}/_aws/execute-api/{api}/test"


# Mapping templates

TEXT = "$input.params('text')"
ESCAPED = f"$util.escapeJavaScript({TEXT})"
SPLIT = f"""#foreach($part in {TEXT}.split("[:]"))[$part]#end"""
MATCHES = f"""#set($t = {TEXT})#if($t != "" && !$t.matches('[a-z]{{1,3}}'))no#{{else}}yes#end"""
RENDERINGS = [
    (ESCAPED, "it's", r"it\'s"),
    (ESCAPED, 'a "b" \\ c/d', r"a \"b\" \\ c\/d"),
    (ESCAPED, "\b\n\t\f\r\x01\x7f", "\\b\\n\\t\\f\\r\\u0001\x7f"),
    (ESCAPED, "é\u2028😀", r"\u00E9\u2028\uD83D\uDE00"),
    (ESCAPED, "", ""),
    (ESCAPED + r""".replaceAll("\\'", "'")""", "it's \\' a/b", r"it's \\' a\/b"),
    (ESCAPED + r""".replaceAll("\'", "'")""", "it's", r"it\'s"),
    (TEXT + r""".replaceAll('(.)b', '$1\$1')""", "ab", "a$1"),
    (SPLIT, "a::b::", "[a][][b]"),
    (SPLIT, ":::", ""),
    (f"{TEXT}.replaceAll('[.].', '-')", ".a.\u2028", "-.\u2028"),
    (f"{TEXT}.toLowerCase() {TEXT}.equalsIgnoreCase('IT')", "It", "it true"),
    (MATCHES, "abcd", "no"),
    (MATCHES, "abc", "yes"),
    (f"{TEXT}.trim().length()", " \t😀 ", "2"),
    (f"[{TEXT}.upper()]", "a method of Python", "[]"),
    ("""#set($t = "$!input.path('$.a')")[$t]#if($t == "")none#end""", "", "[]none"),
]
HEADERS = """#foreach($name in $input.params().header.keySet())\
#if($name.toLowerCase() == "x-key")$input.params().header.get($name)#end#end"""
TWICE = '#set($context.responseOverride.header.A = "1")' * 2
PATHS = {t: f"/{i}" for i, t in enumerate([HEADERS, TWICE, *(r[0] for r in RENDERINGS)])}


VALIDATED = {
    "requestBody": {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}
    },
    "x-amazon-apigateway-request-validator": "body",
}
ERROR = "$context.error.responseType $context.error.messageString #if $context.resourcePath,"
REFUSAL = {
    "statusCode": "418",
    "responseParameters": {
        "gatewayresponse.header.X-Fixed": "'fixed'",
        "gatewayresponse.header.X-Origin": "method.request.header.origin",
    },
    "responseTemplates": in_json(ERROR),
}
DEFAULT = {"responseTemplates": in_json(ERROR)}


@pytest.fixture(scope="module")
def url(deployed: Deployed) -> str:
    """An API with a path for each template, and answers of its own for what API Gateway refuses."""
    answers = {
        "MISSING_AUTHENTICATION_TOKEN": REFUSAL,
        "BAD_REQUEST_BODY": {**REFUSAL, "statusCode": 422},
        "DEFAULT_4XX": DEFAULT,
        "DEFAULT_5XX": DEFAULT,
    }
    paths = {path: {"get": answering(template)} for template, path in PATHS.items()}
    paths["/validated"] = {"post": answering("ok") | VALIDATED}
    paths["/any"] = {"post": answering("ok")}
    schemas = {"A": {"type": "object", "required": ["a"]}}
    extensions = {
        "components": {"schemas": schemas},
        "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
        "x-amazon-apigateway-gateway-responses": answers,
    }
    return deploy(deployed, paths, **extensions)


@pytest.mark.parametrize(("template", "text", "expected"), RENDERINGS)
def test_templates_have_the_strings_of_java(
    url: str, template: str, text: str, expected: str
) -> None:
    answer = httpx.get(url + PATHS[template], params={"text": text})
    assert answer.text == expected, "a template that fails on AWS passes here"


def test_the_headers_of_a_request_are_a_map(url: str) -> None:
    assert httpx.get(url + PATHS[HEADERS], headers={"x-KEY": "value"}).text == "value"


def test_an_override_set_twice_is_an_answer_of_the_gateway(url: str) -> None:
    answer = httpx.get(url + PATHS[TWICE])
    assert answer.status_code == 500
    assert answer.text.startswith('DEFAULT_5XX "Internal server error" ')


# Answers of API Gateway itself


def test_gateway_responses_of_a_document_are_applied(url: str) -> None:
    answer = httpx.get(f"{url}/nowhere", headers=ORIGIN)
    assert answer.status_code == 418
    assert answer.text == 'MISSING_AUTHENTICATION_TOKEN "Missing Authentication Token" #if ,'
    assert answer.headers["X-Fixed"] == "fixed"
    assert answer.headers["X-Origin"] == ORIGIN["Origin"]
    assert "X-Origin" not in httpx.get(f"{url}/nowhere").headers


def test_the_content_type_is_looked_at_before_the_body(url: str) -> None:
    assert httpx.post(f"{url}/validated", json={"a": 1}).text == "ok"
    answer = httpx.post(f"{url}/validated", json={})
    assert answer.status_code == 422
    assert answer.text == 'BAD_REQUEST_BODY "Invalid request body" #if /validated,'
    answer = httpx.post(f"{url}/validated", content="{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert answer.text.startswith('UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type" ')


def test_a_body_above_10_mb_is_refused_in_words_that_nobody_chooses(url: str) -> None:
    json_type = {"Content-Type": "application/json"}
    assert httpx.post(f"{url}/any", content=b"1" * 10_485_760, headers=json_type).text == "ok"
    answer = httpx.post(f"{url}/any", content=b"1" * 10_485_761, headers=json_type)
    assert answer.status_code == 413
    assert answer.text == "HTTP content length exceeded 10485760 bytes."


@pytest.mark.parametrize(
    "name",
    [
        *("APPLICATION/JSON", "application/json;", "application/json ; charset=utf8"),
        *('application/json; charset="utf-8"', "application/json;CHARSET=UTF-8"),
    ],
)
def test_json_is_known_by_all_its_names(url: str, name: str) -> None:
    answer = httpx.post(f"{url}/any", content="{}", headers={"Content-Type": name})
    assert (answer.status_code, answer.text) == (200, "ok")


@pytest.mark.parametrize("name", ["application/json; charset=latin1", "application/jsons", "json"])
def test_what_is_another_type_is_refused(url: str, name: str) -> None:
    answer = httpx.post(f"{url}/any", content="{}", headers={"Content-Type": name})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body", [b'{"a": "\xff"}', b"\xff", b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 5_000, b"{"]
)
def test_a_body_that_no_parser_takes_is_refused(url: str, body: bytes) -> None:
    json_type = {"Content-Type": "application/json"}
    answer = httpx.post(f"{url}/validated", content=body, headers=json_type)
    assert answer.status_code == 422
    assert answer.text.startswith("BAD_REQUEST_BODY")
    texts = {"a": "[" * 5_000 + '\\"' * 9}
    assert httpx.post(f"{url}/validated", json=texts).text == "ok"


@pytest.mark.parametrize(
    ("host", "status"),
    [("evil.example", 403), ("127.0.0.1.evil.example", 403), ("", 403), ("LOCALHOST:1", 200)],
)
def test_a_foreign_host_is_refused(deployed: Deployed, host: str, status: int) -> None:
    url = f"{deployed.cloud.endpoint}/_localstack/health"
    assert httpx.get(url, headers={"Host": host}).status_code == status


def test_only_the_document_speaks_cors(deployed: Deployed) -> None:
    preflight = {**ORIGIN, "Access-Control-Request-Method": "GET"}
    url = deploy(deployed, {"/a": {"get": answering("")}, "/b": {"options": answering("")}})
    statuses: list[int] = []
    for method, path in (("GET", "a"), ("OPTIONS", "a"), ("OPTIONS", "b"), ("OPTIONS", "c")):
        answer = httpx.request(method, f"{url}/{path}", headers=preflight)
        assert not [name for name in answer.headers if name.startswith("access-control")]
        statuses.append(answer.status_code)
    assert statuses == [200, 403, 200, 403]


# Step Functions

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


@pytest.fixture(scope="module")
def machines(deployed: Deployed) -> dict[str, str]:
    """A Standard machine that waits, and an Express one, under the name of what starts them."""
    role = "arn:aws:iam::000000000000:role/any"

    def created(type_: Any, **state: Any) -> str:
        states = json.dumps({"StartAt": "A", "States": {"A": {**state, "End": True}}})
        create = deployed.cloud.stepfunctions.create_state_machine
        made = create(name=next(_names), type=type_, definition=states, roleArn=role)
        return made["stateMachineArn"]

    return {
        "StartExecution": created("STANDARD", Type="Wait", Seconds=30),
        "StartSyncExecution": created("EXPRESS", Type="Pass"),
    }


@pytest.mark.parametrize("action", ["StartExecution", "StartSyncExecution"])
def test_names_and_input_have_the_limits_of_aws(
    deployed: Deployed, machines: dict[str, str], action: str
) -> None:
    def start(**members: str) -> str:  # as API Gateway does; boto3 checks some of it itself
        headers = {"X-Amz-Target": f"AWSStepFunctions.{action}", "Authorization": AUTHORIZATION}
        body = {"stateMachineArn": machines[action], **members}
        answer = httpx.post(deployed.cloud.endpoint, json=body, headers=headers, verify=False)
        return answer.json().get("__type", "").rpartition("#")[2]

    for character in ' \t<>{}[]?*"#%\\^|~`$&,;:/\x00\x1f\x7f\x9f\u2003\uffff😀':
        assert start(name=f"a{character}b") == "InvalidName", f"accepted: {character!r}"
    assert start(name="a" * 81) == start(name="") == "ValidationException"
    assert start(name="é.+=@'!()-_" + "a" * 69) == ""
    assert start(input=json.dumps("a" * 262_142)) == ""
    assert start(input=json.dumps("é" * 131_072, ensure_ascii=False)) == "ValidationException"
    assert start(input="NaN") == start(input="[-Infinity]") == "InvalidExecutionInput"


def test_a_name_again_is_the_same_execution_only_with_the_same_text(
    deployed: Deployed, machines: dict[str, str]
) -> None:
    step_functions, machine = deployed.cloud.stepfunctions, machines["StartExecution"]
    start = step_functions.start_execution

    def started(text: str) -> str:
        return start(stateMachineArn=machine, name="again", input=text)["executionArn"]

    arn = started('{"a": 1.10}')
    assert started('{"a": 1.10}') == arn
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        started('{"a":1.1}')
    assert step_functions.describe_execution(executionArn=arn).get("input") == '{"a": 1.10}'


def test_an_execution_is_found_by_its_own_arn_and_stopped_once(
    deployed: Deployed, machines: dict[str, str]
) -> None:
    step_functions = deployed.cloud.stepfunctions
    arn = step_functions.start_execution(stateMachineArn=machines["StartExecution"])["executionArn"]
    machine = arn.rpartition(":")[0]
    for other in (f"{arn}:x", f"{machine}:", machine, f"{machine}:x:{arn}", f"{machine}:{arn}"):
        for call in (step_functions.describe_execution, step_functions.stop_execution):
            with pytest.raises(ClientError, match=r"InvalidArn|ExecutionDoesNotExist"):
                call(executionArn=other)
    for _ in range(2):
        assert step_functions.stop_execution(executionArn=arn, error="First").get("stopDate")


# IAM


def policy(size: int, space: str = "") -> str:
    """A policy of so many characters that count."""
    resource = "arn:aws:s3:::x"
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    missing = size - len(json.dumps(document, separators=(",", ":")))
    statement["Resource"] = resource + "x" * missing
    return json.dumps(document, separators=(f",{space}", f":{space}"))


@pytest.fixture
def role(deployed: Deployed) -> str:
    name = next(_names)
    deployed.cloud.iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    return name


def test_a_managed_policy_has_a_size_that_counts_no_white_space(deployed: Deployed) -> None:
    def create(document: str) -> None:
        deployed.cloud.iam.create_policy(PolicyName=next(_names), PolicyDocument=document)

    create(policy(6_144))
    create(policy(6_144, "\n  "))
    with pytest.raises(ClientError, match=r"LimitExceeded.*PolicySize: 6144"):
        create(policy(6_145))


def test_the_inline_policies_of_a_role_have_a_size_together(deployed: Deployed, role: str) -> None:
    def put(name: str, size: int) -> None:
        deployed.cloud.iam.put_role_policy(
            RoleName=role, PolicyName=name, PolicyDocument=policy(size)
        )

    put("first", 10_240)
    put("first", 5_120)
    put("second", 5_120)
    with pytest.raises(ClientError, match=rf"LimitExceeded.*10240 bytes exceeded for role {role}"):
        put("third", 200)


def test_a_role_has_at_most_ten_managed_policies(deployed: Deployed, role: str) -> None:
    iam = deployed.cloud.iam
    *ten, eleventh = (
        iam.create_policy(PolicyName=next(_names), PolicyDocument=policy(200))["Policy"].get(
            "Arn", ""
        )
        for _ in range(11)
    )
    for arn in [*ten, ten[0]]:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    with pytest.raises(ClientError, match=r"LimitExceeded.*PoliciesPerRole: 10"):
        iam.attach_role_policy(RoleName=role, PolicyArn=eleventh)


# Step Functions

INVOKED = """$input.params('word') $input.params('a') $input.params('b')"""


@pytest.mark.parametrize("path", ["/words/it", "words/it"])
@pytest.mark.parametrize("host", ["{}.execute-api.us-east-1.amazonaws.com", "http://{}"])
def test_a_state_machine_invokes_an_api(deployed: Deployed, host: str, path: str) -> None:
    url = deploy(deployed, {"/words/{word}": {"get": answering(INVOKED)}})
    api = url.split("/")[-2]
    by_url = f"127.0.0.1:{deployed.cloud.endpoint.split(':')[-1]}/restapis/{api}"
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::apigateway:invoke",
        "Parameters": {
            "ApiEndpoint": host.format(by_url if "//" in host else api),
            "Method": "GET",
            "Stage": "test",
            "Path": path,
            "QueryParameters": {"a": ["1 2"], "b": ["&"]},
        },
        "OutputPath": "$.ResponseBody",
        "End": True,
    }
    end = run(deployed, {"StartAt": "A", "States": {"A": task}})
    assert end["status"] == "SUCCEEDED", end
    assert json.loads(end["output"]) == "it 1 2 &"


# EventBridge


def test_only_standard_executions_send_events(deployed: Deployed, machines: dict[str, str]) -> None:
    cloud, name = deployed.cloud, next(_names)
    queue = cloud.sqs.create_queue(QueueName=name)["QueueUrl"]
    express, standard = machines["StartSyncExecution"], machines["StartExecution"]
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [express, standard]}}
    cloud.events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    cloud.events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": cloud.arn("sqs", name)}])

    states = cloud.stepfunctions
    ended = states.start_sync_execution(stateMachineArn=express)
    assert ended["status"] == "SUCCEEDED"
    started = states.start_execution(stateMachineArn=standard)["executionArn"]
    states.stop_execution(executionArn=started)

    found: list[tuple[str, str]] = []
    while (started, "ABORTED") not in found:
        received = cloud.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
        details = [json.loads(each.get("Body", ""))["detail"] for each in received["Messages"]]
        found += [(each["executionArn"], each["status"]) for each in details]
    cloud.events.remove_targets(Rule=name, Ids=["queue"])
    assert (started, "RUNNING") in found
    assert ended["executionArn"] not in dict(found)


# CloudWatch Logs


def test_a_log_has_times_in_milliseconds_and_is_filtered_by_members(deployed: Deployed) -> None:
    logs, group = deployed.cloud.logs, deployed.outputs["logGroups"]["now"]
    names = [httpx.post(deployed.url("now"), json={}).headers["Execution-Name"] for _ in range(2)]
    machine = deployed.outputs["stateMachineArns"]["now"].replace(":stateMachine:", ":express:")

    def messages(name: str, *more: str) -> list[Document]:
        members = [f'$.execution_arn = "{machine}:{name}:*"', *more]
        found = logs.filter_log_events(
            logGroupName=group, filterPattern=f"{{ {' && '.join(members)} }}"
        )
        return [json.loads(event.get("message", "")) for event in found["events"]]

    for name in names:
        found = messages(name)
        assert {each["execution_arn"].split(":")[7] for each in found} == {name}
        assert {each["type"] for each in found} > {"ExecutionStarted", "ExecutionSucceeded"}
        assert all(each["event_timestamp"].isdecimal() for each in found)
        assert [each["type"] for each in messages(name, '$.type = "*Started"')] == [
            "ExecutionStarted"
        ]
