"""What is sent to pages: everything once, then changes."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from stepgate import DeployedRoute, Message
from stepgate.client.errors import AwsAccessDenied
from stepgate.client.execution_log import ListedStatus
from stepgate.client.executions import ExecutionList, ExecutionSummary
from stepgate.dashboard import background_tasks as background
from stepgate.dashboard import event_stream as streams
from stepgate.dashboard import store as stores
from stepgate.dashboard.background_tasks import list_executions, restart_on_error
from stepgate.dashboard.event_stream import event_stream
from stepgate.dashboard.execution_record import ExecutionRecord
from stepgate.dashboard.state_tracker import StateTracker
from stepgate.dashboard.store import MAX_ENDED, MAX_EXPRESS_DURATION, MAX_REMOVED, Store
from stepgate.dashboard.workflows import WorkflowView
from stepgate.diagram.graph import build_graph

NOW = datetime.now(UTC)
WORKFLOWS = {
    route.name: WorkflowView(route, None, "{}", StateTracker(build_graph({})))
    for route in (
        DeployedRoute("later", "async", "http://127.0.0.1/later", None, None),
        DeployedRoute("now", "sync", "http://127.0.0.1/now", None, None),
    )
}


@pytest.fixture
def store() -> Store:
    return Store("a stack", "us-east-1", WORKFLOWS)


def apply(
    store: Store, execution: str, state: str | None, after: float = 0, workflow: str = "later"
) -> None:
    time = NOW + timedelta(seconds=after)
    status = "ENTERED" if state else "SUCCEEDED"
    store.apply(Message(workflow, execution, "arn", state, status, time))


def changes(store: Store, revision: int) -> tuple[set[str], list[str]]:
    document = json.loads(store.changes_since(revision))
    return {each["id"] for each in document["executions"]}, document["removed"]


def record(store: Store, workflow: str, execution: str) -> ExecutionRecord:
    found = store.get(workflow, execution)
    assert found
    return found


def in_time(work: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await work

    asyncio.run(limited())


def test_a_page_that_is_opened_later_gets_all_executions_newest_first(store: Store) -> None:
    apply(store, "first", "A")
    apply(store, "second", "A", after=1)
    apply(store, "first", None, after=2)
    snapshot = json.loads(store.snapshot())
    found = [(each["execution"], each["status"]) for each in snapshot["executions"]]
    assert found == [("second", "RUNNING"), ("first", "SUCCEEDED")]
    assert (snapshot["stack"], snapshot["region"]) == ("a stack", "us-east-1")
    assert [each["name"] for each in snapshot["workflows"]] == ["later", "now"]


def test_only_what_has_changed_since_a_revision_is_sent(store: Store) -> None:
    apply(store, "one", "A")
    apply(store, "two", "A")
    revision = store.revision
    assert changes(store, revision) == (set(), [])
    apply(store, "one", "B", after=1)
    assert changes(store, revision) == ({"later/one"}, [])
    assert changes(store, 0) == ({"later/one", "later/two"}, [])


def test_what_changes_nothing_is_not_sent(store: Store) -> None:
    apply(store, "one", "A")
    store.set_queue_problem("gone")
    revision = store.revision
    apply(store, "one", "A")
    store.set_queue_problem("gone")
    assert store.revision == revision


def test_the_oldest_ended_records_are_removed_on_pages_too(store: Store) -> None:
    apply(store, "open", "A", after=-1)
    for number in range(MAX_ENDED + 2):
        apply(store, f"e{number}", None, after=number)
    ids, removed = changes(store, 0)
    assert set(removed) == {"later/e0", "later/e1"}
    assert len(ids) == MAX_ENDED + 1
    assert "later/open" in ids


def test_an_old_execution_that_is_looked_at_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_ENDED", 2)
    for number in range(3):
        apply(store, f"e{number}", None, after=number)
    apply(store, "old", None, after=-100)
    assert store.details("later/old")
    assert changes(store, 0)[0] == {"later/old", "later/e2"}


def put(store: Store, execution: str, size: int) -> None:
    apply(store, execution, None)
    known = record(store, "later", execution)
    store.put(replace(known, input="i" * size, output="o" * size, cause="c", is_complete=True))


def listed(
    name: str, status: ListedStatus = "RUNNING", start: float = 0, redrives: int = 0
) -> ExecutionSummary:
    stopped = None if status == "RUNNING" else NOW + timedelta(seconds=start + 1)
    started = NOW + timedelta(seconds=start)
    return ExecutionSummary("later", name, f"arn:{name}", status, started, stopped, 3, redrives)


def test_executions_of_a_list_are_shown_until_more_is_known(store: Store) -> None:
    store.apply_listed(listed("e"))
    found = record(store, "later", "e")
    assert (found.status, found.is_listed, found.is_open) == ("RUNNING", True, True)
    store.apply_listed(listed("e", "FAILED"))
    found = record(store, "later", "e")
    assert (found.status, found.version, found.is_open) == ("FAILED", 3, False)
    assert found.is_listed
    assert not found.is_complete
    apply(store, "e", "A")
    assert not record(store, "later", "e").is_listed


def test_a_list_that_is_older_than_a_message_changes_nothing(store: Store) -> None:
    apply(store, "e", "A")
    apply(store, "e", None, after=1)
    before = store.revision
    store.apply_listed(listed("e"))
    assert store.revision == before
    apply(store, "redriven", "A", after=5)
    store.apply_listed(listed("redriven", "FAILED"))
    assert record(store, "later", "redriven").is_open


def test_a_redrive_is_seen_in_a_list(store: Store) -> None:
    store.apply_listed(listed("e", "FAILED"))
    store.apply_listed(listed("e", "RUNNING", redrives=1))
    assert record(store, "later", "e").status == "RUNNING"
    store.apply_listed(listed("e", "TIMED_OUT", start=9, redrives=1))
    store.apply_listed(listed("e", "SUCCEEDED", start=19, redrives=2))
    found = record(store, "later", "e")
    assert (found.status, found.is_complete) == ("SUCCEEDED", False)


def test_a_list_does_not_push_out_what_is_newer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_ENDED", 2)
    for number in range(3):
        store.apply_listed(listed(f"e{number}", "SUCCEEDED", start=number))
    revision = store.revision
    store.apply_listed(listed("e0", "SUCCEEDED"))
    assert store.revision == revision
    assert changes(store, 0)[0] == {"later/e1", "later/e2"}


def test_lists_are_read_while_a_page_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed ones are looked up for their error, two behind each list."""
    monkeypatch.setattr(background, "LIST_SECONDS", 0)
    store = Store("a stack", "us-east-1", WORKFLOWS)
    asked: list[tuple[str, str | None]] = []
    looked_up: list[str] = []

    def executions(workflow: str, *, status: str | None, limit: int) -> ExecutionList:
        asked.append((workflow, status))
        if len(asked) == 4:
            raise AwsAccessDenied("no credentials")
        found = [listed(f"f{number}", "FAILED", start=-number) for number in range(5)]
        return ExecutionList(tuple(found[:limit]), has_more=False, searched=5)

    async def look_up(_: str, execution: str) -> None:
        looked_up.append(execution)

    async def read() -> None:
        routes = {name: view.route for name, view in WORKFLOWS.items()}
        stack: Any = SimpleNamespace(routes=routes, executions=executions)
        listing = asyncio.create_task(list_executions(stack, store, look_up))
        for _ in range(5):
            await asyncio.sleep(0)
        assert asked == []
        with store.page():
            while json.loads(store.snapshot())["list"]["problem"] is None:
                await asyncio.sleep(0.001)
        listing.cancel()

    in_time(read())
    assert asked == [("later", status) for status in ("RUNNING", "FAILED", None, "RUNNING")]
    assert looked_up == ["f0", "f1", "f2", "f3", "f4"]
    assert json.loads(store.snapshot())["list"] == {"problem": "no credentials"}


