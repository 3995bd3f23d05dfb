"""The usual options of each service's resources, as the emulator has them in the end."""

import base64
import json
from typing import Any

from tests.deployed.stacks import Deployed
from tests.resource_types.programs import Run

TAGS = [{"Key": "a", "Value": "b"}]


def test_topics_and_queues(run: Run, deployed: Deployed) -> None:
    outputs = run("""
queue = aws.sqs.Queue("topics-queue", delay_seconds="5", tags={"a": 1}, region="eu-west-1")
aws.sqs.QueuePolicy("topics-policy", queue_url=queue.url, policy=POLICY, region="eu-west-1")
topic = aws.sns.Topic(
    "topics", display_name="Topics", fifo_topic=False, tags={"a": "b"}, region="eu-west-1"
)
subscription = aws.sns.TopicSubscription(
    "topics-subscription", topic=topic, protocol="sqs", endpoint=queue.arn, region="eu-west-1",
    raw_message_delivery=True, filter_policy=json.dumps({"kind": ["a"]}),
)
pulumi.export("queue", [queue.url, queue.arn, queue.region, queue.tags_all])
pulumi.export("topic", [topic.arn, topic.owner, topic.tags_all])
pulumi.export("subscription", subscription.arn)
""")
    url, arn, region, _ = outputs["queue"]
    assert (arn, region) == ("arn:aws:sqs:eu-west-1:000000000000:topics-queue", "eu-west-1")
    cloud = deployed.cloud.in_region("eu-west-1")
    attributes = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (attributes["DelaySeconds"], attributes["QueueArn"]) == ("5", arn)
    assert json.loads(attributes["Policy"])["Statement"][0]["Action"] == "sqs:*"
    assert cloud.sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1"}
    topic, owner, tags = outputs["topic"]
    assert (owner, tags) == ("000000000000", {"a": "b"})
    sns = cloud.client("sns")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "Topics"
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == TAGS
    found = sns.get_subscription_attributes(SubscriptionArn=outputs["subscription"])["Attributes"]
    assert (found["Endpoint"], found["RawMessageDelivery"]) == (arn, "true")
    assert json.loads(found["FilterPolicy"]) == {"kind": ["a"]}


