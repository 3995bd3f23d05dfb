"""What the engine makes of the program, and of a change in it."""

import re
from collections.abc import Callable

import pytest

from tests.engine import aws
from tests.engine.pulumi_stack import Engine, Stack

pytestmark = pytest.mark.proof

API = r"https://[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com/v1"
MACHINE = r"arn:aws:states:us-east-1:[0-9]{12}:stateMachine:tested-dev-api"
QUEUE = r"https://sqs\.us-east-1\.amazonaws\.com/[0-9]{12}/tested-dev-api-progress"
DOCUMENT = {
    f"update {aws.REST_API} tested-dev-api-rest-api",
    f"create-replacement {aws.DEPLOYMENT} tested-dev-api-deployment",
    f"replace {aws.DEPLOYMENT} tested-dev-api-deployment",
    f"update {aws.STAGE} tested-dev-api-stage",
    f"delete-replaced {aws.DEPLOYMENT} tested-dev-api-deployment",
}
"""What a changed document changes."""
ROUTES = {
    "POST /now",
    "POST /order",
    "GET /order/{execution}",
    "DELETE /order/{execution}",
}


def test_a_preview_of_a_new_stack_tells_what_up_then_makes(engine: Engine) -> None:
    stack = engine.stack("new")
    preview = stack.preview()
    assert preview.requests == []
    assert re.search(r"apiId *: \[unknown\]", preview.text)
    assert re.search(r"routes *: \[unknown\]", preview.text)
    assert re.search(r'stage *: "v1"', preview.text)
    made = stack.up()
    assert made.changes == preview.changes
    assert made.routes[-1] == ROUTES
    assert not made.broken_routes
    assert all(change.startswith("create ") for change in made.changes)


def test_the_outputs_are_those_that_apps_rely_on(deployed: Stack) -> None:
    outputs = deployed.outputs()
    assert outputs.keys() == {
        *("routes", "stateMachineArns", "logGroups", "apiId", "stage", "region"),
        *("authorization", "openapi", "definitions", "progressQueueUrl"),
    }
    sync, asynchronous = outputs["routes"].values()
    assert sync == {"mode": "sync", "method": "POST", "url": sync["url"]}
    assert re.fullmatch(f"{API}/now", sync["url"])
    assert asynchronous == {
        "mode": "async",
        "method": "POST",
        "url": asynchronous["url"],
        "executionUrl": f"{asynchronous['url']}/{{execution}}",
    }
    assert re.fullmatch(f"{API}/order", asynchronous["url"])
    assert outputs["stateMachineArns"].keys() == outputs["routes"].keys()
    for workflow, arn in outputs["stateMachineArns"].items():
        assert re.fullmatch(f"{MACHINE}-{workflow}-[0-9a-f]{{7}}", arn)
    assert outputs["apiId"] in sync["url"]
    assert re.fullmatch(f"{QUEUE}-[0-9a-f]{{7}}\\.fifo", outputs["progressQueueUrl"])
    assert (outputs["stage"], outputs["region"]) == ("v1", "us-east-1")
    assert outputs["authorization"] == "iam"
    assert outputs["openapi"]["openapi"] == "3.0.1"
    assert outputs["openapi"]["servers"] == [{"url": sync["url"].rpartition("/")[0]}]
    assert "x-amazon" not in str(outputs["openapi"])


def test_up_again_changes_nothing_whatever_the_order_of_hashes(deployed: Stack) -> None:
    for hash_seed in (1, 2):
        again = deployed.up(hash_seed=hash_seed)
        assert (again.changes, again.requests) == (frozenset(), [])


def test_another_delay_changes_the_one_state_machine_that_waits(deployed: Stack) -> None:
    deployed.set("delaySeconds", "5")
    run = deployed.up()
    assert run.changes == {
        f"update {aws.STATE_MACHINE} tested-dev-api-order",
        f"update {aws.ALIAS} tested-dev-api-order-async",
    }
    assert not run.broken_routes


