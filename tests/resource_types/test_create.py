"""Resources created on the emulator, from the inputs that a program gives and no others."""

import json
from typing import Any

import pytest

from stepgate.local.errors import CommandError
from stepgate.resource_types import RESOURCE_TYPES
from stepgate.resource_types.resource_type import ResourceType
from tests.deployed.stacks import Deployed
from tests.resource_types.programs import Run

PLAIN = """
api = aws.apigateway.RestApi("plain-api")
served = aws.apigateway.RestApi("plain-served", body=BODY)
deployment = aws.apigateway.Deployment("plain-deployment", rest_api=served.id)
stage = aws.apigateway.Stage(
    "plain-stage", rest_api=served.id, deployment=deployment.id, stage_name="v1"
)
settings = aws.apigateway.MethodSettings(
    "plain-settings", rest_api=served.id, stage_name=stage.stage_name, method_path="*/*",
    settings={},
)
authorizer = aws.apigateway.Authorizer("plain-authorizer", rest_api=api.id)
key = aws.apigateway.ApiKey("plain-key")
plan = aws.apigateway.UsagePlan("plain-plan")
plan_key = aws.apigateway.UsagePlanKey(
    "plain-plan-key", key_id=key.id, key_type="API_KEY", usage_plan_id=plan.id
)
live = aws.apigatewayv2.Api(
    "plain-live", protocol_type="WEBSOCKET",
    # API Gateway asks for this of a WebSocket API, and for a route of what is deployed.
    route_selection_expression="$request.body.action",
)
live_integration = aws.apigatewayv2.Integration(
    "plain-live-integration", api_id=live.id, integration_type="MOCK"
)
live_integration_response = aws.apigatewayv2.IntegrationResponse(
    "plain-live-integration-response", api_id=live.id, integration_id=live_integration.id,
    integration_response_key="$default",
)
live_route = aws.apigatewayv2.Route("plain-live-route", api_id=live.id, route_key="$default")
live_route_response = aws.apigatewayv2.RouteResponse(
    "plain-live-route-response", api_id=live.id, route_id=live_route.id,
    route_response_key="$default",
)
live_authorizer = aws.apigatewayv2.Authorizer(
    "plain-live-authorizer", api_id=live.id, authorizer_type="REQUEST",
    # API Gateway asks for these of this type.
    authorizer_uri="arn", identity_sources=["route.request.querystring.token"],
)
live_deployment = aws.apigatewayv2.Deployment(
    "plain-live-deployment", api_id=live.id,
    opts=pulumi.ResourceOptions(depends_on=[live_route]),
)
live_stage = aws.apigatewayv2.Stage("plain-live-stage", api_id=live.id)
queue = aws.sqs.Queue("plain-queue")
fifo = aws.sqs.Queue("plain-fifo", fifo_queue=True)
queue_policy = aws.sqs.QueuePolicy(
    "plain-queue-policy", queue_url=queue.id, policy=json.dumps(POLICY)
)
topic = aws.sns.Topic("plain-topic")
topic_fifo = aws.sns.Topic("plain-topic-fifo", fifo_topic=True)
subscription = aws.sns.TopicSubscription(
    "plain-subscription", topic=topic.arn, protocol="sqs", endpoint=queue.arn
)
table = aws.dynamodb.Table(
    "plain-table", hash_key="id", attributes=[{"name": "id", "type": "S"}]
)
item = aws.dynamodb.TableItem(
    "plain-item", table_name=table.name, hash_key=table.hash_key,
    item=json.dumps({"id": {"S": "a"}}),
)
bucket = aws.s3.Bucket("plain-Bucket")
object = aws.s3.BucketObject("plain-object", bucket=bucket.id)
notification = aws.s3.BucketNotification("plain-notification", bucket=bucket.id)
secret = aws.secretsmanager.Secret("plain-secret")
version = aws.secretsmanager.SecretVersion(
    "plain-version", secret_id=secret.id, secret_string="a"
)
parameter = aws.ssm.Parameter("plain-parameter", type="String", value="a")
kms_key = aws.kms.Key("plain-kms-key")
alias = aws.kms.Alias("plain-alias", target_key_id=kms_key.id)
users = aws.cognito.UserPool("plain-users")
app = aws.cognito.UserPoolClient("plain-app", user_pool_id=users.id)
bus = aws.cloudwatch.EventBus("plain-bus")
alarm = aws.cloudwatch.MetricAlarm(
    "plain-alarm", comparison_operator="GreaterThanThreshold", evaluation_periods=1,
    # CloudWatch asks for these or for queries.
    metric_name="M", namespace="N", period=60, statistic="Sum", threshold=1,
)
dashboard = aws.cloudwatch.Dashboard(
    "plain-dashboard", dashboard_name="plain", dashboard_body='{"widgets": []}'
)
group = aws.cloudwatch.LogGroup("plain-group")
# EventBridge asks for this or an event pattern, and EC2 below for an image and a type.
rule = aws.cloudwatch.EventRule("plain-rule", schedule_expression="rate(1 day)")
target = aws.cloudwatch.EventTarget("plain-target", rule=rule.name, arn=queue.arn)
instance = aws.ec2.Instance(
    "plain-instance", ami=aws.ec2.get_ami().id, instance_type="t3.nano"
)
security_group = aws.ec2.SecurityGroup("plain-security-group")
role = aws.iam.Role("plain-role", assume_role_policy=json.dumps(TRUST_POLICY))
role_policy = aws.iam.RolePolicy(
    "plain-role-policy", role=role.name, policy=json.dumps(POLICY)
)
policy = aws.iam.Policy("plain-policy", policy=json.dumps(POLICY))
attachment = aws.iam.RolePolicyAttachment(
    "plain-attachment", role=role.name, policy_arn=policy.arn
)
profile = aws.iam.InstanceProfile("plain-profile")
machine = aws.sfn.StateMachine(
    "plain-machine", definition=DEFINITION, role_arn=role.arn, publish=True
)
activity = aws.sfn.Activity("plain-activity")
machine_alias = aws.sfn.Alias(
    "plain-machine-alias",
    routing_configurations=[
        {"state_machine_version_arn": machine.state_machine_version_arn, "weight": 100}
    ],
)
bucket_v2 = aws.s3.BucketV2("plain-bucket-v2")
object_v2 = aws.s3.BucketObjectv2("plain-object-v2", bucket=bucket_v2.bucket)
code = pulumi.AssetArchive({"app.py": pulumi.StringAsset("handler = print")})
function = aws.lambda_.Function(
    "plain-function", role=role.arn,
    # Lambda asks for these of a function that is no image.
    runtime="python3.11", handler="app.handler", code=code,
)
permission = aws.lambda_.Permission(
    "plain-permission", action="lambda:InvokeFunction", function=function.name,
    principal="states.amazonaws.com",
)
function_alias = aws.lambda_.Alias(
    "plain-function-alias", function_name=function.name, function_version="$LATEST"
)
layer = aws.lambda_.LayerVersion("plain-layer", layer_name="plain", code=code)
id_ = random.RandomId("plain-id", byte_length=2)
password = random.RandomPassword("plain-password", length=9)
pet = random.RandomPet("plain-pet")
string = random.RandomString("plain-string", length=9)
resources = [
    api, deployment, stage, settings, authorizer, key, plan, plan_key, live, live_integration,
    live_integration_response, live_route, live_route_response, live_authorizer, live_deployment,
    live_stage, queue, queue_policy, topic, subscription, table, item, bucket, object, notification,
    bucket_v2, object_v2, secret, version, parameter, kms_key, alias, users, app, bus, alarm,
    dashboard, group, rule, target, instance, security_group, role, role_policy, policy,
    attachment, profile, machine, activity, machine_alias, function, permission, function_alias,
    layer, id_, password, pet, string,
]
pulumi.export("types", [resource.pulumi_type for resource in resources])
named = [
    api, key, plan, live, live_authorizer, live_stage, queue, fifo, topic, topic_fifo, table,
    secret, parameter, alias, bus, alarm, group, rule, security_group, role, role_policy, policy,
    profile, machine, activity, machine_alias, function, function_alias,
]
pulumi.export("names", [resource.name for resource in named])
pulumi.export("buckets", [bucket.id, bucket_v2.bucket, object.key, object_v2.key])
pulumi.export("target", target.target_id)
pulumi.export("queue", queue.url)
pulumi.export("machine", machine.arn)
"""

