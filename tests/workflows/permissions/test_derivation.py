"""What requests name, and what follows for the role."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.definitions import machine, map_of, task
from workflows.instance import own_instance, toggle
from workflows.permissions.actions import iam_actions
from workflows.permissions.derivation import Derivation, derivation
from workflows.permissions.grant import Gap, Grant, merged_statements
from workflows.permissions.place import Place
from workflows.permissions.request import described_request
from workflows.permissions.resources import IDENTIFYING, grant
from workflows.permissions.services import input_shape, operations, services
from workflows.workflow import PLACEHOLDERS

PLACE = Place("aws", "eu-central-1", "123456789012", "machine")
EC2, S3, ROLE = "arn:aws:ec2:eu-central-1", "arn:aws:s3:::", "arn:aws:iam::123456789012:role/"


def derived(resource: str, request: Any, *declared: str, **fields: Any) -> Derivation:
    state = task(f"arn:aws:states:::{resource}", Parameters=request, **fields)
    return derivation(machine(A=state), PLACE, declared)


def allowed(found: Derivation) -> dict[str, list[str]]:
    """Each action but log delivery's, with its resources."""
    assert found.gaps == []
    return {
        action: statement["Resource"]
        for statement in found.statements
        for action in statement["Action"]
        if not statement.get("Sid", "").startswith("LogsDelivery")
    }


def here(service: str, *resources: str) -> list[str]:
    return [PLACE.arn(service, resource) for resource in resources]


def test_the_instance_workflow_may_describe_and_toggle_the_stacks_instance_and_log() -> None:
    found = derivation(toggle(PLACEHOLDERS), PLACE, own_instance(PLACEHOLDERS))
    assert (found.gaps, found.unseen) == ([], [])
    describe, change, logs = found.statements
    assert (describe["Action"], describe["Resource"]) == (["ec2:DescribeInstances"], ["*"])
    assert change["Action"] == ["ec2:StartInstances", "ec2:StopInstances"]
    assert change["Resource"] == [PLACEHOLDERS.instance_arn]
    assert {action.split(":")[0] for action in logs["Action"]} == {"logs"}


