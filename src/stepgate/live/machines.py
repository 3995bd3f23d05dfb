"""The state machines that read executions for a live API."""

from collections.abc import Sequence

from stepgate.live.follow import follow_workflow
from stepgate.live.live import Live, followed, gives_tickets, has_tickets
from stepgate.live.tickets import tickets_workflow
from stepgate.workflow import Workflow


def follow_machine(workflows: Sequence[Workflow], live: Live) -> Workflow:
    """What is behind the routes."""
    return follow_workflow(followed(workflows), tickets=has_tickets(live))


def tickets_machine(workflows: Sequence[Workflow], live: Live) -> Workflow | None:
    """What gives tickets; None if an execution is followed without, or none has a route for one."""
    given = [workflow for workflow in workflows if gives_tickets(workflow)]
    return tickets_workflow(given) if has_tickets(live) and given else None
