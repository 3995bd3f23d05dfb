"""The client of a stack: calls workflows by their routes and follows what they do."""

from stepgate.errors import (
    AccessRefused,
    CredentialsUnusable,
    HistoryUnavailable,
    IdempotencyKeyUsed,
    InputInvalid,
    InputRefused,
    MessageMalformed,
    NameInvalid,
    NoAnswer,
    NotFound,
    OutcomeUnknown,
    OutputsUnusable,
    PulumiFailed,
    QueueUnreachable,
    QueueUnusable,
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
from stepgate.message import Message
from stepgate.outputs import Outputs, Route
from stepgate.patience import Patience
from stepgate.queue import Progress
from stepgate.stack import Stack

__all__ = [
    "AccessRefused",
    "CredentialsUnusable",
    "Execution",
    "HistoryUnavailable",
    "IdempotencyKeyUsed",
    "InputInvalid",
    "InputRefused",
    "Message",
    "MessageMalformed",
    "NameInvalid",
    "NoAnswer",
    "NotFound",
    "OutcomeUnknown",
    "Outputs",
    "OutputsUnusable",
    "PassedState",
    "Patience",
    "Progress",
    "PulumiFailed",
    "QueueUnreachable",
    "QueueUnusable",
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
