"""A workflow's state machine, with the role that it runs in and the log group that it writes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from stepgate.compiled import CompiledWorkflow
from stepgate.components.context import Context
from stepgate.events.event import EVENTS_MACHINE
from stepgate.live.follow import FOLLOW_MACHINE
from stepgate.live.tickets import TICKETS_MACHINE
from stepgate.permissions.arns import ALIAS
from stepgate.permissions.logs import LOG_GROUP_PREFIX
from stepgate.permissions.policies import policy_text, state_machine_trust_policy
from stepgate.workflow import Workflow

MACHINE_TYPE = {"sync": "EXPRESS", "async": "STANDARD"}
# Express executions leave no history behind but their logs; Standard ones keep it for 90 days.
# https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
TASK_TOKENS = "the task tokens of events"
SECRETS = {
    EVENTS_MACHINE: TASK_TOKENS,
    FOLLOW_MACHINE: "the tickets of those who follow",
    TICKETS_MACHINE: "tickets",
}
"""What the data of the parts of a stack contains, by their names."""
LOG_LEVEL = {"sync": "ALL", "async": "ERROR"}


@dataclass(frozen=True)
class StateMachineArgs:
    """`compiled` is the workflow with a deployment's values; each deployment of a machine that
    `has_versions` publishes one, through which routes start executions.
    """

    workflow: Workflow
    compiled: pulumi.Output[CompiledWorkflow]
    context: Context
    has_versions: bool = False


class StateMachine(pulumi.ComponentResource):
    """The state machine of one workflow: Express if it is synchronous, else Standard.

    Attributes:
        arn: the state machine's ARN.
        state_machine, role, role_policy, log_group: the resources that it is made of.
        alias: what points at the version that routes start, if it has versions.
    """

    arn: pulumi.Output[str]
    alias: aws.sfn.Alias | None

    def __init__(
        self, name: str, args: StateMachineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("stepgate:index:StateMachine", name, None, opts)
        workflow, context = args.workflow, args.context
        tags = {**context.tags, "Workflow": workflow.name}
        own = pulumi.ResourceOptions(parent=self)
        log_group, options = context.transformed(
            "log_group",
            {
                "name": f"{LOG_GROUP_PREFIX}{name}",
                "retention_in_days": context.log_retention_days,
                "tags": tags,
            },
            own,
        )
        self.log_group = aws.cloudwatch.LogGroup(f"{name}-logs", **log_group, opts=options)
        role, options = context.transformed(
            "role",
            {
                "description": f"What the state machine of workflow {workflow.name} may do",
                "assume_role_policy": context.account_id.apply(
                    lambda account_id: json.dumps(state_machine_trust_policy(account_id))
                ),
                # A deployment may leave policies there that the stack does not know.
                **({"force_detach_policies": True} if args.has_versions else {}),
                "tags": tags,
            },
            own,
        )
        self.role = aws.iam.Role(f"{name}-role", **role, opts=options)
        role_policy, options = context.transformed(
            "role_policy",
            {
                "role": self.role.name,
                "policy": args.compiled.apply(lambda compiled: policy_text(compiled.policy)),
            },
            own,
        )
        self.role_policy = aws.iam.RolePolicy(f"{name}-policy", **role_policy, opts=options)
        state_machine, options = context.transformed(
            "state_machine",
            {
                "type": MACHINE_TYPE[workflow.mode],
                "role_arn": self.role.arn,
                "definition": args.compiled.apply(lambda compiled: json.dumps(compiled.deployed)),
                "logging_configuration": {
                    "level": LOG_LEVEL[workflow.mode],
                    "include_execution_data": False,
                    # A log destination ends in `:*`.
                    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_CloudWatchLogsLogGroup.html
                    "log_destination": pulumi.Output.concat(self.log_group.arn, ":*"),
                },
                # Left out, it stays as it was.
                # https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
                "tracing_configuration": {"enabled": context.tracing},
                "tags": tags,
                **({"publish": True} if args.has_versions else {}),
            },
            # Step Functions tries the role on the log group when it creates the machine.
            pulumi.ResourceOptions(parent=self, depends_on=[self.role_policy]),
        )
        secret = TASK_TOKENS if workflow.events else SECRETS.get(workflow.name)
        if secret:
            _refuse_logged_data(state_machine, workflow, secret)
        self.state_machine = aws.sfn.StateMachine(name, **state_machine, opts=options)
        self.arn = self.state_machine.arn
        self.alias = self._create_alias(f"{name}-{workflow.mode}") if args.has_versions else None
        self.register_outputs({"arn": self.arn})

    def _create_alias(self, name: str) -> aws.sfn.Alias:
        """
        Args:
            name: has the mode, as a change of the mode replaces the state machine, and an alias
                cannot move to a version of another one.
        """
        version = aws.sfn.AliasRoutingConfigurationArgs(
            state_machine_version_arn=self.state_machine.state_machine_version_arn, weight=100
        )
        return aws.sfn.Alias(
            name,
            name=ALIAS,
            description="What routes start",
            routing_configurations=[version],
            # `stepgate ci rollback` writes there which versions it has taken back.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["description"]),
        )


def _refuse_logged_data(args: Mapping[str, Any], workflow: Workflow, secret: str) -> None:
    """What a program changes in a state machine must not write a secret into its log.

    Raises:
        pulumi.RunError: its log would have the data of executions.
    """
    logging: object = args.get("logging_configuration")
    name = "include_execution_data"
    has_data = (
        cast("Mapping[str, Any]", logging).get(name, False)
        if isinstance(logging, Mapping)
        else getattr(logging, name, False)
    )
    if has_data:
        raise pulumi.RunError(
            f"transform of 'state_machine': it sets {name} for {workflow.name!r}, whose log would "
            f"have {secret}; leave it False there"
        )
