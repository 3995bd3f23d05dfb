"""What is wrong with a resource is one line, with the resource, the argument and its value."""

from textwrap import dedent

import pytest

from stepgate.local.errors import CommandError
from tests.resource_types.programs import Run

REFUSED = [
    (
        'aws.sqs.Queue("it", name="a b")',
        "sqs/queue:Queue",
        "InvalidParameterValue",
        "name is 'a b'",
    ),
    (
        'aws.sqs.Queue("it", name="plain", fifo_queue=True)',
        "sqs/queue:Queue",
        "InvalidParameterValue",
        "name is 'plain'",
    ),
    (
        'aws.sqs.QueuePolicy("it", queue_url="none", policy={})',
        "sqs/queuePolicy:QueuePolicy",
        "NonExistentQueue",
        "queue_url is 'none'",
    ),
    ('aws.sns.Topic("it", name="a b")', "sns/topic:Topic", "InvalidParameter", "name is 'a b'"),
    (
        'aws.sns.TopicSubscription("it", topic="none", protocol="sqs", endpoint="a")',
        "sns/topicSubscription:TopicSubscription",
        "InvalidParameter",
        "topic is 'none'",
    ),
    (
        'aws.s3.Bucket("it", bucket="A_B")',
        "s3/bucket:Bucket",
        "InvalidBucketName",
        "bucket is 'A_B'",
    ),
    (
        'aws.s3.BucketObject("it", bucket="none")',
        "s3/bucketObject:BucketObject",
        "NoSuchBucket",
        "bucket is 'none'",
    ),
    (
        'aws.s3.BucketNotification("it", bucket="none", eventbridge=True)',
        "s3/bucketNotification:BucketNotification",
        "NoSuchBucket",
        "bucket is 'none'",
    ),
    (
        'aws.secretsmanager.Secret("it", name="a b")',
        "secretsmanager/secret:Secret",
        "Invalid name",
        "name is 'a b'",
    ),
    (
        'aws.secretsmanager.SecretVersion("it", secret_id="none", secret_string="hidden")',
        "secretsmanager/secretVersion:SecretVersion",
        "ResourceNotFoundException",
        "secret_id is 'none'",
    ),
    (
        'aws.kms.Alias("it", target_key_id="none")',
        "kms/alias:Alias",
        "NotFoundException",
        "target_key_id is 'none'",
    ),
    (
        'aws.cloudwatch.EventRule("it", schedule_expression="daily")',
        "cloudwatch/eventRule:EventRule",
        "ValidationException",
        "schedule_expression is 'daily'",
    ),
    (
        'aws.cloudwatch.EventRule("it")',
        "cloudwatch/eventRule:EventRule",
        "EventPattern or ScheduleExpression must be specified",
        "name is 'it'",
    ),
    (
        'aws.cloudwatch.EventTarget("it", rule="none", arn="arn:aws:sqs:::it")',
        "cloudwatch/eventTarget:EventTarget",
        "ResourceNotFoundException",
        "rule is 'none'",
    ),
    (
        'aws.cloudwatch.Dashboard("it", dashboard_name="a b", dashboard_body="{}")',
        "cloudwatch/dashboard:Dashboard",
        "InvalidParameterValue",
        "dashboard_name is 'a b'",
    ),
    (
        'aws.iam.Policy("it", policy={"Statement": "a"})',
        "iam/policy:Policy",
        "MalformedPolicyDocument",
        "name is 'it'",
    ),
    (
        'aws.iam.InstanceProfile("it", role="none")',
        "iam/instanceProfile:InstanceProfile",
        "NoSuchEntity",
        "role is 'none'",
    ),
    (
        'aws.sfn.StateMachine("it", definition="{}", role_arn="arn:aws:iam::1:role/it")',
        "sfn/stateMachine:StateMachine",
        "InvalidDefinition",
        "definition is '{}'",
    ),
    (
        'aws.sfn.Activity("it", name="a b")',
        "sfn/activity:Activity",
        "InvalidName",
        "name is 'a b'",
    ),
    (
        'aws.apigateway.ApiKey("it", value="short")',
        "apigateway/apiKey:ApiKey",
        "API Key value should be at least 20 characters",
        "name is 'it'",
    ),
    (
        'aws.apigateway.Deployment("it", rest_api="none")',
        "apigateway/deployment:Deployment",
        "NotFoundException",
        "rest_api is 'none'",
    ),
    (
        'aws.apigatewayv2.Api("it", protocol_type="WEBSOCKET")',
        "apigatewayv2/api:Api",
        "RouteSelectionExpression has to be of the form $request.body.NAME",
        "name is 'it'",
    ),
    (
        'aws.apigatewayv2.Route("it", api_id="none", route_key="$default")',
        "apigatewayv2/route:Route",
        "NotFoundException",
        "api_id is 'none'",
    ),
    (
        'aws.ec2.Instance("it", ami="none", instance_type="t3.nano")',
        "ec2/instance:Instance",
        "InvalidAMIID",
        "ami is 'none'",
    ),
]


