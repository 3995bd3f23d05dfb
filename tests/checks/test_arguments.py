"""Which arguments of actions are refused, and which are not judged."""

from typing import Any

import pytest

from stepgate.checks.arguments import recommend_resource_forms, require_known_arguments
from stepgate.checks.integrations import require_complete_requests
from stepgate.checks.rule import RuleContext
from tests.checks.definitions import machine, task

pytestmark = pytest.mark.rules


def lines(resource: str, request: Any, **fields: Any) -> list[str]:
    state = task(f"arn:aws:states:::{resource}", **({"Parameters": request} | fields))
    return [text for _, text in require_known_arguments(RuleContext(machine(A=state), "async"))]


@pytest.mark.parametrize(
    ("resource", "request_", "said"),
    [
        # Names.
        ("aws-sdk:sts:getCallerIdentity", {"Account": "1"}, "unknown argument Account; remove it"),
        ("aws-sdk:ec2:describeSnapshots", {"Filter": []}, "Filter; did you mean Filters?"),
        (
            "aws-sdk:s3:getObject",
            {"Bucket": "b", "Key": "k", "Rnage.$": "$.r"},
            "Rnage; did you mean Range?",
        ),
        (
            "aws-sdk:ec2:describeInstances",
            {"Filters": [{"Name": "a", "Value": ["b"]}]},
            "unknown argument Value in Filters[0]; did you mean Values?",
        ),
        ("sqs:sendMessage", {"QueueUrl": "q", "DelaySecond": 5}, "did you mean DelaySeconds?"),
        ("http:invoke", {"Url": "https://a.example"}, "http:invoke: unknown argument Url"),
        ("apigateway:invoke", {"Endpoint": "a"}, "Endpoint; did you mean ApiEndpoint?"),
        # Spelling.
        ("aws-sdk:s3:getObject", {"bucket": "b"}, "in PascalCase: write Bucket"),
        ("aws-sdk:sfn:startExecution", {"stateMachineArn.$": "$.a"}, "write StateMachineArn.$"),
        ("aws-sdk:rds:stopDBInstance", {"dbInstanceIdentifier": "d"}, "write DbInstanceIdentifier"),
        (
            "aws-sdk:batch:submitJob",
            {"RetryStrategy": {"attempts": 1}},
            "unknown argument attempts in RetryStrategy; arguments are in PascalCase: write Attem",
        ),
        ("ecs:runTask", {"cluster": "c"}, "write Cluster"),
        # Types.
        ("aws-sdk:ec2:startInstances", {"InstanceIds": "i-1"}, "must be a list, not the text 'i-1"),
        (
            "aws-sdk:ec2:startInstances",
            {"InstanceIds": "$.ids"},
            "not the text '$.ids'; to mean a path, write InstanceIds.$",
        ),
        (
            "aws-sdk:s3:listObjectsV2",
            {"MaxKeys": "five"},
            "MaxKeys must be a whole number, not",
        ),
        ("aws-sdk:s3:listObjectsV2", {"MaxKeys": 1.5}, "a whole number, not the number 1.5"),
        ("aws-sdk:s3:listObjectsV2", {"MaxKeys": True}, "a whole number, not true"),
        ("aws-sdk:s3:listObjectsV2", {"FetchOwner": "yes"}, "must be true or false, not the text"),
        ("aws-sdk:s3:getObject", {"Bucket": 5}, "Bucket must be text, not the number 5"),
        ("aws-sdk:ec2:stopInstances", {"InstanceIds": [1]}, "InstanceIds[0] must be text, not the"),
        ("aws-sdk:ec2:rebootInstances", {"InstanceIds": {"a": 1}}, "a list, not an object"),
        ("lambda:invoke", {"FunctionName": ["f"]}, "FunctionName must be text, not a list"),
        # What names a resource is text, also where the API has other text that may be JSON.
        ("sqs:sendMessage", {"QueueUrl": {"url": None}}, "QueueUrl must be text, not an object"),
        ("aws-sdk:sqs:deleteQueue", {"QueueUrl": {"url": None}}, "must be text, not an object"),
        ("aws-sdk:s3:getObject", {"Bucket": {"b": None}, "Key": "k"}, "Bucket must be text, not"),
        ("aws-sdk:s3:getObject", {"Bucket": "b", "Key": {"k": None}}, "Key must be text, not an"),
        ("ecs:runTask", {"TaskDefinition": {"t": None}}, "TaskDefinition must be text, not an"),
        ("aws-sdk:kms:decrypt", {"CiphertextBlob": {"c": None}}, "CiphertextBlob must be text"),
        ("aws-sdk:ssm:getParameter", {"Name": {"n": None}}, "Name must be text, not an object"),
        ("apigateway:invoke", {"ApiEndpoint": {"a": None}}, "ApiEndpoint must be text, not an"),
        (
            "http:invoke",
            {"Authentication": {"ConnectionArn": {"c": None}}},
            "Authentication.ConnectionArn must be text, not an object",
        ),
        (
            "dynamodb:putItem",
            {"TableName": "t", "Item": {"n": {"N": 1}}},
            "Item.n.N must be text, not the number 1",
        ),
        ("dynamodb:putItem", {"TableName": "t", "Item": {"n": "1"}}, "Item.n must be an object"),
    ],
)
def test_an_argument_that_the_action_does_not_have_is_refused(
    resource: str, request_: Any, said: str
) -> None:
    (line,) = lines(resource, request_)
    assert said in line