def test_a_list_has_no_inputs_and_outputs(store: Store) -> None:
    for number in range(200):
        put(store, f"e{number}", 200_000)
    assert len(store.snapshot()) < 100_000
    assert len(store.changes_since(0)) < 100_000


def test_an_execution_that_is_opened_has_all(store: Store) -> None:
    put(store, "e", 10)
    details = store.details("later/e")
    assert details
    assert (details["input"], details["output"], details["cause"]) == ("i" * 10, "o" * 10, "c")
    (summary,) = json.loads(store.snapshot())["executions"]
    assert summary == json.loads(json.dumps({name: details[name] for name in summary}))
    assert store.details("later/none") is None


def test_only_so_much_of_inputs_and_outputs_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_PAYLOAD_SIZE", 450)
    monkeypatch.setattr(stores, "MAX_ENDED", 4)
    for number in range(6):
        put(store, f"e{number}", 100)
    kept = {id_: store.details(f"later/{id_}") for id_ in ("e2", "e3", "e4", "e5")}
    assert {id_: bool(each and each["input"]) for id_, each in kept.items()} == {
        "e2": False,
        "e3": False,
        "e4": True,
        "e5": True,
    }
    # It is requested from the stack when it is opened.
    assert kept["e3"]
    assert not kept["e3"]["isComplete"]
    put(store, "large", 1000)
    large = store.details("later/large")
    assert large
    assert large["input"]


