"""How the command ends."""

from enum import IntEnum
from typing import Self

from stepgate import errors


class ExitCode(IntEnum):
    """What the command exits with, and what that means. Above 128 the codes are a signal's."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done; what was called or watched has succeeded"
    WORKFLOW_FAILED = 1, "the workflow failed, timed out or was stopped"
    USAGE = 2, "wrong arguments, or no stack where they say"
    REFUSED = 3, "the input is refused, or the key was used before"
    NOT_FOUND = 4, "no such workflow or execution"
    NOT_ALLOWED = 5, "not allowed, or no credentials"
    NO_ANSWER = 6, "no answer, or not one that was to be expected"
    BROKEN = 70, "what is printed cannot be written, or the command has a defect"
    INTERRUPTED = 130, "Ctrl-C"
    PIPE_CLOSED = 141, "whoever read the output has gone"


CODES: dict[type[errors.StepgateError], ExitCode] = {
    errors.WorkflowFailed: ExitCode.WORKFLOW_FAILED,
    errors.OutputsUnusable: ExitCode.USAGE,
    errors.PulumiFailed: ExitCode.USAGE,
    errors.QueueUnusable: ExitCode.USAGE,
    errors.WrongMode: ExitCode.USAGE,
    errors.NameInvalid: ExitCode.USAGE,
    errors.InputInvalid: ExitCode.REFUSED,
    errors.InputRefused: ExitCode.REFUSED,
    errors.IdempotencyKeyUsed: ExitCode.REFUSED,
    errors.WorkflowUnknown: ExitCode.NOT_FOUND,
    errors.NotFound: ExitCode.NOT_FOUND,
    errors.CredentialsUnusable: ExitCode.NOT_ALLOWED,
    errors.AccessRefused: ExitCode.NOT_ALLOWED,
}
"""Errors that are not in it are `NO_ANSWER`."""


def exit_code(error: errors.StepgateError) -> ExitCode:
    return next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), ExitCode.NO_ANSWER)
