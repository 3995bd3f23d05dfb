"""What requests name, and what follows for the role."""

from typing import Any

import pytest

from stepgate.permissions.actions import iam_actions
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.derived_permissions import DerivedPermissions, derive_permissions
from stepgate.permissions.grant import UnresolvedPermission
from stepgate.permissions.integrations import S3_WRITE_ACTIONS
from stepgate.permissions.request import describe_request
from stepgate.permissions.resources import IDENTIFYING, resolve_permission
from stepgate.permissions.services import load_input_shape, load_operations, load_services
from tests.checks.definitions import machine, map_of, task

pytestmark = pytest.mark.rules

PLACE = ArnContext("aws", "eu-central-1", "123456789012", "machine")
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:"
EC2, S3, ROLE = "arn:aws:ec2:eu-central-1", "arn:aws:s3:::", "arn:aws:iam::123456789012:role/"


def derived(resource: str, request: Any, *declared: str, **fields: Any) -> DerivedPermissions:
    state = task(f"arn:aws:states:::{resource}", Parameters=request, **fields)
    return derive_permissions(machine(A=state), PLACE, declared)


def allowed(found: DerivedPermissions) -> dict[str, list[str]]:
    """Each action but log delivery's, with its resources."""
    assert found.unresolved == []
    return {
        action: statement["Resource"]
        for statement in found.statements
        for action in statement["Action"]
        if not statement.get("Sid", "").startswith("LogsDelivery")
    }


