"""Why a command ended before its work was done."""

import signal


class CiError(Exception):
    """The command cannot do its work; a line for each thing to know."""


class PulumiFailedError(CiError):
    """A command of Pulumi failed."""


class AwsFailedError(CiError):
    """AWS refused a request of the command itself, or did not answer it."""


class PartlyRolledBackError(CiError):
    """A rollback stopped before it was done; the lines say what is left."""


class DangerousChangeError(CiError):
    """An update would replace or delete a resource that holds data or that callers know, or would
    harm executions that are running.
    """


class LeftBehindError(CiError):
    """An ephemeral stack, or some of its resources, may still exist.

    Attributes:
        tests_failed: whether its smoke tests failed before.
    """

    def __init__(self, lines: str, *, tests_failed: bool = False) -> None:
        super().__init__(lines)
        self.tests_failed = tests_failed


class StoppedError(KeyboardInterrupt):
    """A signal came before the work was done. For pytest it is a Ctrl-C."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"stopped by {number.name}")
        self.signal = number
