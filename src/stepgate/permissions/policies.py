"""IAM policies, as data."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stepgate.events.event import EVENTS_MACHINE
from stepgate.live.live import gives_tickets
from stepgate.live.tickets import TICKETS_MACHINE
from stepgate.permissions.arns import build_execution_arn
from stepgate.permissions.grant import Grant, merge_grants
from stepgate.route import WAIT_MACHINE
from stepgate.workflow import Statement, Workflow

Policy = dict[str, Any]


def policy_document(statements: Iterable[Statement]) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def state_machine_trust_policy(account_id: str) -> Policy:
    """Lets Step Functions assume the role, on behalf of this account only.

    https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
    """
    return policy_document(
        [
            {
                **_trust("states.amazonaws.com"),
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
            }
        ]
    )


def api_trust_policy() -> Policy:
    """Lets API Gateway assume the role.

    Without a condition, because AWS documents no `aws:SourceAccount` for an integration's role.
    """
    return policy_document([_trust("apigateway.amazonaws.com")])


def events_trust_policy() -> Policy:
    """Lets EventBridge assume the role.

    Without a condition, because AWS documents `aws:SourceAccount` for the policies of targets, but
    not for a target's role.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
    """
    return policy_document([_trust("events.amazonaws.com")])


def _trust(service: str) -> Statement:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def api_policy(
    state_machine_arns: Mapping[str, str], workflows: Iterable[Workflow], *, tickets: bool = False
) -> Policy:
    """The policy of the API's role: only the actions that the workflows' routes call.

    Args:
        state_machine_arns: by the workflows' names; also that of the events, if one waits for some,
            and of tickets.
        tickets: whether executions have a route for tickets.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    """
    return policy_document(
        merge_grants(
            grant
            for workflow in workflows
            for grant in _route_grants(workflow, state_machine_arns, tickets=tickets)
        )
    )


def _route_grants(workflow: Workflow, arns: Mapping[str, str], *, tickets: bool) -> Iterator[Grant]:
    arn = arns[workflow.name]
    if workflow.mode == "sync":
        yield Grant("states:StartSyncExecution", (arn,))
    else:
        yield Grant("states:StartExecution", (arn,))
        yield Grant("states:DescribeExecution", (build_execution_arn(arn, "*"),))
        yield Grant("states:StopExecution", (build_execution_arn(arn, "*"),))
    if tickets and gives_tickets(workflow):
        yield Grant("states:StartSyncExecution", (arns[TICKETS_MACHINE],))
    if workflow.route.wait:
        yield Grant("states:StartSyncExecution", (arns[WAIT_MACHINE],))
        if workflow.events:
            yield Grant("states:StartSyncExecution", (arns[EVENTS_MACHINE],))


def invoke_policy(
    *, partition: str, region: str, account_id: str, api: str, stage: str, live_api: str | None
) -> Policy:
    """The policy of callers: signed requests to any of the routes, and connections to a live API.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
    """
    apis = f"arn:{partition}:execute-api:{region}:{account_id}"
    routes = f"{apis}:{api}/{stage}/*"
    allowed = [routes, f"{apis}:{live_api}/{stage}/$connect"] if live_api else routes
    return policy_document(
        [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": allowed}]
    )


def policy_text(policy: Policy) -> str:
    """The policy without white space, as IAM counts its size."""
    return json.dumps(policy, separators=(",", ":"))