def here(service: str, *resources: str) -> list[str]:
    return [PLACE.arn(service, resource) for resource in resources]


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
    # What is within another account's ARN is of that account.
    (
        "aws-sdk:dynamodb:scan",
        {"TableName": "arn:aws:dynamodb:us-west-2:210987654321:table/t", "IndexName.$": "$.i"},
        {
            "dynamodb:Scan": [
                "arn:aws:dynamodb:us-west-2:210987654321:table/t",
                "arn:aws:dynamodb:us-west-2:210987654321:table/t/index/*",
            ]
        },
    ),
    (
        "aws-sdk:ecs:updateService",
        {"Cluster": "arn:aws:ecs:us-west-2:210987654321:cluster/c", "Service": "s"},
        {"ecs:UpdateService": ["arn:aws:ecs:us-west-2:210987654321:service/c/s"]},
    ),
    (
        "aws-sdk:cloudwatchlogs:getLogEvents",
        {
            "LogGroupIdentifier": "arn:aws:logs:us-west-2:210987654321:log-group:/a/b",
            "LogStreamName": "s",
        },
        {"logs:GetLogEvents": ["arn:aws:logs:us-west-2:210987654321:log-group:/a/b:log-stream:s"]},
    ),
    (
        "aws-sdk:s3:copyObject",
        {
            "Bucket": "b",
            "Key": "k",
            "CopySource": "arn:aws:s3:us-west-2:210987654321:accesspoint/a/object/in/k",
        },
        {
            "s3:GetObject": ["arn:aws:s3:us-west-2:210987654321:accesspoint/a/object/in/k"],
            "s3:PutObject": [f"{S3}b/k"],
        },
    ),
    # A secret's ARN may lack its six random characters.
    *(
        (
            "aws-sdk:secretsmanager:getSecretValue",
            {"SecretId": f"{SECRET}{name}"},
            {"secretsmanager:GetSecretValue": [f"{SECRET}{each}" for each in allowed]},
        )
        for name, allowed in (
            ("db", ["db-??????"]),
            ("prod/db", ["prod/db-??????"]),
            ("db-Ab12Cd", ["db-Ab12Cd"]),
            ("db-string", ["db-string", "db-string-??????"]),
        )
    ),
    # WebSockets.
    *(
        (
            "apigateway:invoke",
            {
                "ApiEndpoint": "a.execute-api.us-west-2.amazonaws.com",
                "Stage": "v1",
                "Method": "DELETE",
                "AuthType": "IAM_ROLE",
                **path,
            },
            {
                "execute-api:ManageConnections": [
                    f"arn:aws:execute-api:us-west-2:123456789012:a/v1/DELETE/@connections/{id_}"
                ]
            },
        )
        for path, id_ in (
            ({"Path": "/@connections/abc"}, "abc"),
            ({"Path": "%40connections/abc"}, "abc"),
            ({"Path.$": "States.Format('@connections/{}', $.id)"}, "*"),
            ({"Path": "{% '/@connections/' & $states.input.id %}"}, "*"),
            ({"Path": "{% $join(['@connections', $id], '/') %}"}, "*"),
        )
    ),
    # A text that only the run knows may begin with what names the bucket.
    *(
        (
            "aws-sdk:s3:copyObject",
            {"Bucket": "b", "Key": "k", **source},
            {"s3:GetObject": [f"{S3}{copied}"], "s3:PutObject": [f"{S3}b/k"]},
        )
        for source, copied in (
            ({"CopySource": "{% 'source/' & $states.input.key %}"}, "source/*"),
            ({"CopySource": '{% "/source/in/" & $key %}'}, "source/in/*"),
            ({"CopySource.$": "States.Format('source/{}', $.key)"}, "source/*"),
        )
    ),
    # Without a group, a schedule is in the default one.
    *(
        (
            f"aws-sdk:scheduler:{action}Schedule",
            {"Name.$": "$$.Execution.Name", **group},
            {f"scheduler:{action.capitalize()}Schedule": here("scheduler", f"schedule/{within}/*")},
        )
        for action, group, within in (
            ("delete", {}, "default"),
            ("get", {"GroupName": "g"}, "g"),
        )
    ),
    # What services do as their caller.
    (
        "aws-sdk:rekognition:compareFaces",
        {
            "SourceImage": {"S3Object": {"Bucket": "b", "Name": "a.png"}},
            "TargetImage": {"S3Object": {"Bucket": "c", "Name.$": "$.key"}},
        },
        {"rekognition:CompareFaces": ["*"], "s3:GetObject": [f"{S3}b/a.png", f"{S3}c/*"]},
    ),
    (
        "aws-sdk:textract:startDocumentAnalysis",
        {
            "DocumentLocation": {"S3Object": {"Bucket": "b", "Name": "a.pdf"}},
            "FeatureTypes": ["TABLES"],
            "OutputConfig": {"S3Bucket": "out", "S3Prefix": "in/"},
        },
        {
            "s3:GetObject": [f"{S3}b/a.pdf"],
            "s3:PutObject": [f"{S3}out/in/*"],
            "textract:StartDocumentAnalysis": ["*"],
        },
    ),
    (
        "aws-sdk:transcribe:startTranscriptionJob",
        {
            "TranscriptionJobName": "j",
            "Media": {"MediaFileUri.$": "States.Format('s3://b/in/{}', $.key)"},
            "OutputBucketName": "out",
        },
        {
            "s3:GetObject": [f"{S3}b/in/*"],
            "s3:PutObject": [f"{S3}out/*"],
            "transcribe:StartTranscriptionJob": ["*"],
        },
    ),
    (
        "aws-sdk:transcribe:startTranscriptionJob",
        {
            "TranscriptionJobName": "j",
            "Media": {"MediaFileUri": "https://s3.eu-central-1.amazonaws.com/b/k.mp3"},
            "JobExecutionSettings": {"DataAccessRoleArn": f"{ROLE}r"},
        },
        {"iam:PassRole": [f"{ROLE}r"], "transcribe:StartTranscriptionJob": ["*"]},
    ),
    (
        "aws-sdk:polly:startSpeechSynthesisTask",
        {"OutputFormat": "mp3", "OutputS3BucketName": "b", "Text": "a", "VoiceId": "Joanna"},
        {"polly:StartSpeechSynthesisTask": ["*"], "s3:PutObject": [f"{S3}b/*"]},
    ),
    (
        "aws-sdk:lambda:updateFunctionCode",
        {"FunctionName": "f", "S3Bucket": "b", "S3Key": "code.zip"},
        {
            "lambda:UpdateFunctionCode": here("lambda", "function:f"),
            "s3:GetObject": [f"{S3}b/code.zip"],
        },
    ),
    (
        "bedrock:invokeModel",
        {"ModelId": "m", "Input": {"S3Uri": "s3://b/in.json"}, "Output": {"S3Uri": "s3://b/out"}},
        {
            "bedrock:InvokeModel": ["arn:aws:bedrock:eu-central-1::foundation-model/m"],
            "s3:GetObject": [f"{S3}b/in.json"],
            "s3:PutObject": [f"{S3}b/out"],
        },
    ),
    (
        "aws-sdk:rdsdata:executeStatement",
        {
            "ResourceArn": PLACE.arn("rds", "cluster:c"),
            "SecretArn": f"{SECRET}s",
            "Sql": "SELECT 1",
        },
        {
            "rds-data:ExecuteStatement": here("rds", "cluster:c"),
            "secretsmanager:GetSecretValue": [f"{SECRET}s-??????"],
        },
    ),
    (
        "aws-sdk:redshiftdata:executeStatement",
        {"ClusterIdentifier": "c", "Database": "d", "DbUser": "u", "Sql": "SELECT 1"},
        {
            "redshift-data:ExecuteStatement": here("redshift", "cluster:c"),
            "redshift:GetClusterCredentials": here("redshift", "dbname:c/d", "dbuser:c/u"),
        },
    ),
    (
        "aws-sdk:redshiftdata:executeStatement",
        {"ClusterIdentifier": "c", "Database": "d", "Sql": "SELECT 1"},
        {
            "redshift-data:ExecuteStatement": here("redshift", "cluster:c"),
            "redshift:GetClusterCredentialsWithIAM": here("redshift", "dbname:c/d"),
        },
    ),
    (
        "aws-sdk:redshiftdata:executeStatement",
        {"WorkgroupName": "w", "Database": "d", "Sql": "SELECT 1"},
        {
            "redshift-data:ExecuteStatement": here("redshift-serverless", "workgroup/*"),
            "redshift-serverless:GetCredentials": here("redshift-serverless", "workgroup/*"),
        },
    ),
    (
        "aws-sdk:dynamodb:exportTableToPointInTime",
        {"TableArn": PLACE.arn("dynamodb", "table/t"), "S3Bucket": "b", "S3Prefix": "p/"},
        {
            "dynamodb:ExportTableToPointInTime": here("dynamodb", "table/t"),
            "s3:AbortMultipartUpload": [f"{S3}b/p/*"],
            "s3:PutObject": [f"{S3}b/p/*"],
            "s3:PutObjectAcl": [f"{S3}b/p/*"],
        },
    ),
    (
        "aws-sdk:dynamodb:importTable",
        {
            "S3BucketSource": {"S3Bucket": "b"},
            "TableCreationParameters": {"TableName": "t"},
            "InputFormat": "CSV",
        },
        {
            "dynamodb:ImportTable": here("dynamodb", "table/t"),
            "s3:GetObject": [f"{S3}b/*"],
            "s3:ListBucket": [f"{S3}b"],
        },
    ),
    (
        "aws-sdk:cloudformation:updateStack",
        {"StackName": "s", "TemplateURL": "https://b.s3.eu-central-1.amazonaws.com/in/t.yaml"},
        {
            "cloudformation:UpdateStack": here("cloudformation", "stack/s/*"),
            "s3:GetObject": [f"{S3}b/in/t.yaml"],
        },
    ),
    (
        "aws-sdk:bedrockruntime:startAsyncInvoke",
        {
            "ModelId": "m",
            "ModelInput": {},
            "OutputDataConfig": {"S3OutputDataConfig": {"S3Uri": "s3://b/out/"}},
        },
        {
            "bedrock:InvokeModel": ["arn:aws:bedrock:eu-central-1::foundation-model/m"],
            "s3:PutObject": [f"{S3}b/out/*"],
        },
    ),
    (
        "aws-sdk:secretsmanager:batchGetSecretValue",
        {"SecretIdList": ["a", f"{SECRET}b-Ab12Cd"]},
        {
            "secretsmanager:BatchGetSecretValue": ["*"],
            "secretsmanager:GetSecretValue": [f"{SECRET}a-??????", f"{SECRET}b-Ab12Cd"],
        },
    ),
    (
        "aws-sdk:polly:startSpeechSynthesisTask",
        {"OutputS3BucketName": "b", "OutputS3KeyPrefix": "p", "SnsTopicArn": PLACE.arn("sns", "t")},
        {
            "polly:StartSpeechSynthesisTask": ["*"],
            "s3:PutObject": [f"{S3}b/p*"],
            "sns:Publish": here("sns", "t"),
        },
    ),
    (
        "aws-sdk:translate:translateText",
        {"SourceLanguageCode": "auto", "TargetLanguageCode": "de", "Text.$": "$.text"},
        {"comprehend:DetectDominantLanguage": ["*"], "translate:TranslateText": ["*"]},
    ),
    (
        "aws-sdk:translate:translateText",
        {"SourceLanguageCode": "en", "TargetLanguageCode": "de", "Text.$": "$.text"},
        {"translate:TranslateText": ["*"]},
    ),
    # AWS's own parameters are in no account.
    (
        "aws-sdk:ssm:getParameters",
        {"Names": ["/aws/service/ami-amazon-linux-latest/al2023", "/own"]},
        {
            "ssm:GetParameters": [
                *here("ssm", "parameter/own"),
                "arn:aws:ssm:eu-central-1::parameter/aws/service/ami-amazon-linux-latest/al2023",
            ]
        },
    ),
    # Parameter Store reads a secret as its caller.
    (
        "aws-sdk:ssm:getParameter",
        {"Name": "/aws/reference/secretsmanager/shop/db", "WithDecryption": True},
        {
            "secretsmanager:GetSecretValue": [f"{SECRET}shop/db-??????"],
            "ssm:GetParameter": here("ssm", "parameter/aws/reference/secretsmanager/shop/db"),
        },
    ),
    # An address may be verified, or its domain.
    (
        "aws-sdk:sesv2:sendEmail",
        {"FromEmailAddress": "Shop <orders@example.com>"},
        {"ses:SendEmail": here("ses", "identity/example.com", "identity/orders@example.com")},
    ),
    (
        "aws-sdk:ses:sendRawEmail",
        {"Source": "orders@example.com", "RawMessage": {"Data.$": "$.message"}},
        {"ses:SendRawEmail": here("ses", "identity/example.com", "identity/orders@example.com")},
    ),
    # What is not sent concerns the address alone.
    (
        "aws-sdk:sesv2:deleteEmailIdentity",
        {"EmailIdentity": "orders@example.com"},
        {"ses:DeleteEmailIdentity": here("ses", "identity/orders@example.com")},
    ),
    # Arguments of S3 that need an action of their own.
    (
        "aws-sdk:s3:getObject",
        {"Bucket": "b", "Key": "k", "VersionId.$": "$.version"},
        {"s3:GetObject": [f"{S3}b/k"], "s3:GetObjectVersion": [f"{S3}b/k"]},
    ),
    (
        "aws-sdk:s3:copyObject",
        {"Bucket": "b", "Key": "k", "CopySource": "source/key", "Acl": "private", "Tagging": "a=b"},
        {
            "s3:GetObject": [f"{S3}source/key"],
            **{f"s3:PutObject{each}": [f"{S3}b/k"] for each in ("", "Acl", "Tagging")},
        },
    ),
    (
        "aws-sdk:s3:putObject",
        {"Bucket": "b", "Key": "k", "GrantRead": "id=1", "GrantWriteACP.$": "$.grantee"},
        {"s3:PutObject": [f"{S3}b/k"], "s3:PutObjectAcl": [f"{S3}b/k"]},
    ),
    (
        "aws-sdk:s3:createBucket",
        {"Bucket": "b", "ObjectLockEnabledForBucket": True},
        {
            f"s3:{action}": [f"{S3}b"]
            for action in (
                "CreateBucket",
                "PutBucketObjectLockConfiguration",
                "PutBucketVersioning",
            )
        },
    ),
    (
        "aws-sdk:s3:deleteObjects",
        {
            "Bucket": "b",
            "BypassGovernanceRetention": True,
            "Delete": {"Objects": [{"Key": "k"}, {"Key": "l", "VersionId.$": "$.version"}]},
        },
        {
            f"s3:{action}": [f"{S3}b/k", f"{S3}b/l"]
            for action in ("BypassGovernanceRetention", "DeleteObject", "DeleteObjectVersion")
        },
    ),
    *(
        (
            "aws-sdk:s3:copyObject",
            {"Bucket": "b", "Key": "k", **source},
            {
                "s3:GetObject": [f"{S3}source/key"],
                "s3:GetObjectVersion": [f"{S3}source/key"],
                "s3:PutObject": [f"{S3}b/k"],
            },
        )
        for source in (
            {"CopySource": "source/key?versionId=1"},
            {"CopySource.$": "States.Format('source/key?versionId={}', $.version)"},
        )
    ),
    (
        "aws-sdk:s3:getObjectAttributes",
        {"Bucket": "b", "Key": "k", "VersionId": "1", "ObjectAttributes": ["ETag"]},
        {
            f"s3:GetObject{each}": [f"{S3}b/k"]
            for each in ("", "Attributes", "Version", "VersionAttributes")
        },
    ),
    (
        "aws-sdk:s3:putObjectRetention",
        {"Bucket": "b", "Key": "k", "BypassGovernanceRetention": True},
        {
            f"s3:{action}": [f"{S3}b/k"]
            for action in ("BypassGovernanceRetention", "PutObjectRetention")
        },
    ),
    *(
        (
            "lambda:invoke",
            {"FunctionName": "f", **qualifier},
            {"lambda:InvokeFunction": here("lambda", "function:f:*")},
        )
        for qualifier in ({"Qualifier.$": "$.alias"}, {"Qualifier": "{% $alias %}"})
    ),
    # A body's members are no arguments of the call.
    (
        "apigateway:invoke",
        {
            "ApiEndpoint": "a.execute-api.eu-central-1.amazonaws.com",
            "Method": "POST",
            "Path": "orders",
            "AuthType": "IAM_ROLE",
            "RequestBody": {"Stage": "other", "Method": "GET"},
        },
        {"execute-api:Invoke": here("execute-api", "a/$default/POST/orders")},
    ),
    # A location's beginning may show the bucket.
    (
        "athena:startQueryExecution",
        {
            "QueryString": "SELECT 1",
            "ResultConfiguration": {"OutputLocation.$": "States.Format('s3://b/p/{}', $.id)"},
        },
        {
            "athena:GetDataCatalog": here("athena", "datacatalog/*"),
            "athena:StartQueryExecution": here("athena", "workgroup/primary"),
            **{
                f"s3:{action}": [f"{S3}b"]
                for action in ("GetBucketLocation", "ListBucket", "ListBucketMultipartUploads")
            },
            **{action: [f"{S3}b/p/*"] for action in S3_WRITE_ACTIONS},
        },
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
            "events:putEvents",
            {
                "Entries": [
                    {"EventBusName": here("events", "event-bus/b")[0]},
                    {"EventBusName.$": "$.bus"},
                ]
            },
            "EventBusName",
            here("events", "event-bus/b"),
        ),
        (
            "aws-sdk:ecs:describeServices",
            {
                "Cluster": here("ecs", "service/c/s")[0],
                "Services": [here("ecs", "service/c/s")[0], "{% $service %}"],
            },
            "Services",
            here("ecs", "service/c/s"),
        ),
        (
            "lambda:invoke",
            {"FunctionName": "{% $function %}", "Qualifier": "prod"},
            "FunctionName",
            here("lambda", "function:f:prod"),
        ),
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
    (gap,) = derived(resource, request_).unresolved
    assert gap.state == "A"
    assert f"do not follow from {argument}; list their ARNs" in gap.text
    of_others = [PLACE.arn("other", "thing"), *here("sqs", "q")]
    assert derived(resource, request_, *of_others).unresolved == [gap]
    found = derived(resource, request_, *of_others, *declared)
    assert set(map(tuple, allowed(found).values())) == {tuple(declared)}


