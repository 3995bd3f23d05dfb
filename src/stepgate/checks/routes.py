"""Rules for workflows as routes: names, input schemas and error statuses."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from stepgate.checks.findings import Finding, workflow_finding
from stepgate.checks.input_schema import schema_problems
from stepgate.events.event import EVENTS_MACHINE
from stepgate.http.json_schema import written_schemas
from stepgate.json_values import shown
from stepgate.workflow import Workflow

# A path segment of API Gateway, and a part of every physical name.
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAME_RULE = "use lower-case letters, digits and single dashes, beginning with a letter"
# API Gateway keeps the first two paths for its own health checks; the last is what continues
# executions that wait.
RESERVED_NAMES = ("ping", "sping", EVENTS_MACHINE)
# What follows executions has names that begin so.
RESERVED_PREFIX = "completion"

ERROR_NAME = re.compile(r"[A-Za-z0-9._-]+")
ERROR_STATUSES = frozenset(
    status.value for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST
)


def require_valid_names(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    for workflow in workflows:
        if not NAME.fullmatch(workflow.name):
            yield workflow_finding(
                "require-valid-names", workflow, f"not a valid name for a route; {NAME_RULE}"
            )
        elif workflow.name in RESERVED_NAMES or workflow.name.startswith(RESERVED_PREFIX):
            yield workflow_finding(
                "require-valid-names",
                workflow,
                f"the name is reserved; use another than "
                f"{', '.join(RESERVED_NAMES)} and what begins with {RESERVED_PREFIX!r}",
            )


def require_unique_workflows(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    counts = Counter(workflow.name for workflow in workflows)
    for workflow in {workflow.name: workflow for workflow in workflows}.values():
        if (count := counts[workflow.name]) > 1:
            yield workflow_finding(
                "require-unique-workflows",
                workflow,
                f"{count} workflows have this name; rename all but one",
            )


def require_valid_errors(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    for workflow in workflows:
        for error, status in workflow.errors.items():
            if status not in ERROR_STATUSES:
                yield workflow_finding(
                    "require-valid-errors",
                    workflow,
                    f"errors has {shown(error)}: {status}; write an "
                    "HTTP error status, for example 404 or 409",
                )
            if not ERROR_NAME.fullmatch(error):
                yield workflow_finding(
                    "require-valid-errors",
                    workflow,
                    f"{shown(error)} in errors is not a valid error "
                    "name; use letters, digits, dots, dashes and underscores",
                )


def require_supported_schemas(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    for workflow in workflows:
        for what, schema in written_schemas(workflow):
            for problem in schema_problems(schema):
                yield workflow_finding(
                    "require-supported-schemas", workflow, f"{what} has {problem}"
                )