def test_of_a_call_it_says_that_they_are_gone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_PAYLOAD_SIZE", 150)
    call = ExecutionRecord(
        id="now/ 1",
        workflow="now",
        mode="sync",
        execution=None,
        started=NOW,
        tracker=WORKFLOWS["now"].tracker,
        input="i" * 100,
    )
    store.put(call.end("SUCCEEDED", NOW))
    put(store, "e", 100)
    details = store.details(call.id)
    assert details
    assert "no longer has its input" in details["problem"]


def test_the_oldest_open_records_are_removed_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_OPEN", 2)
    for number in range(3):
        apply(store, f"e{number}", "A", after=number)
    assert changes(store, 0) == ({"later/e1", "later/e2"}, ["later/e0"])


def test_the_number_of_remembered_removals_is_limited(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_ENDED", 1)
    for number in range(MAX_REMOVED + 50):
        apply(store, f"e{number}", None, after=number)
    _, removed = changes(store, 0)
    assert len(removed) == MAX_REMOVED
    assert f"later/e{MAX_REMOVED + 48}" in removed


def test_executions_of_a_workflow_that_the_stack_no_longer_has_are_shown(store: Store) -> None:
    apply(store, "e", "A", workflow="gone")
    assert record(store, "gone", "e").states.current == ("A",)


def test_an_express_execution_without_last_message_expires_after_five_minutes(
    store: Store,
) -> None:
    just_now = (datetime.now(UTC) - NOW).total_seconds()  # other tests may have run for minutes
    long_ago = just_now - MAX_EXPRESS_DURATION.total_seconds() - 1
    apply(store, "lost", "A", after=long_ago, workflow="now")
    apply(store, "new", "A", after=just_now, workflow="now")
    apply(store, "standard", "A", after=long_ago)
    store.expire_express_executions()
    lost = record(store, "now", "lost")
    assert (lost.status, lost.is_open) == ("UNKNOWN", False)
    assert lost.problem
    assert record(store, "now", "new").is_open
    assert record(store, "later", "standard").is_open


def test_the_stream_starts_with_a_snapshot_and_combines_changes(store: Store) -> None:
    async def read() -> None:
        source = event_stream(store)
        assert (await anext(source)).startswith("event: snapshot\ndata: {")
        apply(store, "one", "A")
        apply(store, "two", "A")
        event = await anext(source)
        name, data, *rest = event.split("\n")
        assert (name, rest) == ("event: change", ["", ""])
        document = json.loads(data.removeprefix("data: "))
        assert {each["execution"] for each in document["executions"]} == {"one", "two"}
        await source.aclose()

    in_time(read())


def test_a_page_gets_a_heartbeat_while_nothing_changes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.01)

    async def read() -> None:
        source = event_stream(store)
        await anext(source)
        assert await anext(source) == "event: heartbeat\ndata: {}\n\n"

    in_time(read())


def test_a_closed_store_ends_its_streams(store: Store) -> None:
    async def read() -> None:
        source = event_stream(store)
        await anext(source)
        store.close()
        assert [event async for event in source] == []

    in_time(read())


def test_an_exception_in_a_background_task_is_logged_and_the_task_restarted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background, "RETRY_SECONDS", 0)
    defects = iter([ZeroDivisionError("first"), ValueError("second")])

    async def task() -> None:
        if defect := next(defects, None):
            raise defect

    in_time(restart_on_error(task))
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == [
        "first",
        "second",
    ]