@pytest.mark.parametrize(
    ("resource", "request_", "action", "resources"),
    [
        (
            "aws-sdk:rekognition:detectText",
            {"Image": {"S3Object": {"Bucket.$": "$.b", "Name.$": "$.k"}}},
            "s3:GetObject",
            f"{S3}b/*",
        ),
        ("aws-sdk:rekognition:detectText", {"Image.$": "$.image"}, "s3:GetObject", f"{S3}b/*"),
        (
            "aws-sdk:secretsmanager:batchGetSecretValue",
            {"Filters": [{"Key": "name", "Values": ["prod"]}]},
            "secretsmanager:GetSecretValue",
            f"{SECRET}prod/*",
        ),
        (
            "aws-sdk:transcribe:startTranscriptionJob",
            {"TranscriptionJobName": "j", "Media": {"MediaFileUri": "{% $uri %}"}},
            "s3:GetObject",
            f"{S3}b/*",
        ),
        (
            "aws-sdk:redshiftdata:executeStatement",
            {"WorkgroupName": "w", "Sql": "SELECT 1", "SecretArn.$": "$.secret"},
            "secretsmanager:GetSecretValue",
            f"{SECRET}s-Ab12Cd",
        ),
        (
            "aws-sdk:ec2:runInstances",
            {"MaxCount": 1, "MinCount": 1, "IamInstanceProfile": {"Name": "p"}},
            "iam:PassRole",
            f"{ROLE}r",
        ),
    ],
)
def test_what_a_service_may_use_as_its_caller_is_a_warning_until_it_is_declared(
    resource: str, request_: Any, action: str, resources: str
) -> None:
    found = derived(resource, request_)
    assert [action in warning.text for warning in found.warnings] == [True]
    assert found.unresolved == []
    found = derived(resource, request_, resources)
    assert found.warnings == []
    assert allowed(found)[action] == [resources]


