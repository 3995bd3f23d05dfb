"""The exit codes of the command."""

from enum import IntEnum
from typing import Self

from stepgate.client import errors


class ExitCode(IntEnum):
    """An exit code and its meaning. Codes above 128 are those of a signal."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "success; a called or watched workflow has succeeded"
    FAILED = (
        1,
        "a workflow, a smoke test or a local deployment failed, a check found an error, or an "
        "execution could not be run again",
    )
    USAGE = 2, "wrong arguments, or they name no usable stack or definition"
    INPUT_REJECTED = 3, "the input was rejected, or the key or the event was used before"
    NOT_FOUND = 4, "no such workflow, execution or event"
    ACCESS_DENIED = 5, "access denied, or no credentials"
    NO_RESPONSE = 6, "no response, an unexpected one, or AWS refused a request of `stepgate ci`"
    PULUMI_FAILED = 10, "Pulumi failed"
    DANGEROUS = 11, "`up` or `rollback` refused a dangerous change; nothing was changed"
    LEFT_BEHIND = 12, "an ephemeral stack, or some of its resources, may still exist"
    PARTLY_ROLLED_BACK = 13, "AWS stopped a rollback before it was done"
    INTERNAL_ERROR = 70, "the output cannot be written, or the command has a defect"
    INTERRUPTED = 130, "Ctrl-C"
    BROKEN_PIPE = 141, "the reader of the output has closed it"


CODES: dict[type[errors.StepgateError], ExitCode] = {
    errors.WorkflowFailed: ExitCode.FAILED,
    errors.NotRedrivable: ExitCode.FAILED,
    errors.StillRunning: ExitCode.FAILED,
    errors.OutputsUnusable: ExitCode.USAGE,
    errors.PulumiFailed: ExitCode.USAGE,
    errors.QueueUnusable: ExitCode.USAGE,
    errors.LiveUnavailable: ExitCode.USAGE,
    errors.WrongMode: ExitCode.USAGE,
    errors.InvalidName: ExitCode.USAGE,
    errors.InvalidInput: ExitCode.INPUT_REJECTED,
    errors.InputRejected: ExitCode.INPUT_REJECTED,
    errors.IdempotencyKeyUsed: ExitCode.INPUT_REJECTED,
    errors.AlreadyAnswered: ExitCode.INPUT_REJECTED,
    errors.NoLongerWaiting: ExitCode.INPUT_REJECTED,
    errors.UnknownEvent: ExitCode.NOT_FOUND,
    errors.WorkflowNotFound: ExitCode.NOT_FOUND,
    errors.ExecutionNotFound: ExitCode.NOT_FOUND,
    errors.NotRecorded: ExitCode.NOT_FOUND,
    errors.CredentialsUnusable: ExitCode.ACCESS_DENIED,
    errors.AccessDenied: ExitCode.ACCESS_DENIED,
    errors.AwsAccessDenied: ExitCode.ACCESS_DENIED,
    errors.HistoryUnavailable: ExitCode.ACCESS_DENIED,
}
"""All other errors are `NO_RESPONSE`."""


def exit_code(error: errors.StepgateError) -> ExitCode:
    return next(
        (CODES[kind] for kind in type(error).__mro__ if kind in CODES), ExitCode.NO_RESPONSE
    )
