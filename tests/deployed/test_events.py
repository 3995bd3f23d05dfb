"""Executions that wait for events, continued over HTTP."""

import json
import time
import uuid
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import boto3
import httpx
import pytest

from tests.counts import counts
from tests.deployed.stacks import Deployed, deploy_beside
from tests.deployed.test_contract import JSON, ended, problem, start
from tests.local.processes import await_

pytestmark = pytest.mark.proof

SECONDS = 60
"""Longer than an execution takes on a busy machine."""
AT_ONCE = 5


@pytest.fixture(scope="module")
def waiting(deployed: Deployed) -> Deployed:
    """A stack with workflows that wait."""
    names = ["approved", "in-time", "each-approved", "each-apart", "order"]
    return deploy_beside(deployed, "waiting", workflows=names)


@pytest.fixture(scope="module")
def http() -> Generator[httpx.Client]:
    with httpx.Client(timeout=SECONDS) as client:
        yield client


@pytest.fixture(scope="module")
def dynamodb(waiting: Deployed) -> Any:
    session: Any = boto3.Session("test", "test", region_name=waiting.cloud.region)
    return session.client("dynamodb", endpoint_url=waiting.cloud.endpoint)


@pytest.fixture(scope="module")
def table(dynamodb: Any, waiting: Deployed) -> str:
    [name] = [each for each in dynamodb.list_tables()["TableNames"] if f"-{waiting.stack}-" in each]
    return name


Start = Callable[..., str]


@pytest.fixture
def started(http: httpx.Client, waiting: Deployed) -> Start:
    """Starts an execution, and returns its URL when it waits for so many events."""

    def begin(workflow: str, body: Any = None, events: int = 1) -> str:
        url, _ = start(http, waiting.url(workflow), body or {})
        await_(lambda: len(waited(http, url)) == events, "its waits", SECONDS)
        return url

    return begin


def waited(http: httpx.Client, execution: str) -> list[dict[str, Any]]:
    answer = http.get(f"{execution}/events")
    assert answer.status_code == 200, answer.text
    return answer.json()["events"]


def send(http: httpx.Client, execution: str, event: str, body: Any = None) -> httpx.Response:
    return http.post(f"{execution}/events/{event}", json=body or {})


@contextmanager
def changed(waiting: Deployed, change: Callable[[dict[str, Any]], None]) -> Generator[None]:
    """The events' state machine with another definition, for a while."""
    client = waiting.cloud.stepfunctions
    [arn] = [
        machine["stateMachineArn"]
        for page in client.get_paginator("list_state_machines").paginate()
        for machine in page["stateMachines"]
        if f"{waiting.stack}-api-events" in machine["name"]
    ]
    written = client.describe_state_machine(stateMachineArn=arn)["definition"]
    definition = json.loads(written)
    change(definition["States"])
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))
    yield
    client.update_state_machine(stateMachineArn=arn, definition=written)


def test_an_event_continues_its_execution_with_the_body(http: httpx.Client, started: Start) -> None:
    execution = started("approved", {"it's": 1, "pay": True})
    [event] = waited(http, execution)
    assert event["event"] == "approval"
    assert event["until"] - event["since"] == 300
    assert event["since"] <= time.time()
    body = '{"approved": true, "it\'s": "a \\"quote\\", a \\\\ and é", "n": 12345678901234567890}'
    sent = http.post(f"{execution}/events/approval", content=body, headers=JSON)
    assert (sent.status_code, sent.json()) == (202, {"event": "approval"})
    assert sent.headers["Content-Type"] == "application/json"
    await_(lambda: [each["event"] for each in waited(http, execution)] == ["payment"], "payment")
    assert send(http, execution, "payment", [1]).status_code == 202
    found = ended(http, execution)
    assert found["output"] == {
        "it's": 1,
        "pay": True,
        "approval": json.loads(body),
        "payment": [1],
    }
    assert waited(http, execution) == []


def test_an_event_is_taken_once(http: httpx.Client, started: Start) -> None:
    execution = started("approved")
    assert send(http, execution, "approval").status_code == 202
    assert problem(send(http, execution, "approval"), 409)["error"] == "AlreadyAnswered"
    assert ended(http, execution)["status"] == "SUCCEEDED"
    assert problem(send(http, execution, "approval"), 409)