@pytest.mark.parametrize(
    ("resource", "request_", "action"),
    [
        ("aws-sdk:ec2:runInstances", {"TagSpecifications": []}, "ec2:CreateTags"),
        ("aws-sdk:ec2:createVolume", {"TagSpecifications.$": "$.tags"}, "ec2:CreateTags"),
        ("ecs:runTask", {"TaskDefinition": "t:1", "Tags": []}, "ecs:TagResource"),
        ("aws-sdk:rds:createDBSnapshot", {"Tags": []}, "rds:AddTagsToResource"),
        (
            "aws-sdk:translate:translateText",
            {"SourceLanguageCode.$": "$.language"},
            "comprehend:DetectDominantLanguage",
        ),
    ],
)
def test_what_a_call_may_need_in_addition_is_a_warning_until_statements_allow_it(
    resource: str, request_: Any, action: str
) -> None:
    state = task(f"arn:aws:states:::{resource}", Parameters=request_)
    own: list[Any] = [{"Effect": "Allow", "Action": action, "Resource": "*"}]
    without, allowing = (derive_permissions(machine(A=state), PLACE, own=o) for o in ([], own))
    assert any(action in warning.text for warning in without.warnings)
    assert not any(action in warning.text for warning in allowing.warnings)


def test_the_tags_of_a_call_that_only_tags_need_nothing_else() -> None:
    tagging = {"Resources": ["i-1"], "Tags": []}
    assert derived("aws-sdk:ec2:createTags", tagging).warnings == []
    assert derived("aws-sdk:ec2:createVolume", None).warnings == []


