"""What the rules find, as data, and the lines that people read of it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stepgate.code_location import file_and_line
from stepgate.workflow import Workflow, located_name

REQUIRE_DEFINITION = "require-definition"
"""The rule that a workflow or a file has a definition that can be checked."""


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


def shared_lines(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The findings by their lines: those of a rule with the same text share one.

    The line has the number of their places, and names the first.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.message), []).append(finding)
    return {_shared_line(group): group for group in groups.values()}


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
