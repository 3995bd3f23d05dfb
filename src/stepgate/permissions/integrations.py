"""The optimized integrations, and the permissions that each requires of the role.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from stepgate.asl.integration import Pattern
from stepgate.permissions.arguments import find_top_level_values, known_beginning
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.arns import build_execution_arn
from stepgate.permissions.caller_access import object_permissions
from stepgate.permissions.endpoints import api_gateway_permissions, http_permissions
from stepgate.permissions.grant import Grant, Permission, PermissionWarning
from stepgate.permissions.request import Request, as_request
from stepgate.permissions.resources import NOTHING_NARROWER

GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"

PermissionsOfRequest: TypeAlias = Callable[
    [Request, ArnContext, Sequence[str]], Iterator[Permission | PermissionWarning]
]


def _no_permissions(_: Request, __: ArnContext, ___: Sequence[str]) -> Iterator[Permission]:
    yield from ()


def _unchanged(arguments: Request) -> Request:
    return arguments


@dataclass(frozen=True)
class Requirements:
    """The permissions that one integration requires.

    Attributes:
        page: AWS's page on the integration.
        call_actions: the IAM actions of the call itself, with `.waitForTaskToken` too.
        job_actions: the actions by which Step Functions follows and stops a job, for `.sync`.
        managed_rule: the EventBridge rule that reports a job's end, managed by Step Functions.
        patterns: the ways in which a Task may wait.
        operation: the operation of the AWS SDK behind it, if it has another name.
        additional: permissions that a request requires in addition.
        job_request: makes the request that the job's actions are authorized on, from the ARNs that
            the call is allowed on; without it, that is the request of the call.
        passes_roles: whether the service may work in roles that the state does not name; the roles
            that the workflow declares are passed to it.
        warning: what it may need and no state shows.
        with_defaults: adds the service's defaults to the arguments.
    """

    page: str
    call_actions: tuple[str, ...] = ()
    job_actions: tuple[str, ...] = ()
    managed_rule: str = ""
    patterns: tuple[Pattern, ...] = ("",)
    operation: str = ""
    additional: PermissionsOfRequest = _no_permissions
    job_request: Callable[[Sequence[str]], Request] | None = None
    passes_roles: bool = False
    warning: PermissionWarning | None = None
    with_defaults: Callable[[Request], Request] = _unchanged


# What Step Functions does with the rule, for each job.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
MANAGED_RULE_ACTIONS = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
S3_WRITE_ACTIONS = (
    *("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"),
)
# https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
_RESULT_BUCKET_ACTIONS = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")


def _with_default_bus(arguments: Request) -> Request:
    """An entry without a bus goes to the account's default bus."""
    entries = arguments.get("Entries")
    if not isinstance(entries, list):
        return arguments
    return arguments | {"Entries": [_with_bus(entry) for entry in cast("list[object]", entries)]}


def _with_bus(entry: object) -> object:
    if not isinstance(entry, Mapping) or "EventBusName.$" in entry:
        return cast("object", entry)
    return {"EventBusName": "default", **cast("Request", entry)}


def _with_default_schedule_group(arguments: Request) -> Request:
    # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    return arguments if "GroupName.$" in arguments else {"GroupName": "default"} | arguments


def _with_primary_work_group(arguments: Request) -> Request:
    return arguments if "WorkGroup.$" in arguments else {"WorkGroup": "primary"} | arguments


def _query_result_permissions(
    request: Request, context: ArnContext, _: Sequence[str]
) -> Iterator[Permission | PermissionWarning]:
    """The role writes a query's results to the location in the state."""
    result = as_request(request.get("ResultConfiguration"))
    location = str(result.get("OutputLocation", result.get("OutputLocation.$", "")))
    open_argument = (
        find_top_level_values(request, "ResultConfiguration".__eq__).dynamic
        or find_top_level_values(result, "OutputLocation".__eq__).dynamic
    )
    known = known_beginning(location) if open_argument else location
    if parts := re.fullmatch(rf"s3://([^/]+)/{'' if open_argument else '?'}(.*)", known):
        bucket = f"arn:{context.partition}:s3:::{parts[1]}"
        for action in _RESULT_BUCKET_ACTIONS:
            yield Grant(action, (bucket,))
        for action in S3_WRITE_ACTIONS:
            yield Grant(action, (f"{bucket}/{parts[2]}*",))
    elif open_argument:
        yield PermissionWarning(
            "s3:PutObject",
            f"the bucket of the query's results does not follow from {open_argument}; add "
            f"{', '.join((*_RESULT_BUCKET_ACTIONS, *S3_WRITE_ACTIONS))} on it to the workflow's "
            "statements",
        )


