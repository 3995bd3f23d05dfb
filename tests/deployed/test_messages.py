"""The messages that executions on the emulator send."""

import json
import re
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stepgate.progress.instrumentation import instrument
from stepgate.progress.sender import Sender
from stepgate.workflow import Definition
from tests.checks.generated import RUNNABLE, definitions
from tests.counts import counts
from tests.deployed.executions import run
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

Messages = list[dict[str, Any]]
SECONDS = 60


def received(
    deployed: Deployed, done: Callable[[dict[str, Messages]], bool]
) -> dict[str, Messages]:
    """What comes until it is done, of each execution in the order in which it came."""
    queue, sqs = deployed.outputs["progressQueueUrl"], deployed.cloud.sqs
    found: dict[str, Messages] = defaultdict(list)
    last = time.monotonic()
    while not done(found):
        assert time.monotonic() - last < SECONDS, {**found}
        got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2)
        for message in got.get("Messages", []):
            body = json.loads(message.get("Body", ""))
            found[body["execution"]].append(body)
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message.get("ReceiptHandle", ""))
            last = time.monotonic()
    return found


def is_last(message: dict[str, Any]) -> bool:
    return "state" not in message


def start(deployed: Deployed, workflow: str, body: Any) -> str:
    answer = httpx.post(deployed.url(workflow), json=body, timeout=SECONDS)
    assert answer.status_code == 202, answer.text
    return answer.json()["execution"]


def messages_of(deployed: Deployed, execution: str) -> Messages:
    """All of them, up to the last."""
    return received(deployed, lambda f: any(map(is_last, f[execution])))[execution]


def told(messages: Messages) -> list[str]:
    return [message.get("state", message["status"]) for message in messages]


def test_each_state_is_told_and_how_it_ended(deployed: Deployed) -> None:
    messages = messages_of(deployed, start(deployed, "parts", {"items": [1]}))
    assert told(messages) == ["First", "Each", "Part", "Last", "SUCCEEDED"]
    first, last = messages[0], messages[-1]
    machine = deployed.outputs["stateMachineArns"]["parts"]
    execution = {
        "workflow": "parts",
        "execution": last["execution"],
        "executionArn": f"{machine.replace(':stateMachine:', ':execution:')}:{last['execution']}",
    }
    assert "item" not in first
    assert first == execution | {"state": "First", "status": "ENTERED", "time": first["time"]}
    assert last == execution | {"status": "SUCCEEDED", "time": last["time"]}
    times = [message["time"] for message in messages]
    assert times == sorted(times)
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|\+00:00)"
    assert all(re.fullmatch(form, time) for time in times)


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_the_states_of_a_map_are_told_with_their_items(deployed: Deployed, language: str) -> None:
    def each(name: str, states: Definition) -> Definition:
        first = next(iter(states))
        processor = {"StartAt": first, "States": states}
        return {name: {"Type": "Map", "ItemProcessor": processor, "End": True}}

    branch = {"StartAt": "Branch", "States": {"Branch": {"Type": "Pass", "End": True}}}
    fork = {"Fork": {"Type": "Parallel", "Branches": [branch], "End": True}}
    definition = {
        "QueryLanguage": language,
        "StartAt": "Outer",
        "TimeoutSeconds": 20,
        "States": each("Outer", each("Inner", fork)),
    }
    sender = Sender(f"items-{language}", deployed.outputs["progressQueueUrl"])
    sending = instrument(definition, sender, milestones_only=False, reports_completion=False)
    end = run(deployed, sending, [[0, 0], [0, 0, 0]])
    assert end["status"] == "SUCCEEDED", end

    def sent(messages: dict[str, Messages]) -> Messages:
        return [each for each in chain(*messages.values()) if each["workflow"] == sender.workflow]

    messages = sent(received(deployed, lambda found: len(sent(found)) == 1 + 2 + 5 + 5))
    found = Counter((message["state"], message.get("item")) for message in messages)
    assert found == {
        ("Outer", None): 1,
        **{("Inner", item): 1 for item in range(2)},
        **{("Fork", item): 2 for item in range(2)},
        ("Fork", 2): 1,
        ("Branch", None): 5,
    }


def test_a_failure_is_told_with_its_error_and_its_cause(deployed: Deployed) -> None:
    body = {"fail": "Gone", "cause": """it's "gone" \\ é"""}
    messages = messages_of(deployed, start(deployed, "told-later", body))
    assert told(messages) == ["What is asked for", "Fail", "FAILED"]
    assert (messages[-1]["error"], messages[-1]["cause"]) == (body["fail"], body["cause"])


@pytest.mark.proof
@pytest.mark.parametrize("end", ["ABORTED", "TIMED_OUT"])
def test_an_end_from_outside_is_told_too(deployed: Deployed, end: str) -> None:
    execution = start(deployed, "told-later", {"wait": 20})
    if end == "ABORTED":
        messages = received(deployed, lambda f: "Wait" in told(f[execution]))[execution]
        stopped = httpx.delete(f"{deployed.url('told-later')}/{execution}")
        assert stopped.status_code == 202
        messages += messages_of(deployed, execution)
    else:
        messages = messages_of(deployed, execution)
    assert told(messages) == ["What is asked for", "Wait", end]


def test_a_synchronous_workflow_tells_milestones_and_its_end(deployed: Deployed) -> None:
    answer = httpx.post(deployed.url("told-now"), json={"wait": 0}, timeout=SECONDS)
    assert (answer.status_code, answer.json()) == (200, {"wait": 0})
    found = received(
        deployed,
        lambda f: any(is_last(m) for m in chain(*f.values()) if m["workflow"] == "told-now"),
    )
    (messages,) = (sent for sent in found.values() if sent[0]["workflow"] == "told-now")
    assert told(messages) == ["What is asked for", "SUCCEEDED"]
    assert messages[0]["executionArn"].split(":")[5] == "express"