def test_buckets_and_objects(run: Run, deployed: Deployed) -> None:
    outputs = run("""
key = aws.kms.Key("buckets-key")
bucket = aws.s3.Bucket(
    "Buckets",
    bucket_prefix="prefix-",
    force_destroy=True,
    tags={"a": "b"},
    versioning={"enabled": True},
    cors_rules=[{"allowed_methods": ["GET"], "allowed_origins": ["*"], "max_age_seconds": 5}],
    server_side_encryption_configuration={"rule": {
        "apply_server_side_encryption_by_default": {
            "sse_algorithm": "aws:kms", "kms_master_key_id": key.arn
        },
    }},
    website={"index_document": "index.html", "error_document": "error.html"},
    policy={"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::prefix-buckets/*",
    }]},
)
old = aws.s3.BucketV2(
    "buckets-old",
    bucket="buckets-given",
    region="eu-west-1",
    versionings=[{"enabled": True}],
    server_side_encryption_configurations=[{"rules": [
        {"apply_server_side_encryption_by_defaults": [{"sse_algorithm": "AES256"}]}
    ]}],
)
text = aws.s3.BucketObject(
    "text.txt", bucket=bucket, content="hello", content_type="text/plain", tags={"a": "b"},
    metadata={"m": "n"},
)
file = aws.s3.BucketObjectv2(
    "file", bucket=bucket.bucket, key="a/b", source=pulumi.FileAsset("Pulumi.yaml")
)
binary = aws.s3.BucketObjectv2("binary", bucket=bucket.id, content_base64="AP8=")
asset = aws.s3.BucketObjectv2("asset", bucket=bucket.id, source=pulumi.StringAsset("asset"))
created = aws.sqs.Queue("buckets-created")
aws.s3.BucketNotification(
    "notification",
    bucket=bucket.id,
    eventbridge=True,
    queues=[{
        "queue_arn": created.arn, "events": ["s3:ObjectCreated:*"], "filter_prefix": "a/",
        "filter_suffix": ".csv",
    }],
)
pulumi.export("bucket", [bucket.id, bucket.arn, bucket.bucket_regional_domain_name])
pulumi.export("text", [text.key, text.etag, text.version_id])
pulumi.export("file", [file.key, file.arn])
""")
    s3 = deployed.cloud.client("s3")
    name = "prefix-buckets"
    assert outputs["bucket"] == [name, f"arn:aws:s3:::{name}", f"{name}.s3.us-east-1.amazonaws.com"]
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == TAGS
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"][0]["MaxAgeSeconds"] == 5
    website = s3.get_bucket_website(Bucket=name)
    assert website["IndexDocument"] == {"Suffix": "index.html"}
    assert website["ErrorDocument"] == {"Key": "error.html"}
    assert "s3:GetObject" in s3.get_bucket_policy(Bucket=name)["Policy"]
    for bucket, algorithm in ((name, "aws:kms"), ("buckets-given", "AES256")):
        rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
        default = rules["Rules"][0]["ApplyServerSideEncryptionByDefault"]
        assert default["SSEAlgorithm"] == algorithm
    where = s3.get_bucket_location(Bucket="buckets-given")["LocationConstraint"]
    assert where == "eu-west-1"
    text = s3.get_object(Bucket=name, Key="text.txt")
    assert (text["Body"].read(), text["ContentType"]) == (b"hello", "text/plain")
    assert text["Metadata"] == {"m": "n"}
    assert outputs["text"] == ["text.txt", text["ETag"].strip('"'), text["VersionId"]]
    assert s3.get_object_tagging(Bucket=name, Key="text.txt")["TagSet"] == TAGS
    notified = s3.get_bucket_notification_configuration(Bucket=name)
    assert notified["EventBridgeConfiguration"] == {}
    (queue,) = notified["QueueConfigurations"]
    assert queue["QueueArn"].endswith(":buckets-created")
    rules = {rule["Name"].lower(): rule["Value"] for rule in queue["Filter"]["Key"]["FilterRules"]}
    assert rules == {"prefix": "a/", "suffix": ".csv"}
    bodies = {
        key: s3.get_object(Bucket=name, Key=key)["Body"].read()
        for key in ("a/b", "binary", "asset")
    }
    assert b"name: shop" in bodies["a/b"]
    assert (bodies["binary"], bodies["asset"]) == (b"\x00\xff", b"asset")
    assert outputs["file"] == ["a/b", f"arn:aws:s3:::{name}/a/b"]


