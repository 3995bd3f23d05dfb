"""The last message of each execution of a Standard state machine, however it ends.

One that is stopped or times out sends nothing any more, but EventBridge tells of it. A rule could
send to the queue itself, but all its messages into one group; so it starts a small state machine,
which sends each into the group of its execution.
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from stepgate.components.context import Context
from stepgate.components.state_machine import StateMachine
from stepgate.permissions.policies import events_trust_policy, policy_document, policy_text
from stepgate.workflow import Workflow

EVENT = "<aws.events.event.json>"
ENDS = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


@dataclass(frozen=True)
class Completion:
    """What sends the last message of each execution of some workflows.

    Attributes:
        state_machine: sends the message.
        role: what EventBridge starts it in.
    """

    state_machine: StateMachine
    role: aws.iam.Role


def create_completion(
    context: Context,
    parent: pulumi.Resource,
    workflows: Sequence[Workflow],
    state_machines: Mapping[str, StateMachine],
    completion: StateMachine,
) -> Completion:
    """
    Args:
        workflows: those whose executions are followed.
        state_machines: theirs, by their names.
        completion: sends the message.
    """
    name = f"{context.prefix}-completion"
    own = pulumi.ResourceOptions(parent=parent)
    role_args, options = context.transformed(
        "role",
        {
            "description": "What EventBridge may do when an execution has ended",
            "assume_role_policy": json.dumps(events_trust_policy()),
            "tags": context.tags,
        },
        own,
    )
    role = aws.iam.Role(f"{name}-events", **role_args, opts=options)
    policy_args, options = context.transformed(
        "role_policy",
        {
            "role": role.name,
            "policy": completion.arn.apply(
                lambda arn: policy_text(
                    policy_document(
                        [{"Effect": "Allow", "Action": "states:StartExecution", "Resource": arn}]
                    )
                )
            ),
        },
        own,
    )
    role_policy = aws.iam.RolePolicy(f"{name}-events-policy", **policy_args, opts=options)
    for workflow in workflows:
        # A rule for each: with many in one, its pattern would be longer than EventBridge takes.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
        rule = aws.cloudwatch.EventRule(
            f"{context.prefix}-{workflow.name}-done",
            description=f"Executions of workflow {workflow.name} that have ended",
            event_pattern=pulumi.Output.json_dumps(
                {
                    "source": ["aws.states"],
                    "detail-type": ["Step Functions Execution Status Change"],
                    "detail": {
                        "stateMachineArn": [state_machines[workflow.name].arn],
                        "status": ENDS,
                    },
                }
            ),
            tags={**context.tags, "Workflow": workflow.name},
            opts=own,
        )
        aws.cloudwatch.EventTarget(
            f"{context.prefix}-{workflow.name}-done-target",
            rule=rule.name,
            target_id="completion",
            arn=completion.arn,
            role_arn=role.arn,
            # Predefined, and put in as JSON.
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
            input_transformer={
                "input_template": f'{{"workflow": "{workflow.name}", "event": {EVENT}}}'
            },
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[role_policy]),
        )
    return Completion(completion, role)
