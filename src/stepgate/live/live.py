"""What a user writes: whether executions can be followed live, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from stepgate.authorization import Iam, LambdaAuthorizer, Public
from stepgate.workflow import Workflow


@dataclass(frozen=True)
class Tickets:
    """Connections of anyone, which follow an execution with a ticket for it.

    `POST {path}/{execution}/tickets` gives one to a caller who may see the execution. It is good
    once, for 60 s.
    """

    kind: ClassVar[Literal["tickets"]] = "tickets"


LiveAuthorization: TypeAlias = Tickets | Iam | LambdaAuthorizer | Public


@dataclass(frozen=True)
class Live:
    """A WebSocket API that follows executions.

    Attributes:
        authorization: who may connect, and follow: with `Tickets()` an execution at a time; with
            `Iam()`, `LambdaAuthorizer(…)` and `Public()` a connection may follow any. Default:
            `Tickets()`.
    """

    authorization: LiveAuthorization = Tickets()


def as_live(value: bool | Live) -> Live | None:
    """What `WorkflowApi(live=…)` stands for."""
    return value if isinstance(value, Live) else Live() if value else None


def has_tickets(live: Live | None) -> bool:
    """Whether an execution is followed with a ticket for it."""
    return live is not None and isinstance(live.authorization, Tickets)


def followed(workflows: Sequence[Workflow]) -> list[Workflow]:
    """The workflows whose executions can be followed: those that report their progress."""
    return [workflow for workflow in workflows if workflow.progress != "off"]


def gives_tickets(workflow: Workflow) -> bool:
    """Whether a workflow's executions have a route for tickets.

    A synchronous one has no route for its executions.
    """
    return workflow.mode == "async" and workflow.progress != "off"