def test_secrets_parameters_and_keys(run: Run, deployed: Deployed) -> None:
    outputs = run("""
key = aws.kms.Key(
    "secrets-key", description="Key", enable_key_rotation=True, tags={"a": "b"},
    deletion_window_in_days=7,
)
off = aws.kms.Key("secrets-off", is_enabled=False)
alias = aws.kms.Alias("secrets-alias", name="alias/secrets", target_key_id=key.key_id)
secret = aws.secretsmanager.Secret(
    "secrets", name_prefix="all/", kms_key_id=key.id, recovery_window_in_days=0, tags={"a": "b"}
)
version = aws.secretsmanager.SecretVersion(
    "secrets-version", secret_id=secret.id, secret_string=pulumi.Output.secret("hidden")
)
plain = aws.ssm.Parameter("secrets-plain", type="StringList", insecure_value="a,b")
path = aws.ssm.Parameter(
    "secrets-path", name="/secrets/path", type="SecureString", key_id=key.id, tags={"a": "b"},
    value=pulumi.Output.secret("hidden"),
)
pulumi.export("key", [key.id, key.arn, key.key_id])
pulumi.export("off", off.arn)
pulumi.export("alias", [alias.id, alias.arn, alias.target_key_arn])
pulumi.export("secret", [secret.id, secret.arn, secret.name])
pulumi.export("version", [version.id, version.version_id])
pulumi.export("plain", [plain.arn, plain.value, plain.version])
pulumi.export("path", [path.id, path.arn])
""")
    cloud = deployed.cloud
    kms, ssm = cloud.client("kms"), cloud.client("ssm")
    id_, arn, key_id = outputs["key"]
    described = kms.describe_key(KeyId="alias/secrets")["KeyMetadata"]
    assert (described["KeyId"], described["Arn"]) == (id_, arn)
    assert (key_id, described["Description"]) == (id_, "Key")
    assert kms.get_key_rotation_status(KeyId=id_)["KeyRotationEnabled"]
    assert kms.list_resource_tags(KeyId=id_)["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
    assert not kms.describe_key(KeyId=outputs["off"])["KeyMetadata"]["Enabled"]
    assert outputs["alias"] == ["alias/secrets", cloud.arn("kms", "alias/secrets"), arn]
    manager = cloud.client("secretsmanager")
    secret_id, secret_arn, name = outputs["secret"]
    assert (secret_id, name) == (secret_arn, "all/secrets")
    secret = manager.describe_secret(SecretId=secret_arn)
    assert (secret["KmsKeyId"], secret["Tags"]) == (id_, TAGS)
    value = manager.get_secret_value(SecretId=secret_arn)
    assert value["SecretString"] == "hidden"
    version = value["VersionId"]
    assert outputs["version"] == [f"{secret_arn}|{version}", version]
    assert outputs["plain"] == [cloud.arn("ssm", "parameter/secrets-plain"), "a,b", 1]
    assert outputs["path"] == ["/secrets/path", cloud.arn("ssm", "parameter/secrets/path")]
    found = ssm.get_parameter(Name="/secrets/path", WithDecryption=True)["Parameter"]
    assert (found["Type"], found["Value"]) == ("SecureString", "hidden")


def test_user_pools(run: Run, deployed: Deployed) -> None:
    outputs = run("""
users = aws.cognito.UserPool(
    "users", name="all-users", username_attributes=["email"], tags={"a": "b"},
    password_policy={"minimum_length": 12},
    schemas=[{"name": "role", "attribute_data_type": "String"}],
)
app = aws.cognito.UserPoolClient(
    "app", user_pool_id=users.id, generate_secret=True, id_token_validity=2,
    explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH"], callback_urls=["https://a.test"],
)
pulumi.export("users", [users.id, users.arn, users.endpoint, users.name])
pulumi.export("app", [app.id, app.name, app.client_secret])
""")
    cognito = deployed.cloud.client("cognito-idp")
    id_, arn, endpoint, name = outputs["users"]
    pool = cognito.describe_user_pool(UserPoolId=id_)["UserPool"]
    assert (pool["Arn"], pool["Name"], name) == (arn, "all-users", "all-users")
    assert arn == deployed.cloud.arn("cognito-idp", f"userpool/{id_}")
    assert endpoint == f"cognito-idp.{deployed.cloud.region}.amazonaws.com/{id_}"
    assert pool["UsernameAttributes"] == ["email"]
    client_id, client_name, secret = outputs["app"]
    found = cognito.describe_user_pool_client(UserPoolId=id_, ClientId=client_id)["UserPoolClient"]
    assert (found["ClientName"], found["ClientSecret"]) == (client_name, secret)
    assert found["CallbackURLs"] == ["https://a.test"]


def test_events_alarms_and_dashboards(run: Run, deployed: Deployed) -> None:
    outputs = run("""
queue = aws.sqs.Queue("events-queue")
bus = aws.cloudwatch.EventBus("events", description="Bus", tags={"a": "b"})
rule = aws.cloudwatch.EventRule(
    "events-rule", event_bus_name=bus.name, event_pattern=json.dumps({"source": ["a"]}),
    tags={"a": "b"},
)
target = aws.cloudwatch.EventTarget(
    "events-target", rule=rule.name, event_bus_name=bus.name, arn=queue.arn, input_path="$.detail",
    dead_letter_config={"arn": queue.arn}, retry_policy={"maximum_retry_attempts": 3},
)
schedule = aws.cloudwatch.EventRule(
    "events-schedule", schedule_expression="cron(0 12 * * ? *)", state="DISABLED"
)
alarm = aws.cloudwatch.MetricAlarm(
    "events-alarm", comparison_operator="GreaterThanThreshold", evaluation_periods=1, threshold=1,
    metric_name="M", namespace="N", period=60, statistic="Sum", dimensions={"D": "e"},
    alarm_actions=[queue.arn], treat_missing_data="notBreaching", tags={"a": "b"},
)
math = aws.cloudwatch.MetricAlarm(
    "events-math", comparison_operator="GreaterThanThreshold", evaluation_periods=1, threshold=1,
    metric_queries=[
        {"id": "twice", "expression": "one * 2", "return_data": True},
        {"id": "one", "metric": {
            "metric_name": "M", "namespace": "N", "period": 60, "stat": "Sum",
            "dimensions": {"D": "e"},
        }},
    ],
)
dashboard = aws.cloudwatch.Dashboard(
    "events-dashboard", dashboard_name="events", dashboard_body=json.dumps({"widgets": []})
)
pulumi.export("bus", bus.arn)
pulumi.export("rule", [rule.id, rule.arn])
pulumi.export("alarm", alarm.arn)
pulumi.export("dashboard", dashboard.dashboard_arn)
""")
    events, cloudwatch = deployed.cloud.events, deployed.cloud.client("cloudwatch")
    bus: Any = events.describe_event_bus(Name="events")
    assert outputs["bus"] == bus["Arn"]
    rule: Any = events.describe_rule(Name="events-rule", EventBusName="events")
    assert outputs["rule"] == ["events/events-rule", rule["Arn"]]
    assert json.loads(rule["EventPattern"]) == {"source": ["a"]}
    assert events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"] == TAGS
    (target,) = events.list_targets_by_rule(Rule="events-rule", EventBusName="events")["Targets"]
    assert (target.get("InputPath"), target["Id"]) == ("$.detail", "events-target")
    assert target.get("RetryPolicy") == {"MaximumRetryAttempts": 3}
    schedule: Any = events.describe_rule(Name="events-schedule")
    assert (schedule["State"], schedule["ScheduleExpression"][:4]) == ("DISABLED", "cron")
    names = ["events-alarm", "events-math"]
    alarms = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
    alarm, math = sorted(alarms, key=lambda found: found["AlarmName"])
    assert outputs["alarm"] == alarm["AlarmArn"]
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (1.0, "notBreaching")
    assert alarm["Dimensions"] == [{"Name": "D", "Value": "e"}]
    metrics = {query["Id"]: query for query in math["Metrics"]}
    assert metrics["twice"]["Expression"] == "one * 2"
    assert metrics["one"]["MetricStat"]["Metric"]["Dimensions"] == alarm["Dimensions"]
    body = cloudwatch.get_dashboard(DashboardName="events")
    assert json.loads(body["DashboardBody"]) == {"widgets": []}
    assert outputs["dashboard"] == "arn:aws:cloudwatch::000000000000:dashboard/events"


def test_roles_and_documents(run: Run, deployed: Deployed) -> None:
    outputs = run("""
trust = aws.iam.get_policy_document(statements=[{
    "actions": ["sts:AssumeRole"],
    "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}],
}])
role = aws.iam.Role(
    "roles",
    assume_role_policy=trust.json,
    inline_policies=[{"name": "inline", "policy": json.dumps(POLICY)}],
    managed_policy_arns=["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    max_session_duration=3600,
    force_detach_policies=True,
    tags={"a": "b"},
)
profile = aws.iam.InstanceProfile("roles-profile", role=role.name, path="/roles/")
bucket = aws.s3.Bucket("roles-bucket")
document = aws.iam.get_policy_document_output(
    source_policy_documents=[trust.json],
    statements=[
        {"sid": "Read", "effect": "Deny", "actions": ["s3:GetObject"], "resources": [bucket.arn]},
        {"sid": "Read", "actions": ["s3:*", "sqs:*"], "resources": [bucket.arn], "conditions": [
            {"test": "StringEquals", "variable": "aws:a", "values": ["b"]},
            {"test": "StringEquals", "variable": "aws:c", "values": ["d", "e"]},
        ]},
    ],
)
open_ = aws.iam.get_policy_document(
    statements=[{"not_actions": ["s3:*"], "principals": [{"type": "*", "identifiers": ["*"]}]}]
)
pulumi.export("role", [role.arn, role.unique_id])
pulumi.export("profile", profile.arn)
pulumi.export("document", document.json)
pulumi.export("open", open_.minified_json)
pulumi.export("account", aws.get_caller_identity().account_id)
pulumi.export("region", aws.get_region(region="eu-west-1").region)
pulumi.export("suffix", aws.get_partition().dns_suffix)
pulumi.export("image", aws.ec2.get_ami(most_recent=True, owners=["amazon"]).architecture)
""")
    iam = deployed.cloud.iam
    role: Any = iam.get_role(RoleName="roles")["Role"]
    assert outputs["role"] == [role["Arn"], role["RoleId"]]
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ec2.amazonaws.com"},
        }
    ]
    assert role["Tags"] == TAGS
    assert iam.list_role_policies(RoleName="roles")["PolicyNames"] == ["inline"]
    (attached,) = iam.list_attached_role_policies(RoleName="roles")["AttachedPolicies"]
    assert attached.get("PolicyName") == "ReadOnlyAccess"
    profile = iam.get_instance_profile(InstanceProfileName="roles-profile")["InstanceProfile"]
    assert outputs["profile"] == profile["Arn"]
    assert [role["RoleName"] for role in profile["Roles"]] == ["roles"]
    trust, read = json.loads(outputs["document"])["Statement"]
    assert trust["Action"] == "sts:AssumeRole"
    assert read == {
        "Sid": "Read",
        "Effect": "Allow",
        "Action": ["s3:*", "sqs:*"],
        "Resource": "arn:aws:s3:::roles-bucket",
        "Condition": {"StringEquals": {"aws:a": "b", "aws:c": ["d", "e"]}},
    }
    (anybody,) = json.loads(outputs["open"])["Statement"]
    assert (anybody["NotAction"], anybody["Principal"]) == ("s3:*", "*")
    assert [outputs[it] for it in ("account", "region", "suffix")] == [
        "000000000000",
        "eu-west-1",
        "amazonaws.com",
    ]
    assert outputs["image"] == "x86_64"