@pytest.mark.parametrize(
    ("resource", "request_"),
    [
        ("aws-sdk:rds:stopDBInstance", {"DbInstanceIdentifier": "d"}),
        ("aws-sdk:rds:stopDBInstance", {"DBInstanceIdentifier": "d"}),
        (
            "aws-sdk:s3:putObject",
            {"Bucket": "b", "Key": "k", "Body": {"any": [1]}, "Acl": "private"},
        ),
        (
            "aws-sdk:dynamodb:putItem",
            {"TableName": "t", "Item": {"a": {"Nul": True}, "b": {"Bool": True}}},
        ),
        ("dynamodb:putItem", {"TableName": "t", "Item": {"a": {"NULL": True}, "b.$": "$.b"}}),
        # https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html
        ("batch:submitJob", {"JobName": "j", "RetryStrategy": {"attempts": 5}}),
        ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": {"any": [1, None]}}),
        ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": 1}),
        (
            "sns:publish",
            {"Message": ["any"], "MessageAttributes": {"my own": {"DataType": "String"}}},
        ),
        ("events:putEvents", {"Entries": [{"Detail": {"any": 1}, "DetailType": "t"}]}),
        ("states:startExecution.sync:2", {"StateMachineArn": "m", "Input": {"any": 1}}),
        ("aws-sdk:sfn:startExecution", {"StateMachineArn": "m", "Input": {"any": 1}}),
        ("bedrock:invokeModel", {"ModelId": "m", "Input": {"S3Uri": "s3://b/k"}}),
        ("http:invoke", {"ApiEndpoint": "e", "Transform": {"RequestBodyEncoding": "NONE"}}),
        ("apigateway:invoke", {"Method": "GET", "Headers": {"a": ["b"]}, "RequestBody": [1]}),
        ("elasticmapreduce:addStep.sync", {"ClusterId": "c", "Anything": 1}),
        ("aws-sdk:s3:listObjectsV2", {"Bucket": "b", "MaxKeys.$": "$.n"}),
        ("aws-sdk:s3:listObjectsV2", {"Bucket": "b", "MaxKeys": "${MaxKeys}"}),
        ("aws-sdk:s3:listObjectsV2", {"Bucket": "b", "MaxKeys": 5.0, "Prefix": None}),
        ("aws-sdk:cloudwatch:getMetricStatistics", {"StartTime": "2026-01-01T00:00:00Z"}),
        ("aws-sdk:s3:listObjectsV2", {"Bucket": "b", "MaxKeys": "5", "FetchOwner": "true"}),
        ("aws-sdk:cloudwatch:getMetricStatistics", {"StartTime": 1735689600}),
        (
            "aws-sdk:bedrockruntime:converse",
            {"ModelId": "m", "AdditionalModelRequestFields": {"top_k": 5}},
        ),
    ],
)
def test_what_step_functions_accepts_or_nobody_knows_is_not_refused(
    resource: str, request_: Any
) -> None:
    assert lines(resource, request_) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Credentials": {"RoleArn": {"role": None}}}, "Credentials: RoleArn must be text, not an"),
        ({"ItemReader": {"Parameters": {"Bucket": ["b"]}}}, "ItemReader: Bucket must be text, not"),
        (
            {"ResultWriter": {"Parameters": {"Bucket": "b", "Prefix": 1}}},
            "Prefix must be text, not",
        ),
        ({"ItemReader": {"Parameters": {"Bucket": "b", "Key": None, "Prefix.$": "$.p"}}}, ""),
    ],
)
def test_what_a_part_of_a_state_names_is_text(fields: Any, said: str) -> None:
    found = lines("lambda:invoke", {"FunctionName": "f"}, **fields)
    assert [said in text for text in found] == ([True] if said else [])


QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


def forms(resource: str, request: Any, **fields: Any) -> list[str]:
    state = task(f"arn:aws:states:::{resource}", Parameters=request, **fields)
    return [text for _, text in recommend_resource_forms(RuleContext(machine(A=state), "async"))]