ALLOWED: list[tuple[str, Any, dict[str, list[str]]]] = [
    (
        "aws-sdk:dynamodb:query",
        {"TableName": "t", "IndexName.$": "$.index"},
        {"dynamodb:Query": here("dynamodb", "table/t", "table/t/index/*")},
    ),
    (
        "aws-sdk:dynamodb:batchWriteItem",
        {"RequestItems": {"a": [], "b": []}},
        {"dynamodb:BatchWriteItem": here("dynamodb", "table/a", "table/b")},
    ),
    (
        "aws-sdk:dynamodb:transactGetItems",
        {"TransactItems": [{"Get": {"TableName": "t"}}, {"Get": {"TableName": "u"}}]},
        {"dynamodb:GetItem": here("dynamodb", "table/t", "table/u")},
    ),
    (
        "aws-sdk:s3:copyObject",
        {"Bucket": "b", "Key": "k", "CopySource": "source/key"},
        {"s3:GetObject": [f"{S3}source/key"], "s3:PutObject": [f"{S3}b/k"]},
    ),
    (
        "aws-sdk:s3:putObject",
        {"Bucket": "b", "Key.$": "$.key"},
        {"s3:PutObject": [f"{S3}b/*"]},
    ),
    ("aws-sdk:s3:listBuckets", {}, {"s3:ListAllMyBuckets": ["*"]}),
    (
        "aws-sdk:secretsmanager:getSecretValue",
        {"SecretId": "db/password"},
        {"secretsmanager:GetSecretValue": here("secretsmanager", "secret:db/password-??????")},
    ),
    (
        "lambda:invoke",
        {"FunctionName": "f", "Qualifier": "prod"},
        {"lambda:InvokeFunction": here("lambda", "function:f:prod")},
    ),
    (
        "lambda:invoke",
        {"FunctionName": "210987654321:function:f"},
        {"lambda:InvokeFunction": ["arn:aws:lambda:eu-central-1:210987654321:function:f"]},
    ),
    (
        "ecs:runTask",
        {"TaskDefinition": "family", "Cluster": "c"},
        {"ecs:RunTask": here("ecs", "task-definition/family:*")},
    ),
    (
        "batch:submitJob",
        {"JobDefinition": "d", "JobQueue": "q", "JobName.$": "$.name"},
        {
            "batch:SubmitJob": here(
                "batch", "job-definition/d", "job-definition/d:*", "job-queue/q", "job/*"
            )
        },
    ),
    (
        "bedrock:invokeModel",
        {"ModelId": "eu.maker.model"},
        {
            "bedrock:InvokeModel": [
                "arn:aws:bedrock:*::foundation-model/maker.model",
                *here("bedrock", "inference-profile/eu.maker.model"),
            ]
        },
    ),
    (
        "aws-sdk:sqs:deleteMessage",
        {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/210987654321/q"},
        {"sqs:DeleteMessage": ["arn:aws:sqs:us-east-1:210987654321:q"]},
    ),
    (
        "aws-sdk:ecs:updateService",
        {"Cluster": "arn:aws:ecs:eu-central-1:123456789012:cluster/c", "Service": "s"},
        {"ecs:UpdateService": here("ecs", "service/c/s")},
    ),
    (
        "aws-sdk:cloudwatchlogs:putLogEvents",
        {"LogGroupName": "/a/b", "LogStreamName": "s"},
        {"logs:PutLogEvents": here("logs", "log-group:/a/b:log-stream:s")},
    ),
    (
        "aws-sdk:apigateway:getStage",
        {"RestApiId": "a", "StageName": "v1"},
        {"apigateway:GET": ["arn:aws:apigateway:eu-central-1::/restapis/a/stages/v1"]},
    ),
    (
        "aws-sdk:lambda:createFunction",
        {"FunctionName": "f", "Role": f"{ROLE}r"},
        {"lambda:CreateFunction": here("lambda", "function:f"), "iam:PassRole": [f"{ROLE}r"]},
    ),
    (
        "events:putEvents",
        {"Entries": [{"Source": "s"}, {"Source": "s", "EventBusName": "b"}]},
        {"events:PutEvents": here("events", "event-bus/b", "event-bus/default")},
    ),
    (
        "apigateway:invoke",
        {"ApiEndpoint": "a.execute-api.eu-central-1.amazonaws.com", "Method": "GET"},
        {},
    ),
    (
        "apigateway:invoke",
        {
            "ApiEndpoint": "a.execute-api.eu-central-1.amazonaws.com",
            "Method": "GET",
            "Path.$": "$.path",
            "AuthType": "IAM_ROLE",
        },
        {"execute-api:Invoke": here("execute-api", "a/$default/GET/*")},
    ),
    # Each type that the reference requires counts, also one that has no name.
    (
        "aws-sdk:glue:getTable",
        {"DatabaseName": "d", "Name": "t"},
        {"glue:GetTable": here("glue", "catalog", "database/d", "table/d/t")},
    ),
    (
        "aws-sdk:rds:createDBSnapshot",
        {"DbSnapshotIdentifier": "s", "DbInstanceIdentifier": "d"},
        {"rds:CreateDBSnapshot": here("rds", "db:d", "snapshot:s")},
    ),
    (
        "aws-sdk:ec2:authorizeSecurityGroupIngress",
        {"GroupId": "sg-1"},
        {"ec2:AuthorizeSecurityGroupIngress": here("ec2", "security-group/sg-1")},
    ),
    (
        "aws-sdk:sesv2:sendEmail",
        {
            "FromEmailAddress.$": "$.from",
            "FromEmailAddressIdentityArn": PLACE.arn("ses", "identity/a"),
            "Content": {},
        },
        {"ses:SendEmail": here("ses", "identity/a")},
    ),
    (
        "aws-sdk:cloudwatchlogs:startQuery",
        {"LogGroupName": "g", "QueryString": "q", "StartTime": 1, "EndTime": 2},
        {"logs:StartQuery": here("logs", "log-group:g", "log-group:g:*")},
    ),
    (
        "aws-sdk:ssm:startAutomationExecution",
        {"DocumentName": "AWS-RestartEC2Instance"},
        {
            "ssm:StartAutomationExecution": [
                *here("ssm", "automation-execution/*"),
                "arn:aws:ssm:eu-central-1::document/AWS-RestartEC2Instance",
            ]
        },
    ),
    (
        "aws-sdk:s3:getObject",
        {"Bucket": f"{PLACE.arn('s3', 'accesspoint/a')}", "Key": "k"},
        {"s3:GetObject": here("s3", "accesspoint/a/object/k")},
    ),
    (
        "aws-sdk:s3:getObject",
        {"Bucket": "b", "Key": "a*b"},
        {"s3:GetObject": [f"{S3}b/a${{*}}b"]},
    ),
    (
        "aws-sdk:s3:deleteObjects",
        {"Bucket": "b", "Delete": {"Objects.$": "$.objects"}},
        {"s3:DeleteObject": [f"{S3}b/*"]},
    ),
    ("aws-sdk:iam:getRole", {"RoleName": "r"}, {"iam:GetRole": [f"{ROLE}r"]}),
    (
        "aws-sdk:apigatewayv2:getStage",
        {"ApiId": "a", "StageName": "v1"},
        {"apigateway:GET": ["arn:aws:apigateway:eu-central-1::/apis/a/stages/v1"]},
    ),
    (
        "aws-sdk:codebuild:startBuild",
        {"ProjectName": "p", "ServiceRoleOverride": f"{ROLE}r"},
        {"codebuild:StartBuild": here("codebuild", "project/p"), "iam:PassRole": [f"{ROLE}r"]},
    ),
    # What an API takes for a document, or for a choice of its own, names nothing.
    (
        "aws-sdk:bedrockruntime:converse",
        {"ModelId": "m", "Messages": [{"Role": "user", "Content": [{"Text": "hello"}]}]},
        {"bedrock:InvokeModel": ["arn:aws:bedrock:eu-central-1::foundation-model/m"]},
    ),
    (
        "lambda:invoke",
        {"FunctionName": "f", "Payload": {"userRole": "admin", "role.$": "$.role"}},
        {"lambda:InvokeFunction": here("lambda", "function:f")},
    ),
    (
        "events:putEvents",
        {"Entries": [{"EventBusName": "b", "Detail": {"EventBusName": "other"}}]},
        {"events:PutEvents": here("events", "event-bus/b")},
    ),
    # Whatever EC2 chooses itself counts too.
    (
        "aws-sdk:ec2:runInstances",
        {"ImageId": "ami-1", "SubnetId": "subnet-1", "MinCount": 1, "MaxCount": 1},
        {
            "ec2:RunInstances": [
                *here("ec2", "instance/*", "network-interface/*", "security-group/*"),
                *here("ec2", "subnet/subnet-1", "volume/*"),
                f"{EC2}::image/ami-1",
            ]
        },
    ),
]


@pytest.mark.parametrize(("resource", "request_", "expected"), ALLOWED)
def test_a_call_is_allowed_on_what_it_names(
    resource: str, request_: Any, expected: dict[str, list[str]]
) -> None:
    assert allowed(derived(resource, request_)) == expected


@pytest.mark.parametrize(
    ("resource", "request_", "argument", "declared"),
    [
        ("aws-sdk:ec2:startInstances", None, "InstanceIds", here("ec2", "instance/i-1")),
        ("aws-sdk:ec2:createTags", {"Resources": ["i-1"]}, "Resources", here("ec2", "instance/*")),
        (
            "aws-sdk:dynamodb:query",
            {"TableName.$": "$.table", "KeyConditionExpression": "a = :a"},
            "TableName",
            here("dynamodb", "table/t"),
        ),
        (
            "aws-sdk:dynamodb:transactGetItems",
            {"TransactItems.$": "$.items"},
            "TableName",
            here("dynamodb", "table/t"),
        ),
        ("events:putEvents", {"Entries.$": "$.e"}, "EventBusName", here("events", "event-bus/b")),
        (
            "aws-sdk:kms:decrypt",
            {"CiphertextBlob.$": "$.c"},
            "CiphertextBlob",
            here("kms", "key/k"),
        ),
        (
            "apigateway:invoke",
            {"ApiEndpoint.$": "$.api", "AuthType": "IAM_ROLE"},
            "ApiEndpoint",
            here("execute-api", "a/v1/GET/*"),
        ),
        ("aws-sdk:kms:encrypt", {"KeyId": "alias/a"}, "KeyId", here("kms", "key/k")),
        (
            "aws-sdk:dynamodb:executeStatement",
            {"Statement": "SELECT * FROM t"},
            "Statement",
            here("dynamodb", "table/t"),
        ),
        (
            "aws-sdk:rds:deleteDBSnapshot",
            {"DbSnapshotIdentifier.$": "$.s"},
            "DbSnapshotIdentifier",
            here("rds", "snapshot:s"),
        ),
        (
            "aws-sdk:ec2:authorizeSecurityGroupIngress",
            {"GroupId.$": "$.g"},
            "GroupId",
            here("ec2", "security-group/sg-1"),
        ),
        (
            "aws-sdk:apigateway:getStage",
            {"RestApiId.$": "$.api", "StageName": "v1"},
            "RestApiId",
            ["arn:aws:apigateway:eu-central-1::/restapis/a/stages/v1"],
        ),
    ],
)
def test_what_does_not_follow_from_the_request_has_to_be_declared(
    resource: str, request_: Any, argument: str, declared: list[str]
) -> None:
    (gap,) = derived(resource, request_).gaps
    assert gap.state == "A"
    assert f"does not follow from {argument}; list the ARNs" in gap.text
    of_others = [PLACE.arn("other", "thing"), *here("sqs", "q")]
    assert derived(resource, request_, *of_others).gaps == [gap]
    found = derived(resource, request_, *of_others, *declared)
    assert set(map(tuple, allowed(found).values())) == {tuple(declared)}


def test_a_jsonata_expression_is_known_when_it_runs() -> None:
    state = task(
        "arn:aws:states:::sqs:sendMessage",
        QueryLanguage="JSONata",
        Arguments={"QueueUrl": "{% $states.input.queue %}"},
    )
    assert derivation(machine(A=state), PLACE).gaps
    state["Arguments"] = "{% $states.input %}"
    assert derivation(machine(A=state), PLACE).gaps
    state["Arguments"] = {"QueueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/q"}
    assert allowed(derivation(machine(A=state), PLACE)) == {"sqs:SendMessage": here("sqs", "q")}


def test_a_task_with_credentials_needs_nothing_but_their_role() -> None:
    other = "arn:aws:iam::210987654321:role/other"
    found = derived("lambda:invoke", {"FunctionName": "f"}, Credentials={"RoleArn": other})
    assert allowed(found) == {"sts:AssumeRole": [other]}
    credentials = {"RoleArn.$": "$.role"}
    assert derived("lambda:invoke", {}, Credentials=credentials).gaps
    found = derived("lambda:invoke", {}, other, Credentials=credentials)
    assert allowed(found) == {"sts:AssumeRole": [other]}


def test_the_executions_of_a_declared_machine_are_followed_and_stopped() -> None:
    (child,) = here("states", "stateMachine:child")
    found = allowed(derived("states:startExecution.sync:2", {"StateMachineArn.$": "$.m"}, child))
    assert found["states:StartExecution"] == [child]
    assert found["states:StopExecution"] == here("states", "execution:child:*")


def test_a_version_or_an_alias_of_a_machine_is_the_machine() -> None:
    (alias,) = here("states", "stateMachine:child:prod")
    found = allowed(derived("states:startExecution", {"StateMachineArn": alias}))
    assert found == {"states:StartExecution": here("states", "stateMachine:child")}


def test_roles_of_a_task_definition_are_passed_if_they_are_declared() -> None:
    request = {"TaskDefinition": "family:1"}
    (unseen,) = derived("ecs:runTask", request).unseen
    assert "iam:PassRole" in unseen.text
    found = derived("ecs:runTask", request, f"{ROLE}task")
    assert found.unseen == []
    assert allowed(found)["iam:PassRole"] == [f"{ROLE}task"]


def test_a_role_is_passed_if_the_state_names_it_or_the_workflow_declares_it() -> None:
    request = {"FunctionName": "f", "Role.$": "$.role"}
    assert derived("aws-sdk:lambda:createFunction", request).gaps
    found = allowed(derived("aws-sdk:lambda:createFunction", request, f"{ROLE}r"))
    assert found["iam:PassRole"] == [f"{ROLE}r"]
    overridden = {"TaskDefinition": "family:1", "Overrides.$": "$.overrides"}
    assert "iam:PassRole" not in allowed(derived("ecs:runTask", overridden))


def test_own_statements_come_last_and_fill_gaps() -> None:
    own = [{"Effect": "Allow", "Action": ["sqs:*"], "Resource": "*"}]
    state = task("arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl.$": "$.queue"})
    found = derivation(machine(A=state), PLACE, own=own)
    assert found.gaps == []
    assert found.statements[-1] == own[0]
    denied = [{**own[0], "Effect": "Deny"}]
    assert derivation(machine(A=state), PLACE, own=denied).gaps