def test_state_machines_and_authorizers(run: Run, deployed: Deployed) -> None:
    outputs = run("""
role = aws.iam.Role("machines-role", assume_role_policy=TRUST_POLICY)
machine = aws.sfn.StateMachine(
    "machines", definition=DEFINITION, role_arn=role.arn, publish=True, tags={"a": "b"},
    tracing_configuration={"enabled": False},
)
alias = aws.sfn.Alias(
    "machines-alias", name="live", description="Live", routing_configurations=[
        {"state_machine_version_arn": machine.state_machine_version_arn, "weight": "100"}
    ],
)
activity = aws.sfn.Activity("machines-activity", tags={"a": "b"})
api = aws.apigateway.RestApi("machines-api", tags={"a": "b"}, minimum_compression_size="100")
authorizer = aws.apigateway.Authorizer(
    "machines-authorizer", rest_api=api.id, type="COGNITO_USER_POOLS",
    provider_arns=["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a"],
    authorizer_result_ttl_in_seconds=60,
)
pulumi.export("machine", [machine.arn, machine.status])
pulumi.export("alias", alias.arn)
pulumi.export("activity", activity.id)
pulumi.export("api", [api.id, api.execution_arn, api.root_resource_id])
pulumi.export("authorizer", authorizer.id)
""")
    machines: Any = deployed.cloud.stepfunctions
    machine, status = outputs["machine"]
    assert status == "ACTIVE"
    tags = [{"key": "a", "value": "b"}]
    assert machines.list_tags_for_resource(resourceArn=machine)["tags"] == tags
    alias = machines.describe_state_machine_alias(stateMachineAliasArn=outputs["alias"])
    assert (alias["name"], alias["description"]) == ("live", "Live")
    assert alias["routingConfiguration"][0]["weight"] == 100
    assert machines.describe_activity(activityArn=outputs["activity"])["name"] == (
        "machines-activity"
    )
    gateway: Any = deployed.cloud.apigateway
    id_, execution_arn, root = outputs["api"]
    api = gateway.get_rest_api(restApiId=id_)
    assert (api["minimumCompressionSize"], api["rootResourceId"]) == (100, root)
    assert execution_arn == deployed.cloud.arn("execute-api", id_)
    found = gateway.get_authorizer(restApiId=id_, authorizerId=outputs["authorizer"])
    assert (found["type"], found["authorizerResultTtlInSeconds"]) == ("COGNITO_USER_POOLS", 60)


