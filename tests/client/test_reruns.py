"""Executions that run again, on the emulator and where AWS refuses it."""

import json
from typing import Any

import pytest

from stepgate import (
    AsyncStack,
    AwsAccessDenied,
    Execution,
    ExecutionNotFound,
    InvalidName,
    NotRedrivable,
    OutputsUnusable,
    RetryPolicy,
    Stack,
    StillRunning,
    WorkflowFailed,
)
from stepgate.client.outputs import parse_outputs
from stepgate.client.reruns import is_restart, restart_name
from tests.client.routes import Answer, Routes, instead
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

OWNER = "auth0_7Cada_-"


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("o-1", "o-1-restart-"),
        ("k" * 80, "k" * 61 + "-restart-"),
        (f"{OWNER}k-1", f"{OWNER}k-1-restart-"),
        (OWNER + "k" * (80 - len(OWNER)), OWNER + "k" * (61 - len(OWNER)) + "-restart-"),
    ],
)
def test_a_restart_is_named_from_the_original(name: str, begin: str) -> None:
    first = restart_name(name)
    assert first.startswith(begin)
    assert len(first) == len(begin) + 10 <= 80
    assert restart_name(name) == first
    second = restart_name(first)
    assert second.startswith(begin)
    assert len({name, first, second, restart_name(second)}) == 4
    assert (is_restart(name), is_restart(first), is_restart(second)) == (False, True, True)


def test_names_that_are_shortened_alike_have_restarts_of_their_own() -> None:
    assert restart_name("k" * 70 + "a") != restart_name("k" * 70 + "b")
    longest = "o" * 58 + "_-"
    assert len(restart_name(f"{longest}k")) == 80
    with pytest.raises(
        InvalidName, match="with the owner's part, the new name would be longer than 80"
    ):
        restart_name(f"o{longest}k")


@pytest.fixture
def stopped(stack: Stack) -> Execution:
    """An execution that was stopped while it waited."""
    execution = stack.start("later", {"wait": 2})
    await_(lambda: len(execution.history()) == 2, "its wait")
    execution.stop()
    await_(lambda: not execution.status().is_running, "its end")
    return execution


@pytest.mark.proof
def test_a_redriven_execution_goes_on(stack: Stack, stopped: Execution) -> None:
    before = stopped.history()
    redriven = stack.execution("later", stopped.name)
    date = redriven.redrive()
    status = redriven.status()
    assert (status.status, status.stopped, status.error) == ("RUNNING", None, None)
    assert date > status.started
    with pytest.raises(NotRedrivable, match="of later: Execution is RUNNING and cannot be"):
        redriven.redrive()
    assert redriven.wait(20) == {"wait": 2}
    passed = redriven.history()
    assert [state.name for state in passed] == ["What is asked for", "Wait", "Answer"]
    assert passed[1].entered == before[1].entered, "it is the same entry"
    assert passed[1].exited
    assert passed[1].exited > date
    (listed,) = (each for each in stack.executions("later") if each.name == stopped.name)
    assert listed.redrives == 1


@pytest.mark.proof
def test_a_restart_has_the_input_and_is_started_once(stack: Stack, stopped: Execution) -> None:
    first = stopped.restart()
    assert (first.name, first.is_known_restart) == (restart_name(stopped.name), False)
    again = stopped.restart()
    assert (again.name, again.is_known_restart) == (first.name, True)
    assert first.wait(20) == {"wait": 2}
    assert first.status().input == {"wait": 2}
    ended = stack.execution("later", stopped.name).restart()
    assert (ended.name, ended.is_known_restart) == (first.name, True)
    second = first.restart()
    assert (second.name, second.is_known_restart) == (restart_name(first.name), False)
    second.stop()


def test_what_runs_is_not_restarted(stack: Stack) -> None:
    running = stack.start("later", {"wait": 9})
    with pytest.raises(StillRunning, match=f"{running.name} of later is RUNNING; stop it before"):
        running.restart()
    assert not [e for e in stack.executions("later") if e.name == restart_name(running.name)]
    running.stop()


def test_an_input_arrives_as_it_was(stack: Stack, deployed: Deployed) -> None:
    """Two numbers that mean the same, and a key twice, are another input to Step Functions."""
    aws = deployed.cloud.stepfunctions
    text = '{"wait" : 0,\n "n": 1.0, "n": 1e0}'
    machine = deployed.outputs["stateMachineArns"]["later"]
    aws.start_execution(stateMachineArn=machine, name="as-it-was", input=text)
    first = stack.execution("later", "as-it-was")
    await_(lambda: not first.status().is_running, "its end")
    name = first.restart().name
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
    assert aws.describe_execution(executionArn=arn).get("input") == text


def test_what_does_not_exist_is_not_found(stack: Stack, deployed: Deployed) -> None:
    unknown = stack.execution("later", "nobody")
    for operate in (unknown.redrive, unknown.restart):
        with pytest.raises(ExecutionNotFound, match="later has no execution nobody") as found:
            operate()
        assert found.value.execution == "nobody"
    with (
        Stack(parse_outputs({**deployed.outputs, "stateMachineArns": {}})) as other,
        pytest.raises(OutputsUnusable, match="output stateMachineArns does not have later"),
    ):
        other.execution("later", "e").redrive()


