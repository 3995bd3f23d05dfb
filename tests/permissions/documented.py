"""What AWS documents for a state machine's role, integration by integration.

Each row is one Task state and the policy that AWS's page gives for it, with the page's names filled
in: account 123456789012, eu-central-1, partition `aws`. A row says what the page says, also where
the page allows more than the state needs; its comment then says so. Left out are the statements for
log delivery and X-Ray, which AWS adds to every policy. Actions are spelled as on the page; IAM does
not tell their cases apart.

The Developer Guide has pages for optimized integrations only. For the AWS SDK's the Service
Authorization Reference names the action and the type of its resource.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

ACCOUNT_ID = "123456789012"
REGION = "eu-central-1"
# The name of the state machine that has the states.
STATE_MACHINE_NAME = "billing"

GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference"

# Condition operators, each with the keys that it compares and their values.
Condition = dict[str, dict[str, str | list[str]]]


@dataclass(frozen=True)
class Documented:
    """A Task state and the permissions that AWS documents for it."""

    page: str
    """Where AWS gives the permissions."""
    resource: str
    """The state's `Resource`."""
    arguments: dict[str, Any]
    """The state's `Parameters`."""
    allowed: dict[str, tuple[str, ...]]
    """Each IAM action, with the resources on which it is allowed."""
    conditions: dict[str, Condition] = field(default_factory=dict[str, Condition])
    """The condition of an action, where the page has one."""


@dataclass(frozen=True)
class DocumentedMap:
    """A distributed Map and the permissions that AWS documents for it."""

    page: str
    state: dict[str, Any]
    allowed: dict[str, tuple[str, ...]]
    conditions: dict[str, Condition] = field(default_factory=dict[str, Condition])


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{resource}"


def _each(actions: Iterable[str], *resources: str) -> dict[str, tuple[str, ...]]:
    """A statement: each of the actions on all of the resources."""
    return dict.fromkeys(actions, resources)


def _managed_rule(name: str) -> dict[str, tuple[str, ...]]:
    """The statement that lets EventBridge tell Step Functions of a job's end."""
    return _each(
        ("events:PutTargets", "events:PutRule", "events:DescribeRule"),
        _arn("events", f"rule/{name}"),
    )


# One policy for all four: a state needs the one action that it calls.
ITEM_ACTIONS = (
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
)
ITEM_ACTIONS_ON_TABLE = _each(ITEM_ACTIONS, _arn("dynamodb", "table/invoices"))
ITEM_KEY = {"id": {"S": "1"}}

QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT_ID}/invoices"

TASK_DEFINITION_ARN = _arn("ecs", "task-definition/invoice:3")
# No statement of the page has iam:PassRole. It says in prose that a task definition with a task
# role or an execution role needs one: which roles those are, the state does not say.
TASK = {"Cluster": _arn("ecs", "cluster/billing"), "TaskDefinition": TASK_DEFINITION_ARN}

JOB = {
    "JobName": "invoice",
    "JobDefinition": _arn("batch", "job-definition/invoice:3"),
    "JobQueue": _arn("batch", "job-queue/billing"),
}

QUERY = {
    "QueryString": "SELECT 1",
    "WorkGroup": "billing",
    "ResultConfiguration": {"OutputLocation": "s3://query-results/billing/"},
}
ANY_WORK_GROUP = _arn("athena", "workgroup/*")
# What a query reads and writes stands in its SQL: the page allows all of S3 and Glue. Of it, a
# query's state names the bucket of its results only.
QUERIED_DATA = {
    **_each(
        (
            "s3:GetBucketLocation",
            "s3:GetObject",
            "s3:ListBucket",
            "s3:ListBucketMultipartUploads",
            "s3:ListMultipartUploadParts",
            "s3:AbortMultipartUpload",
            "s3:CreateBucket",
            "s3:PutObject",
        ),
        "arn:aws:s3:::*",
    ),
    **_each(
        (
            "glue:CreateDatabase",
            "glue:GetDatabase",
            "glue:GetDatabases",
            "glue:UpdateDatabase",
            "glue:DeleteDatabase",
            "glue:CreateTable",
            "glue:UpdateTable",
            "glue:GetTable",
            "glue:GetTables",
            "glue:DeleteTable",
            "glue:BatchDeleteTable",
            "glue:BatchCreatePartition",
            "glue:CreatePartition",
            "glue:UpdatePartition",
            "glue:GetPartition",
            "glue:GetPartitions",
            "glue:BatchGetPartition",
            "glue:DeletePartition",
            "glue:BatchDeletePartition",
        ),
        _arn("glue", "catalog"),
        _arn("glue", "database/*"),
        _arn("glue", "table/*"),
        _arn("glue", "userDefinedFunction/*"),
    ),
    **_each(("lakeformation:GetDataAccess",), "*"),
}
START_QUERY_ACTIONS = ("athena:startQueryExecution", "athena:getDataCatalog")
# The page's archived version ends before the last four, which only this pattern has.
RUN_QUERY_ACTIONS = (
    "athena:startQueryExecution",
    "athena:stopQueryExecution",
    "athena:getQueryExecution",
    "athena:getDataCatalog",
    "athena:GetWorkGroup",
    "athena:BatchGetQueryExecution",
    "athena:GetQueryResults",
    "athena:ListQueryExecutions",
)
# One statement names both types of resource for all its actions: only getDataCatalog works on a
# catalog, and it on nothing else.
WORK_GROUP_AND_CATALOGS = (_arn("athena", "workgroup/billing"), _arn("athena", "datacatalog/*"))
ANY_WORK_GROUP_AND_CATALOGS = (ANY_WORK_GROUP, _arn("athena", "datacatalog/*"))

