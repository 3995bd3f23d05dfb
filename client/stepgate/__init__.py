"""The client of a stack: calls workflows by their routes and follows what they do."""

from stepgate.errors import (
    AccessRefused,
    CredentialsUnusable,
    HistoryUnavailable,
    IdempotencyKeyUsed,
    InputInvalid,
    InputRefused,
    NameInvalid,
    NoAnswer,
    NotFound,
    OutcomeUnknown,
    OutputsUnusable,
    PulumiFailed,
    RequestFailed,
    RouteFailed,
    SecretHidden,
    StepgateError,
    Throttled,
    UnexpectedAnswer,
    WaitTimedOut,
    WorkflowFailed,
    WorkflowUnknown,
    WrongMode,
)
from stepgate.execution import Execution, Status
from stepgate.history import PassedState
from stepgate.outputs import Outputs, Route
from stepgate.patience import Patience
from stepgate.stack import Stack

__all__ = [
    "AccessRefused",
    "CredentialsUnusable",
    "Execution",
    "HistoryUnavailable",
    "IdempotencyKeyUsed",
    "InputInvalid",
    "InputRefused",
    "NameInvalid",
    "NoAnswer",
    "NotFound",
    "OutcomeUnknown",
    "Outputs",
    "OutputsUnusable",
    "PassedState",
    "Patience",
    "PulumiFailed",
    "RequestFailed",
    "Route",
    "RouteFailed",
    "SecretHidden",
    "Stack",
    "Status",
    "StepgateError",
    "Throttled",
    "UnexpectedAnswer",
    "WaitTimedOut",
    "WorkflowFailed",
    "WorkflowUnknown",
    "WrongMode",
]