FULL = """
dead = aws.sqs.Queue("full-dead", fifo_queue=False, content_based_deduplication=False)
queue = aws.sqs.Queue(
    "full",
    name="full-queue",
    delay_seconds=3,
    policy=pulumi.Output.secret(json.dumps(POLICY)),
    redrive_policy=pulumi.Output.json_dumps(
        {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2}
    ),
    sqs_managed_sse_enabled=False,
)
fifo = aws.sqs.Queue(
    "full-fifo", name_prefix="prefix-", fifo_queue=True, content_based_deduplication=True
)
group = aws.cloudwatch.LogGroup("full-group", name_prefix="/full/", retention_in_days=3)
rule = aws.cloudwatch.EventRule(
    "full-rule", name="full", event_pattern=json.dumps({"source": ["x"]}), is_enabled=False
)
aws.cloudwatch.EventTarget(
    "full-target", rule=rule, target_id="text", arn=fifo.arn, input='"text"',
    sqs_target={"message_group_id": "group"},
)
aws.cloudwatch.EventTarget(
    "full-transformed", rule=rule, arn=queue.arn,
    input_transformer={"input_paths": {"a": "$.source"}, "input_template": '"<a>"'},
)
role = aws.iam.Role("full-role", path="/full/", assume_role_policy=TRUST_POLICY)
aws.iam.RolePolicy("full-role-policy", name="other", role=role, policy=POLICY)
policy = aws.iam.Policy("full-policy", policy=POLICY)
machine = aws.sfn.StateMachine(
    "full-machine",
    definition=DEFINITION,
    role_arn=role.arn,
    type="EXPRESS",
    publish=True,
    logging_configuration={
        "level": "ERROR", "log_destination": pulumi.Output.concat(group.arn, ":*")
    },
)
api = aws.apigateway.RestApi(
    "full-api", body=BODY, endpoint_configuration={"types": "REGIONAL"}, fail_on_warnings=True
)
deployment = aws.apigateway.Deployment("full-deployment", rest_api=api)
stage = aws.apigateway.Stage(
    "full-stage", rest_api=api, deployment=deployment, stage_name="v1", variables={"a": "b"}
)
aws.apigateway.MethodSettings(
    "full-settings", rest_api=api, stage_name=stage.stage_name, method_path="*/*",
    settings={"throttling_rate_limit": 1.5, "throttling_burst_limit": 2},
)
key = aws.apigateway.ApiKey(
    "full-key", value=pulumi.Output.secret("a key of 20 letters or more"), enabled=False
)
plan = aws.apigateway.UsagePlan(
    "full-plan",
    api_stages=[{
        "api_id": api.id,
        "stage": stage.stage_name,
        "throttles": [{"path": "/it/GET", "rate_limit": 2, "burst_limit": 3}],
    }],
    throttle_settings={"rate_limit": 5},
    quota_settings={"limit": 7, "period": "DAY"},
)
pulumi.export("names", [queue.name, fifo.name, group.name, policy.name])
pulumi.export("policies", [role.assume_role_policy, policy.policy])
pulumi.export("queue", queue.url)
pulumi.export("role", role.arn)
pulumi.export("machine", machine.arn)
pulumi.export("version", machine.state_machine_version_arn)
pulumi.export("api", api.id)
pulumi.export("key", [key.id, key.value])
pulumi.export("plan", plan.id)
"""