@pytest.mark.parametrize(
    ("resource", "argument", "wrong", "right"),
    [
        (
            *("sqs:sendMessage", "QueueUrl", [QUEUE]),
            ["https://sqs.us-east-1.amazonaws.com/123456789012/q", "q", "${QueueUrl}"],
        ),
        (
            *("sns:publish", "TopicArn", ["orders", QUEUE]),
            ["arn:aws-cn:sns:cn-north-1:123456789012:orders"],
        ),
        (
            *("aws-sdk:s3:listObjectsV2", "Bucket", ["arn:aws:s3:::orders"]),
            ["orders", "arn:aws:s3:us-east-1:123456789012:accesspoint/orders"],
        ),
        (
            *("lambda:invoke", "FunctionName", [QUEUE, "arn:aws:lambda:r:123456789012:layer:l"]),
            ["f", "f:live", "123456789012:function:f", "arn:aws:lambda:r:123456789012:function:f"],
        ),
        (
            *("aws-sdk:sfn:describeExecution", "ExecutionArn", ["arn:aws:states:::execution"]),
            [
                "arn:aws:states:us-east-1:123456789012:execution:m:e",
                "arn:aws:states:us-east-1:123456789012:express:m:e:f",
            ],
        ),
        (
            *("http:invoke", "ConnectionArn", ["orders"]),
            ["arn:aws:events:us-east-1:123456789012:connection/orders/1-2"],
        ),
        ("apigateway:invoke", "AuthType", ["AWS_IAM"], ["IAM_ROLE", "NO_AUTH"]),
    ],
)
def test_a_resource_in_another_form_than_its_argument_takes_is_advice(
    resource: str, argument: str, wrong: list[str], right: list[str]
) -> None:
    for text in wrong:
        (line,) = forms(resource, {argument: text})
        assert f"{resource.removeprefix('aws-sdk:')}: {argument} is {text!r}; write " in line
    for text in [*right, "{% $name %}"]:
        assert forms(resource, {argument: text}) == []
    assert forms(resource, {f"{argument}.$": "$.name"}) == []


@pytest.mark.parametrize("part", ["Authentication", "InvocationConfig"])
def test_the_connection_of_an_http_task_has_its_form(part: str) -> None:
    (line,) = forms("http:invoke", {part: {"ConnectionArn": "orders"}})
    assert "ConnectionArn is 'orders'; write the ARN of an EventBridge connection" in line


@pytest.mark.parametrize(
    ("resource", "request_"),
    [
        ("aws-sdk:apigateway:createAuthorizer", {"AuthType": "custom"}),
        ("apigateway:invoke", {"RequestBody": {"AuthType": "basic"}}),
        ("http:invoke", {"RequestBody": {"ConnectionArn": "orders"}}),
        ("sns:publish", {"PhoneNumber": "+1", "Message": {"TopicArn": "orders"}}),
        ("states:startExecution", {"Input": {"ExecutionArn": "orders"}}),
    ],
)
def test_what_only_has_the_name_of_such_an_argument_has_no_form(
    resource: str, request_: Any
) -> None:
    assert forms(resource, request_) == []


def test_a_role_and_the_bucket_of_a_map_have_their_forms_too() -> None:
    parts = {
        "Credentials": {"RoleArn": "orders"},
        "ItemReader": {"Parameters": {"Bucket": "arn:aws:s3:::orders"}},
    }
    role, bucket = forms("lambda:invoke", {"FunctionName": "f"}, **parts)
    assert role == "Credentials: RoleArn is 'orders'; write the ARN of a role"
    assert bucket.startswith("ItemReader: Bucket is 'arn:aws:s3:::orders'; write a bucket's name")


def test_jsonata_is_not_judged_but_its_neighbours_are() -> None:
    request = {"InstanceIds": "{% $ids %}", "DryRun": "{% $dry %}", "Froce": True}
    (line,) = lines("aws-sdk:ec2:stopInstances", {}, Arguments=request, QueryLanguage="JSONata")
    assert "unknown argument Froce; did you mean Force?" in line
    whole = {"Arguments": "{% $states.input %}", "QueryLanguage": "JSONata"}
    assert lines("aws-sdk:ec2:stopInstances", {}, **whole) == []


def test_a_misspelled_required_argument_is_reported_once() -> None:
    request = {"InstancIds": ["i-1"]}
    assert lines("aws-sdk:ec2:stopInstances", request) == []
    state = task("arn:aws:states:::aws-sdk:ec2:stopInstances", Parameters=request)
    (missing,) = require_complete_requests(RuleContext(machine(A=state), "async"))
    assert "rename InstancIds to InstanceIds" in missing.text


@pytest.mark.parametrize("request_", [{"MessageBody": "m"}, {"QueueUrl": None, "MessageBody": "m"}])
def test_a_null_is_not_an_argument(request_: Any) -> None:
    state = task("arn:aws:states:::sqs:sendMessage", Parameters=request_)
    (missing,) = require_complete_requests(RuleContext(machine(A=state), "async"))
    assert missing.text == "sqs:sendMessage requires QueueUrl; add it"
