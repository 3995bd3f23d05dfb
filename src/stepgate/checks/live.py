"""Rules for workflows whose executions can be followed live."""

from collections.abc import Iterator, Sequence

from stepgate.checks.findings import Finding, workflow_finding
from stepgate.live.follow import FOLLOW_MACHINE
from stepgate.live.live import Live, followed, has_tickets
from stepgate.live.message import MESSAGE_MACHINE
from stepgate.live.push import PUSH_MACHINE
from stepgate.live.tickets import TICKETS_MACHINE
from stepgate.workflow import Workflow

MACHINES = (FOLLOW_MACHINE, MESSAGE_MACHINE, PUSH_MACHINE, TICKETS_MACHINE)


def lint_live(workflows: Sequence[Workflow], live: Live) -> Iterator[Finding]:
    """What keeps executions of the workflows from being followed."""
    rule = "require-followed-workflows"
    if not followed(workflows):
        yield Finding(
            rule,
            "live is set, but no workflow reports its progress; give one of them "
            'progress="states", or leave live out',
        )
    for workflow in workflows:
        if workflow.name in MACHINES:
            yield workflow_finding(
                rule,
                workflow,
                "the name is that of a part of the live API; use another than "
                f"{', '.join(MACHINES)}",
            )
        is_private = workflow.route.private and workflow.progress != "off"
        if is_private and not has_tickets(live):
            yield workflow_finding(
                rule,
                workflow,
                "its route is private, but any caller that may connect to the live API could "
                "follow its executions; use Live(authorization=Tickets())",
            )
