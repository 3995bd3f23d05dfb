"""The client against the emulator, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from stepgate import (
    ExecutionNotFound,
    IdempotencyKeyUsed,
    InvalidInput,
    InvalidName,
    Stack,
    WaitTimedOut,
    WorkflowFailed,
    WorkflowNotFound,
    WrongMode,
)
from tests.deployed.stacks import Deployed

INPUT: dict[str, Any] = {
    "it's": 'a "quote", a \\ and a / in it',
    "unicode": "é \u2028 😀 \u0001",
    "numbers": [12345678901234567890, -1.5, 0, True, None],
    "nested": {"velocity": "$x #set($y = 1) $input.body"},
}


def executions(deployed: Deployed, workflow: str) -> set[str]:
    arn = deployed.outputs["stateMachineArns"][workflow]
    found = deployed.cloud.stepfunctions.list_executions(stateMachineArn=arn)
    return {execution["name"] for execution in found["executions"]}


def test_a_call_returns_the_output(stack: Stack) -> None:
    assert stack.call("now", INPUT) == INPUT
    assert stack.call("now") == {}
    assert stack.call("free", [1, "two"]) == [1, "two"]


@pytest.mark.parametrize(
    ("asked", "status", "error", "detail"),
    [
        ({"fail": "NotFound", "cause": "it's gone"}, 404, "NotFound", "it's gone"),
        ({"fail": "Conflict", "cause": ""}, 409, "Conflict", ""),
        ({"fail": "Other", "cause": "arn:secret"}, 502, "Other", "undeclared"),
    ],
)
def test_a_call_of_a_workflow_that_fails_raises_what_the_route_says(
    stack: Stack, asked: Any, status: int, error: str, detail: str
) -> None:
    with pytest.raises(WorkflowFailed) as failed:
        stack.call("now", asked)
    assert (failed.value.status, failed.value.error) == (status, error)
    assert detail in failed.value.detail
    assert failed.value.execution
    assert str(failed.value).startswith(f"POST {stack.routes['now'].url} returned {status}")


def test_a_start_is_followed_to_its_end(stack: Stack) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    execution = stack.start("later", INPUT | {"wait": 4})
    status = execution.status()
    assert (status.status, status.is_running, status.stopped) == ("RUNNING", True, None)
    assert before < status.started < datetime.now(UTC)
    assert (status.execution, status.input) == (execution.name, INPUT | {"wait": 4})
    assert status.execution_arn.endswith(f":{execution.name}")
    assert execution.wait() == INPUT | {"wait": 4}
    ended = execution.status()
    assert (ended.status, ended.is_running) == ("SUCCEEDED", False)
    assert ended.stopped
    assert ended.stopped > ended.started
    assert execution.wait(timeout=30) == ended.output


def test_an_execution_that_fails_tells_why(stack: Stack) -> None:
    execution = stack.start("later", {"fail": "NotFound", "cause": "it's\ngone"})
    with pytest.raises(WorkflowFailed) as failed:
        execution.wait()
    error = failed.value
    assert (error.status, error.error, error.detail) == (502, "NotFound", "it's\ngone")
    assert error.execution == execution.name
    assert str(error) == f"later: {execution.name} failed with NotFound: it's gone"


def test_a_wait_that_times_out_stops_nothing(stack: Stack) -> None:
    execution = stack.start("later", {"wait": 5})
    with pytest.raises(WaitTimedOut, match=f"later: {execution.name} has not ended within 0.1 s"):
        execution.wait(timeout=0.1)
    assert execution.wait(timeout=60) == {"wait": 5}


def test_an_execution_is_stopped_and_one_that_has_ended_stays_as_it_is(stack: Stack) -> None:
    execution = stack.start("later", {"wait": 9})
    execution.stop()
    with pytest.raises(WorkflowFailed, match="was stopped") as failed:
        execution.wait()
    assert (failed.value.status, failed.value.error) == (502, None)
    execution.stop()
    assert execution.status().status == "ABORTED"


def test_an_execution_is_found_by_its_name(stack: Stack) -> None:
    started = stack.start("later", {"wait": 0})
    found = stack.execution("later", started.name)
    assert (found.url, found.wait()) == (started.url, {"wait": 0})


def test_an_execution_that_nobody_started_is_not_found_at_once(stack: Stack) -> None:
    execution = stack.execution("later", str(uuid4()))
    for ask in (execution.status, execution.wait, execution.stop, execution.history):
        with pytest.raises(
            ExecutionNotFound, match="ExecutionDoesNotExist: This execution does not exist;"
        ):
            ask()


def test_a_key_gives_the_same_execution_while_it_runs_and_is_used_then(
    stack: Stack, deployed: Deployed
) -> None:
    key = str(uuid4())
    execution = stack.start("later", {"wait": 4}, idempotency_key=key)
    assert stack.start("later", {"wait": 4}, idempotency_key=key).url == execution.url
    with pytest.raises(IdempotencyKeyUsed) as used:
        stack.start("later", {"wait": 0}, idempotency_key=key)
    assert used.value.execution == execution.name == key
    execution.wait()
    with pytest.raises(IdempotencyKeyUsed):
        stack.start("later", {"wait": 4}, idempotency_key=key)
    assert key in executions(deployed, "later")


@pytest.mark.parametrize("key", ["", "a.b", "a/b", "..", "a" * 81, "é", "a\n"])
def test_a_key_or_a_name_of_another_form_is_refused(stack: Stack, key: str) -> None:
    with pytest.raises(InvalidName):
        stack.start("later", {}, idempotency_key=key)
    with pytest.raises(InvalidName):
        stack.execution("later", key)


def test_an_input_that_breaks_the_schema_is_not_sent(stack: Stack, deployed: Deployed) -> None:
    before = executions(deployed, "later")
    with pytest.raises(InvalidInput) as refused:
        stack.start("later", {"wait": "long"})
    assert refused.value.field == "wait"
    assert str(refused.value) == "later: wait is invalid: 'long' is not of type 'integer'"
    with pytest.raises(InvalidInput, match="now: fail is invalid"):
        stack.call("now", {"fail": 1})
    assert executions(deployed, "later") == before


def test_a_workflow_is_called_as_its_mode_is(stack: Stack) -> None:
    with pytest.raises(WrongMode, match="later is asynchronous; use start"):
        stack.call("later")
    with pytest.raises(WrongMode, match="now is synchronous; use call"):
        stack.start("now")
    with pytest.raises(WrongMode, match="now is synchronous; use call"):
        stack.execution("now", "x")
    known = ", ".join(sorted(stack.routes))
    with pytest.raises(WorkflowNotFound, match=f"unknown workflow 'nobody'; the stack has {known}"):
        stack.call("nobody")
