"""The quotas of API Gateway, IAM and Step Functions, checked before a deployment.

Values that only a deployment knows count with their maximum length.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from stepgate.checks.findings import Finding
from stepgate.checks.rule import RuleContext
from stepgate.events.event import EVENTS_MACHINE
from stepgate.http.execution_wait import wait_definition, wait_workflow
from stepgate.http.openapi import ApiOptions, IntegrationTargets, openapi_document
from stepgate.live.message import MESSAGE_MACHINE
from stepgate.live.tickets import TICKETS_MACHINE
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.policies import Policy, api_policy, policy_document, policy_text
from stepgate.route import WAIT_MACHINE
from stepgate.workflow import Definition, StateMachineArns, Values, Workflow

# "The maximum size of the API definition file is 6MB."
# https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
DOCUMENT_BYTES = 6_000_000
# "Resources per API". Methods and models have no quota.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
RESOURCES_OF_AN_API = 300
# "The size of each managed policy cannot exceed 6,144 characters", white space not counted.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICY_CHARACTERS = 6_144
# "Managed policies attached to an IAM role", by default.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICIES_OF_A_ROLE = 10
# "The aggregate policy size (the sum size of all inline policies) per role cannot exceed 10,240."
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
INLINE_POLICY_CHARACTERS = 10_240

# "Maximum length of 1048576."
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
DEFINITION_CHARACTERS = 1_048_576

ValuesT = TypeVar("ValuesT", bound=Values)

LONGEST_PARTITION = "aws-us-gov"
LONGEST_REGION = "us-isof-south-1"
SUFFIX = "-0000000"
"""Pulumi appends a dash and seven random digits to a name."""


def api_errors(workflows: Sequence[Workflow], options: ApiOptions) -> Iterator[Finding]:
    """A finding for each quota of one API that its document and its role's policies exceed."""
    document = openapi_document(workflows, options, longest_targets(workflows, options.title))
    for what, count, most in (
        ("bytes of the API's document", len(json.dumps(document)), DOCUMENT_BYTES),
        ("resources of the API", len(_resources(document["paths"])), RESOURCES_OF_AN_API),
        (
            "characters of the policy of what waits",
            _size_of_wait_policy(workflows, options.title),
            INLINE_POLICY_CHARACTERS,
        ),
        (
            "policies of the API's role",
            len(group_by_policy(workflows, options.title, tickets=options.tickets)),
            POLICIES_OF_A_ROLE,
        ),
    ):
        if count > most:
            yield Finding(
                "require-api-within-quotas",
                f"{len(workflows)} workflows: their routes need {count:,} {what}, but AWS allows "
                f"at most {most:,}; give some of them to a second WorkflowApi, for example "
                'WorkflowApi("second", workflows=[…])',
            )


def _size_of_wait_policy(workflows: Sequence[Workflow], prefix: str) -> int:
    """The policy is that of the state machine behind the wait routes."""
    wait = wait_workflow(workflows)
    if wait is None:
        return 0
    values = longest_values(Values(), prefix, wait.uses)
    arn_context = ArnContext(values.partition, values.region, values.account_id, "")
    context = RuleContext(wait_definition(values), "sync", wait.resources(values), (), arn_context)
    return len(policy_text(policy_document(context.permissions.statements)))


def _resources(paths: Iterable[str]) -> set[str]:
    """The resources of an API with these paths: the root, and one for each part of a path."""
    return {
        "/".join(parts[:length])
        for parts in (path.rstrip("/").split("/") for path in paths)
        for length in range(1, len(parts) + 1)
    }


REQUIRE_MACHINE_WITHIN_QUOTAS = "require-machine-within-quotas"
"""The rule of `machine_problems`."""


def machine_problems(role_policy: Policy, definition: Definition) -> Iterator[str]:
    """A text for each part of a state machine that is too large.

    Args:
        role_policy: the policy of its role.
        definition: its definition as deployed.
    """
    if (size := len(policy_text(role_policy))) > INLINE_POLICY_CHARACTERS:
        yield (
            f"its role's policy has {size:,} characters, but IAM accepts at most "
            f"{INLINE_POLICY_CHARACTERS:,}; split the workflow, or use * for the part in which "
            "many ARNs of its resources or statements differ"
        )
    if (size := len(json.dumps(definition))) > DEFINITION_CHARACTERS:
        yield (
            f"its definition has {size:,} characters, including the states that send "
            f"messages, but Step Functions accepts at most {DEFINITION_CHARACTERS:,}; split the "
            "workflow, or report only milestones"
        )


def longest_values(
    values: ValuesT, prefix: str, uses: Sequence[str] = (), *, live: bool = False
) -> ValuesT:
    """The values, with placeholders of the maximum length.

    Args:
        prefix: the start of every resource's name.
        uses: the names of the workflows that theirs uses.
        live: whether executions can be followed live.
    """
    queue = f"{prefix}-progress{SUFFIX}.fifo"
    return replace(
        values,
        partition=LONGEST_PARTITION,
        region=LONGEST_REGION,
        events_table_name=f"{prefix}-events{SUFFIX}",
        live_message_arn=_longest_state_machine_arn(MESSAGE_MACHINE, prefix) if live else "",
        progress_queue_url=f"https://sqs.{LONGEST_REGION}.amazonaws.com/000000000000/{queue}",
        state_machine_arns=StateMachineArns(
            {name: _longest_state_machine_arn(name, prefix) for name in uses}
        ),
    )


def group_by_policy(
    workflows: Sequence[Workflow], prefix: str, *, tickets: bool = False
) -> list[list[Workflow]]:
    """Groups the workflows by the managed policies of the API's role, in their order.

    A group has as many workflows as fit in any deployment, so the number of policies is known
    before anything is created. Adding a workflow at the end does not move any other.

    Args:
        tickets: whether executions have a route for tickets.
    """
    arns = longest_targets(workflows, prefix).state_machine_arns
    groups: list[list[Workflow]] = []
    for workflow in workflows:
        if groups and _fits(api_policy(arns, [*groups[-1], workflow], tickets=tickets)):
            groups[-1].append(workflow)
        else:
            groups.append([workflow])
    return groups


def _fits(policy: Policy) -> bool:
    return len(policy_text(policy)) <= POLICY_CHARACTERS


def longest_targets(workflows: Sequence[Workflow], prefix: str) -> IntegrationTargets:
    """Placeholders of the maximum length. `prefix` starts every name."""
    return IntegrationTargets(
        partition=LONGEST_PARTITION,
        region=LONGEST_REGION,
        role_arn=f"arn:{LONGEST_PARTITION}:iam::000000000000:role/{prefix}-role{SUFFIX}",
        state_machine_arns={
            name: _longest_state_machine_arn(name, prefix)
            for name in (
                *(workflow.name for workflow in workflows),
                *(WAIT_MACHINE, EVENTS_MACHINE, TICKETS_MACHINE),
            )
        },
    )


def _longest_state_machine_arn(workflow: str, prefix: str) -> str:
    states = f"arn:{LONGEST_PARTITION}:states:{LONGEST_REGION}:000000000000"
    return f"{states}:stateMachine:{prefix}-{workflow}{SUFFIX}"