PROJECT_ARN = _arn("codebuild", "project/site")
BUILD_ID = "site:6b8e2f1c-0f0a-4a57-9a0e-3d5b1c2a7f10"

FOUNDATION_MODEL = "amazon.titan-text-express-v1"
FOUNDATION_MODEL_ARN = f"arn:aws:bedrock:{REGION}::foundation-model/{FOUNDATION_MODEL}"
CUSTOMIZATION_JOBS = _arn("bedrock", "model-customization-job/*")
CUSTOMIZATION_ROLE_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/customization"
CUSTOMIZATION = {
    "BaseModelIdentifier": FOUNDATION_MODEL,
    "CustomModelName": "invoices",
    "JobName": "invoices",
    "OutputDataConfig": {"S3Uri": "s3://models/output/"},
    "RoleArn": CUSTOMIZATION_ROLE_ARN,
    "TrainingDataConfig": {"S3Uri": "s3://models/training.jsonl"},
}
# The new model is named in the state, yet the page allows all. The Service Authorization Reference
# knows no customization job as a resource of CreateModelCustomizationJob.
CUSTOMIZE_MODEL = {
    **_each(
        ("bedrock:CreateModelCustomizationJob",),
        FOUNDATION_MODEL_ARN,
        _arn("bedrock", "custom-model/*"),
        CUSTOMIZATION_JOBS,
    ),
    **_each(("iam:PassRole",), CUSTOMIZATION_ROLE_ARN),
}

CONNECTION_ARN = _arn("events", "connection/Stripe/81210c42-8af1-456b-9c4a-6ff02fc664ac")

CHILD_ARN = _arn("states", "stateMachine:invoice")
NESTED = {"StateMachineArn": CHILD_ARN, "Input": {"invoice": "1"}}
RUN_NESTED = {
    **_each(("states:StartExecution",), CHILD_ARN),
    **_each(
        ("states:DescribeExecution", "states:StopExecution"), _arn("states", "execution:invoice:*")
    ),
    **_managed_rule("StepFunctionsGetEventsForStepFunctionsExecutionRule"),
}

INSTANCE_ID = "i-0123456789abcdef0"
SECRET_ARN = _arn("secretsmanager", "secret:billing-a1b2c3")
KEY_ARN = _arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab")

