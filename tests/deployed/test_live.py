"""Executions are followed live, over WebSockets."""

import json
import socket as sockets
import time
import uuid
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import boto3
import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from stepgate import Stack
from stepgate.client.outputs import parse_outputs
from tests.deployed.stacks import Deployed, deploy_beside
from tests.deployed.test_contract import problem, start
from tests.local.processes import await_

pytestmark = pytest.mark.proof

SECONDS = 60
"""Longer than a message takes on a busy machine."""
STATES = ("First", "Each", "Last")
"""Of the workflow `parts`."""


@pytest.fixture(scope="module")
def live(deployed: Deployed) -> Deployed:
    """A stack whose executions are followed with tickets."""
    names = ["parts", "followed", "brief", "order"]
    return deploy_beside(deployed, "live", workflows=names, live="tickets")


@pytest.fixture(scope="module")
def http() -> Generator[httpx.Client]:
    with httpx.Client(timeout=SECONDS) as client:
        yield client


@pytest.fixture(scope="module")
def dynamodb(live: Deployed) -> Any:
    session: Any = boto3.Session("test", "test", region_name=live.cloud.region)
    return session.client("dynamodb", endpoint_url=live.cloud.endpoint)


@pytest.fixture(scope="module")
def table(dynamodb: Any, live: Deployed) -> str:
    end = f"-{live.stack}-api-live"
    [name] = [name for name in dynamodb.list_tables()["TableNames"] if name.endswith(end)]
    return name


@pytest.fixture
def numbered(dynamodb: Any, table: str) -> Callable[[str], None]:
    """Waits until an execution has sent its first message, by its URL."""

    def wait(url: str) -> None:
        key = {"execution": {"S": key_of(url)}, "item": {"S": "message/0000000001"}}
        await_(lambda: "Item" in dynamodb.get_item(TableName=table, Key=key), "a message", SECONDS)

    return wait


@pytest.fixture
def followers(dynamodb: Any, table: str) -> Callable[[str], int]:
    """How many connections follow an execution."""

    def count(url: str) -> int:
        return dynamodb.query(
            TableName=table,
            KeyConditionExpression="execution = :execution AND begins_with(#item, :follower)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={
                ":execution": {"S": key_of(url)},
                ":follower": {"S": "follower/"},
            },
        )["Count"]

    return count


@pytest.fixture
def socket(live: Deployed) -> Generator[ClientConnection]:
    with connected(live) as socket:
        yield socket


def key_of(url: str) -> str:
    return "/".join(url.rsplit("/", 2)[1:])


@contextmanager
def connected(live: Deployed) -> Generator[ClientConnection]:
    with connect(live.outputs["liveUrl"], proxy=None) as socket:
        yield socket


def send(socket: ClientConnection, **message: object) -> None:
    socket.send(json.dumps(message))


def received(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=SECONDS))


def answer(socket: ClientConnection, **message: object) -> Any:
    """What is not a message of an execution."""
    send(socket, **message)
    while (frame := received(socket))["type"] == "message":
        pass
    return frame


def ticket(http: httpx.Client, url: str) -> str:
    given = http.post(f"{url}/tickets")
    assert given.status_code == 201, given.text
    assert given.json().keys() == {"ticket", "expires"}
    return given.json()["ticket"]


def follow(http: httpx.Client, url: str, **more: object) -> dict[str, object]:
    """The message that follows an execution, by its URL, with a ticket for it."""
    workflow, execution = url.rsplit("/", 2)[1:]
    named = {"action": "follow", "workflow": workflow, "execution": execution}
    return named | {"ticket": ticket(http, url)} | more


def messages(socket: ClientConnection) -> list[Any]:
    """All of an execution that is followed from its first message, in their order."""
    found: dict[int, Any] = {}
    while not any("state" not in each for each in found.values()) or len(found) < max(found):
        frame = received(socket)
        for each in frame["messages"] if frame["type"] == "status" else [frame]:
            found[each["number"]] = each
    return [found[number] for number in sorted(found)]


def test_each_message_arrives_with_its_number(live: Deployed, http: httpx.Client) -> None:
    url, _ = start(http, live.url("parts"), {"items": []})
    with connected(live) as socket:
        send(socket, **follow(http, url, after=0))
        found = messages(socket)
    assert [each["number"] for each in found] == [1, 2, 3, 4]
    assert [each.get("state") for each in found] == [*STATES, None]
    assert [each["status"] for each in found] == ["ENTERED"] * 3 + ["SUCCEEDED"]
    described = http.get(url).json()
    for each in found:
        assert each["workflow"] == "parts"
        assert each["execution"] == described["execution"]
        assert each["executionArn"] == described["executionArn"]


