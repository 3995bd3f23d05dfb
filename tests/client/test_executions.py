"""Executions are found in Step Functions, in pages and at a bounded rate."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stepgate import (
    AsyncStack,
    AwsAccessDenied,
    AwsRequestFailed,
    OutputsUnusable,
    Stack,
    WorkflowFailed,
    WorkflowNotFound,
)
from stepgate.client import executions
from stepgate.client.outputs import parse_outputs
from tests.client.routes import Answer, Fault, Routes, instead
from tests.client.test_outputs import BASE, OUTPUTS

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:shop-dev-api-"
ROUTES: dict[str, Any] = {
    name: {
        "mode": "async",
        "method": "POST",
        "url": f"{BASE}/{name}",
        "executionUrl": f"{BASE}/{name}/{{execution}}",
    }
    for name in ("later", "order")
}
STACK = {
    **OUTPUTS,
    "routes": ROUTES,
    "stateMachineArns": {name: f"{MACHINE}{name}" for name in ROUTES},
}


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def item(name: str, started: int, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "executionArn": f"arn:{name}",
        "stateMachineArn": f"{MACHINE}later",
        "status": "FAILED",
        "startDate": started,
        "stopDate": started + 1,
        **more,
    }


def page(*items: dict[str, Any], **more: Any) -> Fault:
    return instead(Answer(200, {"executions": items, **more}))


def asked(aws: Routes) -> list[dict[str, Any]]:
    return [json.loads(received.body) for received in aws.received]


def test_the_executions_of_all_workflows_are_merged_by_their_start(aws: Routes) -> None:
    aws.faults = [page(item("a", 30), item("b", 10)), page(item("c", 20), item("d", 5))]
    with Stack(parse_outputs(STACK)) as stack:
        found = stack.executions(limit=3)
    assert [(each.workflow, each.name) for each in found] == [
        ("later", "a"),
        ("order", "c"),
        ("later", "b"),
    ]
    assert found.has_more
    assert len(found) == 3
    assert found[0].started == at(30)
    assert found[0].stopped == at(31)
    assert [each["stateMachineArn"] for each in asked(aws)] == [
        f"{MACHINE}later",
        f"{MACHINE}order",
    ]
    assert {each["maxResults"] for each in asked(aws)} == {3}


def test_an_item_says_its_version_and_how_often_it_was_redriven(aws: Routes) -> None:
    version = {"stateMachineVersionArn": f"{MACHINE}later:7", "redriveCount": 2}
    running = item("b", 1, status="RUNNING")
    del running["stopDate"]
    aws.faults = [page(item("a", 2, **version), running)]
    with Stack(parse_outputs(STACK)) as stack:
        newest, oldest = stack.executions("later", status="FAILED")
    assert (newest.version, newest.redrives, newest.arn) == (7, 2, "arn:a")
    assert (oldest.version, oldest.redrives, oldest.stopped) == (None, 0, None)
    assert asked(aws)[0]["statusFilter"] == "FAILED"


def test_pages_are_read_until_an_execution_is_too_old(aws: Routes) -> None:
    aws.faults = [
        page(item("a", 30), nextToken="1"),
        page(item("b", 20), item("c", 10), nextToken="2"),
    ]
    with Stack(parse_outputs(STACK)) as stack:
        found = stack.executions("later", since=at(20))
    assert [each.name for each in found] == ["a", "b"]
    assert not found.has_more
    assert [each.get("nextToken") for each in asked(aws)] == [None, "1"]
    assert [each["maxResults"] for each in asked(aws)] == [100, 99]


def test_a_long_execution_that_ended_last_hides_none_that_is_behind_it(aws: Routes) -> None:
    """AWS sorts by the end, and running executions by their start or redrive."""
    running = {"status": "RUNNING", "stopDate": None}
    aws.faults = [
        page(item("redriven", 5, redriveDate=60, **running), nextToken="1"),
        page(item("long", 10, stopDate=50), item("short", 40), nextToken="2"),
        page(item("before", 19, stopDate=19.5), nextToken="3"),
    ]
    with Stack(parse_outputs(STACK)) as stack:
        found = stack.executions("later", since=at(20))
    assert [each.name for each in found] == ["short"]
    assert not found.has_more
    assert len(aws.received) == 3


def test_no_page_is_read_behind_the_limit(aws: Routes) -> None:
    aws.faults = [page(item("a", 30), item("b", 20), nextToken="1")]
    with Stack(parse_outputs(STACK)) as stack:
        found = stack.executions("later", limit=2)
        assert found.has_more
        assert len(aws.received) == 1
        with pytest.raises(ValueError, match="limit should be at least 1, not 0"):
            stack.executions("later", limit=0)


def test_many_pages_are_read_with_pauses(aws: Routes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions, "_BURST", 2)
    monkeypatch.setattr(executions, "_PAUSE", 0.1)
    aws.faults = [page(item("a", 9), nextToken=str(index)) for index in range(4)]
    begun = datetime.now(UTC)
    with Stack(parse_outputs(STACK)) as stack:
        assert len(stack.executions("later", limit=4)) == 4
    assert datetime.now(UTC) - begun >= timedelta(seconds=0.2)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_asynchronous_stack_lists_the_same(aws: Routes) -> None:
    aws.faults = [page(item("a", 30))]
    async with AsyncStack(parse_outputs(STACK)) as stack:
        found = await stack.executions("later", since=at(1))
    assert [each.name for each in found] == ["a"]


@pytest.mark.proof  # botocore retries when it is throttled
def test_what_cannot_be_listed_is_said(aws: Routes) -> None:
    refused = Answer(400, {"__type": "AccessDeniedException", "message": "User: me may not"})
    missing = Answer(400, {"__type": "StateMachineDoesNotExist", "message": "State Machine: x"})
    throttled = Answer(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
    with Stack(parse_outputs(STACK)) as stack:
        aws.always = instead(refused)
        with pytest.raises(
            AwsAccessDenied, match="to credentials with states:ListExecutions"
        ) as told:
            stack.executions("later")
        assert "cannot list the executions of later: " in str(told.value)
        aws.always = instead(missing)
        with pytest.raises(AwsRequestFailed, match="check that the outputs are the stack's"):
            stack.executions("later")
        aws.always = instead(throttled)
        with pytest.raises(AwsRequestFailed, match="Rate exceeded; try again later"):
            stack.executions("later")
        with pytest.raises(WorkflowNotFound):
            stack.executions("nothing")
    with (
        Stack(parse_outputs({**STACK, "stateMachineArns": {}})) as stack,
        pytest.raises(OutputsUnusable, match="output stateMachineArns does not have later; export"),
    ):
        stack.executions()


@pytest.mark.proof
def test_the_emulators_executions_are_listed(stack: Stack) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=1)
    failed = stack.start("later", {"fail": "Gone", "cause": "It is."})
    running = stack.start("later", {"wait": 9})
    with pytest.raises(WorkflowFailed, match="Gone"):
        failed.wait(20)
    failed_status = failed.status()
    found = {each.name: each for each in stack.executions("later", since=begun)}
    assert found[running.name].status == "RUNNING"
    assert found[running.name].stopped is None
    ended = found[failed.name]
    assert (ended.arn, ended.status) == (failed_status.execution_arn, "FAILED")
    assert (ended.started, ended.stopped) == (failed_status.started, failed_status.stopped)
    names = [each.name for each in stack.executions("later", status="FAILED", since=begun)]
    assert names == [failed.name]
    running.stop()