def test_websocket_apis(run: Run, deployed: Deployed) -> None:
    outputs = run("""
api = aws.apigatewayv2.Api(
    "live", protocol_type="WEBSOCKET", route_selection_expression="$request.body.action",
    tags={"a": "b"}, region="eu-west-1",
)
inside = {"api_id": api.id, "region": "eu-west-1"}
integration = aws.apigatewayv2.Integration(
    "live-integration", **inside, integration_type="AWS", integration_method="POST",
    integration_uri="arn:aws:apigateway:eu-west-1:states:action/StartExecution",
    credentials_arn="arn:aws:iam::000000000000:role/live", timeout_milliseconds="3000",
    passthrough_behavior="NEVER", request_templates={"$default": "{}"},
    template_selection_expression="\\\\$default",
)
aws.apigatewayv2.IntegrationResponse(
    "live-integration-response", **inside, integration_id=integration.id,
    integration_response_key="$default", response_templates={"$default": "[]"},
)
route = aws.apigatewayv2.Route(
    "live-route", **inside, route_key="start", route_response_selection_expression="$default",
    target=integration.id.apply("integrations/{}".format),
)
aws.apigatewayv2.RouteResponse(
    "live-route-response", **inside, route_id=route.id, route_response_key="$default"
)
deployment = aws.apigatewayv2.Deployment(
    "live-deployment", **inside, triggers={"a": "b"}, description="first",
    opts=pulumi.ResourceOptions(depends_on=[route]),
)
stage = aws.apigatewayv2.Stage(
    "live-stage", **inside, name="v1", deployment_id=deployment.id, stage_variables={"a": "b"},
    default_route_settings={"throttling_rate_limit": 5, "throttling_burst_limit": 10},
)
pulumi.export("api", [api.id, api.api_endpoint, api.execution_arn, api.arn])
pulumi.export("ids", [integration.id, route.id, deployment.id])
pulumi.export("selection", integration.integration_response_selection_expression)
pulumi.export("stage", [stage.id, stage.invoke_url, stage.execution_arn, stage.arn])
""")
    cloud = deployed.cloud.in_region("eu-west-1")
    gateway = cloud.client("apigatewayv2")
    id_, endpoint, execution_arn, arn = outputs["api"]
    assert endpoint == f"{cloud.endpoint.replace('http', 'ws')}/_aws/execute-api/{id_}"
    assert execution_arn == cloud.arn("execute-api", id_)
    assert arn == f"arn:aws:apigateway:eu-west-1::/apis/{id_}"
    api = gateway.get_api(ApiId=id_)
    assert (api["ApiEndpoint"], api["Name"], api["Tags"]) == (endpoint, "live", {"a": "b"})
    assert outputs["stage"] == ["v1", f"{endpoint}/v1", f"{execution_arn}/v1", f"{arn}/stages/v1"]
    integration, route, deployment = outputs["ids"]
    stage = gateway.get_stage(ApiId=id_, StageName="v1")
    assert (stage["DeploymentId"], stage["StageVariables"]) == (deployment, {"a": "b"})
    found = gateway.get_integration(ApiId=id_, IntegrationId=integration)
    assert (found["TimeoutInMillis"], found["PassthroughBehavior"]) == (3000, "NEVER")
    assert found["TemplateSelectionExpression"] == "\\$default"
    assert outputs["selection"] == found["IntegrationResponseSelectionExpression"]
    (response,) = gateway.get_integration_responses(ApiId=id_, IntegrationId=integration)["Items"]
    assert response["ResponseTemplates"] == {"$default": "[]"}
    (found,) = gateway.get_routes(ApiId=id_)["Items"]
    assert (found["RouteId"], found["Target"]) == (route, f"integrations/{integration}")
    assert len(gateway.get_route_responses(ApiId=id_, RouteId=route)["Items"]) == 1


