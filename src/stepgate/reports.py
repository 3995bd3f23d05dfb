"""What a component reports: to Pulumi as text, and to the local engine's preview as data."""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field

import pulumi

from stepgate.checks.findings import Finding, shared_lines


@dataclass
class Preview:
    """What components report while the local engine previews a program.

    Attributes:
        findings: those behind each line. Pulumi takes errors and warnings as text only, so they
            cannot carry the findings themselves.
        has_refused: whether the program went on without the resources of a component.
    """

    findings: dict[str, list[Finding]] = field(default_factory=dict[str, list[Finding]])
    has_refused: bool = False


PREVIEW: ContextVar[Preview | None] = ContextVar("PREVIEW", default=None)
"""It is None in any other run: what only the emulator lacks is not reported there."""


def report_errors(errors: Iterable[Finding]) -> bool:
    """Logs the errors in a preview, where the program goes on to the next component.

    Returns:
        whether there is one.

    Raises:
        pulumi.RunError: there is an error, in any other run; one line for each.
    """
    errors = [*errors]
    preview = PREVIEW.get()
    if not errors or preview is None:
        refuse(errors)
        return False
    log_errors(errors)
    preview.has_refused = True
    return True


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
    preview = PREVIEW.get()
    if preview is not None:
        preview.findings.update(lines)