def test_a_jsonata_expression_is_known_when_it_runs() -> None:
    state = task(
        "arn:aws:states:::sqs:sendMessage",
        QueryLanguage="JSONata",
        Arguments={"QueueUrl": "{% $states.input.queue %}"},
    )
    assert derive_permissions(machine(A=state), PLACE).unresolved
    state["Arguments"] = "{% $states.input %}"
    assert derive_permissions(machine(A=state), PLACE).unresolved
    state["Arguments"] = {"QueueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/q"}
    assert allowed(derive_permissions(machine(A=state), PLACE)) == {
        "sqs:SendMessage": here("sqs", "q")
    }


def test_a_task_with_credentials_needs_nothing_but_their_role() -> None:
    other = "arn:aws:iam::210987654321:role/other"
    found = derived("lambda:invoke", {"FunctionName": "f"}, Credentials={"RoleArn": other})
    assert allowed(found) == {"sts:AssumeRole": [other]}
    credentials = {"RoleArn.$": "$.role"}
    assert derived("lambda:invoke", {}, Credentials=credentials).unresolved
    found = derived("lambda:invoke", {}, other, Credentials=credentials)
    assert allowed(found) == {"sts:AssumeRole": [other]}


@pytest.mark.parametrize("path", ["$$.StateMachine.Id", "$$['StateMachine']['Id']"])
@pytest.mark.parametrize("resource", ["states:startExecution.sync:2", "aws-sdk:sfn:startExecution"])
def test_a_machine_that_starts_itself_may_start_itself_alone(resource: str, path: str) -> None:
    found = allowed(derived(resource, {"StateMachineArn.$": path}))
    assert found["states:StartExecution"] == here("states", "stateMachine:machine")
    executions = here("states", "execution:machine:*")
    assert found.get("states:StopExecution", executions) == executions


