"""Rules for workflows as routes: their names, how many there are, what they take and answer."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from workflows.schema import KEYWORDS, unsupported_keywords
from workflows.workflow import Workflow

# A path segment of API Gateway, and a part of every physical name.
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# API Gateway keeps these paths for its own health checks.
RESERVED_NAMES = ("ping", "sping")

ERROR_NAME = re.compile(r"[A-Za-z0-9._-]+")
ERROR_STATUSES = frozenset(
    status.value for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST
)

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
RESOURCES_OF_AN_API = 300
# An asynchronous workflow has a second path for its executions.
RESOURCES = {"sync": 1, "async": 2}

# IAM's role names are the shortest of the names made from a workflow's: 64 characters.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLE_NAME_LENGTH = 64
# Pulumi appends a dash and seven random digits to a name.
ROLE_SUFFIX_LENGTH = len("-role-0123456")


def well_formed_names(workflows: Sequence[Workflow]) -> Iterator[str]:
    for workflow in workflows:
        if not NAME.fullmatch(workflow.name) or workflow.name in RESERVED_NAMES:
            yield (
                f"workflow {workflow.name!r}: no name for a route; write lower-case letters, "
                f"digits and single dashes, a letter first, and not {' or '.join(RESERVED_NAMES)}"
            )


def short_names(workflows: Sequence[Workflow], prefix: str) -> Iterator[str]:
    longest = ROLE_NAME_LENGTH - ROLE_SUFFIX_LENGTH - len(f"{prefix}-")
    for workflow in workflows:
        if len(workflow.name) > longest:
            yield (
                f"workflow {workflow.name!r}: a name of {len(workflow.name)} characters, with "
                f"the stack's prefix {prefix!r} too long for an IAM role; write at most {longest}"
            )


def names_used_once(workflows: Sequence[Workflow]) -> Iterator[str]:
    for name, count in Counter(workflow.name for workflow in workflows).items():
        if count > 1:
            yield f"workflow {name!r}: {count} workflows have this name; rename all but one"


def few_enough_routes(workflows: Sequence[Workflow]) -> Iterator[str]:
    resources = 1 + sum(RESOURCES[workflow.mode] for workflow in workflows)
    if resources > RESOURCES_OF_AN_API:
        yield (
            f"{len(workflows)} workflows: their routes are {resources} resources of one API, of "
            f"at most {RESOURCES_OF_AN_API}; deploy some of them as another stack"
        )


def told_errors(workflows: Sequence[Workflow]) -> Iterator[str]:
    for workflow in workflows:
        for error, status in workflow.errors.items():
            if status not in ERROR_STATUSES:
                yield (
                    f"workflow {workflow.name!r}: error {error!r} is answered with {status}; "
                    "write an HTTP status for errors, such as 404 or 409"
                )
            if not ERROR_NAME.fullmatch(error):
                yield (
                    f"workflow {workflow.name!r}: error {error!r} cannot be told by a route; "
                    "write letters, digits, dots, dashes and underscores"
                )


def supported_schemas(workflows: Sequence[Workflow]) -> Iterator[str]:
    for workflow in workflows:
        schema = workflow.input_schema
        if schema is None:
            continue
        if schema.get("type") != "object":
            yield (
                f"workflow {workflow.name!r}: input_schema has the type {schema.get('type')!r}; "
                "write 'object'"
            )
        for keyword in sorted(unsupported_keywords(schema)):
            yield (
                f"workflow {workflow.name!r}: input_schema has {keyword}, which API Gateway "
                f"refuses or ignores; write it with {', '.join(sorted(KEYWORDS))}"
            )
