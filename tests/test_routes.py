"""The deployed stack over HTTP; what it does to the instance is read from EC2."""

import json
import time
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from tests.conftest import Deployed


@pytest.fixture(scope="module")
def http() -> Generator[httpx.Client]:
    # Longer than the 29 s that API Gateway waits for an integration.
    with httpx.Client(timeout=35) as client:
        yield client


def instance_state(deployed: Deployed) -> str:
    found: Any = deployed.cloud.ec2.describe_instances(InstanceIds=[deployed.outputs["instanceId"]])
    return found["Reservations"][0]["Instances"][0]["State"]["Name"]


def end_of(deployed: Deployed, arn: str) -> Any:
    """The execution, when it has ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        execution = deployed.cloud.stepfunctions.describe_execution(executionArn=arn)
        if execution["status"] != "RUNNING":
            return execution
        time.sleep(0.2)
    raise TimeoutError(arn)


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    return document


def test_the_synchronous_route_toggles_the_instance_and_answers_with_the_output(
    deployed: Deployed, http: httpx.Client
) -> None:
    for _ in range(2):
        before = instance_state(deployed)
        answer = http.post(deployed.url("express-instance"), json={})
        action, after = {"running": ("stopped", "stopped"), "stopped": ("started", "running")}[
            before
        ]
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
        output = answer.json()
        assert answer.text == json.dumps(output, separators=(",", ":")), "the output, nothing else"
        assert output.pop("currentState") in {"pending", "running", "stopping", "stopped"}
        assert output == {
            "instanceId": deployed.outputs["instanceId"],
            "action": action,
            "previousState": before,
        }
        assert instance_state(deployed) == after


def test_the_asynchronous_route_answers_at_once_with_an_execution_that_waits(
    deployed: Deployed, http: httpx.Client
) -> None:
    before = instance_state(deployed)
    answer = http.post(deployed.url("standard-instance"), json={})
    started = answer.json()
    assert answer.status_code == 202
    assert started["executionArn"] == (
        deployed.outputs["stateMachineArns"]["standard-instance"].replace(
            ":stateMachine:", ":execution:"
        )
        + f":{started['execution']}"
    )
    assert started["status"] == "RUNNING"
    assert isinstance(started["startDate"], float)
    assert instance_state(deployed) == before

    execution = end_of(deployed, started["executionArn"])
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["previousState"] == before
    assert instance_state(deployed) == {"running": "stopped", "stopped": "running"}[before]
    waited = execution["stopDate"] - execution["startDate"]
    assert waited.total_seconds() >= 8


def test_a_failed_workflow_is_a_failed_request(deployed: Deployed, http: httpx.Client) -> None:
    answer = http.post(
        deployed.url("express-instance"), json={"instance_id": "i-0123456789abcdef0"}
    )
    assert answer.status_code == 404
    document = problem(answer)
    assert document["title"] == "Not Found"
    assert document["error"] == "InstanceNotFound"
    assert document["detail"].startswith("There is no such instance")
    assert document["execution"]