def test_nothing_is_allowed_on_everything_without_a_reason() -> None:
    for resource, request, sid in (
        ("aws-sdk:ec2:describeInstances", {}, "Ec2KnowsNothingNarrower"),
        ("aws-sdk:rds:describeDBInstances", {}, "RdsCallNamesNothing"),
        ("aws-sdk:endusermessaging:createBrandProfile", {}, "EndUserMessagingIsNotInTheReference"),
    ):
        statements = derived(resource, request).statements
        everything = {s.get("Sid") for s in statements if "*" in s["Resource"]}
        assert everything == {sid, "LogsDeliveryKnowsNothingNarrower"}


def test_a_call_that_the_reference_leaves_a_choice_is_allowed_on_what_it_chooses() -> None:
    (execution,) = here("states", "execution:m:e")
    found = derived("aws-sdk:sfn:describeExecution", {"ExecutionArn": execution})
    assert allowed(found) == {"states:DescribeExecution": [execution]}


def test_advice_ends_with_a_statement_for_what_nobody_can_see() -> None:
    query = {"QueryString": "SELECT 1", "WorkGroup": "w"}
    state = task("arn:aws:states:::athena:startQueryExecution", Parameters=query)
    other = [{"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*"}]
    assert derivation(machine(A=state), PLACE, own=other).unseen
    own = [{"Effect": "Allow", "Action": ["glue:Get*", "s3:GetObject"], "Resource": "*"}]
    assert derivation(machine(A=state), PLACE, own=own).unseen == []