def test_a_machine_in_jsonata_that_starts_itself_may_start_itself_alone() -> None:
    own = {"StateMachineArn": "{% $states.context.StateMachine.Id %}"}
    state = task("arn:aws:states:::states:startExecution", Arguments=own)
    found = derive_permissions(machine(A=state) | {"QueryLanguage": "JSONata"}, PLACE)
    assert allowed(found) == {"states:StartExecution": here("states", "stateMachine:machine")}


@pytest.mark.parametrize("path", ["$$.StateMachine.Name", "$.StateMachine.Id"])
def test_any_other_path_does_not_name_the_machine_itself(path: str) -> None:
    found = derived("states:startExecution", {"StateMachineArn.$": path})
    assert [each.state for each in found.unresolved] == ["A"]


@pytest.mark.parametrize(
    ("qualifier", "expected"),
    [
        ({}, "function:f"),
        ({"Qualifier": "prod"}, "function:f:prod"),
        ({"Qualifier": "{% $alias %}"}, "function:f:*"),
        ({"Qualifier.$": "$.alias"}, "function:f:*"),
    ],
)
@pytest.mark.parametrize("resource", ["lambda:invoke", "aws-sdk:lambda:invoke"])
def test_a_declared_function_is_invoked_with_the_qualifier_of_the_state(
    resource: str, qualifier: dict[str, str], expected: str
) -> None:
    request = {"FunctionName.$": "$.function", **qualifier}
    found = derived(resource, request, *here("lambda", "function:f"))
    assert allowed(found)["lambda:InvokeFunction"] == here("lambda", expected)


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
    (unseen,) = derived("ecs:runTask", request).warnings
    assert "iam:PassRole" in unseen.text
    found = derived("ecs:runTask", request, f"{ROLE}task")
    assert found.warnings == []
    assert allowed(found)["iam:PassRole"] == [f"{ROLE}task"]


def test_a_role_is_passed_if_the_state_names_it_or_the_workflow_declares_it() -> None:
    request = {"FunctionName": "f", "Role.$": "$.role"}
    assert derived("aws-sdk:lambda:createFunction", request).unresolved
    found = allowed(derived("aws-sdk:lambda:createFunction", request, f"{ROLE}r"))
    assert found["iam:PassRole"] == [f"{ROLE}r"]
    overridden = {"TaskDefinition": "family:1", "Overrides.$": "$.overrides"}
    assert "iam:PassRole" not in allowed(derived("ecs:runTask", overridden))


@pytest.mark.parametrize("member", ["RoleArn.$", "RoleArn"])
def test_a_role_within_an_argument_is_passed_too(member: str) -> None:
    target = {"Arn": PLACE.arn("sqs", "q"), member: "{% $states.input.role %}"}
    request = {"Name": "n", "Target": target}
    (gap,) = derived("aws-sdk:scheduler:createSchedule", request).unresolved
    assert "iam:PassRole do not follow from RoleArn" in gap.text
    found = allowed(derived("aws-sdk:scheduler:createSchedule", request, f"{ROLE}r"))
    assert found["iam:PassRole"] == [f"{ROLE}r"]


