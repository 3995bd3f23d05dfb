"""The derivation, compared with what AWS's documentation gives for each integration.

It never allows more. Where it allows less on purpose, `LESS` says why.
"""

from collections import defaultdict
from fnmatch import fnmatchcase

import pytest

from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.derived_permissions import DerivedPermissions, derive_permissions
from stepgate.workflow import Definition, Statement
from tests.checks.definitions import machine, task
from tests.permissions.documented import (
    ACCOUNT_ID,
    DOCUMENTED,
    DOCUMENTED_MAPS,
    FOUNDATION_MODEL_ARN,
    PROJECT_ARN,
    REGION,
    STATE_MACHINE_NAME,
    TASK_DEFINITION_ARN,
    Condition,
    Documented,
    DocumentedMap,
)

pytestmark = pytest.mark.rules

PLACE = ArnContext("aws", REGION, ACCOUNT_ID, STATE_MACHINE_NAME)
Allowed = dict[str, set[str]]

# Integrations and actions, each as a pattern.
LESS = {
    ("dynamodb:*Item", "dynamodb:*item"): "AWS has one policy for four calls; a state makes one",
    ("ecs:runTask.sync", "ecs:*task*"): "a task's ARN has its cluster's name in it",
    ("batch:submitJob*", "batch:*job"): "AWS's page says itself that queue and job can be named",
    ("glue:startJobRun*", "glue:*job*"): "the reference has the job as a resource",
    ("athena:startQueryExecution*", "athena:*"): "each action on the type that it works on",
    ("athena:*", "glue:*"): "its SQL determines which data a query reads",
    ("athena:*", "lakeformation:*"): "its SQL determines which data a query reads",
    ("athena:*", "s3:*"): "the state says at most where the results go",
    ("http:invoke", "secretsmanager:*"): "a connection's secret is called after it",
    ("aws-sdk:scheduler:*", "iam:passrole"): "the state names the one role",
    ("mediaconvert:*", "iam:passrole"): "the state names the one role",
    ("mediaconvert:*", "mediaconvert:*job"): "the reference has the job as a resource",
}
# What a workflow declares for the calls whose targets only its input says.
DECLARED = (
    PLACE.arn("lambda", "function:invoice"),
    PLACE.arn("dynamodb", "table/invoices"),
    PLACE.arn("sqs", "invoices"),
    PLACE.arn("events", "event-bus/billing"),
    PLACE.arn("athena", "workgroup/billing"),
    PLACE.arn("ecs", "task/billing/*"),
    TASK_DEFINITION_ARN,
    PROJECT_ARN,
    FOUNDATION_MODEL_ARN,
)
DYNAMIC = {
    *("FunctionName.$", "TableName.$", "QueueUrl.$", "Entries.$", "WorkGroup.$"),
    *("TaskDefinition.$", "ProjectName.$", "ModelId.$", "QueryExecutionId.$"),
}


def allowed(statements: list[Statement]) -> Allowed:
    """The resources of each action, in lower case, but for log delivery's."""
    found: Allowed = defaultdict(set)
    for statement in statements:
        for action in statement["Action"]:
            if not action.startswith("logs:"):
                found[action.lower()] |= set(statement["Resource"])
    return dict(found)


def conditions(statements: list[Statement]) -> dict[str, Condition]:
    return {
        action: statement["Condition"]
        for statement in statements
        for action in statement["Action"]
        if "Condition" in statement
    }


def derived(state: Definition, declared: tuple[str, ...] = ()) -> DerivedPermissions:
    return derive_permissions(machine(A=state), PLACE, declared)


def state_of(row: Documented) -> Definition:
    return task(row.resource, Parameters=row.arguments)


def name_of(row: Documented) -> str:
    return row.resource.removeprefix("arn:aws:states:::")


def reason(row: Documented, action: str) -> tuple[str, str] | None:
    return next(
        (key for key in LESS if fnmatchcase(name_of(row), key[0]) and fnmatchcase(action, key[1])),
        None,
    )


