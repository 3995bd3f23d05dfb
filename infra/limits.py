"""What API Gateway and IAM take, counted before it is tried.

The count is made with the longest of all that only a deployment knows.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from infra.openapi import Backend, Front, openapi_document
from infra.policies import Policy, api_policy, policy_text, state_machine_policy
from workflows.progress.instrumented import reporting
from workflows.workflow import Values, Workflow

# "The maximum size of the API definition file is 6MB."
# https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
DOCUMENT_BYTES = 6_000_000
# "The size of each managed policy cannot exceed 6,144 characters", white space not counted.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICY_CHARACTERS = 6_144
# "The aggregate policy size (the sum size of all inline policies) per role cannot exceed 10,240."
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
INLINE_POLICY_CHARACTERS = 10_240

# "Maximum length of 1048576."
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
DEFINITION_CHARACTERS = 1_048_576

LONGEST_PARTITION = "aws-us-gov"
LONGEST_REGION = "us-isof-south-1"
SUFFIX = "-0000000"
"""What Pulumi appends to a name: a dash and seven random digits."""


def limit_breaches(workflows: Sequence[Workflow], front: Front, known: Values) -> list[str]:
    """What is too large, one line each: the API's document, a state machine's role and definition.

    Args:
        known: what is known before a deployment, and placeholders for the rest.
    """
    return [
        *_document_breaches(workflows, front),
        *(
            line
            for workflow in workflows
            for line in _machine_breaches(workflow, front.title, known)
        ),
    ]


def _document_breaches(workflows: Sequence[Workflow], front: Front) -> Iterator[str]:
    backend = longest_backend(workflows, front.title)
    size = len(json.dumps(openapi_document(workflows, front, backend)))
    if size > DOCUMENT_BYTES:
        yield (
            f"{len(workflows)} workflows: the API's document has {size:,} bytes, and API Gateway "
            f"imports at most {DOCUMENT_BYTES:,}; deploy some of them as another stack"
        )


def _machine_breaches(workflow: Workflow, prefix: str, known: Values) -> Iterator[str]:
    queue = f"{prefix}-progress{SUFFIX}.fifo"
    longest = replace(
        known,
        partition=LONGEST_PARTITION,
        region=LONGEST_REGION,
        progress_queue_url=f"https://sqs.{LONGEST_REGION}.amazonaws.com/000000000000/{queue}",
    )
    deployed = reporting(workflow)
    policy = state_machine_policy(deployed, longest, f"{prefix}-{workflow.name}")
    if (size := len(policy_text(policy))) > INLINE_POLICY_CHARACTERS:
        yield (
            f"workflow {workflow.name!r}: its role's policy has {size:,} characters, and IAM takes "
            f"{INLINE_POLICY_CHARACTERS:,}; make two workflows of it, or write * for what many of "
            "the ARNs in its resources or statements differ in"
        )
    if (size := len(json.dumps(deployed.definition(longest)))) > DEFINITION_CHARACTERS:
        yield (
            f"workflow {workflow.name!r}: its definition has {size:,} characters with what sends "
            f"its progress messages, and Step Functions takes {DEFINITION_CHARACTERS:,}; make two "
            "workflows of it, or tell milestones only"
        )


def workflows_by_policy(workflows: Sequence[Workflow], prefix: str) -> list[list[Workflow]]:
    """The workflows that each managed policy of the API's role is for, in their order.

    Each policy holds as many as fit for sure, so that how many policies there are is known before
    anything is created. A workflow that is added at the end moves no other.
    """
    arns = longest_backend(workflows, prefix).state_machine_arns
    shares: list[list[Workflow]] = []
    for workflow in workflows:
        if shares and _fits(api_policy(arns, [*shares[-1], workflow])):
            shares[-1].append(workflow)
        else:
            shares.append([workflow])
    return shares


def _fits(policy: Policy) -> bool:
    return len(policy_text(policy)) <= POLICY_CHARACTERS


def longest_backend(workflows: Sequence[Workflow], prefix: str) -> Backend:
    """Placeholders, as long as a deployment's own may be. `prefix` starts every name."""
    states = f"arn:{LONGEST_PARTITION}:states:{LONGEST_REGION}:000000000000"
    return Backend(
        partition=LONGEST_PARTITION,
        region=LONGEST_REGION,
        role_arn=f"arn:{LONGEST_PARTITION}:iam::000000000000:role/{prefix}-role{SUFFIX}",
        state_machine_arns={
            w.name: f"{states}:stateMachine:{prefix}-{w.name}{SUFFIX}" for w in workflows
        },
    )
