"""What becomes of a stack whose list of workflows changes."""

import pytest

from tests.engine import aws
from tests.engine.pulumi_stack import Stack
from tests.engine.test_updates import DOCUMENT, ROUTES

pytestmark = pytest.mark.proof


def own(change: str, workflow: str) -> set[str]:
    """What there is for each synchronous workflow, created or deleted."""
    name = f"tested-dev-api-{workflow}"
    return {
        f"{change} stepgate:index:StateMachine {name}",
        f"{change} {aws.LOG_GROUP} {name}-logs",
        f"{change} {aws.ROLE} {name}-role",
        f"{change} {aws.ROLE_POLICY} {name}-policy",
        f"{change} {aws.STATE_MACHINE} {name}",
        f"{change} {aws.ALIAS} {name}-sync",
    }


PERMISSION = {
    f"{step} {type_} tested-dev-api-policy-1{suffix}"
    for step in ("create-replacement", "replace", "delete-replaced")
    for type_, suffix in ((aws.POLICY, ""), (aws.ROLE_POLICY_ATTACHMENT, "-attachment"))
}
"""The API's role is given a new policy, and keeps the old one until the new routes are served."""


def test_an_added_workflow_comes_with_its_own_and_a_removed_one_takes_it_along(
    deployed: Stack,
) -> None:
    deployed.put_workflows("now", "order", "free")
    added = deployed.up()
    assert added.changes == own("create", "free") | PERMISSION | DOCUMENT
    assert added.routes[-1] == {"POST /free", *ROUTES}

    deployed.put_workflows("now", "order")
    removed = deployed.up()
    assert removed.changes == own("delete", "free") | PERMISSION | DOCUMENT
    assert removed.routes[-1] == ROUTES
    assert not [r for r in deployed.resources() if "free" in r["urn"]]

    assert all(served >= ROUTES for served in added.routes + removed.routes)
    assert not added.broken_routes | removed.broken_routes


def test_a_renamed_workflow_is_behind_its_old_route_until_it_is_behind_its_new_one(
    deployed: Stack,
) -> None:
    deployed.put_workflows("now", "order")
    deployed.up()
    deployed.put_workflows("free", "order")
    preview = deployed.preview()
    run = deployed.up()
    renamed = ROUTES - {"POST /now"} | {"POST /free"}
    assert run.routes[-1] == renamed
    assert all(served in (ROUTES, renamed) for served in run.routes)
    assert not run.broken_routes
    assert run.changes == preview.changes
    assert run.changes == (own("create", "free") | own("delete", "now") | PERMISSION | DOCUMENT)


def test_a_workflow_is_created_after_the_one_that_it_uses(deployed: Stack) -> None:
    deployed.put_workflows("parent", "later", "order")
    run = deployed.up()
    created = [
        request.name
        for request in run.requests
        if (request.method, request.type) == ("create", aws.STATE_MACHINE)
    ]
    assert created == ["tested-dev-api-later", "tested-dev-api-parent"]
    (parent,) = (r for r in deployed.resources() if r["urn"].endswith("api-parent-policy"))
    assert deployed.outputs()["stateMachineArns"]["later"] in parent["inputs"]["policy"]


def test_a_workflow_whose_mode_changes_keeps_its_route(deployed: Stack) -> None:
    deployed.put_workflows("now", "order")
    deployed.up()
    deployed.append(
        "state_machines.py",
        "from dataclasses import replace",
        "WORKFLOWS = (replace(NOW, mode='async'), ORDER)",
    )
    run = deployed.up()
    name = "tested-dev-api-now"
    assert {change for change in run.changes if change.endswith(f" {name}")} == {
        f"{step} {aws.STATE_MACHINE} {name}"
        for step in ("create-replacement", "replace", "delete-replaced")
    }
    assert run.routes[-1] == ROUTES | {
        "GET /now/{execution}",
        "DELETE /now/{execution}",
    }
    assert all(served >= ROUTES for served in run.routes)
    assert not run.broken_routes
