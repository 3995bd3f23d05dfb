"""Task tokens, timeouts and errors on the emulator, as AWS has them."""

import json
from collections.abc import Generator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepgate.workflow import Definition
from tests.deployed.executions import run
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

pytestmark = pytest.mark.proof

_names = (f"tasks-{i}" for i in count())


class Callbacks:
    """A queue that tokens arrive in, and executions that send them there."""

    def __init__(self, deployed: Deployed) -> None:
        self.cloud = deployed.cloud
        self.queue = self.cloud.sqs.create_queue(QueueName=next(_names))["QueueUrl"]

    def start(self, machine: Definition | None = None, /, **fields: Any) -> str:
        """A Standard execution of a task that waits for its token, with these fields."""
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": self.queue, "MessageBody.$": "$$.Task.Token"},
            "End": True,
        }
        definition = {"StartAt": "A", "States": {"A": task | fields}, **(machine or {})}
        arn = self.cloud.stepfunctions.create_state_machine(
            name=next(_names),
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::000000000000:role/any",
        )["stateMachineArn"]
        return self.cloud.stepfunctions.start_execution(stateMachineArn=arn)["executionArn"]

    def token(self) -> str:
        def received() -> str:
            got = self.cloud.sqs.receive_message(QueueUrl=self.queue, WaitTimeSeconds=2)
            for message in got.get("Messages", []):
                receipt = message.get("ReceiptHandle", "")
                self.cloud.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=receipt)
                return message.get("Body", "")
            return ""

        return await_(received, "a token")

    def succeed(self, token: str, output: str = "1") -> None:
        self.cloud.stepfunctions.send_task_success(taskToken=token, output=output)

    def end(self, execution: str) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            found: Any = self.cloud.stepfunctions.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        found = await_(ended, "the end")
        assert found
        return found


@pytest.fixture(scope="module")
def callbacks(deployed: Deployed) -> Generator[Callbacks]:
    made = Callbacks(deployed)
    yield made
    made.cloud.sqs.delete_queue(QueueUrl=made.queue)


def test_a_token_is_taken_once(callbacks: Callbacks) -> None:
    execution = callbacks.start()
    token = callbacks.token()
    callbacks.succeed(token, '"first"')
    for _ in range(2):
        with pytest.raises(ClientError, match="TaskTimedOut"):
            callbacks.succeed(token, '"second"')
        assert callbacks.end(execution)["output"] == '"first"'
    with pytest.raises(ClientError, match="TaskTimedOut"):
        callbacks.cloud.stepfunctions.send_task_heartbeat(taskToken=token)
    with pytest.raises(ClientError, match="InvalidToken"):
        callbacks.succeed("another")


def test_an_output_that_is_no_json_leaves_the_token(callbacks: Callbacks) -> None:
    execution = callbacks.start()
    token = callbacks.token()
    for output in ("no JSON", ""):
        with pytest.raises(ClientError, match="InvalidOutput"):
            callbacks.succeed(token, output)
    callbacks.succeed(token)
    assert callbacks.end(execution)["output"] == "1"


@pytest.mark.parametrize("fields", [{"TimeoutSeconds": 4}, {"HeartbeatSeconds": 4}])
def test_a_token_ends_with_its_time(callbacks: Callbacks, fields: dict[str, int]) -> None:
    execution = callbacks.start(**fields)
    token = callbacks.token()
    end = callbacks.end(execution)
    assert (end["status"], end["error"]) == ("FAILED", "States.Timeout")
    with pytest.raises(ClientError, match="TaskTimedOut"):
        callbacks.succeed(token)


@pytest.mark.parametrize("end", ["ABORTED", "TIMED_OUT"])
def test_a_token_ends_with_its_execution(callbacks: Callbacks, end: str) -> None:
    execution = callbacks.start({} if end == "ABORTED" else {"TimeoutSeconds": 4})
    token = callbacks.token()
    if end == "ABORTED":
        callbacks.cloud.stepfunctions.stop_execution(executionArn=execution)
    assert callbacks.end(execution)["status"] == end
    with pytest.raises(ClientError, match="TaskTimedOut"):
        callbacks.succeed(token)


def test_a_retry_waits_for_a_token_of_its_own(callbacks: Callbacks) -> None:
    retry = {"ErrorEquals": ["Mine"], "IntervalSeconds": 1, "MaxAttempts": 1}
    execution = callbacks.start(Retry=[retry])
    first = callbacks.token()
    callbacks.cloud.stepfunctions.send_task_failure(taskToken=first, error="Mine")
    second = callbacks.token()
    assert second != first
    with pytest.raises(ClientError, match="TaskTimedOut"):
        callbacks.succeed(first)
    callbacks.succeed(second)
    assert callbacks.end(execution)["output"] == "1"


@pytest.mark.bench
def test_heartbeats_keep_a_task_for_more_than_a_minute(callbacks: Callbacks) -> None:
    execution = callbacks.start(HeartbeatSeconds=30)
    token = callbacks.token()
    send = callbacks.cloud.stepfunctions.send_task_heartbeat
    ticks = count()
    await_(lambda: send(taskToken=token) and next(ticks) > 7_000, "70 seconds", seconds=300)
    callbacks.succeed(token)
    assert callbacks.end(execution)["output"] == "1"


# Errors


def failing(error: Any) -> Definition:
    fail = {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "States.Format('{}', $.Error)"}
    again = {"ErrorEquals": ["States.ALL"], "Next": "Again"}
    states = {
        "A": {"Type": "Task", **error, "Catch": [again], "End": True},
        "Again": fail,
    }
    return {"StartAt": "A", "States": states}


def test_a_fail_state_fails_again_with_what_was_caught(deployed: Deployed) -> None:
    queue = deployed.cloud.sqs.create_queue(QueueName=next(_names))["QueueUrl"]
    slow = {
        "Resource": "arn:aws:states:::aws-sdk:sqs:receiveMessage",
        "Parameters": {"QueueUrl": queue, "WaitTimeSeconds": 20},
        "TimeoutSeconds": 1,
    }
    end = run(deployed, failing(slow))
    assert (end["status"], end["error"]) == ("FAILED", "States.Timeout")
    assert end["cause"] == "States.Timeout"


@pytest.mark.parametrize(
    ("action", "request_", "error"),
    [
        ("ec2:describeInstances", {"InstanceIds": ["i-0123456789abcdef0"]}, "Ec2.Ec2Exception"),
        ("sqs:getQueueUrl", {"QueueName": "missing"}, "Sqs.QueueDoesNotExistException"),
        ("iam:getRole", {"RoleName": "missing"}, "Iam.NoSuchEntityException"),
    ],
)
def test_errors_have_the_names_of_the_sdk_for_java(
    deployed: Deployed, action: str, request_: Any, error: str
) -> None:
    task = {"Resource": f"arn:aws:states:::aws-sdk:{action}", "Parameters": request_}
    assert run(deployed, failing(task))["error"] == error