DOCUMENTED = (
    # Lambda
    Documented(
        page=f"{GUIDE}/connect-lambda.html",
        resource="arn:aws:states:::lambda:invoke",
        arguments={"FunctionName": _arn("lambda", "function:invoice")},
        allowed=_each(("lambda:InvokeFunction",), _arn("lambda", "function:invoice")),
    ),
    Documented(
        page=f"{GUIDE}/connect-lambda.html",
        resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        arguments={
            "FunctionName": _arn("lambda", "function:invoice"),
            "Payload": {"token.$": "$$.Task.Token"},
        },
        allowed=_each(("lambda:InvokeFunction",), _arn("lambda", "function:invoice")),
    ),
    Documented(
        page=f"{GUIDE}/connect-lambda.html",
        resource=_arn("lambda", "function:invoice"),
        arguments={},
        allowed=_each(("lambda:InvokeFunction",), _arn("lambda", "function:invoice")),
    ),
    # Lambda's page has no policy for a function named by a path: the general rule holds.
    Documented(
        page=f"{GUIDE}/service-integration-iam-templates.html",
        resource="arn:aws:states:::lambda:invoke",
        arguments={"FunctionName.$": "$.function"},
        allowed=_each(("lambda:InvokeFunction",), "*"),
    ),
    # DynamoDB
    Documented(
        page=f"{GUIDE}/connect-ddb.html",
        resource="arn:aws:states:::dynamodb:getItem",
        arguments={"TableName": "invoices", "Key": ITEM_KEY},
        allowed=ITEM_ACTIONS_ON_TABLE,
    ),
    Documented(
        page=f"{GUIDE}/connect-ddb.html",
        resource="arn:aws:states:::dynamodb:putItem",
        arguments={"TableName": "invoices", "Item": ITEM_KEY},
        allowed=ITEM_ACTIONS_ON_TABLE,
    ),
    Documented(
        page=f"{GUIDE}/connect-ddb.html",
        resource="arn:aws:states:::dynamodb:updateItem",
        arguments={"TableName": "invoices", "Key": ITEM_KEY},
        allowed=ITEM_ACTIONS_ON_TABLE,
    ),
    Documented(
        page=f"{GUIDE}/connect-ddb.html",
        resource="arn:aws:states:::dynamodb:deleteItem",
        arguments={"TableName": "invoices", "Key": ITEM_KEY},
        allowed=ITEM_ACTIONS_ON_TABLE,
    ),
    Documented(
        page=f"{GUIDE}/connect-ddb.html",
        resource="arn:aws:states:::dynamodb:getItem",
        arguments={"TableName.$": "$.table", "Key": ITEM_KEY},
        allowed=_each(ITEM_ACTIONS, "*"),
    ),
    # SQS
    Documented(
        page=f"{GUIDE}/connect-sqs.html",
        resource="arn:aws:states:::sqs:sendMessage",
        arguments={"QueueUrl": QUEUE_URL, "MessageBody.$": "$"},
        allowed=_each(("sqs:SendMessage",), _arn("sqs", "invoices")),
    ),
    Documented(
        page=f"{GUIDE}/connect-sqs.html",
        resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        arguments={"QueueUrl": QUEUE_URL, "MessageBody": {"token.$": "$$.Task.Token"}},
        allowed=_each(("sqs:SendMessage",), _arn("sqs", "invoices")),
    ),
    Documented(
        page=f"{GUIDE}/connect-sqs.html",
        resource="arn:aws:states:::sqs:sendMessage",
        arguments={"QueueUrl.$": "$.queue", "MessageBody.$": "$"},
        allowed=_each(("sqs:SendMessage",), "*"),
    ),
    # SNS
    Documented(
        page=f"{GUIDE}/connect-sns.html",
        resource="arn:aws:states:::sns:publish",
        arguments={"TopicArn": _arn("sns", "invoices"), "Message.$": "$"},
        allowed=_each(("sns:Publish",), _arn("sns", "invoices")),
    ),
    Documented(
        page=f"{GUIDE}/connect-sns.html",
        resource="arn:aws:states:::sns:publish.waitForTaskToken",
        arguments={
            "TopicArn": _arn("sns", "invoices"),
            "Message": {"token.$": "$$.Task.Token"},
        },
        allowed=_each(("sns:Publish",), _arn("sns", "invoices")),
    ),
    Documented(
        page=f"{GUIDE}/connect-sns.html",
        resource="arn:aws:states:::sns:publish",
        arguments={"PhoneNumber": "+12065550100", "Message.$": "$.message"},
        allowed=_each(("sns:Publish",), "*"),
    ),
    # EventBridge
    Documented(
        page=f"{GUIDE}/connect-eventbridge.html",
        resource="arn:aws:states:::events:putEvents",
        arguments={
            "Entries": [
                {
                    "Detail.$": "$",
                    "DetailType": "invoice",
                    "EventBusName": "billing",
                    "Source": "billing",
                }
            ]
        },
        allowed=_each(("events:PutEvents",), _arn("events", "event-bus/billing")),
    ),
    Documented(
        page=f"{GUIDE}/connect-eventbridge.html",
        resource="arn:aws:states:::events:putEvents.waitForTaskToken",
        arguments={
            "Entries": [
                {
                    "Detail": {"token.$": "$$.Task.Token"},
                    "DetailType": "invoice",
                    "EventBusName": "billing",
                    "Source": "billing",
                }
            ]
        },
        allowed=_each(("events:PutEvents",), _arn("events", "event-bus/billing")),
    ),
    # The page does not keep to the state machine's own region and account.
    Documented(
        page=f"{GUIDE}/connect-eventbridge.html",
        resource="arn:aws:states:::events:putEvents",
        arguments={"Entries.$": "$.entries"},
        allowed=_each(("events:PutEvents",), "arn:aws:events:*:*:event-bus/*"),
    ),
    # ECS and Fargate
    Documented(
        page=f"{GUIDE}/connect-ecs.html",
        resource="arn:aws:states:::ecs:runTask",
        arguments=TASK,
        allowed=_each(("ecs:RunTask",), TASK_DEFINITION_ARN),
    ),
    # The tasks' ARNs begin with the cluster's name, which the page does not use.
    Documented(
        page=f"{GUIDE}/connect-ecs.html",
        resource="arn:aws:states:::ecs:runTask.sync",
        arguments=TASK,
        allowed={
            **_each(("ecs:RunTask",), TASK_DEFINITION_ARN),
            **_each(("ecs:StopTask", "ecs:DescribeTasks"), "*"),
            **_managed_rule("StepFunctionsGetEventsForECSTaskRule"),
        },
    ),
    Documented(
        page=f"{GUIDE}/connect-ecs.html",
        resource="arn:aws:states:::ecs:runTask.waitForTaskToken",
        arguments={
            **TASK,
            "Overrides": {
                "ContainerOverrides": [
                    {
                        "Name": "invoice",
                        "Environment": [{"Name": "TOKEN", "Value.$": "$$.Task.Token"}],
                    }
                ]
            },
        },
        allowed=_each(("ecs:RunTask",), TASK_DEFINITION_ARN),
    ),
    Documented(
        page=f"{GUIDE}/connect-ecs.html",
        resource="arn:aws:states:::ecs:runTask",
        arguments={"Cluster": TASK["Cluster"], "TaskDefinition.$": "$.taskDefinition"},
        allowed=_each(("ecs:RunTask",), "*"),
    ),
    Documented(
        page=f"{GUIDE}/connect-ecs.html",
        resource="arn:aws:states:::ecs:runTask.sync",
        arguments={"Cluster.$": "$.cluster", "TaskDefinition.$": "$.taskDefinition"},
        allowed={
            **_each(("ecs:RunTask", "ecs:StopTask", "ecs:DescribeTasks"), "*"),
            **_managed_rule("StepFunctionsGetEventsForECSTaskRule"),
        },
    ),
    # Batch. Its page gives `*` and says that the queue and the definition can be named. Batch's own
    # guide names them: "you must provide both job queue and job definition resource types".
    # https://docs.aws.amazon.com/batch/latest/userguide/iam-example-restrict-job-submission.html
    Documented(
        page=f"{GUIDE}/connect-batch.html",
        resource="arn:aws:states:::batch:submitJob",
        arguments=JOB,
        allowed=_each(("batch:SubmitJob",), "*"),
    ),
    Documented(
        page=f"{GUIDE}/connect-batch.html",
        resource="arn:aws:states:::batch:submitJob.sync",
        arguments=JOB,
        allowed={
            **_each(("batch:SubmitJob", "batch:DescribeJobs", "batch:TerminateJob"), "*"),
            **_managed_rule("StepFunctionsGetEventsForBatchJobsRule"),
        },
    ),
    # Glue. "AWS Glue does not have resource-based control", says its page; the Service
    # Authorization Reference has the job as the resource of all four actions.
    Documented(
        page=f"{GUIDE}/connect-glue.html",
        resource="arn:aws:states:::glue:startJobRun",
        arguments={"JobName": "invoices"},
        allowed=_each(("glue:StartJobRun",), "*"),
    ),
    Documented(
        page=f"{GUIDE}/connect-glue.html",
        resource="arn:aws:states:::glue:startJobRun.sync",
        arguments={"JobName": "invoices"},
        allowed=_each(
            ("glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"), "*"
        ),
    ),
    # Athena
    Documented(
        page=f"{GUIDE}/connect-athena.html",
        resource="arn:aws:states:::athena:startQueryExecution",
        arguments=QUERY,
        allowed={**_each(START_QUERY_ACTIONS, *WORK_GROUP_AND_CATALOGS), **QUERIED_DATA},
    ),
    Documented(
        page=f"{GUIDE}/connect-athena.html",
        resource="arn:aws:states:::athena:startQueryExecution.sync",
        arguments=QUERY,
        allowed={**_each(RUN_QUERY_ACTIONS, *WORK_GROUP_AND_CATALOGS), **QUERIED_DATA},
    ),
    Documented(
        page=f"{GUIDE}/connect-athena.html",
        resource="arn:aws:states:::athena:startQueryExecution.sync",
        arguments={"QueryString": "SELECT 1", "WorkGroup.$": "$.workGroup"},
        allowed={**_each(RUN_QUERY_ACTIONS, *ANY_WORK_GROUP_AND_CATALOGS), **QUERIED_DATA},
    ),
    Documented(
        page=f"{GUIDE}/connect-athena.html",
        resource="arn:aws:states:::athena:stopQueryExecution",
        arguments={"QueryExecutionId.$": "$.query"},
        allowed=_each(("athena:stopQueryExecution",), ANY_WORK_GROUP),
    ),
    Documented(
        page=f"{GUIDE}/connect-athena.html",
        resource="arn:aws:states:::athena:getQueryExecution",
        arguments={"QueryExecutionId.$": "$.query"},
        allowed=_each(("athena:getQueryExecution",), ANY_WORK_GROUP),
    ),
    Documented(
        page=f"{GUIDE}/connect-athena.html",
        resource="arn:aws:states:::athena:getQueryResults",
        arguments={"QueryExecutionId.$": "$.query"},
        allowed={
            **_each(("athena:getQueryResults",), ANY_WORK_GROUP),
            **_each(("s3:GetObject",), "arn:aws:s3:::*"),
        },
    ),
    # CodeBuild. Two of its managed rules are written "GetEvent", without the s of the others.
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:startBuild",
        arguments={"ProjectName": "site"},
        allowed=_each(("codebuild:StartBuild",), PROJECT_ARN),
    ),
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:startBuild.sync",
        arguments={"ProjectName": "site"},
        allowed={
            **_each(
                ("codebuild:StartBuild", "codebuild:StopBuild", "codebuild:BatchGetBuilds"),
                PROJECT_ARN,
            ),
            **_managed_rule("StepFunctionsGetEventForCodeBuildStartBuildRule"),
        },
    ),
    # Any account's projects, where the policies for batches of builds keep to the machine's own.
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:startBuild",
        arguments={"ProjectName.$": "$.project"},
        allowed=_each(("codebuild:StartBuild",), f"arn:aws:codebuild:{REGION}:*:project/*"),
    ),
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:stopBuild",
        arguments={"Id": BUILD_ID},
        allowed=_each(("codebuild:StopBuild",), PROJECT_ARN),
    ),
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:batchDeleteBuilds",
        arguments={"Ids": [BUILD_ID]},
        allowed=_each(("codebuild:BatchDeleteBuilds",), PROJECT_ARN),
    ),
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:batchGetReports",
        arguments={"ReportArns": [_arn("codebuild", "report/site-tests:6b8e2f1c")]},
        allowed=_each(("codebuild:BatchGetReports",), _arn("codebuild", "report-group/site-tests")),
    ),
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:startBuildBatch",
        arguments={"ProjectName": "site"},
        allowed=_each(("codebuild:StartBuildBatch",), PROJECT_ARN),
    ),
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:startBuildBatch.sync",
        arguments={"ProjectName": "site"},
        allowed={
            **_each(
                (
                    "codebuild:StartBuildBatch",
                    "codebuild:StopBuildBatch",
                    "codebuild:BatchGetBuildBatches",
                ),
                PROJECT_ARN,
            ),
            **_managed_rule("StepFunctionsGetEventForCodeBuildStartBuildBatchRule"),
        },
    ),
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:startBuildBatch",
        arguments={"ProjectName.$": "$.project"},
        allowed=_each(("codebuild:StartBuildBatch",), _arn("codebuild", "project/*")),
    ),
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:stopBuildBatch",
        arguments={"Id": BUILD_ID},
        allowed=_each(("codebuild:StopBuildBatch",), PROJECT_ARN),
    ),
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:retryBuildBatch",
        arguments={"Id": BUILD_ID},
        allowed=_each(("codebuild:RetryBuildBatch",), PROJECT_ARN),
    ),
    # Of CodeBuild's three jobs the only one for which the page has no managed rule.
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:retryBuildBatch.sync",
        arguments={"Id": BUILD_ID},
        allowed=_each(
            (
                "codebuild:RetryBuildBatch",
                "codebuild:StopBuildBatch",
                "codebuild:BatchGetBuildBatches",
            ),
            PROJECT_ARN,
        ),
    ),
    Documented(
        page=f"{GUIDE}/connect-codebuild.html",
        resource="arn:aws:states:::codebuild:deleteBuildBatch",
        arguments={"Id": BUILD_ID},
        allowed=_each(("codebuild:DeleteBuildBatch",), PROJECT_ARN),
    ),
    # Bedrock
    Documented(
        page=f"{GUIDE}/connect-bedrock.html",
        resource="arn:aws:states:::bedrock:invokeModel",
        arguments={"ModelId": FOUNDATION_MODEL, "Body": {"inputText.$": "$.prompt"}},
        allowed=_each(("bedrock:InvokeModel",), FOUNDATION_MODEL_ARN),
    ),
    Documented(
        page=f"{GUIDE}/connect-bedrock.html",
        resource="arn:aws:states:::bedrock:invokeModel",
        arguments={
            "ModelId": _arn("bedrock", "provisioned-model/c2oi931ulksx"),
            "Body": {"inputText.$": "$.prompt"},
        },
        allowed=_each(("bedrock:InvokeModel",), _arn("bedrock", "provisioned-model/c2oi931ulksx")),
    ),
    Documented(
        page=f"{GUIDE}/connect-bedrock.html",
        resource="arn:aws:states:::bedrock:invokeModel",
        arguments={"ModelId.$": "$.model", "Body": {"inputText.$": "$.prompt"}},
        allowed=_each(
            ("bedrock:InvokeModel",),
            f"arn:aws:bedrock:{REGION}::foundation-model/*",
            _arn("bedrock", "provisioned-model/*"),
        ),
    ),
    Documented(
        page=f"{GUIDE}/connect-bedrock.html",
        resource="arn:aws:states:::bedrock:createModelCustomizationJob",
        arguments=CUSTOMIZATION,
        allowed=CUSTOMIZE_MODEL,
    ),
    Documented(
        page=f"{GUIDE}/connect-bedrock.html",
        resource="arn:aws:states:::bedrock:createModelCustomizationJob.sync",
        arguments=CUSTOMIZATION,
        allowed={
            **CUSTOMIZE_MODEL,
            **_each(
                ("bedrock:GetModelCustomizationJob", "bedrock:StopModelCustomizationJob"),
                CUSTOMIZATION_JOBS,
            ),
        },
    ),
    # API Gateway. Its page does not say that only IAM_ROLE asks for a permission of the role.
    Documented(
        page=f"{GUIDE}/connect-api-gateway.html",
        resource="arn:aws:states:::apigateway:invoke",
        arguments={
            "ApiEndpoint": f"a1b2c3d4e5.execute-api.{REGION}.amazonaws.com",
            "Method": "GET",
            "Stage": "prod",
            "Path": "pets",
            "AuthType": "IAM_ROLE",
        },
        allowed=_each(("execute-api:Invoke",), _arn("execute-api", "a1b2c3d4e5/prod/GET/pets")),
    ),
    Documented(
        page=f"{GUIDE}/connect-api-gateway.html",
        resource="arn:aws:states:::apigateway:invoke.waitForTaskToken",
        arguments={
            "ApiEndpoint": f"a1b2c3d4e5.execute-api.{REGION}.amazonaws.com",
            "Method": "POST",
            "Headers": {"TaskToken.$": "States.Array($$.Task.Token)"},
            "Stage": "prod",
            "Path": "pets",
            "AuthType": "IAM_ROLE",
        },
        allowed=_each(("execute-api:Invoke",), _arn("execute-api", "a1b2c3d4e5/prod/POST/pets")),
    ),
    # HTTP endpoints. The page allows the whole host, and the secrets of all connections of all
    # accounts; the state names one path of the host and one connection.
    Documented(
        page=f"{GUIDE}/call-https-apis.html",
        resource="arn:aws:states:::http:invoke",
        arguments={
            "ApiEndpoint": "https://api.stripe.com/v1/customers",
            "Authentication": {"ConnectionArn": CONNECTION_ARN},
            "Method": "GET",
        },
        allowed={
            **_each(
                ("states:InvokeHTTPEndpoint",),
                _arn("states", f"stateMachine:{STATE_MACHINE_NAME}"),
            ),
            **_each(("events:RetrieveConnectionCredentials",), CONNECTION_ARN),
            **_each(
                ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"),
                "arn:aws:secretsmanager:*:*:secret:events!connection/*",
            ),
        },
        conditions={
            "states:InvokeHTTPEndpoint": {
                "StringEquals": {"states:HTTPMethod": "GET"},
                "StringLike": {"states:HTTPEndpoint": "https://api.stripe.com/*"},
            }
        },
    ),
    # Step Functions itself
    Documented(
        page=f"{GUIDE}/connect-stepfunctions.html",
        resource="arn:aws:states:::states:startExecution",
        arguments=NESTED,
        allowed=_each(("states:StartExecution",), CHILD_ARN),
    ),
    Documented(
        page=f"{GUIDE}/connect-stepfunctions.html",
        resource="arn:aws:states:::states:startExecution.sync",
        arguments=NESTED,
        allowed=RUN_NESTED,
    ),
    Documented(
        page=f"{GUIDE}/connect-stepfunctions.html",
        resource="arn:aws:states:::states:startExecution.sync:2",
        arguments=NESTED,
        allowed=RUN_NESTED,
    ),
    Documented(
        page=f"{GUIDE}/connect-stepfunctions.html",
        resource="arn:aws:states:::states:startExecution.waitForTaskToken",
        arguments={"StateMachineArn": CHILD_ARN, "Input": {"token.$": "$$.Task.Token"}},
        allowed=_each(("states:StartExecution",), CHILD_ARN),
    ),
    # An activity needs nothing: the page's policy for a machine of activities denies everything.
    Documented(
        page=f"{GUIDE}/activities-iam.html",
        resource=_arn("states", "activity:approval"),
        arguments={},
        allowed={},
    ),
    *(
        Documented(
            page=f"{GUIDE}/mediaconvert-iam.html",
            resource=f"arn:aws:states:::mediaconvert:createJob{pattern}",
            arguments={"Role": CUSTOMIZATION_ROLE_ARN, "Settings": {}},
            allowed=_each(("iam:PassRole", "mediaconvert:CreateJob"), "*") | followed,
        )
        for pattern, followed in (
            ("", {}),
            (
                ".sync",
                {
                    **_each(("mediaconvert:CancelJob", "mediaconvert:GetJob"), "*"),
                    **_managed_rule("StepFunctionsGetEventsForMediaConvertJobRule"),
                },
            ),
        )
    ),
    # AWS SDK integrations
    Documented(
        page=f"{REFERENCE}/list_ec2.html",
        resource="arn:aws:states:::aws-sdk:ec2:startInstances",
        arguments={"InstanceIds": [INSTANCE_ID]},
        allowed=_each(("ec2:StartInstances",), _arn("ec2", f"instance/{INSTANCE_ID}")),
    ),
    Documented(
        page=f"{REFERENCE}/list_ec2.html",
        resource="arn:aws:states:::aws-sdk:ec2:stopInstances",
        arguments={"InstanceIds": [INSTANCE_ID]},
        allowed=_each(("ec2:StopInstances",), _arn("ec2", f"instance/{INSTANCE_ID}")),
    ),
    Documented(
        page=f"{REFERENCE}/list_ec2.html",
        resource="arn:aws:states:::aws-sdk:ec2:describeInstances",
        arguments={"InstanceIds": [INSTANCE_ID]},
        allowed=_each(("ec2:DescribeInstances",), "*"),
    ),
    Documented(
        page=f"{REFERENCE}/list_s3.html",
        resource="arn:aws:states:::aws-sdk:s3:getObject",
        arguments={"Bucket": "invoices", "Key": "2024/1.json"},
        allowed=_each(("s3:GetObject",), "arn:aws:s3:::invoices/2024/1.json"),
    ),
    Documented(
        page="https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html",
        resource="arn:aws:states:::aws-sdk:s3:listObjectsV2",
        arguments={"Bucket": "invoices"},
        allowed=_each(("s3:ListBucket",), "arn:aws:s3:::invoices"),
    ),
    Documented(
        page=f"{REFERENCE}/list_s3.html",
        resource="arn:aws:states:::aws-sdk:s3:putObject",
        arguments={"Bucket": "invoices", "Key": "2024/1.json", "Body.$": "$"},
        allowed=_each(("s3:PutObject",), "arn:aws:s3:::invoices/2024/1.json"),
    ),
    Documented(
        page=f"{REFERENCE}/list_dynamodb.html",
        resource="arn:aws:states:::aws-sdk:dynamodb:query",
        arguments={"TableName": "invoices", "KeyConditionExpression": "id = :id"},
        allowed=_each(("dynamodb:Query",), _arn("dynamodb", "table/invoices")),
    ),
    Documented(
        page=f"{REFERENCE}/list_ssm.html",
        resource="arn:aws:states:::aws-sdk:ssm:getParameter",
        arguments={"Name": "/billing/currency"},
        allowed=_each(("ssm:GetParameter",), _arn("ssm", "parameter/billing/currency")),
    ),
    Documented(
        page=f"{REFERENCE}/list_secretsmanager.html",
        resource="arn:aws:states:::aws-sdk:secretsmanager:getSecretValue",
        arguments={"SecretId": SECRET_ARN},
        allowed=_each(("secretsmanager:GetSecretValue",), SECRET_ARN),
    ),
    Documented(
        page=f"{REFERENCE}/list_kms.html",
        resource="arn:aws:states:::aws-sdk:kms:decrypt",
        arguments={"KeyId": KEY_ARN, "CiphertextBlob.$": "$.secret"},
        allowed=_each(("kms:Decrypt",), KEY_ARN),
    ),
    Documented(
        page=f"{REFERENCE}/list_stepfunctions.html",
        resource="arn:aws:states:::aws-sdk:sfn:startSyncExecution",
        arguments=NESTED,
        allowed=_each(("states:StartSyncExecution",), CHILD_ARN),
    ),
    Documented(
        page=f"{REFERENCE}/list_cloudwatch.html",
        resource="arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
        arguments={"Namespace": "billing", "MetricData": [{"MetricName": "invoices", "Value": 1}]},
        allowed=_each(("cloudwatch:PutMetricData",), "*"),
    ),
    # The page lets any role of the account be passed; the state names one.
    Documented(
        page=(
            "https://docs.aws.amazon.com/scheduler/latest/UserGuide/"
            "security_iam_id-based-policy-examples.html"
        ),
        resource="arn:aws:states:::aws-sdk:scheduler:createSchedule",
        arguments={
            "Name": "reminder",
            "GroupName": "billing",
            "ScheduleExpression": "rate(1 day)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": _arn("sqs", "invoices"),
                "RoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/reminder",
            },
        },
        allowed={
            **_each(("scheduler:CreateSchedule",), _arn("scheduler", "schedule/billing/reminder")),
            **_each(("iam:PassRole",), f"arn:aws:iam::{ACCOUNT_ID}:role/*"),
        },
        conditions={
            "iam:PassRole": {"StringLike": {"iam:PassedToService": "scheduler.amazonaws.com"}}
        },
    ),
)

