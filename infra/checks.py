"""What is checked of workflows before the program registers anything."""

from collections.abc import Sequence

import pulumi

from infra.limits import limit_breaches
from infra.openapi import Front
from workflows.rules import findings
from workflows.workflow import Values, Workflow


def check_workflows(workflows: Sequence[Workflow], front: Front, known: Values) -> None:
    """Tells advice as warnings.

    Args:
        known: what is known before a deployment, and placeholders for the rest.

    Raises:
        pulumi.RunError: one line for each breach of a rule or a limit.
    """
    found = findings(workflows, front.title, known)
    if wrong := found.breaches or limit_breaches(workflows, front, known):
        raise pulumi.RunError("\n".join(wrong))
    for line in found.advice:
        pulumi.log.warn(line)