ALARMS = (
    *("now-timed-out", "order-failed", "order-timed-out", "order-throttled"),
    *("completion-failed", "completion-timed-out"),
    *("throttled-starts", "server-errors", "latency", "dead-letters"),
)


def other_template(stack: Stack) -> None:
    stack.append(
        "state_machines.py",  # as another version of the package would
        "from stepgate.http import mapping_templates",
        "_before = mapping_templates.sync_response",
        "mapping_templates.sync_response = lambda *args: _before(*args) + ' '",
    )


def other_schema(stack: Stack) -> None:
    stack.append("state_machines.py", "INPUT_SCHEMA['title'] = 'What is asked for'")


def other_origins(stack: Stack) -> None:
    stack.set("--path", "corsOrigins[0]", "https://app.example.com")


@pytest.mark.parametrize("change", [other_template, other_schema, other_origins])
def test_another_document_is_deployed_before_the_one_that_is_served_goes(
    deployed: Stack, change: Callable[[Stack], None]
) -> None:
    deployed.up()
    change(deployed)
    run = deployed.up()
    assert run.changes == DOCUMENT
    assert [(request.method, request.type) for request in run.requests] == [
        ("update", aws.REST_API),
        ("create", aws.DEPLOYMENT),
        ("update", aws.STAGE),
        ("delete", aws.DEPLOYMENT),
    ]
    assert run.routes == [ROUTES] * 4
    assert not run.broken_routes


def test_alarms_traces_and_access_logs_come_and_go_and_the_routes_stay(
    engine: Engine, deployed: Stack
) -> None:
    deployed.set("alarmTopic", "arn:aws:sns:us-east-1:123456789012:ops")
    watched = deployed.up()
    created = {
        *(f"create {aws.ALARM} tested-dev-api-{name}" for name in ALARMS),
        f"create {aws.DASHBOARD} tested-dev-api-dashboard",
        f"create {aws.LOG_GROUP} tested-dev-api-access-logs",
    }
    machines = ("now", "order", "completion")
    updated = {
        f"update {aws.STAGE} tested-dev-api-stage",
        *(f"update {aws.STATE_MACHINE} tested-dev-api-{name}" for name in machines),
        *(f"update {aws.ROLE_POLICY} tested-dev-api-{name}-policy" for name in machines),
        *(f"update {aws.ALIAS} tested-dev-api-{name}" for name in ("now-sync", "order-async")),
    }
    assert watched.changes == created | updated
    account = engine.aws.account()
    arns = deployed.outputs()["stateMachineArns"]
    (late,) = (r for r in account.of(aws.ALARM) if r.name == "tested-dev-api-order-timed-out")
    assert late.inputs["dimensions"] == {"StateMachineArn": arns["order"]}
    (dashboard,) = account.of(aws.DASHBOARD)
    assert all(alarm.outputs["arn"] in str(dashboard.inputs) for alarm in account.of(aws.ALARM))

    deployed.set("alarmTopic", "")
    left = deployed.up()
    assert left.changes == {each.replace("create", "delete") for each in created} | updated
    assert [*watched.broken_routes, *left.broken_routes] == []


def test_a_refresh_finds_all_as_it_was_left(deployed: Stack) -> None:
    deployed.up()
    refreshed = deployed.refresh()
    assert (refreshed.changes, refreshed.requests) == (frozenset(), [])
    assert deployed.up().changes == frozenset()


def test_destroy_leaves_nothing_behind(engine: Engine) -> None:
    stack = engine.stack("gone")
    stack.set("live", "tickets")
    stack.up()
    live = r"wss://[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com/v1"
    assert re.fullmatch(live, stack.outputs()["liveUrl"])
    others = [r for r in engine.aws.account().resources if "tested-gone" not in r.name]
    assert stack.destroy().requests
    assert stack.resources() == []
    assert engine.aws.account().resources == others
