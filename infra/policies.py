"""IAM policies, as data."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.arns import execution_arn
from workflows.permissions.derivation import derivation
from workflows.permissions.grant import Grant, merged_statements
from workflows.permissions.place import Place
from workflows.workflow import Statement, Values, Workflow

Policy = dict[str, Any]


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


def events_trust() -> Policy:
    """EventBridge may take the role.

    Without a condition: AWS documents `aws:SourceAccount` for the policies of targets, and none
    for a target's role.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
    """
    return policy([_trust("events.amazonaws.com")])


def _trust(service: str) -> Statement:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def state_machine_policy(workflow: Workflow, values: Values, name: str) -> Policy:
    """What a workflow's state machine may do.

    Args:
        name: the state machine's name in Pulumi, which puts a dash and seven digits behind it.
    """
    place = Place(values.partition, values.region, values.account_id, f"{name}-???????")
    return policy(
        derivation(
            workflow.definition(values),
            place,
            workflow.resources(values),
            workflow.statements(values),
        ).statements
    )


def api_policy(state_machine_arns: Mapping[str, str], workflows: Iterable[Workflow]) -> Policy:
    """What the workflows' routes call: each action on what a route has it for, and nothing else.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    """
    return policy(
        merged_statements(
            grant
            for workflow in workflows
            for grant in _route_grants(workflow, state_machine_arns[workflow.name])
        )
    )


def _route_grants(workflow: Workflow, arn: str) -> Iterator[Grant]:
    if workflow.mode == "sync":
        yield Grant("states:StartSyncExecution", (arn,))
    else:
        yield Grant("states:StartExecution", (arn,))
        yield Grant("states:DescribeExecution", (execution_arn(arn, "*"),))
        yield Grant("states:StopExecution", (execution_arn(arn, "*"),))


def policy_text(policy: Policy) -> str:
    """The policy as IAM counts its size: without white space."""
    return json.dumps(policy, separators=(",", ":"))
