"""What a rule finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from workflows.language.states import Machine, State, machines
from workflows.permissions.derivation import Derivation, derivation
from workflows.permissions.place import Place
from workflows.workflow import Definition, Mode, Statement


class Breach(NamedTuple):
    """What is wrong, and what to write instead; `state` is empty if it is no single state."""

    state: str
    text: str

    def line(self, subject: str) -> str:
        """One line, with what the definition belongs to in front: `workflow 'echo'`."""
        place = f", state {self.state!r}" if self.state else ""
        return f"{subject}{place}: {self.text}"


@dataclass(frozen=True)
class Subject:
    """A definition, and what else decides whether it can work.

    Attributes:
        definition: the state machine.
        mode: see `workflows.workflow.Workflow`.
        resources: the ARNs that it may act on where only its input names one.
        statements: the IAM statements that its workflow adds.
    """

    definition: Definition
    mode: Mode
    resources: Sequence[str] = ()
    statements: Sequence[Statement] = ()

    @cached_property
    def machines(self) -> tuple[Machine, ...]:
        """The definition itself, and each machine that is nested in it."""
        return tuple(machines(self.definition))

    @cached_property
    def states(self) -> tuple[State, ...]:
        """All states of the definition."""
        return tuple(state for machine in self.machines for state in machine.states.values())

    @cached_property
    def derivation(self) -> Derivation:
        """What its role may do, with placeholders for where it runs."""
        place = Place("aws", "us-east-1", "000000000000", "MACHINE")
        return derivation(self.definition, place, self.resources, self.statements)
