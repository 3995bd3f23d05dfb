"""IAM policies, as data."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from infra.arns import execution_arn
from workflows.workflow import Statement, Workflow

Policy = dict[str, Any]

# Vended logs are switched on through CloudWatch's log delivery, which knows no resources.
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
LOG_DELIVERY: Statement = {
    "Effect": "Allow",
    "Action": [
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
    ],
    "Resource": "*",
}


def policy(statements: Iterable[Statement]) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def state_machine_trust(account_id: str) -> Policy:
    """Step Functions may take the role, on behalf of this account only.

    https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
    """
    return policy(
        [
            {
                **_trust("states.amazonaws.com"),
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
            }
        ]
    )


def api_trust() -> Policy:
    """API Gateway may take the role.

    Without a condition: AWS documents no `aws:SourceAccount` for an integration's role.
    """
    return policy([_trust("apigateway.amazonaws.com")])


def _trust(service: str) -> Statement:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def api_policy(state_machine_arns: Mapping[str, str], workflows: Sequence[Workflow]) -> Policy:
    """What the routes call: each action on the machines and executions that a route has it for.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    """
    sync = [state_machine_arns[w.name] for w in workflows if w.mode == "sync"]
    async_ = [state_machine_arns[w.name] for w in workflows if w.mode == "async"]
    executions = [execution_arn(arn, "*") for arn in async_]
    allowed = {
        "states:StartSyncExecution": sync,
        "states:StartExecution": async_,
        "states:DescribeExecution": executions,
        "states:StopExecution": executions,
    }
    return policy(
        {"Effect": "Allow", "Action": action, "Resource": resources}
        for action, resources in allowed.items()
        if resources
    )
