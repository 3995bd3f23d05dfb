"""IAM policies, as data."""

from collections.abc import Iterable, Sequence
from typing import Any

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

START_ACTION = {"sync": "StartSyncExecution", "async": "StartExecution"}
"""The action of Step Functions that a route of each mode calls."""


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


def start_policy(machines: Sequence[tuple[Workflow, str]]) -> Policy:
    """What API Gateway may do: start each machine (workflow, ARN) in the way of its route."""
    return policy(
        {
            "Effect": "Allow",
            "Action": f"states:{action}",
            "Resource": [arn for workflow, arn in machines if workflow.mode == mode],
        }
        for mode, action in START_ACTION.items()
        if any(workflow.mode == mode for workflow, _ in machines)
    )
