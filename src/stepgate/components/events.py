"""The table of the events that executions wait for, and the state machine that continues them."""

from collections.abc import Callable, Sequence

import pulumi
import pulumi_aws as aws

from stepgate.compiled import CompiledWorkflow
from stepgate.components.context import Context
from stepgate.components.state_machine import StateMachine, StateMachineArgs
from stepgate.events.event import EVENTS_MACHINE
from stepgate.events.machine import events_workflow
from stepgate.workflow import Workflow


def create_events_table(context: Context, parent: pulumi.Resource) -> aws.dynamodb.Table:
    """A table with an item for each event that an execution waits for, which has its task token, or
    that it has received. Items expire by themselves.
    """
    args, opts = context.transformed(
        "table",
        {
            "hash_key": "execution",
            "range_key": "event",
            "attributes": [{"name": "execution", "type": "S"}, {"name": "event", "type": "S"}],
            "billing_mode": "PAY_PER_REQUEST",
            # With a key of AWS's in the account, whose use CloudTrail shows.
            "server_side_encryption": {"enabled": True},
            "ttl": {"attribute_name": "expires", "enabled": True},
            "tags": context.tags,
        },
        pulumi.ResourceOptions(parent=parent),
    )
    return aws.dynamodb.Table(f"{context.prefix}-events", **args, opts=opts)


def create_events_machine(
    context: Context,
    parent: pulumi.Resource,
    waiting: Sequence[Workflow],
    compiled: Callable[[Workflow], pulumi.Output[CompiledWorkflow]],
) -> StateMachine:
    """The state machine that alone reads the table, and alone may send task tokens.

    Args:
        waiting: the workflows that wait for events; their state machines exist.
        compiled: a workflow with the deployment's values.
    """
    workflow = events_workflow([each.name for each in waiting])
    return StateMachine(
        f"{context.prefix}-{EVENTS_MACHINE}",
        StateMachineArgs(workflow, compiled(workflow), context),
        pulumi.ResourceOptions(parent=parent),
    )