def test_files_that_a_manifest_lists_are_read_too() -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "MANIFEST"},
        "Parameters": {"Bucket": "b", "Key": "manifest.json"},
    }
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}} | machine(B=task())
    state = map_of(machine(B=task())) | {"ItemProcessor": processor, "ItemReader": reader}
    assert allowed(derivation(machine(A=state), PLACE))["s3:GetObject"] == [f"{S3}b/*"]


def of_the_input(service: str) -> None:
    """No call is allowed on whatever there is because only the input says on what."""
    for name, called in operations(service).items():
        shape = input_shape(called)
        required = getattr(shape, "required_members", [])
        dynamic = {f"{member[0].upper()}{member[1:]}.$": "$" for member in required}
        request = described_request(called, dynamic)
        names = [key for key in request if IDENTIFYING.fullmatch(key.removesuffix(".$"))]
        for action in iam_actions(called):
            found = grant(action, request, PLACE, ())
            assert isinstance(found, Gap) or found.reason or not names, (name, found)


@pytest.mark.parametrize("service", ["s3", "rds", "dynamodb", "ssm", "sqs", "sagemaker", "iam"])
def test_what_only_the_input_says_is_never_everything(service: str) -> None:
    of_the_input(service)


@pytest.mark.proof
def test_of_no_service_what_only_the_input_says_is_everything() -> None:
    for service in services():
        of_the_input(service)