def _custom_model_permissions(
    _: Request, context: ArnContext, __: Sequence[str]
) -> Iterator[Permission]:
    """The new model and the job get their ids on creation."""
    created = tuple(
        context.arn("bedrock", f"{kind}/*") for kind in ("custom-model", "model-customization-job")
    )
    yield Grant("bedrock:CreateModelCustomizationJob", created)


def _invocation_permissions(
    request: Request, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission | PermissionWarning]:
    """The prompt may come from S3, and the answer may go there.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
    """
    for argument, action in (("Input", "s3:GetObject"), ("Output", "s3:PutObject")):
        for name, uri in as_request(request.get(argument)).items():
            if name.removesuffix(".$") == "S3Uri":
                yield object_permissions(action, uri, context, declared)


def _transcoding_permissions(
    _: Request, __: ArnContext, ___: Sequence[str]
) -> Iterator[Permission]:
    """A job's template and presets name further resources: "you must use `*`".

    https://docs.aws.amazon.com/step-functions/latest/dg/mediaconvert-iam.html
    """
    yield Grant("mediaconvert:CreateJob", ("*",), reason=NOTHING_NARROWER)


def _executions_of(state_machine_arns: Sequence[str]) -> Request:
    return {"ExecutionArn": [build_execution_arn(arn, "*") for arn in state_machine_arns]}


_TOKEN: tuple[Pattern, ...] = ("", "waitForTaskToken")
_SYNC: tuple[Pattern, ...] = ("", "sync")

_LAMBDA = f"{GUIDE}/connect-lambda.html"
_DYNAMODB = f"{GUIDE}/connect-ddb.html"
_SQS = f"{GUIDE}/connect-sqs.html"
_SNS = f"{GUIDE}/connect-sns.html"
_EVENTBRIDGE = f"{GUIDE}/connect-eventbridge.html"
_ECS = f"{GUIDE}/connect-ecs.html"
_BATCH = f"{GUIDE}/connect-batch.html"
_GLUE = f"{GUIDE}/connect-glue.html"
_ATHENA = f"{GUIDE}/connect-athena.html"
_CODEBUILD = f"{GUIDE}/connect-codebuild.html"
_BEDROCK = f"{GUIDE}/connect-bedrock.html"
_MEDIACONVERT = f"{GUIDE}/connect-mediaconvert.html"
_API_GATEWAY = f"{GUIDE}/connect-api-gateway.html"
_HTTP = f"{GUIDE}/call-https-apis.html"
_STEP_FUNCTIONS = f"{GUIDE}/connect-stepfunctions.html"

_QUERIED_DATA = PermissionWarning(
    "glue:GetTable",
    "a query needs glue and s3 actions on the data that its SQL reads; add them to the workflow's "
    "statements",
)

