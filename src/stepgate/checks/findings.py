"""What the rules find, as data, and the lines that people read of it."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from stepgate.code_location import file_and_line
from stepgate.workflow import Workflow, located_name


class Finding(NamedTuple):
    """One thing that is wrong; as text, a line.

    Attributes:
        rule: the rule's id, for example `require-known-fields`.
        message: what is wrong, and what to write instead.
        state: empty if it is not about one state.
        subject: what it is about, for example `workflow 'echo'`; if it is empty, the file.
        file: where to look; empty if it is unknown.
        line: in the file, counted from 1; 0 if it is unknown.
    """

    rule: str
    message: str
    state: str = ""
    subject: str = ""
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """What the line begins with."""
        location = f"{self.file}:{self.line}" if self.line else self.file
        return _listed(self.subject or location, self.state and f"state {self.state!r}")

    def __str__(self) -> str:
        return _line(self.place, self.message)


class Findings(NamedTuple):
    """Errors, which stop a deployment, and warnings, which do not."""

    errors: list[Finding]
    warnings: list[Finding]


def workflow_finding(rule: str, workflow: Workflow, message: str) -> Finding:
    """What is wrong with a workflow, with the place where it is made."""
    return Finding(rule, message, "", located_name(workflow), *file_and_line(workflow.declared_at))


NAMED = 3
"""How many of the places that share a line are named in it."""


def warning_lines(findings: Iterable[Finding]) -> list[str]:
    """One line for each text of a rule: the places with the same are counted, the first named."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.message), []).append(finding)
    return _noted({_shared_line(group): group for group in groups.values()})


def error_lines(findings: Iterable[Finding]) -> list[str]:
    """One line for each, whatever they have in common."""
    return _noted({str(finding): [finding] for finding in findings})


def _shared_line(group: Sequence[Finding]) -> str:
    first, *others = group
    if not others:
        return str(first)
    more = ["…"] if len(group) > NAMED else []
    if len({finding.subject or finding.file for finding in group}) == 1:
        named = ", ".join([*(repr(finding.state) for finding in group[:NAMED]), *more])
        place = _listed(first.subject or first.file, f"{len(group)} states ({named})")
    else:
        named = "; ".join([*(finding.place for finding in group[:NAMED]), *more])
        place = f"{len(group)} places ({named})"
    return _line(place, first.message)


def _listed(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _line(place: str, message: str) -> str:
    """A value or a name from the definition may have line breaks."""
    text = "\\n".join(message.splitlines())
    return f"{place}: {text}" if place else text


_behind_lines: ContextVar[dict[str, list[Finding]] | None] = ContextVar("lines", default=None)


@contextmanager
def findings_behind_lines() -> Generator[Mapping[str, list[Finding]]]:
    """What is behind each line that is made of findings inside.

    Pulumi takes a program's errors and warnings as text only.
    """
    behind: dict[str, list[Finding]] = {}
    token = _behind_lines.set(behind)
    try:
        yield behind
    finally:
        _behind_lines.reset(token)


def _noted(lines: Mapping[str, list[Finding]]) -> list[str]:
    behind = _behind_lines.get()
    if behind is not None:
        behind.update(lines)
    return [*lines]