@pytest.mark.parametrize(("program", "type_", "reason", "named"), REFUSED)
def test_what_the_emulator_refuses_is_one_line(
    run: Run, program: str, type_: str, reason: str, named: str
) -> None:
    text = refusal(run, program)
    assert text.startswith(f"the emulator refuses aws:{type_} it: ")
    assert reason in text
    assert named in text
    assert "hidden" not in text


WRONG = [
    ('aws.sqs.Queue("it", delay_seconds="abc")', "delay_seconds is 'abc'; write a whole number"),
    ('aws.sqs.Queue("it", visibility_timeout_seconds=-1)', "visibility_timeout_seconds is -1;"),
    ('aws.sqs.Queue("it", redrive_policy="{")', "redrive_policy is '{'; it is not JSON"),
    ('aws.sqs.Queue("it", redrive_policy={"a": 1})', "redrive_policy is {'a': 1}; write JSON as"),
    ('aws.sns.Topic("it", sqs_success_feedback_role_arn="a")', "the local engine cannot use it"),
    (
        'aws.sns.TopicSubscription("it", topic="a", protocol="sqs", endpoint="a",'
        ' filter_policy="{")',
        "filter_policy is '{'; it is not JSON",
    ),
    (
        'aws.s3.Bucket("it", replication_configuration={"role": "a", "rules": []})',
        "replication_configuration is {'",
    ),
    ('aws.s3.BucketObject("it", bucket="a", content_base64="é")', "content_base64 is 'é'; write"),
    (
        'aws.s3.BucketObject("it", bucket="a", source=pulumi.FileAsset("none"))',
        "source is 'none': No such file",
    ),
    (
        'aws.secretsmanager.SecretVersion("it", secret_id="a", secret_string={"a": 1})',
        "secret_string is a secret of another form; write text",
    ),
    (
        'aws.secretsmanager.SecretVersion("it", secret_id="a", secret_binary="a")',
        "secret_binary is a secret of another form; write text in Base64",
    ),
    ('aws.ssm.Parameter("it", type="String")', "value is missing; give it a value"),
    (
        'aws.ssm.Parameter("it", type="Text", value="a")',
        "type is 'Text'; write String or StringList or SecureString",
    ),
    ('aws.kms.Key("it", key_usage="LOCK")', "key_usage is 'LOCK'; write SIGN_VERIFY or"),
    (
        'aws.cognito.UserPoolClient("it", user_pool_id="a", explicit_auth_flows=["A"])',
        "explicit_auth_flows[0] is 'A'; write ",
    ),
    ('aws.kms.Key("it", policy="a")', "policy is 'a'; it is not JSON"),
    ('aws.cloudwatch.EventRule("it", event_pattern="{")', "event_pattern is '{'; it is not JSON"),
    (
        'aws.cloudwatch.EventTarget("it", rule="a", arn="b", sqs_target={"group": "c"})',
        "sqs_target.group is 'c'; the local engine cannot use it",
    ),
    ('aws.cloudwatch.LogGroup("it", retention_in_days=2)', "retention_in_days is 2; write 0, 1,"),
    (
        'aws.cloudwatch.MetricAlarm("it", comparison_operator="a", evaluation_periods=1)',
        "comparison_operator is 'a'; write GreaterThan",
    ),
    (
        'aws.cloudwatch.MetricAlarm("it", comparison_operator="GreaterThanThreshold",'
        ' evaluation_periods=1, threshold="high")',
        "threshold is 'high'; write a number",
    ),
    ('aws.cloudwatch.Dashboard("it", dashboard_name="a", dashboard_body="{")', "dashboard_body is"),
    ('aws.iam.Role("it", assume_role_policy="{")', "assume_role_policy is '{'; it is not JSON"),
    (
        'aws.iam.RolePolicyAttachment("it", role="a", policy_arn="it")',
        "policy_arn is 'it'; Invalid length: 2, valid min length: 20",
    ),
    (
        'aws.sfn.StateMachine("it", definition="{}", role_arn="a", type="FAST")',
        "type is 'FAST'; write STANDARD or EXPRESS",
    ),
    (
        'aws.sfn.Alias("it", routing_configurations=[{"state_machine_version_arn": "a"}])',
        "routing_configurations is [{'stateMachineVersionArn': 'a'}]; Missing required",
    ),
    ('aws.apigateway.ApiKey("it", enabled="maybe")', "enabled is 'maybe'; write True or False"),
    (
        'aws.apigateway.UsagePlan("it", quota_settings={"limit": "a", "period": "DAY"})',
        "quota_settings.limit is 'a'; write a whole number",
    ),
    ('aws.apigateway.UsagePlan("it", api_stages=[{"api_id": "it"}])', "stage is missing"),
    (
        'pulumi.CustomResource("aws:apigateway/usagePlan:UsagePlan", "it", {"apiStages": "a"})',
        "api_stages is 'a'; write a list of objects",
    ),
    (
        'aws.apigateway.Authorizer("it", rest_api="a", type="KEY")',
        "type is 'KEY'; write TOKEN or REQUEST or COGNITO_USER_POOLS",
    ),
    (
        'aws.apigatewayv2.Api("it", protocol_type="HTTP")',
        "protocol_type is 'HTTP'; the emulator has WebSocket APIs only: write WEBSOCKET; for HTTP",
    ),
    (
        'aws.apigatewayv2.Integration("it", api_id="a", integration_type="SOAP")',
        "integration_type is 'SOAP'; write AWS or HTTP or MOCK",
    ),
    ('aws.dynamodb.Table("it")', "hash_key is missing; give it a value"),
    (
        'aws.dynamodb.Table("it", hash_key="a", attributes=[{"name": "a", "type": "X"}])',
        "attributes[0].type is 'X'; write S or N or B",
    ),
    (
        'aws.dynamodb.Table("it", hash_key="a", read_capacity="many")',
        "read_capacity is 'many'; write a whole number from 1",
    ),
    (
        'aws.dynamodb.TableItem("it", table_name="a", hash_key="id", item=\'{"id": "a"}\')',
        'item is \'{"id": "a"}\'; write JSON in DynamoDB\'s form',
    ),
    ('aws.ec2.Instance("it")', "ami is missing; give it a value"),
    (
        'pulumi.CustomResource("aws:ec2/securityGroup:SecurityGroup", "it", {"tags": ["a"]})',
        "tags is ['a']; write an object",
    ),
    ('random.RandomId("it", byte_length=0)', "byte_length is 0; write a whole number from 1"),
    ('random.RandomPet("it", length="long")', "length is 'long'; write a whole number from 1"),
    ('random.RandomPassword("it", length=2, min_lower=3)', "length is 2; write 3 or more"),
    (
        'random.RandomString("it", length=2, lower=False, upper=False, numeric=False,'
        " special=False)",
        "special is False; write True",
    ),
]