@pytest.mark.parametrize(
    ("result", "argument"),
    [
        (
            {"ResultConfiguration": {"OutputLocation": "{% $states.input.location %}"}},
            "OutputLocation",
        ),
        (
            {"ResultConfiguration": {"OutputLocation": "{% 's3://results-' & $id & '/' %}"}},
            "OutputLocation",
        ),
        ({"ResultConfiguration": "{% $result %}"}, "ResultConfiguration"),
        ({"ResultConfiguration.$": "$.result"}, "ResultConfiguration"),
    ],
)
def test_an_unknown_bucket_of_results_is_a_warning(result: dict[str, Any], argument: str) -> None:
    query = {"QueryString": "SELECT 1", **result}
    texts = [each.text for each in derived("athena:startQueryExecution", query).warnings]
    assert any(f"does not follow from {argument};" in text for text in texts)


CONNECTION = PLACE.arn("events", "connection/shop/0a1b")
OTHER_CONNECTION = PLACE.arn("events", "connection/other/2c3d")
ENDPOINTS = [
    ({"ApiEndpoint": "https://a.example/v1?x=*"}, {"StringEquals": "https://a.example/v1?x=*"}),
    (
        {"ApiEndpoint.$": "States.Format('https://a.example/v1/{}', $.id)"},
        {"StringLike": "https://a.example/v1/*"},
    ),
    (
        {"ApiEndpoint": "{% 'https://a.example/v1?x*=' & $id %}"},
        {"StringLike": "https://a.example/v1${?}x${*}=*"},
    ),
]


@pytest.mark.parametrize(("endpoint", "expected"), ENDPOINTS)
def test_an_endpoint_is_allowed_as_far_as_the_state_shows_it(
    endpoint: dict[str, str], expected: dict[str, str]
) -> None:
    body = {"Method": "DELETE", "ConnectionArn": "arn:aws:events:eu-central-1:1:connection/other/1"}
    request = {"Authentication": {"ConnectionArn": CONNECTION}, "RequestBody": body}
    found = derived("http:invoke", {**endpoint, **request})
    assert allowed(found)["events:RetrieveConnectionCredentials"] == [CONNECTION]
    (condition,) = (each["Condition"] for each in found.statements if "Condition" in each)
    assert condition == {name: {"states:HTTPEndpoint": text} for name, text in expected.items()}


def test_a_connection_is_allowed_whatever_allows_its_endpoint() -> None:
    """Statements for an unknown endpoint leave the connection and its secret to be derived."""
    request = {
        "ApiEndpoint.$": "$.url",
        "Method": "GET",
        "Authentication": {"ConnectionArn": CONNECTION},
    }
    own: list[Any] = [
        {"Effect": "Allow", "Action": "states:InvokeHTTPEndpoint", "Resource": "*"},
    ]
    state = task("arn:aws:states:::http:invoke", Parameters=request)
    (gap,) = derive_permissions(machine(A=state), PLACE).unresolved
    assert "begin ApiEndpoint with a literal https://HOST/" in gap.text
    statements = derive_permissions(machine(A=state), PLACE, own=own).statements
    actions = {action for each in statements for action in each["Action"]}
    assert {"events:RetrieveConnectionCredentials", "secretsmanager:GetSecretValue"} <= actions


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"Authentication": {"ConnectionArn.$": "$.connection"}}, []),
        ({"InvocationConfig.$": "$.config"}, []),
        (
            {
                "Authentication": {"ConnectionArn.$": "$.connection"},
                "InvocationConfig": {"ConnectionArn": OTHER_CONNECTION},
            },
            [OTHER_CONNECTION],
        ),
    ],
)
def test_an_unknown_connection_has_to_be_declared(given: dict[str, Any], named: list[str]) -> None:
    request = {"ApiEndpoint": "https://a.example/", **given}
    of_others = [
        *here("glue", "connection/shop"),
        *here("codeconnections", "connection/0a1b"),
    ]
    for declared in ([], of_others):
        (gap,) = derived("http:invoke", request, *declared).unresolved
        assert "do not follow from ConnectionArn" in gap.text
    found = allowed(derived("http:invoke", request, *of_others, CONNECTION))
    assert found["events:RetrieveConnectionCredentials"] == sorted([*named, CONNECTION])
    secrets = [f"secret:events!connection/{name}/*" for name in ("other", "shop")]
    assert found["secretsmanager:GetSecretValue"] == here(
        "secretsmanager", *secrets[0 if named else 1 :]
    )


def test_arguments_that_are_one_expression_may_call_an_api_with_the_role() -> None:
    state = task("arn:aws:states:::apigateway:invoke", Arguments="{% $states.input %}")
    found = derive_permissions(machine(A=state) | {"QueryLanguage": "JSONata"}, PLACE)
    assert [gap.state for gap in found.unresolved] == ["A"]