def test_what_is_not_waited_for_is_404(
    http: httpx.Client, waiting: Deployed, started: Start
) -> None:
    execution = started("approved")
    name = execution.rpartition("/")[2]
    other = waiting.url("in-time")
    for answer in (
        send(http, execution, "payment"),  # an event that comes early
        send(http, f"{waiting.url('approved')}/unknown", "approval"),
        send(http, f"{waiting.url('approved')}/{'x' * 3000}", "approval"),
        send(http, f"{other}/{name}", "approval"),
        http.get(f"{other}/{name}/events"),
    ):
        assert problem(answer, 404)["error"] == "NotWaiting"
    assert problem(send(http, execution, "unknown"), 403)
    assert send(http, execution, "approval").status_code == 202


def test_a_body_that_is_no_json_or_breaks_the_schema_is_400(
    http: httpx.Client, started: Start
) -> None:
    execution = started("approved", {"pay": True})
    assert problem(send(http, execution, "approval", {"approved": "yes"}), 400)
    assert send(http, execution, "approval").status_code == 202
    await_(lambda: waited(http, execution), "the payment")
    for body in ("no JSON", "{", '{"a": 1} "b"'):
        answer = http.post(f"{execution}/events/payment", content=body, headers=JSON)
        assert problem(answer, 400)["error"] == "InvalidBody"
    xml = http.post(f"{execution}/events/payment", content="<a/>", headers={"Content-Type": "a/b"})
    assert problem(xml, 415)
    assert send(http, execution, "payment").status_code == 202


def test_an_event_after_the_timeout_is_410(
    http: httpx.Client, waiting: Deployed, started: Start
) -> None:
    execution = started("in-time")
    arn = http.get(execution).json()["executionArn"]
    machines = waiting.cloud.client("stepfunctions")

    def has_timed_out() -> bool:
        events = machines.get_execution_history(executionArn=arn)["events"]
        return "TaskTimedOut" in {event["type"] for event in events}

    await_(has_timed_out, "its timeout", SECONDS)
    assert waited(http, execution) == []
    for _ in range(2):
        assert problem(send(http, execution, "approval"), 410)["error"] == "NoLongerWaiting"


def test_each_item_of_a_map_waits_for_its_own_event(http: httpx.Client, started: Start) -> None:
    execution = started("each-approved", {"items": ["a", "b", "c"]}, events=3)
    found = sorted(each["event"] for each in waited(http, execution))
    assert found == ["approval/0", "approval/1", "approval/2"]
    assert problem(send(http, execution, "approval/3"), 404)
    for item in (2, 0, 1):
        sent = send(http, execution, f"approval/{item}", {"item": item})
        assert (sent.status_code, sent.json()) == (202, {"event": f"approval/{item}"})
        assert problem(send(http, execution, f"approval/{item}"), 409)
    assert ended(http, execution)["output"] == [{"item": 0}, {"item": 1}, {"item": 2}]


def test_items_of_a_distributed_map_wait_at_the_route_of_their_map(
    http: httpx.Client, started: Start
) -> None:
    execution = started("each-apart", {"items": ["a", "b"]}, events=2)
    for item in ("b", "a"):
        assert send(http, execution, f"approval/{item}", {"id": item}).status_code == 202
    assert ended(http, execution)["output"] == [{"id": "a"}, {"id": "b"}]


def test_a_stopped_execution_leaves_nothing_behind(
    http: httpx.Client, dynamodb: Any, table: str, started: Start
) -> None:
    execution = started("approved")
    assert http.delete(execution).status_code == 202
    arn = ended(http, execution)["executionArn"]
    key = {"execution": {"S": arn}, "event": {"S": "approval"}}

    def stored() -> dict[str, Any]:
        return dynamodb.get_item(TableName=table, Key=key).get("Item", {})

    def move_clock(seconds: int) -> None:
        """For the item, it is so much later."""
        item = stored()
        for name in ("since", "until", "expires"):
            item[name] = {"N": str(int(item[name]["N"]) - seconds)}
        dynamodb.put_item(TableName=table, Item=item)

    assert stored()["status"] == {"S": "WAITING"}
    assert problem(send(http, execution, "approval"), 410)
    assert stored()["status"] == {"S": "CLOSED"}
    assert "taskToken" not in stored()
    move_clock(300 + 6 * 86_400)
    assert problem(send(http, execution, "approval"), 410)
    move_clock(86_400 + 60)
    assert stored() == {}
    assert problem(send(http, execution, "approval"), 404)


