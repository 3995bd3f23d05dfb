"""How a command ends: its exit code, and the errors that lead to it."""

import signal
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command exits with. From 1 to 5 the codes are pytest's, above 128 a signal's."""

    DONE = 0
    USAGE = 2
    PULUMI_FAILED = 10
    DANGEROUS = 11
    LEFT_BEHIND = 12


class CiError(Exception):
    """A command that ends before its work is done, a line for each thing to know."""

    code: int = ExitCode.USAGE


class PulumiFailedError(CiError):
    """A command of Pulumi failed."""

    code = ExitCode.PULUMI_FAILED


class DangerousChangeError(CiError):
    """An update would replace or delete what holds data, or what callers know."""

    code = ExitCode.DANGEROUS


class LeftBehindError(CiError):
    """A throw-away stack, or something of it, may still be there.

    Args:
        tests: the exit code of tests that ran before; it counts if they failed.
    """

    def __init__(self, lines: str, tests: int = 0) -> None:
        super().__init__(lines)
        self.code = tests or ExitCode.LEFT_BEHIND


class StoppedError(KeyboardInterrupt):
    """A signal came before the work was done. For pytest it is a Ctrl-C."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"stopped by {number.name}")
        self.signal = number
