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

from infra.policies import events_trust, policy, policy_text
from infra.state_machine import StateMachine, StateMachineArgs
from workflows.progress.ending import ENDING, is_followed
from workflows.workflow import Values, Workflow

EVENT = "<aws.events.event.json>"
ENDS = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


@dataclass(frozen=True)
class LastMessagesArgs:
    """`state_machine_arns` are the workflows' by their names."""

    workflows: Sequence[Workflow]
    state_machine_arns: Mapping[str, pulumi.Output[str]]
    values: pulumi.Output[Values]
    log_retention_days: int
    tags: Mapping[str, str]


class LastMessages(pulumi.ComponentResource):
    """What follows the executions of asynchronous workflows that tell of their progress."""

    def __init__(
        self, name: str, args: LastMessagesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("stepgate:infra:LastMessages", name, None, opts)
        if followed := [workflow for workflow in args.workflows if is_followed(workflow)]:
            self._follow(name, followed, args)
        self.register_outputs({})

    def _follow(self, name: str, workflows: Sequence[Workflow], args: LastMessagesArgs) -> None:
        ending = StateMachine(
            # Two dashes, which no workflow's name has.
            f"{name}--end",
            StateMachineArgs(ENDING, args.values, args.log_retention_days, args.tags),
            opts=pulumi.ResourceOptions(parent=self),
        )
        role = aws.iam.Role(
            f"{name}--ends-role",
            description="What EventBridge may do when an execution has ended",
            assume_role_policy=json.dumps(events_trust()),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        role_policy = aws.iam.RolePolicy(
            f"{name}--ends-policy",
            role=role.name,
            policy=ending.arn.apply(
                lambda arn: policy_text(
                    policy(
                        [{"Effect": "Allow", "Action": "states:StartExecution", "Resource": arn}]
                    )
                )
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for workflow in workflows:
            # A rule for each: with many in one, its pattern would be longer than EventBridge takes.
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
            rule = aws.cloudwatch.EventRule(
                f"{name}-{workflow.name}-end",
                description=f"Executions of workflow {workflow.name} that have ended",
                event_pattern=pulumi.Output.json_dumps(
                    {
                        "source": ["aws.states"],
                        "detail-type": ["Step Functions Execution Status Change"],
                        "detail": {
                            "stateMachineArn": [args.state_machine_arns[workflow.name]],
                            "status": ENDS,
                        },
                    }
                ),
                tags={**args.tags, "Workflow": workflow.name},
                opts=pulumi.ResourceOptions(parent=self),
            )
            aws.cloudwatch.EventTarget(
                f"{name}-{workflow.name}-end-target",
                rule=rule.name,
                target_id="end",
                arn=ending.arn,
                role_arn=role.arn,
                # Predefined, and put in as JSON.
                # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
                input_transformer={
                    "input_template": f'{{"workflow": "{workflow.name}", "event": {EVENT}}}'
                },
                opts=pulumi.ResourceOptions(parent=self, depends_on=[role_policy]),
            )