def test_a_queue_that_is_gone_fails_no_workflow(deployed: Deployed) -> None:
    definition: Definition = {
        "StartAt": "A",
        "TimeoutSeconds": 20,
        "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}},
    }
    gone = deployed.outputs["progressQueueUrl"].replace("progress", "gone")
    sending = instrument(
        definition, Sender("it", gone), milestones_only=False, reports_completion=True
    )
    end = run(deployed, sending, {"x": [1]})
    assert (end["status"], json.loads(end["output"])) == ("SUCCEEDED", {"x": [1]})


def test_what_nobody_can_handle_is_put_aside(deployed: Deployed) -> None:
    queue = deployed.outputs["progressQueueUrl"]
    attributes = deployed.cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])[
        "Attributes"
    ]
    dead_letters = queue.replace("progress", "dead-letters")
    assert json.loads(attributes["RedrivePolicy"]) == {
        "deadLetterTargetArn": attributes["QueueArn"].replace("progress", "dead-letters"),
        "maxReceiveCount": 10,
    }
    assert attributes["SqsManagedSseEnabled"] == "true"
    assert attributes["MessageRetentionPeriod"] == str(4 * 24 * 3600)
    deployed.cloud.sqs.send_message(
        QueueUrl=queue, MessageBody="odd", MessageGroupId="odd", MessageDeduplicationId="odd"
    )
    for _ in range(10):
        deployed.cloud.sqs.change_message_visibility(
            QueueUrl=queue, ReceiptHandle=receipt_of(deployed, queue, "odd"), VisibilityTimeout=0
        )
    deployed.cloud.sqs.receive_message(QueueUrl=queue)  # SQS moves it when it is asked once more
    assert receipt_of(deployed, dead_letters, "odd")


def receipt_of(deployed: Deployed, queue: str, body: str) -> str:
    """Of the message of that body, when it has come."""
    while True:
        got = deployed.cloud.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
        (message,) = got["Messages"]
        receipt = message.get("ReceiptHandle", "")
        if message.get("Body") == body:
            return receipt
        deployed.cloud.sqs.delete_message(QueueUrl=queue, ReceiptHandle=receipt)


@pytest.mark.proof
@counts(40, bench=200)
def test_of_many_executions_at_once_no_message_is_lost_and_none_out_of_order(
    deployed: Deployed, count: int
) -> None:
    with ThreadPoolExecutor(20) as threads:
        started = [
            *threads.map(start, [deployed] * count, ["parts"] * count, [{"items": [1, 2]}] * count)
        ]
    found = received(deployed, lambda f: sum(is_last(f[e][-1]) for e in started if f[e]) == count)
    assert Counter(tuple(told(found[execution])) for execution in started) == {
        ("First", "Each", "Part", "Part", "Last", "SUCCEEDED"): count
    }
    for execution in started:
        one_by_one = [m["time"] for m in found[execution] if m.get("state") != "Part"]
        assert one_by_one == sorted(one_by_one)


INPUTS: list[Any] = [
    {"a": {"c": 1}, "list": [{"id": 1}, {"id": 2}], "n": 4, "seconds": 0, "b": ["x"]},
    {"a": "x", "a b": {"c": "it's"}, "b": ["y"], "cause": "that", "seconds": 0, "list": []},
    {},
]


# A States.UUID(), and the number of an event, before which there are more with sending states.
CHANGING = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|event id #\d+"


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # a definition may be large
@settings(
    max_examples=20,
    phases=[Phase.generate],  # to shrink what fails would take too long
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(definition=definitions(mode="sync", calls=RUNNABLE), data=st.sampled_from(INPUTS))
def test_with_messages_a_workflow_ends_as_without(
    deployed: Deployed, definition: Definition, data: Any
) -> None:
    sender = Sender("generated", deployed.outputs["progressQueueUrl"])
    plain = ended(deployed, definition, data)
    for reports_completion in (False, True):
        sending = instrument(
            definition, sender, milestones_only=False, reports_completion=reports_completion
        )
        end = ended(deployed, sending, data)
        assert end == plain or (end.a_branch_failed and plain.a_branch_failed)


@dataclass(frozen=True)
class End:
    """How an execution ends, without what differs each time."""

    fields: dict[str, str]
    a_branch_failed: bool
    """Of a Parallel or a Map. Which fails first decides how it goes on, and messages take time."""


def ended(deployed: Deployed, definition: Definition, data: Any) -> End:
    client = deployed.cloud.stepfunctions
    machine = client.create_state_machine(
        name=f"generated-{uuid.uuid4()}",
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::000000000000:role/any",
    )["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine, input=json.dumps(data))[
        "executionArn"
    ]

    def result() -> dict[str, Any]:
        found = client.describe_execution(executionArn=execution)
        return {} if found["status"] == "RUNNING" else {**found}

    end = await_(result, "the end of an execution", SECONDS)
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    types = {event["type"] for page in pages for event in page["events"]}
    client.delete_state_machine(stateMachineArn=machine)
    told = ("status", "output", "error", "cause")
    return End(
        {field: re.sub(CHANGING, "…", end.get(field, "")) for field in told},
        a_branch_failed=not types.isdisjoint({"ParallelStateFailed", "MapStateFailed"}),
    )
