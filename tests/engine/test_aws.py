"""What the stand-in for AWS refuses, and the names that it makes up."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine import aws
from tests.engine.pulumi_stack import Engine

ARN = "arn:aws:iam::123456789012"
DOCUMENT: dict[str, Any] = {
    "paths": {"/it": {"post": {"security": [], "x-amazon-apigateway-integration": {}}}},
    "components": {"schemas": {"Input": {}}, "securitySchemes": {}},
}
NOT_OFFERING, OFFERING = "subnet-0b11111111111111b", "subnet-0c22222222222222c"
LOGGING = "arn:aws:logs:us-east-1:123456789012:log-group:logs"


def put(account: aws.Account, type_: str, **inputs: Any) -> aws.Resource:
    id_, made = aws.KINDS[type_].made(account, inputs)
    account.resources.append(aws.Resource(type_, "", id_, inputs, {**inputs, **made}))
    return account.resources[-1]


def inline(account: aws.Account, *actions: str) -> None:
    statement = {"Action": [*actions], "Resource": "*"}
    put(account, aws.ROLE_POLICY, name="inline", role="role", policy=_policy(statement))


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": statements})


@pytest.fixture
def account() -> aws.Account:
    """A role that may log, what it logs to, and a stage."""
    account = aws.Account("us-east-1")
    put(account, aws.LOG_GROUP, name="logs")
    put(account, aws.ROLE, name="role")
    inline(account, "logs:*")
    api = put(account, aws.REST_API, name="api", body=json.dumps(DOCUMENT))
    deployment = put(account, aws.DEPLOYMENT, restApi=api.id)
    put(account, aws.STAGE, restApi=api.id, stageName="v1", deployment=deployment.id)
    return account


MACHINE: dict[str, Any] = {
    "name": "machine",
    "definition": '{"StartAt": "It", "States": {"It": {}}}',
    "roleArn": f"{ARN}:role/role",
    "loggingConfiguration": {"logDestination": f"{LOGGING}:*"},
}
PLAIN: dict[str, dict[str, Any]] = {
    aws.STATE_MACHINE: MACHINE,
    aws.REST_API: {"name": "api", "body": json.dumps(DOCUMENT)},
    aws.LOG_GROUP: {"name": "other", "retentionInDays": 30},
    aws.ROLE: {"name": "other", "assumeRolePolicy": "{}"},
    aws.ROLE_POLICY: {"name": "other", "role": "role", "policy": "{}"},
    aws.POLICY: {"name": "policy", "policy": "{}"},
    aws.SECURITY_GROUP: {"name": "group", "description": "None in"},
    aws.INSTANCE: {"ami": aws.Account("").image},
}


def document(**over: Any) -> dict[str, Any]:
    return {"body": json.dumps({**DOCUMENT, **over})}


def components(**over: Any) -> dict[str, Any]:
    return document(components={**DOCUMENT["components"], **over})


def operation(**over: Any) -> dict[str, Any]:
    return document(paths={"/it": {"post": {**DOCUMENT["paths"]["/it"]["post"], **over}}})


@pytest.mark.parametrize("type_", PLAIN)
def test_what_aws_takes_is_taken(account: aws.Account, type_: str) -> None:
    assert [*aws.refusals(account, type_, PLAIN[type_])] == []


@pytest.mark.parametrize(
    ("type_", "over", "reason"),
    [
        (aws.STATE_MACHINE, {"name": "a" * 81}, "InvalidName"),
        (aws.STATE_MACHINE, {"name": "a.b"}, "InvalidName"),
        (aws.STATE_MACHINE, {"definition": '{"StartAt": "X", "States": {}}'}, "MISSING_TRANSITION"),
        (aws.STATE_MACHINE, {"loggingConfiguration": {"logDestination": LOGGING}}, "end with ':*'"),
        (aws.STATE_MACHINE, {"loggingConfiguration": {"logDestination": "x:*"}}, "not exist"),
        (aws.STATE_MACHINE, {"roleArn": f"{ARN}:role/none"}, "cannot assume"),
        (aws.REST_API, components(schemas={"Its-Input": {}}), "must be alphanumeric: Its-Input"),
        (aws.REST_API, operation(x={"$ref": "#/components/schemas/None"}), "find model None"),
        (aws.REST_API, operation(security=[{"key": []}]), "no security scheme key"),
        (
            aws.REST_API,
            operation(**{"x-amazon-apigateway-integration": {"credentials": f"{ARN}:role/none"}}),
            "Invalid ARN",
        ),
        (aws.REST_API, document(description="x" * 6_000_000), "larger than 6 MB"),
        (aws.LOG_GROUP, {"name": "logs"}, "logs already exists"),
        (aws.LOG_GROUP, {"name": "a b"}, "'logGroupName' failed"),
        (aws.LOG_GROUP, {"retentionInDays": 2}, "retentionInDays failed"),
        (aws.ROLE, {"name": "role"}, "role already exists"),
        (aws.ROLE, {"assumeRolePolicy": "x" * 2_049}, "ACLSizePerRole"),
        (aws.ROLE, {"description": "…"}, "'description' failed"),
        (aws.ROLE_POLICY, {"role": "none"}, "NoSuchEntity"),
        (aws.ROLE_POLICY, {"policy": "x" * 10_240}, "Maximum policy size of 10240"),
        (aws.POLICY, {"policy": "x" * 6_145}, "PolicySize"),
        (aws.SECURITY_GROUP, {"description": "It's closed"}, "Invalid security group description"),
        (aws.INSTANCE, {"ami": "ami-1"}, "InvalidAMIID"),
        (aws.INSTANCE, {"vpcSecurityGroupIds": ["sg-1"]}, "InvalidGroup"),
        (aws.INSTANCE, {"subnetId": "subnet-1"}, "InvalidSubnetID"),
        (aws.INSTANCE, {"subnetId": NOT_OFFERING}, "Unsupported"),
    ],
)
def test_what_aws_refuses_is_refused(
    account: aws.Account, type_: str, over: dict[str, Any], reason: str
) -> None:
    (refusal,) = aws.refusals(account, type_, {**PLAIN[type_], **over})
    assert reason in refusal


def test_an_instance_is_refused_where_there_is_no_default_vpc(account: aws.Account) -> None:
    account.subnets.clear()
    (refusal,) = aws.refusals(account, aws.INSTANCE, PLAIN[aws.INSTANCE])
    assert "No default VPC" in refusal


@pytest.mark.parametrize(
    ("inputs", "public"), [({}, True), ({"subnetId": OFFERING}, False)], ids=["default", "subnet"]
)
def test_an_instance_is_kept_from_a_public_address_only_in_a_given_subnet(
    account: aws.Account, inputs: dict[str, str], *, public: bool
) -> None:
    instance = put(account, aws.INSTANCE, associatePublicIpAddress=False, **inputs)
    assert instance.outputs["associatePublicIpAddress"] is public
    assert instance.outputs["subnetId"] in account.subnets


def test_a_machine_whose_role_may_not_log_is_refused(account: aws.Account) -> None:
    account.resources.remove(account.of(aws.ROLE_POLICY)[0])
    inline(account, "ec2:*")
    (refusal,) = aws.refusals(account, aws.STATE_MACHINE, MACHINE)
    assert "not authorized to access the Log Destination" in refusal


def needs_deployment(account: aws.Account) -> aws.Resource:
    return account.of(aws.DEPLOYMENT)[0]


def needs_role(account: aws.Account) -> aws.Resource:
    return account.of(aws.ROLE)[0]


def needs_policy(account: aws.Account) -> aws.Resource:
    policy = put(account, aws.POLICY, name="policy", policy="{}")
    put(account, aws.ROLE_POLICY_ATTACHMENT, role="role", policyArn=policy.id)
    return policy


def needs_group(account: aws.Account) -> aws.Resource:
    group = put(account, aws.SECURITY_GROUP, name="group")
    put(account, aws.INSTANCE, vpcSecurityGroupIds=[group.id])
    return group


def needs_integration(account: aws.Account) -> aws.Resource:
    api = put(account, aws.WEBSOCKET_API, name="live")
    integration = put(account, aws.WEBSOCKET_INTEGRATION, apiId=api.id)
    put(account, aws.WEBSOCKET_ROUTE, apiId=api.id, target=f"integrations/{integration.id}")
    return integration


@pytest.mark.parametrize(
    "needed", [needs_deployment, needs_role, needs_policy, needs_group, needs_integration]
)
def test_what_something_needs_is_not_deleted(
    account: aws.Account, needed: Callable[[aws.Account], aws.Resource]
) -> None:
    resource = needed(account)
    assert [*aws.KINDS[resource.type].needed(account, resource)]


def test_a_part_of_another_websocket_api_is_refused(account: aws.Account) -> None:
    integration, other = needs_integration(account), put(account, aws.WEBSOCKET_API, name="other")
    route = {"target": f"integrations/{integration.id}"}
    assert not [*aws.refusals(account, aws.WEBSOCKET_ROUTE, integration.inputs | route)]
    (refusal,) = aws.refusals(account, aws.WEBSOCKET_ROUTE, {"apiId": other.id, **route})
    assert refusal == f"NotFoundException: Invalid target specified: {integration.id}"
    (empty,) = aws.refusals(account, aws.WEBSOCKET_DEPLOYMENT, {"apiId": other.id})
    assert "no routes exist" in empty


PROGRAM = "import pulumi_aws as aws\n"


@pytest.mark.proof
@pytest.mark.parametrize(
    ("name", "line", "unknown"),
    [
        ("type", "aws.efs.FileSystem('it')", "aws:efs/fileSystem:FileSystem"),
        ("function", "aws.get_availability_zones()", "getAvailabilityZones"),
        ("long", f"aws.iam.Role('{'r' * 60}', assume_role_policy='x')", "maximum length 64"),
    ],
)
def test_what_the_stand_in_does_not_know_or_take_is_named(
    engine: Engine, name: str, line: str, unknown: str
) -> None:
    stack = engine.stack(name)
    (stack.project / "__main__.py").write_text(PROGRAM + line + "\n")
    assert unknown in stack.failed_up().text
