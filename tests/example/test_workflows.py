"""The instance workflow, as data and as the emulator runs it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from stepgate.checks.quotas import api_errors
from stepgate.compiled import compile_workflow
from stepgate.http.cors import Cors
from stepgate.http.openapi import ApiOptions
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.derived_permissions import derive_permissions
from stepgate.workflow import Definition
from tests.deployed.stacks import Deployed
from workflows import WORKFLOWS
from workflows.instance import InstanceValues, own_instance, toggle

PLACE = ArnContext("aws", "eu-central-1", "123456789012", "machine")
TASKS = ("Describe the instance", "Stop the instance", "Start the instance")

Run = Callable[[Definition, Any], dict[str, Any]]


@pytest.fixture
def run(deployed: Deployed) -> Run:
    """Runs a definition as an Express execution with an input."""
    steps = deployed.cloud.stepfunctions

    def run(definition: Definition, input_: Any) -> dict[str, Any]:
        machine = steps.create_state_machine(
            name=f"test-{abs(hash(json.dumps(definition)))}",
            type="EXPRESS",
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::000000000000:role/test",
        )["stateMachineArn"]
        try:
            return dict(
                steps.start_sync_execution(stateMachineArn=machine, input=json.dumps(input_))
            )
        finally:
            steps.delete_state_machine(stateMachineArn=machine)

    return run


def answering(result: Any, *, state: str = "Describe the instance") -> Definition:
    """The workflow with one call of EC2 already answered, for what the emulator does not answer."""
    definition = toggle(InstanceValues())
    task = definition["States"][state]
    definition["States"][state] = {
        "Type": "Pass",
        "Result": result,
        **{key: task[key] for key in ("ResultPath", "Next", "End") if key in task},
    }
    return definition


def described(state: str, id_: str = InstanceValues().instance_id) -> Any:
    return {"Reservations": [{"Instances": [{"InstanceId": id_, "State": {"Name": state}}]}]}


def failing(cause: str) -> Definition:
    """The workflow with its first call of EC2 refused: what Catch hands on."""
    definition = answering({"Error": "Ec2.Ec2Exception", "Cause": cause})
    definition["States"]["Describe the instance"] |= {
        "ResultPath": "$.failure",
        "Next": "Name the failure",
    }
    return definition


def test_every_task_is_tried_again_with_backoff_and_jitter_and_its_errors_are_named() -> None:
    for name in TASKS:
        state = toggle(InstanceValues())["States"][name]
        (retrier,) = state["Retry"]
        assert retrier["BackoffRate"] > 1
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["MaxAttempts"] > 0
        assert state["Catch"][0]["ErrorEquals"] == ["States.ALL"]


def test_it_ends_before_api_gateway_stops_waiting() -> None:
    assert toggle(InstanceValues())["TimeoutSeconds"] < 29


def test_a_delay_comes_first_and_is_given_to_the_timeout() -> None:
    plain, delayed = toggle(InstanceValues()), toggle(InstanceValues(), delay_seconds=29)
    assert delayed["StartAt"] == "Delay"
    assert delayed["States"]["Delay"]["Next"] == plain["StartAt"]
    assert delayed["TimeoutSeconds"] - plain["TimeoutSeconds"] == 29
    assert {k: v for k, v in delayed["States"].items() if k != "Delay"} == plain["States"]


@pytest.mark.parametrize("state", ["pending", "stopping", "shutting-down"])
def test_an_instance_in_between_is_left_alone(run: Run, state: str) -> None:
    execution = run(answering(described(state)), {})
    assert json.loads(execution["output"]) == {
        "instanceId": InstanceValues().instance_id,
        "action": "none",
        "previousState": state,
        "currentState": state,
    }


@pytest.mark.parametrize(
    "description",
    [described("terminated"), {"Reservations": []}, described("running", id_="i-1")],
    ids=["terminated", "unknown", "another one"],
)
def test_an_instance_that_is_not_there_is_not_found(run: Run, description: Any) -> None:
    assert run(answering(description), {})["error"] == "InstanceNotFound"


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        ("You are not authorized to perform this operation. (Service: Ec2)", "InstanceForbidden"),
        ("The instance ID 'i-1' does not exist (Service: Ec2)", "InstanceNotFound"),
        ("Request limit exceeded. (Service: Ec2)", "InstanceUnavailable"),
    ],
)
def test_a_refusal_of_ec2_is_named_by_its_cause(run: Run, cause: str, error: str) -> None:
    assert run(failing(cause), {})["error"] == error


@pytest.mark.parametrize("named", ["i-0123456789abcdef0", "*", "i-*", "", 5, None, ["i-1"], {}])
def test_an_instance_that_nobody_has_is_not_found(run: Run, named: Any) -> None:
    execution = run(toggle(InstanceValues()), {"instance_id": named})
    assert execution["error"] == "InstanceNotFound"


def test_they_keep_the_rules_and_to_the_limits_and_need_no_advice() -> None:
    for workflow in WORKFLOWS:
        compiled = compile_workflow(workflow, InstanceValues(), f"stepgate-dev-api-{workflow.name}")
        assert (compiled.errors, compiled.warnings) == ([], [])
    cors = Cors(origins=("https://app.example.com", "https://admin.example.com"))
    options = ApiOptions("stepgate-dev", "iam", cors)
    assert [*api_errors(WORKFLOWS, options)] == []


def test_the_instance_workflow_may_describe_and_toggle_the_stacks_instance_and_log() -> None:
    found = derive_permissions(toggle(InstanceValues()), PLACE, own_instance(InstanceValues()))
    assert (found.unresolved, found.warnings) == ([], [])
    describe, change, logs = found.statements
    assert (describe["Action"], describe["Resource"]) == (["ec2:DescribeInstances"], ["*"])
    assert change["Action"] == ["ec2:StartInstances", "ec2:StopInstances"]
    assert change["Resource"] == [InstanceValues().instance_arn]
    assert {action.split(":")[0] for action in logs["Action"]} == {"logs"}