@pytest.mark.proof
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_with_asyncio_it_is_the_same(deployed: Deployed) -> None:
    async with AsyncStack(parse_outputs(deployed.outputs)) as stack:
        failed = await stack.start("later", {"fail": "Conflict", "cause": "c"})
        with pytest.raises(WorkflowFailed):
            await failed.wait(20)
        await failed.redrive()
        with pytest.raises(WorkflowFailed, match="Conflict"):
            await failed.wait(20)
        restarted = await failed.restart()
        assert (await restarted.status()).input == {"fail": "Conflict", "cause": "c"}
        assert (await failed.restart()).is_known_restart


MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:later"
ADA = "ada_-k"


def stack_of(routes: Routes) -> Stack:
    outputs = parse_outputs(routes.outputs(stateMachineArns={"later": MACHINE}))
    return Stack(outputs, retry_policy=RetryPolicy(initial_backoff=0.05))


def refusal(code: str, message: str = "So it is.") -> Answer:
    return Answer(400, {"__type": code, "message": message})


MISSING = instead(refusal("ExecutionDoesNotExist"))


def bodies(aws: Routes) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in aws.requests("POST")]


def test_an_execution_whose_owner_calls_it_by_its_key_is_found_by_its_route(aws: Routes) -> None:
    arn = MACHINE.replace("stateMachine", "execution")
    description = {"executionArn": f"{arn}:{ADA}", "execution": "k", "startDate": 1}
    found = instead(Answer(200, {**description, "status": "FAILED", "input": {}}))
    original = instead(Answer(200, {"status": "FAILED", "input": '{"a":  1}'}))
    started = instead(Answer(200, {"executionArn": "", "startDate": 2}))
    name = restart_name(ADA)
    # By its key there is neither it nor a restart; then the route says what its name is.
    aws.faults = [MISSING, MISSING, found, MISSING, original, started]
    with stack_of(aws) as stack:
        restarted = stack.execution("later", "k").restart()
    assert name.startswith("ada_-k-restart-")
    assert restarted.name == name.removeprefix("ada_-")
    alias = f"{MACHINE}:current"
    assert bodies(aws)[-1] == {"stateMachineArn": alias, "name": name, "input": '{"a":  1}'}


def test_the_end_before_a_redrive_is_not_the_end(aws: Routes) -> None:
    status: dict[str, Any] = {
        "executionArn": "arn:e",
        "execution": "e",
        "startDate": 1,
        "input": {},
    }
    before = instead(Answer(200, {**status, "status": "FAILED", "stopDate": 4.9, "error": "E"}))
    after = instead(Answer(200, {**status, "status": "SUCCEEDED", "stopDate": 5.1, "output": 7}))
    aws.faults = [instead(Answer(200, {"redriveDate": 5})), before, before, after]
    with stack_of(aws) as stack:
        execution = stack.execution("later", "e")
        execution.redrive()
        assert execution.wait(20) == 7


def test_one_who_is_not_its_owner_calls_it_by_its_whole_name(aws: Routes) -> None:
    aws.faults = [
        MISSING,
        instead(Answer(200, {"status": "FAILED", "input": "{}"})),
        instead(Answer(200, {})),
    ]
    with stack_of(aws) as stack:
        assert stack.execution("later", ADA).restart().name == restart_name(ADA)
    assert not aws.requests("GET")


def test_a_start_that_meets_another_one_is_a_known_restart(aws: Routes) -> None:
    exists = instead(refusal("ExecutionAlreadyExists"))
    aws.faults = [MISSING, instead(Answer(200, {"status": "FAILED", "input": "{}"})), exists]
    with stack_of(aws) as stack:
        assert stack.execution("later", "e").restart().is_known_restart


@pytest.mark.parametrize(
    ("operation", "permission"),
    [("redrive", "states:RedriveExecution"), ("restart", "states:DescribeExecution")],
)
def test_a_missing_permission_is_named(aws: Routes, operation: str, permission: str) -> None:
    aws.always = instead(refusal("AccessDeniedException", "User: me is not authorized"))
    with stack_of(aws) as stack, pytest.raises(AwsAccessDenied) as denied:
        getattr(stack.execution("later", "e"), operation)()
    task = {"redrive": "redrive", "restart": "describe"}[operation]
    assert str(denied.value).startswith(f"cannot {task} arn:aws:states:")
    assert str(denied.value).endswith(f" to credentials with {permission}")


def test_a_redrive_whose_response_is_lost_is_sent_again_with_the_same_token(aws: Routes) -> None:
    aws.faults = [instead(None), instead(Answer(200, {"redriveDate": 5}))]
    with stack_of(aws) as stack:
        assert stack.execution("later", "e").redrive().timestamp() == 5
    tokens = [body["clientToken"] for body in bodies(aws)]
    assert len(tokens) == 2
    assert len({*tokens}) == 1
