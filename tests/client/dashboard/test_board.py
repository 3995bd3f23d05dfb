"""What pages are sent: everything once, and then what changes."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stepgate import Message, Route
from stepgate.dashboard import board as boards
from stepgate.dashboard import stream, watching
from stepgate.dashboard.board import LONGEST_EXPRESS, MOST_ENDED, MOST_REMOVED, Board
from stepgate.dashboard.record import Record
from stepgate.dashboard.stream import events
from stepgate.dashboard.trace import Places
from stepgate.dashboard.watching import lasting
from stepgate.dashboard.workflows import ShownWorkflow
from stepgate.diagram.graph import machine

NOW = datetime.now(UTC)
SHOWN = {
    route.name: ShownWorkflow(route, None, "{}", Places(machine({})))
    for route in (
        Route("later", "async", "http://127.0.0.1/later", None, None),
        Route("now", "sync", "http://127.0.0.1/now", None, None),
    )
}


@pytest.fixture
def board() -> Board:
    return Board("a stack", "us-east-1", SHOWN, "i-1")


def tell(
    board: Board, execution: str, state: str | None, after: float = 0, workflow: str = "later"
) -> None:
    time = NOW + timedelta(seconds=after)
    status = "ENTERED" if state else "SUCCEEDED"
    board.tell(Message(workflow, execution, "arn", state, status, time))


def changes(board: Board, number: int) -> tuple[set[str], list[str]]:
    document = json.loads(board.changes(number))
    return {each["id"] for each in document["executions"]}, document["removed"]


def record(board: Board, workflow: str, execution: str) -> Record:
    found = board.record(workflow, execution)
    assert found
    return found


def in_time(work: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await work

    asyncio.run(limited())


def test_a_page_that_comes_late_sees_what_went_before_the_newest_first(board: Board) -> None:
    tell(board, "first", "A")
    tell(board, "second", "A", after=1)
    tell(board, "first", None, after=2)
    snapshot = json.loads(board.snapshot())
    found = [(each["execution"], each["status"]) for each in snapshot["executions"]]
    assert found == [("second", "RUNNING"), ("first", "SUCCEEDED")]
    assert (snapshot["stack"], snapshot["region"]) == ("a stack", "us-east-1")
    assert [each["name"] for each in snapshot["workflows"]] == ["later", "now"]


def test_only_what_has_changed_since_is_sent(board: Board) -> None:
    tell(board, "one", "A")
    tell(board, "two", "A")
    number = board.number
    assert changes(board, number) == (set(), [])
    tell(board, "one", "B", after=1)
    assert changes(board, number) == ({"later/one"}, [])
    assert changes(board, 0) == ({"later/one", "later/two"}, [])


def test_what_changes_nothing_is_no_change(board: Board) -> None:
    tell(board, "one", "A")
    board.see_queue("gone")
    board.see_instance("running", None)
    number = board.number
    tell(board, "one", "A")
    board.see_queue("gone")
    board.see_instance("running", None)
    assert board.number == number


def test_the_oldest_that_have_ended_go_and_pages_are_told(board: Board) -> None:
    tell(board, "open", "A", after=-1)
    for number in range(MOST_ENDED + 2):
        tell(board, f"e{number}", None, after=number)
    ids, removed = changes(board, 0)
    assert set(removed) == {"later/e0", "later/e1"}
    assert len(ids) == MOST_ENDED + 1
    assert "later/open" in ids


def test_of_those_that_may_run_the_oldest_go_too(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "MOST_OPEN", 2)
    for number in range(3):
        tell(board, f"e{number}", "A", after=number)
    assert changes(board, 0) == ({"later/e1", "later/e2"}, ["later/e0"])


def test_what_is_remembered_of_removed_ones_is_bounded(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "MOST_ENDED", 1)
    for number in range(MOST_REMOVED + 50):
        tell(board, f"e{number}", None, after=number)
    _, removed = changes(board, 0)
    assert len(removed) == MOST_REMOVED
    assert f"later/e{MOST_REMOVED + 48}" in removed


def test_a_workflow_that_the_stack_has_no_more_is_shown_too(board: Board) -> None:
    tell(board, "e", "A", workflow="gone")
    assert record(board, "gone", "e").trace.current == ("A",)


def test_an_express_execution_that_nobody_tells_of_is_given_up_after_five_minutes(
    board: Board,
) -> None:
    long_ago = -LONGEST_EXPRESS.total_seconds() - 1
    tell(board, "lost", "A", after=long_ago, workflow="now")
    tell(board, "new", "A", workflow="now")
    tell(board, "standard", "A", after=long_ago)
    board.give_up_express()
    lost = record(board, "now", "lost")
    assert (lost.status, lost.is_open) == ("UNKNOWN", False)
    assert lost.problem
    assert record(board, "now", "new").is_open
    assert record(board, "later", "standard").is_open


def test_the_stream_begins_with_a_snapshot_and_gathers_changes(board: Board) -> None:
    async def read() -> None:
        source = events(board)
        assert (await anext(source)).startswith("event: snapshot\ndata: {")
        tell(board, "one", "A")
        tell(board, "two", "A")
        event = await anext(source)
        name, data, *rest = event.split("\n")
        assert (name, rest) == ("event: change", ["", ""])
        document = json.loads(data.removeprefix("data: "))
        assert {each["execution"] for each in document["executions"]} == {"one", "two"}
        await source.aclose()

    in_time(read())


def test_a_page_that_nothing_happens_for_hears_a_beat(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.01)

    async def read() -> None:
        source = events(board)
        await anext(source)
        assert await anext(source) == "event: beat\ndata: {}\n\n"

    in_time(read())


def test_a_closed_board_ends_its_streams(board: Board) -> None:
    async def read() -> None:
        source = events(board)
        await anext(source)
        board.close()
        assert [event async for event in source] == []

    in_time(read())


def test_somebody_watches_while_a_stream_is_read(board: Board) -> None:
    async def read() -> None:
        waiting = asyncio.create_task(board.until_watched())
        await asyncio.sleep(0)
        assert not waiting.done()
        source = events(board)
        await anext(source)
        await waiting
        board.close()
        async for _ in source:
            pass
        again = asyncio.create_task(board.until_watched())
        await asyncio.sleep(0)
        assert not again.done()
        again.cancel()

    in_time(read())


def test_busy_is_while_one_may_run(board: Board) -> None:
    assert not board.is_busy
    tell(board, "one", "A")
    assert board.is_busy
    board.put(replace(record(board, "later", "one"), stopped=NOW))
    assert not board.is_busy


def test_a_defect_of_a_watcher_is_told_in_the_terminal_and_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watching, "REOPEN_SECONDS", 0)
    defects = iter([ZeroDivisionError("first"), ValueError("second")])

    async def watch() -> None:
        if defect := next(defects, None):
            raise defect

    in_time(lasting(watch))
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == [
        "first",
        "second",
    ]
