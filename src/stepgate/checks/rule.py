"""What a rule gets, and what it reports."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from stepgate.asl.states import Machine, State, iter_machines
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.derived_permissions import DerivedPermissions, derive_permissions
from stepgate.workflow import Definition, Mode, Statement, Workflow

ANYWHERE = ArnContext("aws", "us-east-1", "000000000000", "MACHINE")
"""For a definition of which nobody says where it runs."""


class Violation(NamedTuple):
    """What is wrong, and what to write instead; `state` is empty if it is not about one state."""

    state: str
    text: str

    def line(self, name: str) -> str:
        """One line that starts with the definition's name, for example `workflow 'echo'`."""
        state = f", state {self.state!r}" if self.state else ""
        return f"{name}{state}: {_one_line(self.text)}"


NAMED = 3
"""How many of the states that share a line are named in it."""


def shared_lines(violations: Iterable[Violation], name: str) -> list[str]:
    """One line for each text: states with the same text are counted, and the first ones named."""
    states: dict[str, list[str]] = {}
    for violation in violations:
        states.setdefault(violation.text, []).append(violation.state)
    return [_shared_line(text, named, name) for text, named in states.items()]


def _shared_line(text: str, states: Sequence[str], name: str) -> str:
    if len(states) == 1:
        return Violation(states[0], text).line(name)
    named = ", ".join(map(repr, states[:NAMED])) + (", …" if len(states) > NAMED else "")
    return f"{name}, {len(states)} states ({named}): {_one_line(text)}"


def _one_line(text: str) -> str:
    """A value or a name from the definition may have line breaks."""
    return "\\n".join(text.splitlines())


@dataclass(frozen=True)
class RuleContext:
    """A definition, and what else decides whether it can work.

    Attributes:
        definition: the state machine.
        mode: see `stepgate.workflow.Workflow`.
        resources: the ARNs that it may act on where only its input names one.
        statements: the IAM statements that its workflow adds.
        arn_context: where it runs.
        used: the workflows that its workflow uses, by the ARNs of their state machines.
    """

    definition: Definition
    mode: Mode
    resources: Sequence[str] = ()
    statements: Sequence[Statement] = ()
    arn_context: ArnContext = ANYWHERE
    used: Mapping[str, Workflow] = field(default_factory=dict[str, Workflow])

    @cached_property
    def machines(self) -> tuple[Machine, ...]:
        """The definition itself, and each machine that is nested in it."""
        return tuple(iter_machines(self.definition))

    @cached_property
    def states(self) -> tuple[State, ...]:
        """All states of the definition."""
        return tuple(state for machine in self.machines for state in machine.states.values())

    @cached_property
    def permissions(self) -> DerivedPermissions:
        """What its role may do."""
        return derive_permissions(
            self.definition, self.arn_context, self.resources, self.statements
        )


Rule = Callable[[RuleContext], Iterator[Violation]]
"""Yields what breaks it in a definition."""
