"""What is sent to pages: everything once, then changes."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stepgate import DeployedRoute, Message
from stepgate.client.execution_log import ListedStatus
from stepgate.client.executions import ExecutionSummary
from stepgate.dashboard import background_tasks as background
from stepgate.dashboard import event_stream as streams
from stepgate.dashboard import store as stores
from stepgate.dashboard.background_tasks import restart_on_error
from stepgate.dashboard.event_stream import event_stream
from stepgate.dashboard.execution_record import ExecutionRecord
from stepgate.dashboard.state_tracker import StateTracker
from stepgate.dashboard.store import MAX_EXPRESS_DURATION, ListFilter, Store
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


def changes(store: Store, revision: int) -> set[str]:
    document = json.loads(store.changes_since(revision, 0)[0])
    return {each["id"] for each in document["executions"]}


EVERYTHING = ListFilter()


def listed_ids(store: Store, wanted: ListFilter = EVERYTHING, limit: int = 100) -> list[str]:
    return [each["execution"] for each in store.page_of(wanted, None, limit)["executions"]]


def record(store: Store, workflow: str, execution: str) -> ExecutionRecord:
    found = store.get(workflow, execution)
    assert found
    return found


def in_time(work: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await work

    asyncio.run(limited())


def test_a_list_has_the_newest_first_and_continues_where_it_ended(store: Store) -> None:
    for number in range(5):
        apply(store, f"e{number}", None if number % 2 else "A", after=number)
    first = store.page_of(ListFilter(), None, 3)
    assert [each["execution"] for each in first["executions"]] == ["e4", "e3", "e2"]
    apply(store, "new", "A", after=9)
    second = store.page_of(ListFilter(), first["next"], 3)
    assert [each["execution"] for each in second["executions"]] == ["e1", "e0"]
    assert (second["next"], second["matched"]) == (None, 6)


def test_a_list_has_what_fits_its_filter(store: Store) -> None:
    apply(store, "one", "Charge")
    apply(store, "two", None, after=1)
    apply(store, "call", "A", after=2, workflow="now")
    assert listed_ids(store, ListFilter(workflows=frozenset({"now"}))) == ["call"]
    assert listed_ids(store, ListFilter(statuses=frozenset({"SUCCEEDED"}))) == ["two"]
    apply(store, "old", None, after=-1)
    assert listed_ids(store, ListFilter(since=NOW)) == ["call", "two", "one"]
    assert listed_ids(store, ListFilter(text="cHARG")) == ["one"]


def test_a_list_has_those_that_wait_or_are_slow(store: Store) -> None:
    for number in range(5):
        apply(store, f"e{number}", "A")
        apply(store, f"e{number}", None, after=1)
    apply(store, "slow", "A", after=-60)
    apply(store, "waits", "A", workflow="now")
    store.put(replace(record(store, "now", "waits"), waiting=("approval",)))
    store.snapshot()  # makes the overview, which finds the slow ones
    assert listed_ids(store, ListFilter(statuses=frozenset({"SLOW"}))) == ["slow"]
    assert listed_ids(store, ListFilter(statuses=frozenset({"WAITING"}))) == ["waits"]
    assert len(listed_ids(store, ListFilter(statuses=frozenset({"RUNNING"})))) == 2


def test_a_snapshot_has_the_stack_and_what_needs_attention(store: Store) -> None:
    apply(store, "one", "A")
    store.put(record(store, "later", "one").end("FAILED", NOW, "Broken"))
    snapshot = json.loads(store.snapshot())
    assert (snapshot["stack"], snapshot["region"]) == ("a stack", "us-east-1")
    assert [each["name"] for each in snapshot["workflows"]] == ["later", "now"]
    failed = snapshot["overview"]["attention"]["failed"]
    assert (failed["total"], failed["executions"][0]["error"]) == (1, "Broken")


def test_only_what_has_changed_since_a_revision_is_sent(store: Store) -> None:
    apply(store, "one", "A")
    apply(store, "two", "A")
    revision = store.revision
    assert changes(store, revision) == set()
    apply(store, "one", "B", after=1)
    assert changes(store, revision) == {"later/one"}
    assert changes(store, 0) == {"later/one", "later/two"}


def test_a_change_has_a_limit_and_says_that_there_is_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_CHANGED", 2)
    for number in range(3):
        apply(store, f"e{number}", "A")
    document = json.loads(store.changes_since(0, 0)[0])
    assert [each["execution"] for each in document["executions"]] == ["e2", "e1"]
    assert document["isCut"]


def test_what_changes_nothing_is_not_sent(store: Store) -> None:
    apply(store, "one", "A")
    store.set_problem("queue", "gone")
    revision = store.revision
    apply(store, "one", "A")
    store.set_problem("queue", "gone")
    assert store.revision == revision


def test_the_oldest_that_have_ended_are_removed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_EXECUTIONS", 3)
    apply(store, "open", "A", after=-1)
    for number in range(4):
        apply(store, f"e{number}", None, after=number)
    assert listed_ids(store) == ["e3", "e2", "open"]
    assert changes(store, 0) == {"later/e3", "later/e2", "later/open"}


def test_if_all_run_the_oldest_is_removed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "MAX_EXECUTIONS", 2)
    for number in range(3):
        apply(store, f"e{number}", "A", after=number)
    assert listed_ids(store) == ["e2", "e1"]


def test_another_deployment_is_another_snapshot(store: Store) -> None:
    async def read() -> None:
        source = event_stream(store)
        await anext(source)
        apply(store, "one", "A")
        store.reset("eu-west-1", {"now": WORKFLOWS["now"]})
        event = await anext(source)
        assert event.startswith("event: snapshot\n")
        assert '"eu-west-1"' in event
        assert listed_ids(store) == []

    in_time(read())


def put(store: Store, execution: str, size: int) -> None:
    apply(store, execution, None)
    known = record(store, "later", execution)
    store.put(replace(known, input="i" * size, output="o" * size, cause="c"))


def listed(
    name: str, status: ListedStatus = "RUNNING", start: float = 0, redrives: int = 0
) -> ExecutionSummary:
    stopped = None if status == "RUNNING" else NOW + timedelta(seconds=start + 1)
    started = NOW + timedelta(seconds=start)
    return ExecutionSummary("later", name, f"arn:{name}", status, started, stopped, 3, redrives)


def test_executions_of_a_list_are_shown_until_more_is_known(store: Store) -> None:
    store.apply_listed(listed("e"))
    found = record(store, "later", "e")
    assert (found.status, found.is_open) == ("RUNNING", True)
    store.apply_listed(listed("e", "FAILED"))
    found = record(store, "later", "e")
    assert (found.status, found.version, found.is_open) == ("FAILED", 3, False)


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
    assert found.status == "SUCCEEDED"


def test_a_list_does_not_push_out_what_is_newer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_EXECUTIONS", 2)
    for number in range(3):
        store.apply_listed(listed(f"e{number}", "SUCCEEDED", start=number))
    revision = store.revision
    store.apply_listed(listed("e0", "SUCCEEDED"))
    assert store.revision == revision
    assert listed_ids(store) == ["e2", "e1"]


def test_a_list_has_no_inputs_and_outputs(store: Store) -> None:
    for number in range(200):
        put(store, f"e{number}", 200_000)
    assert len(store.snapshot()) < 100_000
    assert len(store.changes_since(0, 0)[0]) < 200_000


def test_only_so_much_of_inputs_and_outputs_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_PAYLOAD_SIZE", 1000)
    for number in range(4):
        put(store, f"e{number}", 100)
    kept = [bool(record(store, "later", f"e{number}").input) for number in range(4)]
    assert kept == [False, False, True, True]
    put(store, "large", 1000)
    assert record(store, "later", "large").input
    store.put(replace(record(store, "later", "e3"), cause="c" * 2000))
    cut = record(store, "later", "large")
    assert (cut.input, cut.cause, cut.is_cut) == (None, None, True), "causes count, too"


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
    found = store.record(call.id)
    assert found
    assert "no longer has its input" in str(found.problem)


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
    monkeypatch.setattr(streams, "OVERVIEW_SECONDS", 0.01)

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