INTEGRATIONS: Mapping[str, Requirements] = {
    "lambda:invoke": Requirements(_LAMBDA, ("lambda:InvokeFunction",), patterns=_TOKEN),
    "dynamodb:getItem": Requirements(_DYNAMODB, ("dynamodb:GetItem",)),
    "dynamodb:putItem": Requirements(_DYNAMODB, ("dynamodb:PutItem",)),
    "dynamodb:updateItem": Requirements(_DYNAMODB, ("dynamodb:UpdateItem",)),
    "dynamodb:deleteItem": Requirements(_DYNAMODB, ("dynamodb:DeleteItem",)),
    "sqs:sendMessage": Requirements(_SQS, ("sqs:SendMessage",), patterns=_TOKEN),
    "sns:publish": Requirements(_SNS, ("sns:Publish",), patterns=_TOKEN),
    "events:putEvents": Requirements(
        _EVENTBRIDGE,
        ("events:PutEvents",),
        patterns=_TOKEN,
        operation="eventbridge:putEvents",
        with_defaults=_with_default_bus,
    ),
    "ecs:runTask": Requirements(
        _ECS,
        ("ecs:RunTask",),
        job_actions=("ecs:DescribeTasks", "ecs:StopTask"),
        managed_rule="StepFunctionsGetEventsForECSTaskRule",
        patterns=("", "sync", "waitForTaskToken"),
        passes_roles=True,
        warning=PermissionWarning(
            "iam:PassRole",
            "a task definition with roles needs iam:PassRole on them; list their ARNs in the "
            "workflow's resources",
        ),
    ),
    "batch:submitJob": Requirements(
        _BATCH,
        ("batch:SubmitJob",),
        job_actions=("batch:DescribeJobs", "batch:TerminateJob"),
        managed_rule="StepFunctionsGetEventsForBatchJobsRule",
        patterns=_SYNC,
    ),
    "glue:startJobRun": Requirements(
        _GLUE,
        ("glue:StartJobRun",),
        job_actions=("glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns"),
        patterns=_SYNC,
    ),
    "athena:startQueryExecution": Requirements(
        _ATHENA,
        ("athena:GetDataCatalog", "athena:StartQueryExecution"),
        job_actions=(
            "athena:BatchGetQueryExecution",
            "athena:GetQueryExecution",
            "athena:GetQueryResults",
            "athena:GetWorkGroup",
            "athena:ListQueryExecutions",
            "athena:StopQueryExecution",
        ),
        patterns=_SYNC,
        additional=_query_result_permissions,
        warning=_QUERIED_DATA,
        with_defaults=_with_primary_work_group,
    ),
    "athena:stopQueryExecution": Requirements(_ATHENA, ("athena:StopQueryExecution",)),
    "athena:getQueryExecution": Requirements(_ATHENA, ("athena:GetQueryExecution",)),
    "athena:getQueryResults": Requirements(
        _ATHENA,
        ("athena:GetQueryResults",),
        warning=PermissionWarning(
            "s3:GetObject",
            "reading a query's results needs s3:GetObject on the objects that the query wrote; add "
            "it to the workflow's statements",
        ),
    ),
    "codebuild:startBuild": Requirements(
        _CODEBUILD,
        ("codebuild:StartBuild",),
        job_actions=("codebuild:BatchGetBuilds", "codebuild:StopBuild"),
        managed_rule="StepFunctionsGetEventForCodeBuildStartBuildRule",
        patterns=_SYNC,
    ),
    "codebuild:stopBuild": Requirements(_CODEBUILD, ("codebuild:StopBuild",)),
    "codebuild:batchDeleteBuilds": Requirements(_CODEBUILD, ("codebuild:BatchDeleteBuilds",)),
    "codebuild:batchGetReports": Requirements(_CODEBUILD, ("codebuild:BatchGetReports",)),
    "codebuild:startBuildBatch": Requirements(
        _CODEBUILD,
        ("codebuild:StartBuildBatch",),
        job_actions=("codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"),
        managed_rule="StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
        patterns=_SYNC,
    ),
    "codebuild:stopBuildBatch": Requirements(_CODEBUILD, ("codebuild:StopBuildBatch",)),
    "codebuild:retryBuildBatch": Requirements(
        _CODEBUILD,
        ("codebuild:RetryBuildBatch",),
        job_actions=("codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"),
        patterns=_SYNC,
    ),
    "codebuild:deleteBuildBatch": Requirements(_CODEBUILD, ("codebuild:DeleteBuildBatch",)),
    "bedrock:invokeModel": Requirements(
        _BEDROCK,
        ("bedrock:InvokeModel",),
        patterns=_TOKEN,
        operation="bedrockruntime:invokeModel",
        additional=_invocation_permissions,
    ),
    "bedrock:createModelCustomizationJob": Requirements(
        _BEDROCK,
        ("bedrock:CreateModelCustomizationJob",),
        job_actions=("bedrock:GetModelCustomizationJob", "bedrock:StopModelCustomizationJob"),
        patterns=_SYNC,
        additional=_custom_model_permissions,
    ),
    "mediaconvert:createJob": Requirements(
        _MEDIACONVERT,
        ("mediaconvert:CreateJob",),
        job_actions=("mediaconvert:CancelJob", "mediaconvert:GetJob"),
        managed_rule="StepFunctionsGetEventsForMediaConvertJobRule",
        patterns=_SYNC,
        additional=_transcoding_permissions,
    ),
    "apigateway:invoke": Requirements(
        _API_GATEWAY, patterns=_TOKEN, additional=api_gateway_permissions
    ),
    "http:invoke": Requirements(_HTTP, additional=http_permissions),
    "states:startExecution": Requirements(
        _STEP_FUNCTIONS,
        ("states:StartExecution",),
        job_actions=("states:DescribeExecution", "states:StopExecution"),
        managed_rule="StepFunctionsGetEventsForStepFunctionsExecutionRule",
        patterns=("", "sync", "sync:2", "waitForTaskToken"),
        operation="sfn:startExecution",
        job_request=_executions_of,
    ),
}
NO_REQUIREMENTS = Requirements("")
# The same calls, as actions of the AWS SDK.
SDK_INTEGRATIONS = {
    required.operation or name: required
    for name, required in INTEGRATIONS.items()
    if required.call_actions
} | {
    f"scheduler:{verb}Schedule": Requirements("", with_defaults=_with_default_schedule_group)
    for verb in ("create", "delete", "get", "update")
}
