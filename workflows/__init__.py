"""The workflows that the stack puts behind routes."""

from stepgate import Workflow
from workflows.instance import EXPRESS_INSTANCE, STANDARD_INSTANCE

WORKFLOWS: tuple[Workflow, ...] = (
    EXPRESS_INSTANCE,
    STANDARD_INSTANCE,
)