def test_an_execution_ends_as_it_ended(live: Deployed, http: httpx.Client) -> None:
    started = {
        "TIMED_OUT": start(http, live.url("brief"), {"wait": 30})[0],
        "SUCCEEDED": start(http, live.url("followed"), {})[0],
        "FAILED": start(http, live.url("followed"), {"fail": "Late", "cause": "a secret"})[0],
    }
    found: dict[str, list[Any]] = {}
    for status, url in started.items():
        with connected(live) as socket:
            send(socket, **follow(http, url, after=0))
            found[status] = messages(socket)
    assert {status: each[-1]["status"] for status, each in found.items()} == {
        status: status for status in started
    }
    assert found["FAILED"][-1]["error"] == "Late"
    assert "a secret" not in json.dumps(found)


def test_the_queue_has_the_same_messages(live: Deployed, http: httpx.Client) -> None:
    url, _ = start(http, live.url("parts"), {"items": [1, 2]})
    name = url.rpartition("/")[2]
    queue, sqs = live.outputs["progressQueueUrl"], live.cloud.client("sqs")
    found: list[Any] = []

    def is_complete() -> bool:
        batch = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        for each in batch.get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
            body = json.loads(each["Body"])
            found.extend([body] if body["execution"] == name else [])
        return any("state" not in each for each in found)

    await_(is_complete, "the last message", SECONDS)
    shown = [(each.get("state"), each.get("item")) for each in found]
    assert shown[:2] == [("First", None), ("Each", None)]
    assert {*shown[2:4]} == {("Part", 0), ("Part", 1)}
    assert shown[4:] == [("Last", None), (None, None)]


def test_a_client_that_comes_back_gets_what_it_missed(
    live: Deployed, http: httpx.Client, numbered: Callable[[str], None]
) -> None:
    url, _ = start(http, live.url("followed"), {"wait": 300})
    numbered(url)
    with connected(live) as socket:
        now = answer(socket, **follow(http, url))
    assert (now["status"], now["number"], now["messages"]) == ("RUNNING", 1, [])
    with connected(live) as socket:
        missed = answer(socket, **follow(http, url, after=0))
        assert (missed["number"], missed["more"]) == (1, False)
        assert [each["number"] for each in missed["messages"]] == [1]
        assert http.delete(url).status_code == 202
        end = received(socket)
        assert (end["type"], end["number"], end["status"]) == ("message", 2, "ABORTED")
        again = follow(http, url, after=1)
        del again["ticket"]
        after = answer(socket, **again)
        assert (after["status"], after["number"], after["messages"]) == (
            "ABORTED",
            2,
            [{name: end[name] for name in end if name != "type"}],
        )


def test_an_execution_that_was_redriven_is_followed_to_its_new_end(live: Deployed) -> None:
    """No state reports that it goes on, so its last message is the end of before."""
    with Stack(parse_outputs(live.outputs)) as stack:
        execution = stack.start("followed", {"wait": 300})
        await_(lambda: execution.history()[-1].name == "Wait", "the wait", SECONDS)
        execution.stop()
        assert [each.status for each in execution.follow()] == ["ENTERED", "ABORTED"]
        execution.redrive()
        messages = execution.follow()
        assert [next(messages).status for _ in range(2)] == ["ENTERED", "ABORTED"]
        assert execution.status().status == "RUNNING"
        execution.stop()
        assert [(each.number, each.status) for each in messages] == [(3, "ABORTED")]


def test_a_connection_that_has_gone_is_forgotten(
    live: Deployed,
    http: httpx.Client,
    numbered: Callable[[str], None],
    followers: Callable[[str], int],
) -> None:
    url, _ = start(http, live.url("followed"), {"wait": 300})
    numbered(url)
    with connected(live) as gone, connected(live) as left, connected(live) as socket:
        for each in (gone, left, socket):
            answer(each, **follow(http, url))
        unfollow = {**follow(http, url), "action": "unfollow"}
        assert answer(left, **unfollow)["type"] == "unfollowed"
        assert followers(url) == 2
        gone.socket.shutdown(sockets.SHUT_RDWR)
        assert http.delete(url).status_code == 202
        assert received(socket)["status"] == "ABORTED"
    await_(lambda: followers(url) <= 1, "the connection to be forgotten", SECONDS)


# Tickets


def test_a_ticket_is_good_once_and_for_its_execution(live: Deployed, http: httpx.Client) -> None:
    url, _ = start(http, live.url("followed"), {"wait": 300})
    other, _ = start(http, live.url("followed"), {"wait": 300})
    good = follow(http, url)
    with connected(live) as socket:
        assert answer(socket, **good)["type"] == "status"
    refused = [
        good,
        follow(http, other) | {"ticket": ticket(http, url)},
        follow(http, url) | {"workflow": "parts"},
        follow(http, url) | {"ticket": str(uuid.uuid4())},
        {name: good[name] for name in good if name != "ticket"},
    ]
    for message in refused:
        with connected(live) as socket:
            found = answer(socket, **message)
            assert (found["type"], found["status"]) == ("problem", 403), message
            with pytest.raises(ConnectionClosed):
                received(socket)
    for each in (url, other):
        http.delete(each)


