"""What a component reports: to Pulumi as text, and to the local engine's preview as data."""

from collections.abc import Iterable
from contextvars import ContextVar

import pulumi

from stepgate.checks.findings import Finding, shared_lines

PREVIEW: ContextVar[dict[str, list[Finding]] | None] = ContextVar("PREVIEW", default=None)
"""While the local engine previews a program, the findings behind each line that is reported.

Pulumi takes errors and warnings as text only, so they cannot carry the findings themselves. It is
None in any other run: what only the emulator lacks is not reported there.
"""


def refuse(errors: Iterable[Finding]) -> None:
    """
    Raises:
        pulumi.RunError: there is an error; one line for each.
    """
    lines = {str(error): [error] for error in errors}
    if lines:
        _note(lines)
        raise pulumi.RunError("\n".join(lines))


def log_errors(errors: Iterable[Finding]) -> None:
    """Logs the errors, so that they stop a deployment, but not the program before it is checked."""
    for error in errors:
        _note({str(error): [error]})
        pulumi.log.error(str(error))


def warn(warnings: Iterable[Finding]) -> None:
    """Logs the warnings; those with the same text are one line."""
    lines = shared_lines(warnings)
    _note(lines)
    for line in lines:
        pulumi.log.warn(line)


def _note(lines: dict[str, list[Finding]]) -> None:
    noted = PREVIEW.get()
    if noted is not None:
        noted.update(lines)
