"""The optimized integrations, and what each needs of the role.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from workflows.language.integration import Pattern
from workflows.permissions.endpoints import api_needs, http_needs
from workflows.permissions.grant import Gap, Grant
from workflows.permissions.place import Place
from workflows.permissions.request import Request

GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"

Also = Callable[[Request, Place, Sequence[str]], Iterator[Grant | Gap]]


def _nothing_else(_: Request, __: Place, ___: Sequence[str]) -> Iterator[Grant | Gap]:
    yield from ()


class Unseen(NamedTuple):
    """An IAM action that no state shows, and what to write."""

    action: str
    text: str


def _as_they_are(arguments: Request) -> Request:
    return arguments


@dataclass(frozen=True)
class Needs:
    """What one integration needs.

    Attributes:
        page: AWS's page that says so.
        start: the IAM actions of the call itself, which `.waitForTaskToken` has too.
        job: those by which Step Functions follows a job and stops it, for `.sync`.
        rule: the EventBridge rule that tells of a job's end, and that Step Functions manages.
        patterns: how a Task may wait.
        api: the operation of AWS's SDK that it calls, if that has another name than it.
        also: what else follows from a request.
        job_request: the request that the job's actions are checked on, from the ARNs that the
            call itself is allowed on; if there is none, that is the call's own.
        takes_roles: whether the service may work in roles that the state does not name; those
            that the workflow declares are passed to it.
        unseen: what it may need and no state shows, if there is such.
        completed: the arguments with what the service takes where nothing is given.
    """

    page: str
    start: tuple[str, ...] = ()
    job: tuple[str, ...] = ()
    rule: str = ""
    patterns: tuple[Pattern, ...] = ("",)
    api: str = ""
    also: Also = _nothing_else
    job_request: Callable[[Sequence[str]], Request] | None = None
    takes_roles: bool = False
    unseen: Unseen | None = None
    completed: Callable[[Request], Request] = _as_they_are


# What Step Functions does with the rule, for each job.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
MANAGED_RULE = ("events:DescribeRule", "events:PutRule", "events:PutTargets")


def _with_default_bus(arguments: Request) -> Request:
    """An entry without a bus goes to the account's default one."""
    entries = arguments.get("Entries")
    if not isinstance(entries, list):
        return arguments
    return arguments | {"Entries": [_with_bus(entry) for entry in cast("list[object]", entries)]}


def _with_bus(entry: object) -> object:
    if not isinstance(entry, Mapping) or "EventBusName.$" in entry:
        return cast("object", entry)
    return {"EventBusName": "default", **cast("Request", entry)}


def _with_primary_work_group(arguments: Request) -> Request:
    return arguments if "WorkGroup.$" in arguments else {"WorkGroup": "primary"} | arguments


# https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
_RESULTS_IN_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
_RESULTS_IN_OBJECTS = (
    *("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"),
)


def _query_results(request: Request, place: Place, _: Sequence[str]) -> Iterator[Grant | Gap]:
    """A query's results are written with the role, where the state says."""
    configuration = request.get("ResultConfiguration")
    location = (
        cast("Request", configuration).get("OutputLocation", "")
        if isinstance(configuration, Mapping)
        else ""
    )
    if parts := re.fullmatch(r"s3://([^/]+)/?(.*)", str(location)):
        bucket = f"arn:{place.partition}:s3:::{parts[1]}"
        for action in _RESULTS_IN_BUCKET:
            yield Grant(action, (bucket,))
        for action in _RESULTS_IN_OBJECTS:
            yield Grant(action, (f"{bucket}/{parts[2]}*",))


def _customized_model(_: Request, place: Place, __: Sequence[str]) -> Iterator[Grant | Gap]:
    """The new model and the job get their ids when they are made."""
    made = tuple(
        place.arn("bedrock", f"{kind}/*") for kind in ("custom-model", "model-customization-job")
    )
    yield Grant("bedrock:CreateModelCustomizationJob", made)


def _executions(state_machine_arns: Sequence[str]) -> Request:
    return {
        "ExecutionArn": [
            f"{arn.replace(':stateMachine:', ':execution:')}:*" for arn in state_machine_arns
        ]
    }


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
_API_GATEWAY = f"{GUIDE}/connect-api-gateway.html"
_HTTP = f"{GUIDE}/call-https-apis.html"
_STEP_FUNCTIONS = f"{GUIDE}/connect-stepfunctions.html"

_QUERIED_DATA = Unseen(
    "glue:GetTable",
    "a query needs glue and s3 actions on the data that its SQL names; add them to the workflow's "
    "statements",
)

