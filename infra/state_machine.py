"""A workflow's state machine, with the role that it runs in and the log group that it writes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.policies import policy_text, state_machine_policy, state_machine_trust
from workflows.progress.instrumented import reporting
from workflows.workflow import Values, Workflow

MACHINE_TYPE = {"sync": "EXPRESS", "async": "STANDARD"}
# Express executions leave no history behind but their logs; Standard ones keep it for 90 days.
# https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
LOG_LEVEL = {"sync": "ALL", "async": "ERROR"}
# Log groups under this prefix do not fill up CloudWatch's resource policy of 5,120 characters.
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
LOG_GROUP_PREFIX = "/aws/vendedlogs/states/"


@dataclass(frozen=True)
class StateMachineArgs:
    """`values` are what the workflow's definition and statements are made from."""

    workflow: Workflow
    values: pulumi.Output[Values]
    log_retention_days: int
    tags: Mapping[str, str]


class StateMachine(pulumi.ComponentResource):
    """The state machine of one workflow: Express if it is synchronous, else Standard.

    Attributes:
        arn: the state machine's ARN.
    """

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: StateMachineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("stepgate:infra:StateMachine", name, None, opts)
        workflow = reporting(args.workflow)
        tags = {**args.tags, "Workflow": workflow.name}
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self))
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"{LOG_GROUP_PREFIX}{name}",
            retention_in_days=args.log_retention_days,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        role = aws.iam.Role(
            f"{name}-role",
            description=f"What the state machine of workflow {workflow.name} may do",
            assume_role_policy=account.account_id.apply(
                lambda account_id: json.dumps(state_machine_trust(account_id))
            ),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        role_policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=args.values.apply(
                lambda values: policy_text(state_machine_policy(workflow, values, name))
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        machine = aws.sfn.StateMachine(
            name,
            type=MACHINE_TYPE[workflow.mode],
            role_arn=role.arn,
            definition=args.values.apply(lambda values: json.dumps(workflow.definition(values))),
            logging_configuration={
                "level": LOG_LEVEL[workflow.mode],
                "include_execution_data": False,
                # A log destination ends in `:*`.
                # https://docs.aws.amazon.com/step-functions/latest/apireference/API_CloudWatchLogsLogGroup.html
                "log_destination": pulumi.Output.concat(log_group.arn, ":*"),
            },
            tags=tags,
            # Step Functions tries the role on the log group when it creates the machine.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role_policy]),
        )
        self.arn = machine.arn
        self.register_outputs({"arn": self.arn})