grants = st.lists(
    st.builds(
        Grant,
        st.sampled_from(["a:X", "a:Y", "b:X"]),
        st.sets(st.sampled_from(["arn:1", "arn:2", "*"]), min_size=1).map(tuple),
        st.sampled_from([None, {"StringEquals": {"k": "v"}}]),
        st.just(""),
    ),
    max_size=8,
)


@given(grants, st.randoms(use_true_random=False))
def test_the_same_grants_give_the_same_text_in_whatever_order(
    given_: list[Grant], order: Any
) -> None:
    shuffled = order.sample(given_ * 2, len(given_) * 2)
    assert json.dumps(merged_statements(shuffled)) == json.dumps(merged_statements(given_))


@given(grants)
def test_merged_statements_allow_the_grants_and_nothing_else(given_: list[Grant]) -> None:
    def each(action: str, condition: Any, arn: str) -> tuple[str, str, str]:
        return action, json.dumps(condition), arn

    wanted = {each(g.action, g.condition, arn) for g in given_ for arn in g.arns}
    everywhere = {(action, condition) for action, condition, arn in wanted if arn == "*"}
    found = {
        each(action, statement.get("Condition"), arn)
        for statement in merged_statements(given_)
        for action in statement["Action"]
        for arn in statement["Resource"]
    }
    assert found == {w for w in wanted if w[2] == "*" or w[:2] not in everywhere}