INTEGRATIONS: Mapping[str, Needs] = {
    "lambda:invoke": Needs(_LAMBDA, ("lambda:InvokeFunction",), patterns=_TOKEN),
    "dynamodb:getItem": Needs(_DYNAMODB, ("dynamodb:GetItem",)),
    "dynamodb:putItem": Needs(_DYNAMODB, ("dynamodb:PutItem",)),
    "dynamodb:updateItem": Needs(_DYNAMODB, ("dynamodb:UpdateItem",)),
    "dynamodb:deleteItem": Needs(_DYNAMODB, ("dynamodb:DeleteItem",)),
    "sqs:sendMessage": Needs(_SQS, ("sqs:SendMessage",), patterns=_TOKEN),
    "sns:publish": Needs(_SNS, ("sns:Publish",), patterns=_TOKEN),
    "events:putEvents": Needs(
        _EVENTBRIDGE,
        ("events:PutEvents",),
        patterns=_TOKEN,
        api="eventbridge:putEvents",
        completed=_with_default_bus,
    ),
    "ecs:runTask": Needs(
        _ECS,
        ("ecs:RunTask",),
        job=("ecs:DescribeTasks", "ecs:StopTask"),
        rule="StepFunctionsGetEventsForECSTaskRule",
        patterns=("", "sync", "waitForTaskToken"),
        takes_roles=True,
        unseen=Unseen(
            "iam:PassRole",
            "a task definition that has roles needs iam:PassRole on them; list their ARNs in the "
            "workflow's resources",
        ),
    ),
    "batch:submitJob": Needs(
        _BATCH,
        ("batch:SubmitJob",),
        job=("batch:DescribeJobs", "batch:TerminateJob"),
        rule="StepFunctionsGetEventsForBatchJobsRule",
        patterns=_SYNC,
    ),
    "glue:startJobRun": Needs(
        _GLUE,
        ("glue:StartJobRun",),
        job=("glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns"),
        patterns=_SYNC,
    ),
    "athena:startQueryExecution": Needs(
        _ATHENA,
        ("athena:GetDataCatalog", "athena:StartQueryExecution"),
        job=(
            "athena:BatchGetQueryExecution",
            "athena:GetQueryExecution",
            "athena:GetQueryResults",
            "athena:GetWorkGroup",
            "athena:ListQueryExecutions",
            "athena:StopQueryExecution",
        ),
        patterns=_SYNC,
        also=_query_results,
        unseen=_QUERIED_DATA,
        completed=_with_primary_work_group,
    ),
    "athena:stopQueryExecution": Needs(_ATHENA, ("athena:StopQueryExecution",)),
    "athena:getQueryExecution": Needs(_ATHENA, ("athena:GetQueryExecution",)),
    "athena:getQueryResults": Needs(
        _ATHENA,
        ("athena:GetQueryResults",),
        unseen=Unseen(
            "s3:GetObject",
            "a query's results are read with s3:GetObject, where the query has put them; add it to "
            "the workflow's statements",
        ),
    ),
    "codebuild:startBuild": Needs(
        _CODEBUILD,
        ("codebuild:StartBuild",),
        job=("codebuild:BatchGetBuilds", "codebuild:StopBuild"),
        rule="StepFunctionsGetEventForCodeBuildStartBuildRule",
        patterns=_SYNC,
    ),
    "codebuild:stopBuild": Needs(_CODEBUILD, ("codebuild:StopBuild",)),
    "codebuild:batchDeleteBuilds": Needs(_CODEBUILD, ("codebuild:BatchDeleteBuilds",)),
    "codebuild:batchGetReports": Needs(_CODEBUILD, ("codebuild:BatchGetReports",)),
    "codebuild:startBuildBatch": Needs(
        _CODEBUILD,
        ("codebuild:StartBuildBatch",),
        job=("codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"),
        rule="StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
        patterns=_SYNC,
    ),
    "codebuild:stopBuildBatch": Needs(_CODEBUILD, ("codebuild:StopBuildBatch",)),
    "codebuild:retryBuildBatch": Needs(
        _CODEBUILD,
        ("codebuild:RetryBuildBatch",),
        job=("codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"),
        patterns=_SYNC,
    ),
    "codebuild:deleteBuildBatch": Needs(_CODEBUILD, ("codebuild:DeleteBuildBatch",)),
    "bedrock:invokeModel": Needs(
        _BEDROCK, ("bedrock:InvokeModel",), patterns=_TOKEN, api="bedrockruntime:invokeModel"
    ),
    "bedrock:createModelCustomizationJob": Needs(
        _BEDROCK,
        ("bedrock:CreateModelCustomizationJob",),
        job=("bedrock:GetModelCustomizationJob", "bedrock:StopModelCustomizationJob"),
        patterns=_SYNC,
        also=_customized_model,
    ),
    "apigateway:invoke": Needs(_API_GATEWAY, patterns=_TOKEN, also=api_needs),
    "http:invoke": Needs(_HTTP, also=http_needs),
    "states:startExecution": Needs(
        _STEP_FUNCTIONS,
        ("states:StartExecution",),
        job=("states:DescribeExecution", "states:StopExecution"),
        rule="StepFunctionsGetEventsForStepFunctionsExecutionRule",
        patterns=("", "sync", "sync:2", "waitForTaskToken"),
        api="sfn:startExecution",
        job_request=_executions,
    ),
}
NO_NEEDS = Needs("")
# The same calls as actions of AWS's SDK.
OF_API = {needs.api or name: needs for name, needs in INTEGRATIONS.items() if needs.start}
