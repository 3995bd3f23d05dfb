"""The workflows that the stack puts behind routes."""

from workflows.instance import EXPRESS_INSTANCE, STANDARD_INSTANCE
from workflows.workflow import Workflow

WORKFLOWS: tuple[Workflow, ...] = (
    EXPRESS_INSTANCE,
    STANDARD_INSTANCE,
)