MAP_PAGE = f"{GUIDE}/iam-policies-eg-dist-map.html"
MAP = {
    "Type": "Map",
    "Label": "invoices",
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Check",
        "States": {"Check": {"Type": "Pass", "End": True}},
    },
    "End": True,
}
# Former versions of the page have states:StopExecution beside states:DescribeExecution.
RUN_MAP = {
    **_each(("states:StartExecution",), _arn("states", f"stateMachine:{STATE_MACHINE_NAME}")),
    **_each(
        ("states:DescribeExecution", "states:StopExecution"),
        _arn("states", f"execution:{STATE_MACHINE_NAME}:*"),
    ),
    # A policy of its own on the page, for a machine whose failed executions are to be redriven.
    **_each(
        ("states:RedriveExecution",), _arn("states", f"execution:{STATE_MACHINE_NAME}/invoices:*")
    ),
}

DOCUMENTED_MAPS = (
    DocumentedMap(page=MAP_PAGE, state={**MAP, "ItemsPath": "$.invoices"}, allowed=RUN_MAP),
    DocumentedMap(
        page=MAP_PAGE,
        state={
            **MAP,
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "Parameters": {"Bucket": "source", "Key": "csvDataset/ratings.csv"},
            },
        },
        allowed={
            **RUN_MAP,
            **_each(("s3:GetObject",), "arn:aws:s3:::source/csvDataset/ratings.csv"),
        },
    ),
    # "GetObject will not be scoped", says the page, and ends the prefix in a wildcard.
    DocumentedMap(
        page=MAP_PAGE,
        state={
            **MAP,
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:listObjectsV2",
                "Parameters": {"Bucket": "source", "Prefix": "invoices/json/"},
            },
        },
        allowed={
            **RUN_MAP,
            **_each(("s3:ListBucket",), "arn:aws:s3:::source"),
            **_each(("s3:GetObject",), "arn:aws:s3:::source/invoices/json/*"),
        },
        conditions={"s3:ListBucket": {"StringLike": {"s3:prefix": ["invoices/json/"]}}},
    ),
    DocumentedMap(
        page=MAP_PAGE,
        state={
            **MAP,
            "ItemsPath": "$.invoices",
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {"Bucket": "destination", "Prefix": "csvJobs"},
            },
        },
        allowed={
            **RUN_MAP,
            **_each(
                (
                    "s3:PutObject",
                    "s3:GetObject",
                    "s3:ListMultipartUploadParts",
                    "s3:AbortMultipartUpload",
                ),
                "arn:aws:s3:::destination/csvJobs/*",
            ),
        },
    ),
)