def test_an_answered_event_drops_its_token(
    http: httpx.Client, dynamodb: Any, table: str, started: Start
) -> None:
    execution = started("approved")
    assert send(http, execution, "approval").status_code == 202
    arn = ended(http, execution)["executionArn"]
    key = {"execution": {"S": arn}, "event": {"S": "approval"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    assert item["status"] == {"S": "ANSWERED"}
    assert item.keys() == {"execution", "event", "name", "status", "since", "until", "expires"}


# Exactly once


@counts(5, bench=100)
def test_of_requests_at_once_one_continues_the_execution(
    http: httpx.Client, waiting: Deployed, count: int
) -> None:
    keys = [uuid.uuid4().hex for _ in range(count)]
    urls = [start(http, waiting.url("approved"), {}, Idempotency_Key=key)[0] for key in keys]
    for url in urls:
        await_(partial(waited, http, url), "its wait", SECONDS)
    each = [url for url in urls for _ in range(AT_ONCE)]
    numbers = [*range(AT_ONCE)] * count
    with ThreadPoolExecutor(AT_ONCE * 2) as pool:
        statuses = [*pool.map(partial(post_number, http), each, numbers)]
    for index, url in enumerate(urls):
        own = statuses[index * AT_ONCE : (index + 1) * AT_ONCE]
        assert sorted(own) == [202, *[409] * (AT_ONCE - 1)]
        found = ended(http, url)
        assert found["status"] == "SUCCEEDED"
        assert found["output"]["approval"] == {"number": own.index(202)}


def post_number(http: httpx.Client, url: str, number: int) -> int:
    return send(http, url, "approval", {"number": number}).status_code


# Faults


def test_a_token_that_step_functions_throttles_is_429_and_the_claim_is_given_back(
    http: httpx.Client, waiting: Deployed, started: Start
) -> None:
    execution = started("approved")
    cause = "Rate exceeded (Service: Sfn, Status Code: 400, Request ID: 1)"

    def throttle(states: dict[str, Any]) -> None:
        states["Send the token"] = {
            "Type": "Pass",
            "Output": {"Error": "Sfn.SfnException", "Cause": cause},
            "Next": "Why was it not sent",
        }

    with changed(waiting, throttle):
        assert problem(send(http, execution, "approval"), 429)["error"] == "Throttled"
    assert send(http, execution, "approval").status_code == 202


def test_without_its_table_nothing_is_lost(
    http: httpx.Client, waiting: Deployed, table: str, started: Start
) -> None:
    execution = started("approved")

    def lose_table(states: dict[str, Any]) -> None:
        for state in states.values():
            if state.get("Arguments", {}).get("TableName") == table:
                state["Arguments"]["TableName"] = "missing"
                state["Retry"] = []

    with changed(waiting, lose_table):
        for answer in (send(http, execution, "approval"), http.get(f"{execution}/events")):
            assert problem(answer, 502)
    assert send(http, execution, "approval").status_code == 202


def test_a_retry_after_a_lost_answer_is_409_and_the_execution_went_on_once(
    http: httpx.Client, waiting: Deployed, started: Start
) -> None:
    execution = started("approved")

    def lose_answer(states: dict[str, Any]) -> None:
        states["Send the token"]["Next"] = "NotSent"
        claim = states["Claim the event"]["Arguments"]["ExpressionAttributeValues"]
        claim[":until"]["N"] = claim[":until"]["N"].replace("+ 15", "+ 1")

    with changed(waiting, lose_answer):
        assert problem(send(http, execution, "approval", {"approved": True}), 502)
    assert problem(send(http, execution, "approval", {"approved": False}), 409)
    found = ended(http, execution)
    assert found["output"] == {"approval": {"approved": True}}


def test_no_answer_shows_a_token(http: httpx.Client, waiting: Deployed, started: Start) -> None:
    execution = started("approved")
    history = waiting.cloud.stepfunctions.get_execution_history(
        executionArn=http.get(execution).json()["executionArn"]
    )
    [scheduled] = [
        event["taskScheduledEventDetails"]
        for event in history["events"]
        if "taskScheduledEventDetails" in event
    ]
    token = json.loads(scheduled["parameters"])["Item"]["taskToken"]["S"]
    answers = [
        http.get(execution),
        http.get(f"{execution}/events"),
        send(http, execution, "approval"),
        send(http, execution, "approval"),
    ]
    assert [token in answer.text for answer in answers] == [False] * 4
