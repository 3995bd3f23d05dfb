"""Executions that are redriven on the emulator, as on AWS."""

import json
import subprocess
from itertools import count
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from stepgate.emulator_environment import emulator_python
from stepgate.local.steps import Steps
from stepgate.workflow import Definition
from tests.conftest import REPOSITORY
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

pytestmark = pytest.mark.proof

_names = (f"redrives-{i}" for i in count())


def start(deployed: Deployed, definition: Definition, data: Any = None, **fields: Any) -> str:
    """The ARN of an execution of a definition that belongs to no stack."""
    aws = deployed.cloud.stepfunctions
    arn = aws.create_state_machine(
        name=next(_names),
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::000000000000:role/any",
        **fields,
    )["stateMachineArn"]
    started = aws.start_execution(stateMachineArn=arn, input=json.dumps(data or {}))
    return started["executionArn"]


def describe(deployed: Deployed, arn: str) -> dict[str, Any]:
    found: Any = deployed.cloud.stepfunctions.describe_execution(executionArn=arn)
    return found


def redrive(deployed: Deployed, arn: str, **options: Any) -> Any:
    return deployed.cloud.stepfunctions.redrive_execution(executionArn=arn, **options)


def end(deployed: Deployed, arn: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found = describe(deployed, arn)
        return None if found["status"] == "RUNNING" else found

    found = await_(ended, "the end")
    assert found
    return found


def history(deployed: Deployed, arn: str) -> list[dict[str, Any]]:
    found: Any = deployed.cloud.stepfunctions.get_execution_history(executionArn=arn)
    return found["events"]


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def sending(queue_name: str, **fields: Any) -> dict[str, Any]:
    """A state that fails until there is the queue."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {
            "QueueUrl": f"http://127.0.0.1/000000000000/{queue_name}",
            "MessageBody": "m",
        },
        "ResultPath": None,
        **fields,
    }


def test_a_redrive_continues_from_the_state_that_has_failed(deployed: Deployed) -> None:
    queue = next(_names)
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    definition = {
        "StartAt": "Before",
        "States": {
            "Before": {"Type": "Pass", "Assign": {"b": {"c": 7}}, "Result": 1, "Next": "Send"},
            "Send": sending(queue, Retry=retry, Next="Last"),
            "Last": {
                "Type": "Pass",
                "Parameters": {
                    "in.$": "$",
                    "b.$": "$b.c",
                    "count.$": "$$.Execution.RedriveCount",
                    "time.$": "$$.Execution.RedriveTime",
                },
                "End": True,
            },
        },
    }
    arn = start(deployed, definition)
    failed = end(deployed, arn)
    assert (failed["status"], failed["redriveCount"]) == ("FAILED", 0)
    assert failed["redriveStatus"] == "REDRIVABLE"
    assert "redriveDate" not in failed
    before = history(deployed, arn)
    assert types(before).count("TaskScheduled") == 2

    redrive(deployed, arn)
    assert end(deployed, arn)["redriveCount"] == 1, "it has failed again, after its retries"
    again = history(deployed, arn)
    assert again[: len(before)] == before
    assert types(again[len(before) :]) == [
        *("ExecutionRedriven", "TaskScheduled", "TaskStarted", "TaskFailed", "TaskScheduled"),
        *("TaskStarted", "TaskFailed", "ExecutionFailed"),
    ]

    deployed.cloud.sqs.create_queue(QueueName=queue)
    date = redrive(deployed, arn)["redriveDate"]
    found = end(deployed, arn)
    assert found["status"] == "SUCCEEDED", found
    assert (found["redriveCount"], found["redriveDate"]) == (2, date)
    assert not {"error", "cause"} & found.keys()
    assert found["redriveStatus"] == "NOT_REDRIVABLE"
    assert found["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven."
    output = json.loads(found["output"])
    assert output.pop("time").endswith("Z")
    assert output == {"in": 1, "b": 7, "count": 2}

    events = history(deployed, arn)
    assert [event["id"] for event in events] == [*range(1, len(events) + 1)]
    *_, marker = (event for event in events if event["type"] == "ExecutionRedriven")
    assert marker["executionRedrivenEventDetails"] == {"redriveCount": 2}
    assert types(events).count("TaskStateEntered") == 1
    entered = types(events).index("TaskStateEntered") + 1
    assert events[marker["id"]]["previousEventId"] == entered, "it belongs to that entry"
    machine = found["stateMachineArn"]
    (listed,) = deployed.cloud.stepfunctions.list_executions(stateMachineArn=machine)["executions"]
    assert (listed.get("redriveCount"), listed.get("redriveDate")) == (2, date)


WAITING: Definition = {
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}},
}


def test_what_runs_or_has_succeeded_is_not_redriven(deployed: Deployed) -> None:
    aws = deployed.cloud.stepfunctions
    running = start(deployed, WAITING)
    with pytest.raises(aws.exceptions.ExecutionNotRedrivable, match="is RUNNING and cannot be"):
        redrive(deployed, running)
    aws.stop_execution(executionArn=running)
    answer: Definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    succeeded = start(deployed, answer)
    end(deployed, succeeded)
    with pytest.raises(aws.exceptions.ExecutionNotRedrivable, match="is SUCCEEDED and cannot"):
        redrive(deployed, succeeded)
    with pytest.raises(ClientError, match=r"\(ExecutionDoesNotExist\)"):
        redrive(deployed, f"{succeeded}-not")
    with pytest.raises(ClientError, match=r"\(InvalidArn\)"):
        redrive(deployed, start(deployed, answer, type="EXPRESS"))


def test_the_same_request_redrives_once(deployed: Deployed) -> None:
    aws = deployed.cloud.stepfunctions
    arn = start(deployed, WAITING)
    aws.stop_execution(executionArn=arn)
    end(deployed, arn)
    dates = {redrive(deployed, arn, clientToken="t")["redriveDate"] for _ in range(3)}
    assert len(dates) == 1
    running = describe(deployed, arn)
    assert (running["status"], running["redriveCount"]) == ("RUNNING", 1)
    assert "stopDate" not in running
    aws.stop_execution(executionArn=arn)
    assert end(deployed, arn)["status"] == "ABORTED"


def test_what_has_timed_out_has_its_time_again_and_a_new_token(deployed: Deployed) -> None:
    queue = deployed.cloud.sqs.create_queue(QueueName=next(_names))["QueueUrl"]
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
        "End": True,
    }

    def token() -> str:
        def received() -> str:
            got = deployed.cloud.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2)
            return next((m.get("Body", "") for m in got.get("Messages", [])), "")

        return await_(received, "a token")

    arn = start(deployed, {"StartAt": "A", "TimeoutSeconds": 2, "States": {"A": task}})
    first = token()
    assert end(deployed, arn)["status"] == "TIMED_OUT"
    redrive(deployed, arn)
    second = token()
    assert first != second
    aws = deployed.cloud.stepfunctions
    with pytest.raises(ClientError, match="TaskTimedOut"):
        aws.send_task_success(taskToken=first, output="1")
    aws.send_task_success(taskToken=second, output="2")
    found = end(deployed, arn)
    assert (found["status"], found["output"]) == ("SUCCEEDED", "2")


def test_a_map_is_run_again_as_a_whole(deployed: Deployed) -> None:
    """AWS runs only the iterations that have failed or were aborted: docs/emulator.md says so."""
    queue = next(_names)
    item = {
        "StartAt": "Is it the second?",
        "States": {
            "Is it the second?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "Send"}],
                "Default": "Done",
            },
            "Send": sending(queue, Next="Done"),
            "Done": {"Type": "Pass", "End": True},
        },
    }
    each = {"Type": "Map", "ItemProcessor": item, "MaxConcurrency": 1, "End": True}
    arn = start(deployed, {"StartAt": "Each", "States": {"Each": each}}, [1, 2])
    assert end(deployed, arn)["status"] == "FAILED"
    deployed.cloud.sqs.create_queue(QueueName=queue)
    redrive(deployed, arn)
    found = end(deployed, arn)
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", [1, 2])
    assert types(history(deployed, arn)).count("MapStateEntered") == 1
    assert types(history(deployed, arn)).count("MapIterationStarted") == 4


def test_a_route_shows_an_execution_that_is_redriven(deployed: Deployed) -> None:
    url = deployed.url("later")
    started = httpx.post(url, json={"wait": 2}).json()
    location = f"{url}/{started['execution']}"
    httpx.delete(location)
    stopped = end(deployed, started["executionArn"])
    assert httpx.get(location).json()["stopDate"] == stopped["stopDate"].timestamp()
    redrive(deployed, started["executionArn"])
    running = httpx.get(location).json()
    assert running["status"] == "RUNNING"
    assert not {"stopDate", "error", "cause", "output"} & running.keys()
    end(deployed, started["executionArn"])
    succeeded = httpx.get(location).json()
    assert (succeeded["status"], succeeded["output"]) == ("SUCCEEDED", {"wait": 2})
    assert {"stopDate", "output"} < succeeded.keys()


REASONS = """
import datetime, json, sys
from types import SimpleNamespace
sys.path.append(sys.argv[1])
from corrections.redrives import reason_against

now = datetime.datetime(2026, 11, 30)
def execution(started, ended, events):
    day = datetime.timedelta(days=1)
    return SimpleNamespace(
        exec_status="FAILED", start_date=now - started * day, stop_date=now - ended * day,
        to_history_output=lambda: {"events": [None] * events},
    )
print(json.dumps([reason_against(execution(*each), now) for each in json.loads(sys.argv[2])]))
"""


def test_what_is_too_old_or_too_long_is_not_redriven() -> None:
    python = emulator_python(Steps(Console(quiet=True)).step)
    cases = [(20, 14, 24_998), (20, 14.1, 9), (366, 1, 9), (1, 0, 24_999)]
    said = subprocess.check_output(
        [python, "-c", REASONS, REPOSITORY / "src/stepgate/emulator", json.dumps(cases)]
    )
    assert json.loads(said) == [
        None,
        "Execution redrivable period exceeded.",
        "Execution has exceeded the max execution time.",
        "Execution history event limit exceeded.",
    ]