def test_what_is_random(run: Run) -> None:
    outputs = run("""
id_ = random.RandomId("id", byte_length=4, prefix="x-")
pet = random.RandomPet("pet", length=3, separator="_", prefix="my")
password = random.RandomPassword(
    "password", length=12, min_numeric=3, upper=False, override_special="!"
)
string = random.RandomString("string", length=5, special=False, lower=False, upper=False)
pulumi.export("id", [id_.hex, id_.dec, id_.b64_url, id_.b64_std, id_.id])
pulumi.export("pet", pet.id)
pulumi.export("password", password.result)
pulumi.export("string", [string.result, string.id])
""")
    hex_, decimal, url, standard, id_ = outputs["id"]
    number = bytes.fromhex(hex_.removeprefix("x-"))
    assert len(number) == 4
    assert decimal == f"x-{int.from_bytes(number)}"
    assert base64.b64decode(standard.removeprefix("x-")) == number
    assert url == f"x-{id_}"
    assert len(outputs["pet"].split("_")) == 4
    assert outputs["pet"].startswith("my_")
    password = outputs["password"]
    assert len(password) == 12
    assert sum(character.isdigit() for character in password) >= 3
    assert set(password) <= set("abcdefghijklmnopqrstuvwxyz0123456789!")
    assert outputs["string"][0].isdigit()
    assert len(outputs["string"][0]) == 5
    assert outputs["string"][0] == outputs["string"][1]


