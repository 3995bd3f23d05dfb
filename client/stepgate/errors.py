"""What can go wrong, each a class of its own.

Every error is one line: what was asked for, what came of it, and what to do. None shows a key or a
signature.
"""

_LONGEST = 300


def one_line(text: str) -> str:
    """What somebody else has written, as part of an error: one line, and not a long one."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


class StepgateError(Exception):
    """Anything that this package raises on purpose."""


# Before anything is sent


class OutputsUnusable(StepgateError):
    """A stack's outputs are missing, are no stack's, or are not as this client knows them."""


class SecretHidden(OutputsUnusable):
    """The outputs show `[secret]` in place of the API key: they need `--show-secrets`."""


class PulumiFailed(StepgateError):
    """The Pulumi CLI is missing, or did not give the outputs; its own last line says why."""


class CredentialsUnusable(StepgateError):
    """There are no AWS credentials to sign with, or they cannot be renewed."""


class WorkflowUnknown(StepgateError):
    """The stack has no such workflow."""


class WrongMode(StepgateError):
    """An asynchronous workflow was called, or a synchronous one started."""


class NameInvalid(StepgateError):
    """An execution's name or an idempotency key has not 1 to 80 of `A-Z a-z 0-9 _ -`."""


class InputInvalid(StepgateError):
    """The input is not JSON, or breaks the workflow's schema. Nothing was sent.

    Attributes:
        field: the path to what is wrong, such as `order.items[2].price`; empty for the whole input.
        reason: what is wrong with it.
    """

    def __init__(self, workflow: str, field: str, reason: str) -> None:
        super().__init__(f"{workflow}: {field or 'the input'} {reason}")
        self.field = field
        self.reason = reason


# Answers


class RequestFailed(StepgateError):
    """A route has answered with an error, or with something that no route answers.

    Attributes:
        status: the HTTP status.
        error: the error's name, as the workflow, Step Functions or API Gateway has it, if any.
        detail: what the answer says of it.
        execution: the name of the execution that it is about, if any.
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

    `status` is what the synchronous route has answered. For an execution of an asynchronous
    workflow it is 504 if it timed out, otherwise 502; stopped ones count as failed.
    """


class InputRefused(RequestFailed):
    """400, 413, 415: the route does not take the input. Nothing was started."""


class AccessRefused(RequestFailed):
    """401, 403: the caller may not call the route, or there is no such route."""


class NotFound(RequestFailed):
    """404: there is no such execution of this workflow."""


class IdempotencyKeyUsed(RequestFailed):
    """409: the key that the caller gave belongs to an execution with another input, or one that
    has ended. `execution` is its name.
    """


class Throttled(RequestFailed):
    """429, for as long as the client has patience. Nothing was started."""


class RouteFailed(RequestFailed):
    """5xx, for as long as the client has patience, to a request that starts nothing."""


class UnexpectedAnswer(RequestFailed):
    """What no route of Stepgate answers: a redirect, which is never followed, or a proxy's page."""


# No answer


class NoAnswer(StepgateError):
    """No answer came, for as long as the client has patience.

    After `call` and `start` it means that nothing was started, for otherwise they raise
    `OutcomeUnknown`; a `stop` may have come through.

    Attributes:
        may_have_arrived: False if the connection was never made, as always after `call` and
            `start`.
    """

    def __init__(self, line: str, *, may_have_arrived: bool) -> None:
        super().__init__(line)
        self.may_have_arrived = may_have_arrived


class OutcomeUnknown(StepgateError):
    """It is not known whether the workflow ran, or runs: an answer was lost, or was a 5xx.

    Attributes:
        execution: the name that the execution of an asynchronous workflow has, if it was started;
            None for a synchronous one.
    """

    def __init__(self, line: str, *, execution: str | None) -> None:
        super().__init__(line)
        self.execution = execution


class WaitTimedOut(StepgateError):
    """The execution has not ended in the time that the caller waits. It goes on."""


class HistoryUnavailable(StepgateError):
    """The execution's history cannot be read: no AWS credentials, or no permission."""


class InstanceUnreadable(StepgateError):
    """The EC2 instance's state cannot be read: none there, no AWS credentials, or no permission."""


# The progress queue


class QueueUnusable(StepgateError):
    """The queue's URL is none, the queue does not exist, or the caller may not read it."""


class QueueUnreachable(StepgateError):
    """The queue does not answer now, or throttles; it may later."""


class MessageMalformed(StepgateError):
    """A text is no progress message."""