def test_each_type_is_created_from_its_required_inputs_alone(run: Run, deployed: Deployed) -> None:
    outputs = run(PLAIN)
    assert {*outputs["types"]} == {*RESOURCE_TYPES}
    names = (
        "api key plan live live-authorizer live-stage queue fifo.fifo topic topic-fifo.fifo table "
        "secret parameter alias bus alarm group rule security-group role role-policy policy "
        "profile machine activity machine-alias function function-alias"
    )
    expected = [f"plain-{name}" for name in names.split()]
    assert outputs["names"] == [
        f"alias/{name}" if name == "plain-alias" else name for name in expected
    ]
    assert outputs["buckets"] == [
        f"plain-{n}" for n in ("bucket", "bucket-v2", "object", "object-v2")
    ]
    assert outputs["target"] == "plain-target"
    cloud = deployed.cloud
    queue = cloud.sqs.get_queue_attributes(QueueUrl=outputs["queue"], AttributeNames=["All"])
    assert "FifoQueue" not in queue["Attributes"]
    assert queue["Attributes"]["VisibilityTimeout"] == "30"
    machine = cloud.stepfunctions.describe_state_machine(stateMachineArn=outputs["machine"])
    assert machine["type"] == "STANDARD"


def test_inputs_that_are_given_reach_aws(run: Run, deployed: Deployed) -> None:
    outputs = run(FULL)
    assert outputs["names"] == [
        "full-queue",
        "prefix-full-fifo.fifo",
        "/full/full-group",
        "full-policy",
    ]
    assert [json.loads(text)["Version"] for text in outputs["policies"]] == ["2012-10-17"] * 2
    assert outputs["role"] == "arn:aws:iam::000000000000:role/full/full-role"
    assert outputs["version"] == f"{outputs['machine']}:1"
    cloud = deployed.cloud
    queue = cloud.sqs.get_queue_attributes(QueueUrl=outputs["queue"], AttributeNames=["All"])
    attributes = queue["Attributes"]
    assert attributes["DelaySeconds"] == "3"
    assert attributes["SqsManagedSseEnabled"] == "false"
    assert json.loads(attributes["Policy"])["Version"] == "2012-10-17"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 2
    groups = cloud.logs.describe_log_groups(logGroupNamePrefix="/full/")["logGroups"]
    assert [group.get("retentionInDays") for group in groups] == [3]
    assert cloud.events.describe_rule(Name="full")["State"] == "DISABLED"
    targets: Any = cloud.events.list_targets_by_rule(Rule="full")["Targets"]
    text, transformed = sorted(targets, key=lambda target: "Input" not in target)
    assert (text["Id"], text["Input"]) == ("text", '"text"')
    assert text["SqsParameters"] == {"MessageGroupId": "group"}
    assert transformed["InputTransformer"]["InputPathsMap"] == {"a": "$.source"}
    assert cloud.iam.list_role_policies(RoleName="full-role")["PolicyNames"] == ["other"]
    machine: Any = cloud.stepfunctions.describe_state_machine(stateMachineArn=outputs["machine"])
    assert (machine["type"], machine["loggingConfiguration"]["level"]) == ("EXPRESS", "ERROR")
    stage: Any = cloud.apigateway.get_stage(restApiId=outputs["api"], stageName="v1")
    assert stage["variables"] == {"a": "b"}
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 1.5
    id_, value = outputs["key"]
    key = cloud.apigateway.get_api_key(apiKey=id_, includeValue=True)
    assert key["value"] == value == "a key of 20 letters or more"
    assert not key["enabled"]
    plan: Any = cloud.apigateway.get_usage_plan(usagePlanId=outputs["plan"])
    assert plan["apiStages"][0]["throttle"] == {"/it/GET": {"rateLimit": 2, "burstLimit": 3}}
    assert (plan["throttle"]["rateLimit"], plan["quota"]["limit"]) == (5, 7)


def test_a_type_that_only_ci_knows_is_unknown_to_the_local_engine(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "aws:lambda/function:Function"
    monkeypatch.setitem(RESOURCE_TYPES, token, ResourceType(token))
    with pytest.raises(CommandError, match="cannot create a resource of type"):
        run(f'pulumi.CustomResource("{token}", "it", {{}})')
