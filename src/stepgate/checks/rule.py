"""What a rule gets, and what it reports."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from stepgate.asl.states import Machine, State, iter_machines
from stepgate.events.event import Event
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.derived_permissions import DerivedPermissions, derive_permissions
from stepgate.permissions.templates import derive_template_permissions
from stepgate.route import INTEGRATION_TIMEOUT
from stepgate.workflow import Definition, Mode, Statement, Workflow

ANYWHERE = ArnContext("aws", "us-east-1", "000000000000", "MACHINE")
"""For a definition whose account and Region are unknown."""


class Violation(NamedTuple):
    """What is wrong, and what to write instead; `state` is empty if it is not about one state."""

    state: str
    text: str


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
        events: the events that its workflow declares; None if it is not known which.
        is_template: whether placeholders in the definition are filled in later.
    """

    definition: Definition
    mode: Mode
    resources: Sequence[str] = ()
    statements: Sequence[Statement] = ()
    arn_context: ArnContext = ANYWHERE
    used: Mapping[str, Workflow] = field(default_factory=dict[str, Workflow])
    events: Mapping[str, Event] | None = None
    is_template: bool = False
    route_seconds: int = INTEGRATION_TIMEOUT

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
        derive = derive_template_permissions if self.is_template else derive_permissions
        return derive(self.definition, self.arn_context, self.resources, self.statements)


Rule = Callable[[RuleContext], Iterator[Violation]]
"""Yields what breaks it in a definition."""


def rule_id(rule: Rule) -> str:
    """The name by which people and code scanners know a rule: `require-known-fields`."""
    return rule.__name__.replace("_", "-")
