"""The example's routes over HTTP; what they do to the instance is read from EC2."""

import json
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from tests.deployed.stacks import Deployed
from tests.deployed.test_messages import messages_of, start, told
from tests.example.conftest import DELAY_SECONDS
from tests.local.processes import await_


@pytest.fixture(scope="module")
def http() -> Generator[httpx.Client]:
    # Longer than the 29 s that API Gateway waits for an integration.
    with httpx.Client(timeout=35) as client:
        yield client


def instance_state(example: Deployed) -> str:
    found: Any = example.cloud.ec2.describe_instances(InstanceIds=[example.outputs["instanceId"]])
    return found["Reservations"][0]["Instances"][0]["State"]["Name"]


def end_of(example: Deployed, arn: str) -> Any:
    """The execution, when it has ended."""

    def ended() -> Any:
        found: Any = example.cloud.stepfunctions.describe_execution(executionArn=arn)
        return found if found["status"] != "RUNNING" else None

    return await_(ended, f"the end of {arn}")


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    return document


def test_the_synchronous_route_toggles_the_instance_and_answers_with_the_output(
    example: Deployed, http: httpx.Client
) -> None:
    for _ in range(2):
        before = instance_state(example)
        answer = http.post(example.url("express-instance"), json={})
        action, after = {"running": ("stopped", "stopped"), "stopped": ("started", "running")}[
            before
        ]
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
        output = answer.json()
        assert answer.text == json.dumps(output, separators=(",", ":")), "the output, nothing else"
        assert output.pop("currentState") in {"pending", "running", "stopping", "stopped"}
        assert output == {
            "instanceId": example.outputs["instanceId"],
            "action": action,
            "previousState": before,
        }
        assert instance_state(example) == after


def test_the_asynchronous_route_answers_at_once_with_an_execution_that_waits(
    example: Deployed, http: httpx.Client
) -> None:
    before = instance_state(example)
    answer = http.post(example.url("standard-instance"), json={})
    started = answer.json()
    assert answer.status_code == 202
    assert started["executionArn"] == (
        example.outputs["stateMachineArns"]["standard-instance"].replace(
            ":stateMachine:", ":execution:"
        )
        + f":{started['execution']}"
    )
    assert started["status"] == "RUNNING"
    assert isinstance(started["startDate"], float)
    assert instance_state(example) == before

    execution = end_of(example, started["executionArn"])
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["previousState"] == before
    assert instance_state(example) == {"running": "stopped", "stopped": "running"}[before]
    waited = execution["stopDate"] - execution["startDate"]
    assert waited.total_seconds() >= DELAY_SECONDS


def test_a_failed_workflow_is_a_failed_request(example: Deployed, http: httpx.Client) -> None:
    answer = http.post(example.url("express-instance"), json={"instance_id": "i-0123456789abcdef0"})
    assert answer.status_code == 404
    document = problem(answer)
    assert document["title"] == "Not Found"
    assert document["error"] == "InstanceNotFound"
    assert document["detail"].startswith("There is no such instance")
    assert document["execution"]


@pytest.mark.proof
def test_the_asynchronous_workflow_tells_each_state(example: Deployed) -> None:
    messages = messages_of(example, start(example, "standard-instance", {}))
    *before, change, end = told(messages)
    assert before == [
        *("Delay", "Choose the instance", "Take the stack's instance", "Describe the instance"),
        "Choose the action",
    ]
    assert change in ("Start the instance", "Stop the instance")
    assert end == "SUCCEEDED"
