"""Workflows that start others."""

import json
from typing import Any

import pytest

from stepgate import Values, Workflow
from stepgate.testing import MissingMock, Unusable, fails, returns, run, runs
from tests.testing.machines import machine, task, workflow

START = "arn:aws:states:::states:startExecution"
PACK = machine(
    {"Pack": task(ResultPath="$.packed"), "Wait": {"Type": "Wait", "Seconds": 30}},
)
CHILD = Workflow("child", "async", PACK)


def parent(pattern: str = ".sync:2", resource: str = START, **fields: Any) -> Workflow:
    def definition(values: Values) -> dict[str, Any]:
        arguments = {"StateMachineArn": values.state_machine_arns["child"], "Input.$": "$"}
        return machine({"Ship": task(f"{resource}{pattern}", Parameters=arguments, **fields)})

    return Workflow("parent", "async", definition, uses=["child"])


def test_a_nested_workflow_is_run() -> None:
    result = run(parent(), {"id": 1}, mocks={"Ship": runs(CHILD, mocks={"Pack": returns("box")})})
    assert result.status == "SUCCEEDED"
    assert result.output["Output"] == {"id": 1, "packed": "box"}
    assert result.output["Status"] == "SUCCEEDED"
    assert result.path == ["Ship", "Ship.Pack", "Ship.Wait"]
    assert result.calls["Ship.Pack"][0].arguments == {"id": 1}
    assert result.calls["Ship"][0].arguments["StateMachineArn"].endswith(":stateMachine:child")
    assert result.seconds == 30


def test_sync_gives_the_output_as_text() -> None:
    mocks = {"Ship": runs(CHILD, mocks={"Pack": returns("box")})}
    output = run(parent(".sync"), {}, mocks=mocks).output["Output"]
    assert json.loads(output) == {"packed": "box"}


def test_an_execution_that_is_not_waited_for_runs_on() -> None:
    mocks = {"Ship": runs(CHILD, mocks={"Pack": returns("box")})}
    result = run(parent(""), {}, mocks=mocks)
    assert {*result.output} == {"ExecutionArn", "StartDate"}
    assert result.seconds == 0
    assert result.path == ["Ship", "Ship.Pack", "Ship.Wait"]


def test_a_nested_workflow_that_fails_fails_its_task() -> None:
    result = run(parent(), {}, mocks={"Ship": runs(CHILD, mocks={"Pack": fails("Full", "no box")})})
    assert result.error == "States.TaskFailed"
    assert json.loads(result.cause or "")["Error"] == "Full"


def test_a_synchronous_call_returns_how_the_execution_ended() -> None:
    express = Workflow("child", "sync", PACK)
    mocks = {"Ship": runs(express, mocks={"Pack": fails("Full")})}
    result = run(parent("", "arn:aws:states:::aws-sdk:sfn:startSyncExecution"), {}, mocks=mocks)
    assert (result.output["Status"], result.output["Error"]) == ("FAILED", "Full")


def test_each_execution_has_answers_of_its_own() -> None:
    retry = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1}]
    child = runs(CHILD, mocks={"Pack": [returns("box")]})
    failing = runs(CHILD, mocks={"Pack": [fails("Full")]})
    result = run(parent(Retry=retry), {}, mocks={"Ship": [failing, child]})
    assert result.output["Output"] == {"packed": "box"}
    assert result.path == ["Ship", "Ship.Pack", "Ship.Pack", "Ship.Wait"]


def test_a_nested_workflow_can_be_mocked() -> None:
    result = run(parent(), {}, mocks={"Ship": returns({"Output": {"packed": "box"}})})
    assert result.output == {"Output": {"packed": "box"}}


def test_a_nested_task_without_a_mock_is_named() -> None:
    with pytest.raises(MissingMock, match=r"workflow 'child' .*state 'Pack' has no mock"):
        run(parent(), {}, mocks={"Ship": runs(CHILD)})


def test_the_input_of_a_nested_workflow_must_be_json() -> None:
    arguments = {"StateMachineArn": "arn", "Input": "{"}
    definition = machine({"Ship": task(f"{START}.sync", Parameters=arguments)})
    with pytest.raises(Unusable, match=r"the Input '{' is not JSON"):
        run(workflow(definition), {}, mocks={"Ship": runs(CHILD)})


def test_a_nested_definition_that_cannot_be_read_is_told() -> None:
    wrong = Workflow("child", "async", machine({"A": {"Type": "Passs"}}))
    with pytest.raises(Unusable, match=r"the interpreter cannot read its definition: .*Passs"):
        run(parent(), {}, mocks={"Ship": runs(wrong)})