FIXED = [row for row in DOCUMENTED if not DYNAMIC & row.arguments.keys()]
OPEN = [row for row in DOCUMENTED if DYNAMIC & row.arguments.keys()]


def test_there_are_enough_of_them() -> None:
    assert len({row.resource for row in DOCUMENTED}) >= 25


@pytest.mark.parametrize("row", FIXED, ids=name_of)
def test_an_integration_is_allowed_what_aws_documents_and_never_more(row: Documented) -> None:
    found = derived(state_of(row))
    assert found.unresolved == []
    documented = {action.lower(): set(arns) for action, arns in row.allowed.items()}
    for action, arns in allowed(found.statements).items():
        assert action in documented
        for arn in arns:
            assert any(fnmatchcase(arn, pattern) for pattern in documented[action]), arn
        if arns != documented[action]:
            assert reason(row, action), (action, arns, documented[action])
    for action in documented.keys() - allowed(found.statements).keys():
        assert reason(row, action), action


def test_every_reason_is_needed() -> None:
    needed = set[tuple[str, str] | None]()
    for row in FIXED:
        found = allowed(derived(state_of(row)).statements)
        documented = {action.lower(): set(arns) for action, arns in row.allowed.items()}
        needed |= {
            reason(row, action) for action in documented if found.get(action) != documented[action]
        }
    assert needed == LESS.keys()


@pytest.mark.parametrize("row", OPEN, ids=name_of)
def test_what_only_the_input_says_is_a_gap_until_it_is_declared(row: Documented) -> None:
    """AWS documents `*`, or everything of a type."""
    assert derived(state_of(row)).unresolved
    found = derived(state_of(row), DECLARED)
    assert found.unresolved == []
    for action, arns in allowed(found.statements).items():
        if action.split(":")[0] not in ("events", "s3") or row.resource.endswith("putEvents"):
            assert arns <= {*DECLARED, PLACE.arn("athena", "datacatalog/*")}, action


@pytest.mark.parametrize("row", DOCUMENTED_MAPS)
def test_a_distributed_map_is_allowed_what_aws_documents(row: DocumentedMap) -> None:
    found = derived(row.state)
    assert found.unresolved == []
    assert allowed(found.statements) == {
        action.lower(): set(arns) for action, arns in row.allowed.items()
    }
    assert conditions(found.statements) == row.conditions


EXACTLY = [
    ("ecs:runTask.sync", "ecs:stoptask", PLACE.arn("ecs", "task/billing/*")),
    ("batch:submitJob", "batch:submitjob", PLACE.arn("batch", "job-queue/billing")),
    ("batch:submitJob.sync", "batch:terminatejob", PLACE.arn("batch", "job/*")),
    ("glue:startJobRun.sync", "glue:getjobrun", PLACE.arn("glue", "job/invoices")),
    ("athena:startQueryExecution", "s3:putobject", "arn:aws:s3:::query-results/billing/*"),
    (
        "http:invoke",
        "secretsmanager:getsecretvalue",
        PLACE.arn("secretsmanager", "secret:events!connection/Stripe/*"),
    ),
    (
        "aws-sdk:scheduler:createSchedule",
        "iam:passrole",
        f"arn:aws:iam::{ACCOUNT_ID}:role/reminder",
    ),
]


@pytest.mark.parametrize(("name", "action", "arn"), EXACTLY)
def test_what_is_narrower_is_what_the_state_names(name: str, action: str, arn: str) -> None:
    row = next(row for row in FIXED if name_of(row) == name)
    assert arn in allowed(derived(state_of(row)).statements)[action]


def test_an_endpoint_is_the_one_that_the_state_names() -> None:
    (row,) = (row for row in FIXED if name_of(row) == "http:invoke")
    assert conditions(derived(state_of(row)).statements) == {
        "states:InvokeHTTPEndpoint": {
            "StringEquals": {
                "states:HTTPEndpoint": row.arguments["ApiEndpoint"],
                "states:HTTPMethod": "GET",
            }
        }
    }