def test_tables_and_items(run: Run, deployed: Deployed) -> None:
    outputs = run("""
table = aws.dynamodb.Table(
    "tables",
    hash_key="id",
    range_key="at",
    attributes=[{"name": name, "type": "S"} for name in ("id", "at", "kind", "size")],
    billing_mode="PAY_PER_REQUEST",
    global_secondary_indexes=[{
        "name": "by-kind", "hash_key": "kind", "range_key": "at", "projection_type": "INCLUDE",
        "non_key_attributes": ["price"],
    }],
    local_secondary_indexes=[{"name": "by-size", "range_key": "size", "projection_type": "ALL"}],
    stream_enabled=False,
    ttl={"attribute_name": "expires"},
    point_in_time_recovery={"enabled": True},
    server_side_encryption={"enabled": True},
    tags={"a": "b"},
)
aws.dynamodb.TableItem(
    "tables-item", table_name=table.name, hash_key=table.hash_key, range_key=table.range_key,
    item=json.dumps({"id": {"S": "a"}, "at": {"S": "b"}, "n": {"N": "1"}}),
)
provisioned = aws.dynamodb.Table(
    "tables-provisioned",
    hash_key="id",
    attributes=[{"name": name, "type": "N"} for name in ("id", "size")],
    read_capacity=2,
    write_capacity="3",
    global_secondary_indexes=[
        {"name": "by-size", "hash_key": "size", "projection_type": "ALL", "read_capacity": 4}
    ],
    stream_enabled=True,
    stream_view_type="NEW_IMAGE",
)
pulumi.export("table", [table.id, table.arn, table.stream_arn])
pulumi.export("stream", [provisioned.stream_arn, provisioned.stream_label])
""")
    dynamodb = deployed.cloud.client("dynamodb")
    table: Any = dynamodb.describe_table(TableName="tables")["Table"]
    assert outputs["table"] == ["tables", table["TableArn"], ""]
    assert table["KeySchema"] == _keys(HASH="id", RANGE="at")
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    (by_kind,) = table["GlobalSecondaryIndexes"]
    assert (by_kind["IndexName"], by_kind["KeySchema"]) == (
        "by-kind",
        _keys(HASH="kind", RANGE="at"),
    )
    assert by_kind["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["price"]}
    (by_size,) = table["LocalSecondaryIndexes"]
    assert (by_size["IndexName"], by_size["KeySchema"]) == (
        "by-size",
        _keys(HASH="id", RANGE="size"),
    )
    assert by_size["Projection"] == {"ProjectionType": "ALL"}
    ttl = dynamodb.describe_time_to_live(TableName="tables")["TimeToLiveDescription"]
    assert ttl == {"AttributeName": "expires", "TimeToLiveStatus": "ENABLED"}
    backups: Any = dynamodb.describe_continuous_backups(TableName="tables")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == TAGS
    item = {"id": {"S": "a"}, "at": {"S": "b"}, "n": {"N": "1"}}
    key = {name: item[name] for name in ("id", "at")}
    assert dynamodb.get_item(TableName="tables", Key=key)["Item"] == item
    provisioned: Any = dynamodb.describe_table(TableName="tables-provisioned")["Table"]
    index = provisioned["GlobalSecondaryIndexes"][0]
    assert [_units(it) for it in (provisioned, index)] == [(2, 3), (4, 1)]
    assert provisioned["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert outputs["stream"] == [provisioned["LatestStreamArn"], provisioned["LatestStreamLabel"]]


def _keys(**names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for kind, name in names.items()]


def _units(described: Any) -> tuple[int, int]:
    throughput = described["ProvisionedThroughput"]
    return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]