@pytest.mark.parametrize(("program", "text"), WRONG)
def test_a_wrong_input_is_named_before_a_call(run: Run, program: str, text: str) -> None:
    refused = refusal(run, program)
    type_, name, rest = refused.split(" ", 2)
    assert (type_.count(":"), name) == (2, "it:")
    assert text in rest


def test_what_pulumi_itself_refuses_is_one_line(run: Run) -> None:
    assert "'it', type 'aws:sqs/queue:Queue'" in refusal(run, 'aws.sqs.Queue("it", tags=["a"])')


def test_a_target_that_eventbridge_refuses_is_named(run: Run) -> None:
    text = refusal(
        run,
        """
        rule = aws.cloudwatch.EventRule("rule", schedule_expression="rate(1 day)")
        aws.cloudwatch.EventTarget("it", rule=rule.name, arn="arn:aws:sqs:::it.fifo")
        """,
    )
    assert text.startswith("aws:cloudwatch/eventTarget:EventTarget it: EventBridge refuses it: ")
    assert "SqsParameters must be specified" in text


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            'aws.ec2.get_ami(filters=[{"name": "name", "values": ["a"]}])',
            "the emulator has no image that",
        ),
        ('aws.iam.get_policy_document(statements=[{"effect": "Maybe"}])', "effect is 'Maybe';"),
        ('aws.iam.get_policy_document(statements=[{"action": ["a"]}])', "action is ['a']; remove"),
        ('aws.iam.get_policy_document(source_policy_documents=["{"])', "it is not JSON"),
        ('aws.iam.get_policy_document(statements=[{"actions": "a"}])', "actions is 'a'; write a"),
    ],
)
def test_a_wrong_argument_of_a_function_is_named(run: Run, call: str, text: str) -> None:
    refused = refusal(run, call)
    assert refused.startswith("aws:")
    assert text in refused


def refusal(run: Run, program: str) -> str:
    with pytest.raises(CommandError) as refused:
        run(dedent(program))
    text = str(refused.value)
    assert "\n" not in text
    return text
