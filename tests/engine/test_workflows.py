"""What becomes of a stack whose list of workflows changes."""

import pytest

from tests.engine import aws
from tests.engine.stack import Stack
from tests.engine.test_updates import DOCUMENT, ROUTES

pytestmark = pytest.mark.proof

PLAIN = "EXPRESS_INSTANCE, STANDARD_INSTANCE"


def put_workflows(stack: Stack, workflows: str) -> None:
    """Lists these workflows in place of those that there were."""
    stack.restore("workflows/__init__.py")
    stack.append(
        "workflows/__init__.py",
        "from dataclasses import replace",
        f"WORKFLOWS = ({workflows},)",
    )


def own(change: str, workflow: str) -> set[str]:
    """What there is for each workflow, created or deleted."""
    name = f"stepgate-dev-{workflow}"
    return {
        f"{change} stepgate:infra:StateMachine {name}",
        f"{change} {aws.LOG_GROUP} {name}-logs",
        f"{change} {aws.ROLE} {name}-role",
        f"{change} {aws.ROLE_POLICY} {name}-policy",
        f"{change} {aws.STATE_MACHINE} {name}",
    }


PERMISSION = {
    f"{step} {type_} stepgate-dev-policy-1{suffix}"
    for step in ("create-replacement", "replace", "delete-replaced")
    for type_, suffix in ((aws.POLICY, ""), (aws.ROLE_POLICY_ATTACHMENT, "-attachment"))
}
"""The API's role is given a new policy, and keeps the old one until the new routes are served."""


def test_an_added_workflow_comes_with_its_own_and_a_removed_one_takes_it_along(
    deployed: Stack,
) -> None:
    put_workflows(deployed, f"{PLAIN}, replace(EXPRESS_INSTANCE, name='added')")
    added = deployed.up()
    assert added.changes == own("create", "added") | PERMISSION | DOCUMENT
    assert added.routes[-1] == {"POST /added", *ROUTES}

    put_workflows(deployed, PLAIN)
    removed = deployed.up()
    assert removed.changes == own("delete", "added") | PERMISSION | DOCUMENT
    assert removed.routes[-1] == ROUTES
    assert not [r for r in deployed.resources() if "added" in r["urn"]]

    assert all(served >= ROUTES for served in added.routes + removed.routes)
    assert not added.broken_routes | removed.broken_routes


def test_a_renamed_workflow_is_behind_its_old_route_until_it_is_behind_its_new_one(
    deployed: Stack,
) -> None:
    put_workflows(deployed, PLAIN)
    deployed.up()
    put_workflows(deployed, "replace(EXPRESS_INSTANCE, name='renamed'), STANDARD_INSTANCE")
    preview = deployed.preview()
    run = deployed.up()
    renamed = ROUTES - {"POST /express-instance"} | {"POST /renamed"}
    assert run.routes[-1] == renamed
    assert all(served in (ROUTES, renamed) for served in run.routes)
    assert not run.broken_routes
    assert run.changes == preview.changes
    assert run.changes == (
        own("create", "renamed") | own("delete", "express-instance") | PERMISSION | DOCUMENT
    )


def test_a_workflow_whose_mode_changes_keeps_its_route(deployed: Stack) -> None:
    put_workflows(deployed, PLAIN)
    deployed.up()
    put_workflows(deployed, "replace(EXPRESS_INSTANCE, mode='async'), STANDARD_INSTANCE")
    run = deployed.up()
    name = "stepgate-dev-express-instance"
    assert {change for change in run.changes if change.endswith(f" {name}")} == {
        f"{step} {aws.STATE_MACHINE} {name}"
        for step in ("create-replacement", "replace", "delete-replaced")
    }
    assert run.routes[-1] == ROUTES | {
        "GET /express-instance/{execution}",
        "DELETE /express-instance/{execution}",
    }
    assert all(served >= ROUTES for served in run.routes)
    assert not run.broken_routes