def test_own_statements_come_last_and_fill_gaps() -> None:
    own = [{"Effect": "Allow", "Action": ["sqs:*"], "Resource": "*"}]
    state = task("arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl.$": "$.queue"})
    found = derive_permissions(machine(A=state), PLACE, own=own)
    assert found.unresolved == []
    assert found.statements[-1] == own[0]
    denied = [{**own[0], "Effect": "Deny"}]
    assert derive_permissions(machine(A=state), PLACE, own=denied).unresolved


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
    assert derive_permissions(machine(A=state), PLACE, own=other).warnings
    own = [{"Effect": "Allow", "Action": ["glue:Get*", "s3:GetObject"], "Resource": "*"}]
    assert derive_permissions(machine(A=state), PLACE, own=own).warnings == []


@pytest.mark.parametrize(
    "config",
    [
        {"InputType": "MANIFEST"},
        {"InputType": "MANIFEST", "ManifestType": "S3_INVENTORY"},
        {"InputType": "PARQUET", "ManifestType": "ATHENA_DATA"},
    ],
)
def test_files_that_a_manifest_lists_are_read_too(config: dict[str, str]) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Parameters": {"Bucket": "b", "Key": "manifest.json"},
    }
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}} | machine(B=task())
    state = map_of(machine(B=task())) | {"ItemProcessor": processor, "ItemReader": reader}
    assert allowed(derive_permissions(machine(A=state), PLACE))["s3:GetObject"] == [f"{S3}b/*"]


@pytest.mark.parametrize(
    ("part", "resource"),
    [
        ("ItemReader", "s3:getObject"),
        ("ItemReader", "s3:listObjectsV2"),
        ("ResultWriter", "s3:putObject"),
    ],
)
def test_a_map_whose_bucket_is_unknown_needs_it_declared(part: str, resource: str) -> None:
    """Not all buckets, and not none."""
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}} | machine(B=task())
    access = {"Resource": f"arn:aws:states:::{resource}", "Arguments": "{% $states.input.s3 %}"}
    state = map_of(machine(B=task())) | {"ItemProcessor": processor, part: access}
    found = derive_permissions(machine(A=state) | {"QueryLanguage": "JSONata"}, PLACE)
    assert any("do not follow from Bucket" in gap.text for gap in found.unresolved)
    assert not any("*" in each["Resource"] and "Sid" not in each for each in found.statements)


def test_a_map_reads_through_an_access_point() -> None:
    (point,) = here("s3", "accesspoint/orders")
    reader = {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Parameters": {"Bucket": point, "Prefix": "2026/"},
    }
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}} | machine(B=task())
    state = map_of(machine(B=task())) | {"ItemProcessor": processor, "ItemReader": reader}
    found = allowed(derive_permissions(machine(A=state), PLACE))
    assert found["s3:GetObject"] == [f"{point}/object/2026/*"]
    assert found["s3:ListBucket"] == [point]


@pytest.mark.parametrize("field", ["ItemProcessor", "Iterator"])
def test_a_distributed_map_in_the_field_of_former_days_has_its_role_too(field: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html"""
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    start = task("arn:aws:states:::aws-sdk:ec2:startInstances", Parameters={"InstanceIds": ["i-1"]})
    state = {"Type": "Map", field: config | machine(B=start), "End": True}
    found = allowed(derive_permissions(machine(A=state), PLACE))
    assert found == {
        "ec2:StartInstances": [*here("ec2", "instance/i-1")],
        "states:StartExecution": [*here("states", f"stateMachine:{PLACE.state_machine}")],
        "states:DescribeExecution": [*here("states", f"execution:{PLACE.state_machine}:*")],
        "states:StopExecution": [*here("states", f"execution:{PLACE.state_machine}:*")],
        "states:RedriveExecution": [*here("states", f"execution:{PLACE.state_machine}/*:*")],
    }


def of_the_input(service: str) -> None:
    """No call is allowed on whatever there is because only the input says on what."""
    for name, called in load_operations(service).items():
        shape = load_input_shape(called)
        required = getattr(shape, "required_members", [])
        dynamic = {f"{member[0].upper()}{member[1:]}.$": "$" for member in required}
        request = describe_request(called, dynamic)
        names = [key for key in request if IDENTIFYING.fullmatch(key.removesuffix(".$"))]
        for action in iam_actions(called):
            found = resolve_permission(action, request, PLACE, ())
            assert isinstance(found, UnresolvedPermission) or found.reason or not names, (
                name,
                found,
            )


@pytest.mark.parametrize("service", ["s3", "rds", "dynamodb", "ssm", "sqs", "sagemaker", "iam"])
def test_what_only_the_input_says_is_never_everything(service: str) -> None:
    of_the_input(service)


@pytest.mark.proof
def test_of_no_service_what_only_the_input_says_is_everything() -> None:
    for service in load_services():
        of_the_input(service)
