"""The errors of the client.

Each message is one line: the request, its outcome, and what to do. None shows a key or a signature.
"""

_MAX_LENGTH = 300


def one_line(text: str) -> str:
    """Foreign text as part of an error: one line, shortened."""
    line = " ".join(text.split())
    return line if len(line) <= _MAX_LENGTH else f"{line[:_MAX_LENGTH]}…"


class StepgateError(Exception):
    """The base class of all errors that the client raises."""


# Before anything is sent


class OutputsUnusable(StepgateError):
    """The outputs are missing, are not a stack's, or have a form that this client does not know."""


class SecretHidden(OutputsUnusable):
    """The outputs show `[secret]` instead of the API key: write them with `--show-secrets`."""


class PulumiFailed(StepgateError):
    """The Pulumi CLI is missing, or failed; the message ends with the CLI's last line."""


class CredentialsUnusable(StepgateError):
    """There are no AWS credentials to sign with, they cannot be renewed, or there is no token."""


class WorkflowNotFound(StepgateError):
    """The stack has no such workflow."""


class WrongMode(StepgateError):
    """An asynchronous workflow was called, or a synchronous one started."""


class UnknownEvent(StepgateError):
    """The workflow does not declare this event."""


class InvalidName(StepgateError):
    """An execution name or idempotency key is not 1 to 80 of `A-Z a-z 0-9 _ -`."""


class InvalidInput(StepgateError):
    """The input is not JSON, or does not match the workflow's schema. Nothing was sent.

    Attributes:
        field: the path to what is wrong, for example `order.items[2].price`; empty for the input
            itself.
        reason: what is wrong with it.
    """

    def __init__(self, workflow: str, field: str, reason: str) -> None:
        super().__init__(f"{workflow}: {field or 'the input'} {reason}")
        self.field = field
        self.reason = reason


# Responses


class RequestFailed(StepgateError):
    """A route responded with an error, or the response is not a route's.

    Attributes:
        status: the HTTP status.
        error: the error's name in the workflow, Step Functions or API Gateway, if any.
        detail: the response's description of it.
        execution: the name of the execution concerned, if any.
    """

    def __init__(
        self, line: str, *, status: int, error: str | None, detail: str, execution: str | None
    ) -> None:
        super().__init__(line)
        self.status = status
        self.error = error
        self.detail = detail
        self.execution = execution


class WorkflowFailed(RequestFailed):
    """The workflow ran, and failed.

    `status` is the status of the synchronous route. For an execution of an asynchronous workflow it
    is 504 if it timed out, otherwise 502; a stopped execution counts as failed.
    """


class InputRejected(RequestFailed):
    """400, 413, 415: the route rejected the input. Nothing was started."""


class AccessDenied(RequestFailed):
    """401, 403: the caller is not allowed to call the route, or there is no such route."""


class TokenRejected(AccessDenied):
    """401: the token is missing, invalid or expired."""


class ExecutionNotFound(RequestFailed):
    """404: there is no such execution of this workflow."""


class NotWaiting(ExecutionNotFound):
    """404: there is no such execution, or it does not wait for this event, or not yet."""


class AlreadyAnswered(RequestFailed):
    """409: the execution has received this event before."""


class NoLongerWaiting(RequestFailed):
    """410: the execution waited for this event, but has timed out, ended or gone on since."""


class IdempotencyKeyUsed(RequestFailed):
    """409: the key belongs to an execution with another input, or to one that has ended.

    `execution` is its name.
    """


class Throttled(RequestFailed):
    """429, until the retries ended. Nothing was started."""


class RouteFailed(RequestFailed):
    """5xx, until the retries ended, to a request that starts nothing."""


class UnexpectedResponse(RequestFailed):
    """Not a response of Stepgate: a redirect, which is never followed, or a proxy's page."""


# No response


class NoResponse(StepgateError):
    """No response came until the retries ended.

    After `call` and `start` it means that nothing was started; otherwise they raise
    `OutcomeUnknown`. A `stop` may have had its effect.

    Attributes:
        may_have_arrived: False if there was no connection, as always after `call` and `start`.
    """

    def __init__(self, line: str, *, may_have_arrived: bool) -> None:
        super().__init__(line)
        self.may_have_arrived = may_have_arrived


class OutcomeUnknown(StepgateError):
    """It is not known whether the workflow ran, or runs, or received an event: a response was lost,
    or was a 5xx.

    Attributes:
        execution: the name of the execution, if there is one. It may be unknown on a stack that
            was deployed before calls had names.
    """

    def __init__(self, line: str, *, execution: str | None) -> None:
        super().__init__(line)
        self.execution = execution


class WaitTimedOut(StepgateError):
    """The execution has not ended in the time that the caller waits. It goes on."""


# AWS itself, asked with the caller's own credentials


class AwsRequestFailed(StepgateError):
    """AWS did not answer, or refused a request for another reason than a missing permission."""


class AwsAccessDenied(AwsRequestFailed):
    """There are no usable AWS credentials, or they lack the permission that the message names."""


class NotRecorded(StepgateError):
    """AWS has recorded nothing of an execution, which does not prove that it did not run."""


class NotRedrivable(AwsRequestFailed):
    """The execution runs, has succeeded, or has ended too long ago, so it cannot be redriven."""


class StillRunning(AwsRequestFailed):
    """The execution runs, so it is not restarted: two would do the same."""


class HistoryUnavailable(AwsRequestFailed):
    """The execution's history cannot be read: no AWS credentials, or no permission."""


# The live API


class LiveUnavailable(StepgateError):
    """The stack has no live API, or one whose authorization this client does not know, or the
    package `websockets` of the extra `live` is missing.
    """


# The progress queue


class QueueUnusable(StepgateError):
    """There is no queue at the URL, or the caller is not allowed to read it."""


class QueueUnreachable(StepgateError):
    """The queue does not respond now, or throttles; a later attempt may succeed."""


class InvalidMessage(StepgateError):
    """A text is not a progress message."""
