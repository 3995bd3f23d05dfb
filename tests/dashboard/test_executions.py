"""What is read while something else happens: messages, redrives, deployments, logs."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest

from stepgate import DeployedRoute, Message, Stack, Status
from stepgate.client.executions import ExecutionSummary
from stepgate.client.history_event import HistoryEvent
from stepgate.client.outputs import load_outputs
from stepgate.client.visited_state import VisitedState, visited_states
from stepgate.dashboard import background_tasks, executions
from stepgate.dashboard.background_tasks import changed_outputs
from stepgate.dashboard.deployment import Deployment, StackSource
from stepgate.dashboard.executions import Executions
from stepgate.dashboard.state_tracker import StateTracker
from stepgate.dashboard.store import Store
from stepgate.dashboard.workflows import WorkflowView
from stepgate.diagram.graph import build_graph

NOON = datetime.now(UTC) - timedelta(hours=1)
DEFINITION = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
OUTPUTS: dict[str, Any] = {
    "routes": {"now": {"mode": "sync", "method": "POST", "url": "http://127.0.0.1/now"}},
    "authorization": "none",
    "region": "us-east-1",
}
ROUTES = (
    DeployedRoute("later", "async", "http://127.0.0.1/later", None, None),
    DeployedRoute("now", "sync", "http://127.0.0.1/now", None, None, takes_name=True),
)
NO_PARAMETERS: dict[str, dict[str, str]] = {"path": {}, "query": {}, "headers": {}}
WORKFLOWS = {
    route.name: WorkflowView(route, DEFINITION, "{}", StateTracker(build_graph(DEFINITION)))
    for route in ROUTES
}


class ReadLater:
    """In place of a stack: its executions are read when they may be.

    Attributes:
        may_answer: set once they may.
        status: what its status routes answer.
        asked: the names of the executions whose status routes were asked.
        history: the events of each.
        reads: how many histories were read with data.
        redriven: when a redrive is accepted.
    """

    def __init__(self) -> None:
        self.routes = {route.name: route for route in ROUTES}
        self.openapi: dict[str, Any] = {}
        self.definitions = {"later": DEFINITION, "now": DEFINITION}
        self.region = "us-east-1"
        self.histories = self
        self.may_answer = Event()
        self.status = Status("RUNNING", "arn", "e", NOON, None, {}, None, None, None)
        self.reads = 0
        self.redriven = NOON + timedelta(seconds=9)
        self.asked: list[str] = []
        self.history = [HistoryEvent(1, 0, NOON, "PassStateEntered", {"name": "A"})]

    def execution(self, _: str, name: str, **__: Any) -> Any:
        def status() -> Status:
            self.asked.append(name)
            return self.status

        return SimpleNamespace(status=status, redrive=lambda: self.redriven)

    def machine(self, _: str) -> Any:
        item: dict[str, Any] = {
            "name": "ada_-key",
            "executionArn": "arn:ada_-key",
            "status": "RUNNING",
            "startDate": NOON,
            "input": "{}",
        }
        return SimpleNamespace(execution_arn=str, describe={"ada_-key": item}.get)

    def events(self, *_: str, **__: Any) -> list[HistoryEvent]:
        self.reads += 1
        self.may_answer.wait(30)
        return self.history

    def states(self, *_: object, with_data: bool = False, **__: Any) -> list[VisitedState]:
        assert not with_data
        return visited_states(self.history, DEFINITION)

    def definition(self, *_: object) -> Any:
        return DEFINITION

    def validate_input(self, *_: object) -> None:
        pass

    def call(self, _: str, value: Any, **__: Any) -> Any:
        self.may_answer.wait(30)
        return value

    def outcome(self, *_: object, **__: Any) -> Any:
        return SimpleNamespace(kind="not recorded")


@pytest.fixture
def stack() -> ReadLater:
    return ReadLater()


@pytest.fixture
def store() -> Store:
    return Store("a stack", "us-east-1", WORKFLOWS)


def executions_of(stack: ReadLater, store: Store) -> Executions:
    deployment = SimpleNamespace(
        stack=stack,
        workflows=WORKFLOWS,
        workflows_by_machine={},
        options=(),
        is_emulated=True,
    )
    return Executions(cast("Deployment", deployment), store)


def run(work: Awaitable[None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await work

    asyncio.run(limited())


async def until(is_so: Callable[[], object]) -> None:
    while not is_so():
        await asyncio.sleep(0.01)


def message(state: str | None, status: str, seconds: float) -> Message:
    time = NOON + timedelta(seconds=seconds)
    return Message("later", "e", "arn", state, cast("Any", status), time)


def test_a_message_that_comes_while_the_history_is_read_is_kept(
    stack: ReadLater, store: Store
) -> None:
    async def work() -> None:
        store.apply(message("A", "ENTERED", 0))
        reading = asyncio.create_task(executions_of(stack, store).refresh("later", "e"))
        await until(lambda: stack.reads)
        store.apply(message(None, "SUCCEEDED", 1))
        stack.may_answer.set()
        assert (await reading).status == "SUCCEEDED"

    run(work())
    latest = store.get("later", "e")
    assert latest
    assert latest.status == "SUCCEEDED"


def test_what_is_still_read_of_the_deployment_before_is_not_shown(
    stack: ReadLater, store: Store
) -> None:
    async def work() -> None:
        before = executions_of(stack, store)
        reading = asyncio.create_task(before.refresh("later", "e"))
        await before.start("now", {}, NO_PARAMETERS)
        await until(lambda: stack.reads)
        before.close()
        store.reset("us-east-1", {})
        stack.may_answer.set()
        await reading
        assert [*store.newest_first()] == []

    run(work())


def test_a_history_is_read_again_after_a_redrive_from_elsewhere(
    stack: ReadLater, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "MIN_READ_INTERVAL", timedelta(0))
    monkeypatch.setattr(executions, "READ_SHARE", 0)
    stack.may_answer.set()

    def ended(seconds: int) -> datetime:
        stopped = NOON + timedelta(seconds=seconds)
        stack.status = Status("FAILED", "arn", "e", NOON, stopped, {}, None, "Broken", None)
        return stopped

    async def work() -> None:
        read = executions_of(stack, store)
        ended(1)
        await read.refresh("later", "e")
        await read.refresh("later", "e")
        assert stack.reads == 1, "it had ended"
        stopped = ended(60)
        store.apply_listed(
            ExecutionSummary("later", "e", "arn", "FAILED", NOON, stopped, redrives=1)
        )
        await read.refresh("later", "e")
        assert stack.reads == 2

    run(work())


def test_an_answer_of_before_a_redrive_does_not_end_it_again(
    stack: ReadLater, store: Store
) -> None:
    stopped = NOON + timedelta(seconds=1)
    stack.status = Status("FAILED", "arn", "e", NOON, stopped, {}, None, "Broken", None)

    async def work() -> None:
        read = executions_of(stack, store)
        store.apply_listed(ExecutionSummary("later", "e", "arn", "FAILED", NOON, stopped))
        reading = asyncio.create_task(read.refresh("later", "e"))
        await until(lambda: stack.reads)
        await read.redrive("later", "e")
        stack.may_answer.set()
        record = await reading
        assert record.is_open
        later = replace(stack.status, stopped=stack.redriven + timedelta(seconds=1))
        assert record.apply_status(later).status == "FAILED"

    run(work())


def test_one_that_a_list_has_ended_is_read_again_at_once(stack: ReadLater, store: Store) -> None:
    stopped = NOON + timedelta(seconds=1)
    stack.may_answer.set()

    async def work() -> None:
        read = executions_of(stack, store)
        await read.refresh("later", "e")
        stack.status = Status("FAILED", "arn", "e", NOON, stopped, {}, None, "Broken", "It broke.")
        store.apply_listed(ExecutionSummary("later", "e", "arn", "FAILED", NOON, stopped))
        assert (await read.refresh("later", "e")).cause == "It broke."

    run(work())


def test_one_that_runs_is_described_again_only_when_its_history_has_an_end(
    stack: ReadLater, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "MIN_READ_INTERVAL", timedelta(0))
    monkeypatch.setattr(executions, "READ_SHARE", 0)
    stack.may_answer.set()

    async def work() -> None:
        read = executions_of(stack, store)
        for _ in range(3):
            await read.refresh("later", "e")
        assert (stack.reads, stack.asked) == (3, ["e"])
        stopped = NOON + timedelta(seconds=1)
        stack.status = Status("SUCCEEDED", "arn", "e", NOON, stopped, {}, 5, None, None)
        stack.history = [*stack.history, HistoryEvent(2, 1, stopped, "ExecutionSucceeded", {})]
        assert (await read.refresh("later", "e")).output == "5"

    run(work())


def test_what_it_waits_for_is_read_without_data_and_the_rest_when_it_is_opened(
    stack: ReadLater, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(WORKFLOWS["later"]), "waiting_states", {"A": "approval"})
    stack.may_answer.set()

    async def work() -> None:
        read = executions_of(stack, store)
        store.apply_listed(ExecutionSummary("later", "e", "arn", "RUNNING", NOON, None))
        record = store.get("later", "e")
        assert record
        await read.refresh_states(record, "arn")
        found = store.get("later", "e")
        assert found
        assert (found.waiting, stack.reads) == (("approval",), 0)
        assert (await read.refresh("later", "e")).input == "{}"
        assert stack.asked == ["e"]

    run(work())


@pytest.mark.parametrize("owner", ["ada", "bob"])
def test_after_a_restart_a_private_execution_is_known_as_ones_own_by_its_route(
    stack: ReadLater, store: Store, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    """Events are sent to its route, which answers its owner only."""
    monkeypatch.setitem(vars(WORKFLOWS["later"]), "waiting_states", {"A": "approval"})
    stack.may_answer.set()
    stack.status = replace(stack.status, execution_arn=f"arn:{owner}_-key")

    async def work() -> None:
        read = executions_of(stack, store)
        record = await read.refresh("later", "ada_-key")
        assert stack.asked == ["key"]
        events = read.details(record)["actions"]["events"]
        assert [each["event"] for each in events] == (["approval"] if owner == "ada" else [])

    run(work())


def test_a_call_that_is_not_answered_yet_has_no_events(stack: ReadLater, store: Store) -> None:
    async def work() -> None:
        read = executions_of(stack, store)
        call = store.record(await read.start("now", {}, NO_PARAMETERS))
        assert call
        assert call.execution
        await read.refresh("now", call.execution)
        assert read.history("now", call.execution, 0, 100) == {"events": [], "next": None}
        stack.may_answer.set()

    run(work())


def test_an_answer_has_fewer_events_if_they_are_long(stack: ReadLater, store: Store) -> None:
    long = {"name": "A", "input": "i" * (executions.MAX_DETAILS_SIZE // 2)}
    stack.history = [HistoryEvent(n, n - 1, NOON, "PassStateEntered", long) for n in range(1, 4)]
    stack.may_answer.set()

    async def work() -> None:
        read = executions_of(stack, store)
        await read.refresh("later", "e")
        answer, after = read.history("later", "e", 0, 100), 0
        counts: list[int] = []
        while answer["next"]:
            counts.append(len(answer["events"]))
            after = int(answer["next"])
            answer = read.history("later", "e", after, 100)
        assert (counts, after, len(answer["events"])) == ([1, 1], 2, 1)

    run(work())


def test_a_call_and_its_log_are_one_execution(stack: ReadLater, store: Store) -> None:
    async def work() -> None:
        id_ = await executions_of(stack, store).start("now", {"a": 1}, NO_PARAMETERS)
        name = id_.partition("/")[2]
        stopped = NOON + timedelta(seconds=1)
        store.apply_listed(ExecutionSummary("now", name, "arn", "SUCCEEDED", NOON, stopped))
        stack.may_answer.set()
        await until(lambda: (found := store.record(id_)) and found.output)
        (only,) = store.newest_first()
        assert (only.execution, only.stopped) == (name, stopped)

    run(work())


def test_outputs_that_change_while_they_are_read_are_read_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_tasks, "CHECK_SECONDS", 0)
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(OUTPUTS))
    source = StackSource("stack", lambda: load_outputs(file), Stack, file)
    stamp, known = source.stamp(), source.load()
    file.write_text(json.dumps({**OUTPUTS, "region": "eu-west-1"}))

    async def work() -> None:
        with store.page():
            outputs, _ = await changed_outputs(source, known, stamp, store)
        assert outputs.region == "eu-west-1"

    run(work())
