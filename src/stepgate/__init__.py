"""AWS Step Functions workflows behind API Gateway: write them, deploy them, call them.

A name is imported when it is first used, so that a file with workflows loads no HTTP client, and an
app loads nothing that deploys.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stepgate.authorization import (
        ApiKey,
        ApiKeyLimits,
        Cognito,
        Iam,
        Jwt,
        LambdaAuthorizer,
        Public,
    )
    from stepgate.client.async_stack import AsyncExecution, AsyncStack
    from stepgate.client.errors import (
        AccessDenied,
        AlreadyAnswered,
        AwsAccessDenied,
        AwsRequestFailed,
        CredentialsUnusable,
        ExecutionNotFound,
        HistoryUnavailable,
        IdempotencyKeyUsed,
        InputRejected,
        InvalidInput,
        InvalidMessage,
        InvalidName,
        LiveUnavailable,
        NoLongerWaiting,
        NoResponse,
        NotRecorded,
        NotRedrivable,
        NotWaiting,
        OutcomeUnknown,
        OutputsUnusable,
        PulumiFailed,
        QueueUnreachable,
        QueueUnusable,
        RequestFailed,
        RouteFailed,
        SecretHidden,
        StepgateError,
        StillRunning,
        Throttled,
        TokenRejected,
        UnexpectedResponse,
        UnknownEvent,
        WaitTimedOut,
        WorkflowFailed,
        WorkflowNotFound,
        WrongMode,
    )
    from stepgate.client.events import WaitingEvent
    from stepgate.client.execution import Execution, Status
    from stepgate.client.executions import ExecutionList, ExecutionSummary
    from stepgate.client.message import Message
    from stepgate.client.outputs import DeployedRoute, Outputs
    from stepgate.client.progress import Progress
    from stepgate.client.recorded_outcome import RecordedOutcome
    from stepgate.client.retry_policy import RetryPolicy
    from stepgate.client.stack import Stack
    from stepgate.client.visited_state import Around, Attempt, VisitedState
    from stepgate.events.event import Event
    from stepgate.events.waiting import wait_for
    from stepgate.live.live import Live, Tickets
    from stepgate.route import RequestValue, Route, request
    from stepgate.workflow import Definition, Mode, Statement, Values, Workflow

__all__ = [
    "AccessDenied",
    "AlreadyAnswered",
    "ApiKey",
    "ApiKeyLimits",
    "Around",
    "AsyncExecution",
    "AsyncStack",
    "Attempt",
    "AwsAccessDenied",
    "AwsRequestFailed",
    "Cognito",
    "CredentialsUnusable",
    "Definition",
    "DeployedRoute",
    "Event",
    "Execution",
    "ExecutionList",
    "ExecutionNotFound",
    "ExecutionSummary",
    "HistoryUnavailable",
    "Iam",
    "IdempotencyKeyUsed",
    "InputRejected",
    "InvalidInput",
    "InvalidMessage",
    "InvalidName",
    "Jwt",
    "LambdaAuthorizer",
    "Live",
    "LiveUnavailable",
    "Message",
    "Mode",
    "NoLongerWaiting",
    "NoResponse",
    "NotRecorded",
    "NotRedrivable",
    "NotWaiting",
    "OutcomeUnknown",
    "Outputs",
    "OutputsUnusable",
    "Progress",
    "Public",
    "PulumiFailed",
    "QueueUnreachable",
    "QueueUnusable",
    "RecordedOutcome",
    "RequestFailed",
    "RequestValue",
    "RetryPolicy",
    "Route",
    "RouteFailed",
    "SecretHidden",
    "Stack",
    "Statement",
    "Status",
    "StepgateError",
    "StillRunning",
    "Throttled",
    "Tickets",
    "TokenRejected",
    "UnexpectedResponse",
    "UnknownEvent",
    "Values",
    "VisitedState",
    "WaitTimedOut",
    "WaitingEvent",
    "Workflow",
    "WorkflowFailed",
    "WorkflowNotFound",
    "WrongMode",
    "request",
    "wait_for",
]

_ERRORS = "stepgate.client.errors"
_MODULES = {
    "ApiKey": "stepgate.authorization",
    "ApiKeyLimits": "stepgate.authorization",
    "Around": "stepgate.client.visited_state",
    "AsyncExecution": "stepgate.client.async_stack",
    "AsyncStack": "stepgate.client.async_stack",
    "Attempt": "stepgate.client.visited_state",
    "Cognito": "stepgate.authorization",
    "Definition": "stepgate.workflow",
    "DeployedRoute": "stepgate.client.outputs",
    "Event": "stepgate.events.event",
    "Execution": "stepgate.client.execution",
    "ExecutionList": "stepgate.client.executions",
    "ExecutionSummary": "stepgate.client.executions",
    "Iam": "stepgate.authorization",
    "Jwt": "stepgate.authorization",
    "LambdaAuthorizer": "stepgate.authorization",
    "Live": "stepgate.live.live",
    "Message": "stepgate.client.message",
    "Mode": "stepgate.workflow",
    "Outputs": "stepgate.client.outputs",
    "Progress": "stepgate.client.progress",
    "Public": "stepgate.authorization",
    "RecordedOutcome": "stepgate.client.recorded_outcome",
    "RequestValue": "stepgate.route",
    "RetryPolicy": "stepgate.client.retry_policy",
    "Route": "stepgate.route",
    "Stack": "stepgate.client.stack",
    "Statement": "stepgate.workflow",
    "Status": "stepgate.client.execution",
    "Tickets": "stepgate.live.live",
    "Values": "stepgate.workflow",
    "WaitingEvent": "stepgate.client.events",
    "VisitedState": "stepgate.client.visited_state",
    "Workflow": "stepgate.workflow",
    "request": "stepgate.route",
    "wait_for": "stepgate.events.waiting",
}
"""The modules of all public names that are not errors."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, _ERRORS)), name)


def __dir__() -> list[str]:
    return __all__