def test_a_ticket_expires(live: Deployed, http: httpx.Client, dynamodb: Any, table: str) -> None:
    url, _ = start(http, live.url("followed"), {})
    message = follow(http, url)
    dynamodb.update_item(
        TableName=table,
        Key={"execution": {"S": f"ticket:{message['ticket']}"}, "item": {"S": "ticket"}},
        UpdateExpression="SET expires = expires - :age",
        ExpressionAttributeValues={":age": {"N": "60"}},
    )
    with connected(live) as socket:
        assert answer(socket, **message)["status"] == 403


def test_there_is_no_ticket_for_what_does_not_exist(live: Deployed, http: httpx.Client) -> None:
    url, _ = start(http, live.url("followed"), {})
    name = url.rpartition("/")[2]
    for workflow, execution in (("followed", "unknown"), ("parts", name), ("parts", "x" * 3000)):
        answered = http.post(f"{live.url(workflow)}/{execution}/tickets")
        assert problem(answered, 404)["error"] == "ExecutionDoesNotExist"


# Messages of clients


@pytest.mark.parametrize(
    "message",
    [
        {"workflow": "followed"},
        {"workflow": "followed", "execution": ""},
        {"workflow": "followed", "execution": "x" * 81},
        {"workflow": 1, "execution": "x"},
        {"workflow": "followed", "execution": "x", "after": -1},
        {"workflow": "followed", "execution": "x", "after": "1"},
        {"workflow": "followed", "execution": "x", "after": 1.5},
        {"workflow": "followed", "execution": "x", "ticket": 1},
    ],
)
def test_a_message_of_another_form_is_a_problem(
    socket: ClientConnection, message: dict[str, object]
) -> None:
    found = answer(socket, action="follow", **message)
    assert (found["type"], found["status"]) == ("problem", 400)


def test_an_unknown_workflow_is_a_problem(socket: ClientConnection) -> None:
    found = answer(socket, action="follow", workflow="it's", execution='"\\')
    assert (found["status"], found["workflow"], found["execution"]) == (404, "it's", '"\\')


def test_other_messages_are_answered(socket: ClientConnection) -> None:
    assert answer(socket, action="ping") == {"type": "pong"}
    for other in ('{"action": "none"}', '{"action": "$connect"}', "no JSON", "[1]"):
        socket.send(other)
        found = received(socket)
        assert (found["type"], found["status"]) == ("problem", 400)


# Many at once


@pytest.mark.parametrize(
    ("followers", "executions", "each"),
    [(5, 10, 10), pytest.param(50, 200, 4, marks=pytest.mark.bench)],
)
def test_each_of_many_followers_gets_each_message(
    live: Deployed,
    http: httpx.Client,
    capsys: pytest.CaptureFixture[str],
    followers: int,
    executions: int,
    each: int,
) -> None:
    """Each follows so many executions, which run at once; in the middle each connects again."""
    began = time.monotonic()
    urls = [start(http, live.url("followed"), {"wait": 5})[0] for _ in range(executions)]

    def see(number: int) -> tuple[set[str], set[str]]:
        wanted = [urls[(number * each + index) % executions] for index in range(each)]
        seen: set[str] = set()
        for part in (wanted[: each // 2], wanted[each // 2 :]):
            with connected(live) as socket:
                seen |= complete(socket, http, part)
        return {url.rpartition("/")[2] for url in wanted}, seen

    with ThreadPoolExecutor(followers) as pool:
        for wanted, seen in pool.map(see, range(followers)):
            assert seen == wanted
    if followers == 50:
        took = time.monotonic() - began
        with capsys.disabled():
            print(f"\n50 followers of 200 executions have all messages after {took:.0f} s", end="")


def complete(socket: ClientConnection, http: httpx.Client, urls: list[str]) -> set[str]:
    """Follows executions until both messages of each have come: one of a state, and the end.

    Returns:
        their names.
    """
    found: dict[str, set[int]] = {url.rpartition("/")[2]: set() for url in urls}
    missing = urls
    while missing:
        for url in missing:
            send(socket, **follow(http, url, after=0))
        while missing := [url for url in urls if found[url.rpartition("/")[2]] != {1, 2}]:
            frame = received(socket)
            if frame["type"] == "problem":
                # A busy one is asked again, as any client does. It may not say what it is of.
                assert frame["status"] in (429, 500), frame
                break
            for each in frame["messages"] if frame["type"] == "status" else [frame]:
                found[each["execution"]].add(each["number"])
    return {*found}
