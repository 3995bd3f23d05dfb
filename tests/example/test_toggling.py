"""The instance workflows, run with mocked answers."""

from typing import Any

import pytest

from stepgate.testing import Answer, Result, fails, returns, run
from workflows.instance import EXPRESS_INSTANCE, RETRY, STANDARD_INSTANCE

pytestmark = pytest.mark.emulator

OWN, OTHER = "i-0123456789abcdef0", "i-0fedcba9876543210"
DESCRIBE, NAME = "Describe the instance", "Name the failure"
STOP, START = "Stop the instance", "Start the instance"
REFUSED = "You are not authorized to perform this operation"


def described(state: str, instance: str = OWN) -> Answer:
    found = {"InstanceId": instance, "State": {"Name": state}}
    return returns({"Reservations": [{"Instances": [found]}]})


def changed(member: str, before: str, after: str) -> Answer:
    change = {"PreviousState": {"Name": before}, "CurrentState": {"Name": after}}
    return returns({member: [{"InstanceId": OWN, **change}]})


def toggle(input_: dict[str, Any], **mocks: Answer | list[Answer]) -> Result:
    """The synchronous workflow, after the asynchronous one has done the same, but for its delay.

    The mocks are named by the first word of their states.
    """
    states = {"describe": DESCRIBE, "stop": STOP, "start": START}
    answers = {states[name]: answer for name, answer in mocks.items()}
    values: dict[str, Any] = {"instance_id": OWN}
    result = run(EXPRESS_INSTANCE, input_, values=values, mocks=answers)
    later = run(STANDARD_INSTANCE, input_, values=values | {"delay_seconds": 7}, mocks=answers)
    assert later.path == ["Delay", *result.path]
    assert later.seconds == result.seconds + 7
    for name in ("status", "output", "error", "cause", "retries", "calls"):
        assert getattr(later, name) == getattr(result, name)
    return result


def test_a_running_instance_is_stopped() -> None:
    change = changed("StoppingInstances", "running", "stopping")
    result = toggle({}, describe=described("running"), stop=change)
    own = ["Choose the instance", "Take the stack's instance"]
    assert result.path == [*own, DESCRIBE, "Choose the action", STOP]
    assert result.calls[DESCRIBE][0].resource == "arn:aws:states:::aws-sdk:ec2:describeInstances"
    assert result.calls[DESCRIBE][0].arguments == {
        "Filters": [{"Name": "instance-id", "Values": [OWN]}],
        "MaxResults": 5,
    }
    assert result.calls[STOP][0].resource == "arn:aws:states:::aws-sdk:ec2:stopInstances"
    assert result.calls[STOP][0].arguments == {"InstanceIds": [OWN]}
    assert result.output == {
        "instanceId": OWN,
        "action": "stopped",
        "previousState": "running",
        "currentState": "stopping",
    }
    assert result.http.status == 200


def test_a_stopped_instance_is_started() -> None:
    change = changed("StartingInstances", "stopped", "pending")
    result = toggle({"instance_id": OWN}, describe=described("stopped"), start=change)
    assert result.path == ["Choose the instance", DESCRIBE, "Choose the action", START]
    assert result.calls[START][0].resource == "arn:aws:states:::aws-sdk:ec2:startInstances"
    assert result.calls[START][0].arguments == {"InstanceIds": [OWN]}
    assert result.output == {
        "instanceId": OWN,
        "action": "started",
        "previousState": "stopped",
        "currentState": "pending",
    }


@pytest.mark.parametrize("state", ["pending", "stopping", "shutting-down"])
def test_an_instance_on_its_way_is_left(state: str) -> None:
    result = toggle({"instance_id": OWN}, describe=described(state))
    assert result.path[-1] == "Leave the instance"
    assert result.output == {
        "instanceId": OWN,
        "action": "none",
        "previousState": state,
        "currentState": state,
    }


@pytest.mark.parametrize(
    "answer",
    [described("terminated"), described("running", OTHER), returns({"Reservations": []})],
)
def test_an_instance_that_is_not_there_is_not_found(answer: Answer) -> None:
    result = toggle({"instance_id": OWN}, describe=answer)
    assert result.path[-2:] == ["Choose the action", "Instance not found"]
    assert (result.error, result.http.status) == ("InstanceNotFound", 404)


def test_an_id_that_is_not_text_is_not_found() -> None:
    result = toggle({"instance_id": 7})
    assert result.path == ["Choose the instance", "Instance not found"]


@pytest.mark.parametrize(
    ("cause", "error", "code"),
    [
        (f"{REFUSED}.", "InstanceForbidden", 403),
        (f"The instance ID '{OWN}' does not exist", "InstanceNotFound", 404),
        ("Request limit exceeded", "InstanceUnavailable", 502),
    ],
)
@pytest.mark.parametrize("at", ["describe", "stop", "start"])
def test_a_refusal_is_named(at: str, cause: str, error: str, code: int) -> None:
    refused = fails("Ec2.Ec2Exception", cause)
    state = "running" if at == "stop" else "stopped"
    answers = {"describe": described(state), at: refused}
    result = toggle({"instance_id": OWN}, **answers)
    assert (result.error, result.http.status) == (error, code)
    assert result.path[-2] == NAME
    assert sum(result.retries.values()) == RETRY[0]["MaxAttempts"] == 2
    assert result.seconds == 1 + 2
    if error == "InstanceUnavailable":
        assert result.cause == cause


@pytest.mark.parametrize("at", ["describe", "stop", "start"])
def test_a_lost_connection_is_tried_again(at: str) -> None:
    is_stop = at == "stop"
    member = "StoppingInstances" if is_stop else "StartingInstances"
    answers: dict[str, Answer] = {
        "describe": described("running" if is_stop else "stopped"),
        "stop" if is_stop else "start": changed(member, "a", "b"),
    }
    lost = fails("Ec2.SdkClientException", "Unable to execute HTTP request")
    result = toggle({}, **answers | {at: [lost, lost, answers[at]]})
    assert result.status == "SUCCEEDED"
    assert sum(result.retries.values()) == 2


def test_a_timeout_of_the_work_is_a_504() -> None:
    slow = returns({"Reservations": []}, after=21)
    assert toggle({}, describe=slow).http.status == 504


def test_the_asynchronous_workflow_waits_first() -> None:
    result = run(
        STANDARD_INSTANCE,
        values={"instance_id": OWN, "delay_seconds": 29},
        mocks={DESCRIBE: described("pending")},
    )
    assert result.path[:2] == ["Delay", "Choose the instance"]
    assert result.seconds == 29
    assert result.http.status == 202
