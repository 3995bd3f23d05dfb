"""Rules for workflows as routes: names, number, input schemas and error statuses."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from stepgate.checks.input_schema import schema_problems
from stepgate.checks.quotas import SUFFIX
from stepgate.http.json_schema import written_schema
from stepgate.json_values import shown
from stepgate.progress.completion import has_completion_rule
from stepgate.workflow import Workflow, located_name

# A path segment of API Gateway, and a part of every physical name.
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAME_RULE = "use lower-case letters, digits and single dashes, beginning with a letter"
# API Gateway keeps these paths for its own health checks.
RESERVED_NAMES = ("ping", "sping")
# What follows executions has names that begin so.
RESERVED_PREFIX = "completion"

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
# What stands behind the prefix in the longest name of a role that no workflow has chosen, and in
# the role of a workflow with the shortest name.
COMPLETION_ROLE = "-completion-events"
SHORTEST_ROLE = "-w-role"


def require_valid_names(workflows: Sequence[Workflow]) -> Iterator[str]:
    for workflow in workflows:
        if not NAME.fullmatch(workflow.name):
            yield (f"{located_name(workflow)}: not a valid name for a route; {NAME_RULE}")
        elif workflow.name in RESERVED_NAMES or workflow.name.startswith(RESERVED_PREFIX):
            yield (
                f"{located_name(workflow)}: the name is reserved; use another than "
                f"{', '.join(RESERVED_NAMES)} and what begins with {RESERVED_PREFIX!r}"
            )


def require_short_names(workflows: Sequence[Workflow], prefix: str) -> Iterator[str]:
    room = ROLE_NAME_LENGTH - len(SUFFIX) - len(prefix)
    needed = COMPLETION_ROLE if any(map(has_completion_rule, workflows)) else SHORTEST_ROLE
    if (over := len(needed) - room) > 0:
        yield (
            f"names begin with {prefix!r}, which is {over} characters too long for an IAM role; "
            "use a shorter name for the project, the stack or the WorkflowApi"
        )
        return
    longest = room - len("--role")
    for workflow in workflows:
        if len(workflow.name) > longest:
            yield (
                f"{located_name(workflow)}: its name has {len(workflow.name)} characters, too "
                f"many for an IAM role that begins with {prefix!r}; use at most {longest}"
            )


def require_unique_names(workflows: Sequence[Workflow]) -> Iterator[str]:
    counts = Counter(workflow.name for workflow in workflows)
    for workflow in {workflow.name: workflow for workflow in workflows}.values():
        if (count := counts[workflow.name]) > 1:
            yield (
                f"{located_name(workflow)}: {count} workflows have this name; rename all but one"
            )


def require_routes_within_quota(workflows: Sequence[Workflow]) -> Iterator[str]:
    resources = 1 + sum(RESOURCES[workflow.mode] for workflow in workflows)
    if resources > RESOURCES_OF_AN_API:
        yield (
            f"{len(workflows)} workflows: their routes need {resources} resources of one API, but "
            f"at most {RESOURCES_OF_AN_API} are allowed; give some of them to a second "
            'WorkflowApi, for example WorkflowApi("second", workflows=[…])'
        )


def require_valid_errors(workflows: Sequence[Workflow]) -> Iterator[str]:
    for workflow in workflows:
        for error, status in workflow.errors.items():
            if status not in ERROR_STATUSES:
                yield (
                    f"{located_name(workflow)}: errors has {shown(error)}: {status}; write an "
                    "HTTP error status, for example 404 or 409"
                )
            if not ERROR_NAME.fullmatch(error):
                yield (
                    f"{located_name(workflow)}: {shown(error)} in errors is not a valid error "
                    "name; use letters, digits, dots, dashes and underscores"
                )


def require_supported_schemas(workflows: Sequence[Workflow]) -> Iterator[str]:
    for workflow in workflows:
        schema = written_schema(workflow)
        for problem in () if schema is None else schema_problems(schema):
            yield f"{located_name(workflow)}: input_schema has {problem}"
