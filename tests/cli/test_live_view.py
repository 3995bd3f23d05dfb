"""What is drawn of an execution, and what is told to have happened in it."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from stepgate import HistoryUnavailable, Status, VisitedState
from stepgate.cli.live_view import render_snapshot
from stepgate.cli.snapshots import Snapshot, events_between, pause_after

START = datetime(2026, 11, 26, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def state(name: str, entered: float, exited: float | None = None) -> VisitedState:
    return VisitedState(name, at(entered), None if exited is None else at(exited))


def failed(name: str, entered: float, ended: float) -> VisitedState:
    return VisitedState(
        name, at(entered), None, at(ended), status="FAILED", is_origin=True, error="Gone"
    )


def status(value: Any, stopped: float | None = None) -> Status:
    return Status(
        status=value,
        execution_arn="arn",
        execution="one",
        started=START,
        stopped=None if stopped is None else at(stopped),
        input={},
        output=None,
        error=None,
        cause=None,
    )


def drawn(snapshot: Snapshot, now: float = 9, height: int = 24, width: int = 40) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(render_snapshot("later one", snapshot, at(now), height))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_states_passed_and_the_current_one_are_drawn_with_what_they_took() -> None:
    states = [state("Delay", 0, 8), state("Describe", 8, 8.25), state("Stop", 8.25)]
    assert drawn(Snapshot(status("RUNNING"), states), now=70) == [
        "later one",
        "✓ Delay         8.0 s",
        "✓ Describe     250 ms",
        "▸ Stop     1 min 02 s",
        "RUNNING 1 min 10 s",
    ]


def test_a_state_that_was_not_exited_is_where_the_execution_failed() -> None:
    snapshot = Snapshot(status("TIMED_OUT", 3), [state("A", 0, 1), state("B", 1)])
    assert drawn(snapshot) == ["later one", "✓ A 1.0 s", "✗ B 2.0 s"]


def test_a_state_that_was_cut_off_has_not_failed() -> None:
    cut = VisitedState("B", at(0), None, at(1), status="ABORTED")
    snapshot = Snapshot(status("FAILED", 3), [failed("A", 0, 1), cut])
    assert drawn(snapshot) == ["later one", "✗ A 1.0 s", "■ B 1.0 s"]


def test_a_history_may_lag_behind_the_end() -> None:
    assert drawn(Snapshot(status("SUCCEEDED", 3), [state("A", 0)])) == ["later one", "✓ A 3.0 s"]


def test_clocks_may_differ() -> None:
    snapshot = Snapshot(status("RUNNING"), [state("A", 0)])
    assert drawn(snapshot, now=-5) == ["later one", "▸ A 0 ms", "RUNNING 0 ms"]


def test_while_it_runs_the_newest_states_that_fit_are_drawn_and_all_in_the_end() -> None:
    states = [state(f"S{n}", n, n + 1) for n in range(30)]
    running = drawn(Snapshot(status("RUNNING"), states), height=8)
    assert running[:3] == ["later one", "… 27 earlier states", "✓ S27 1.0 s"]
    assert len(running) < 8
    assert len(drawn(Snapshot(status("SUCCEEDED", 30), states), height=8)) == 31


def test_a_name_is_neither_markup_nor_obeyed_and_never_folded() -> None:
    states = [state("[red]\x1b[31m", 0, 1), state("A long name " * 6, 1, 2)]
    _, first, second, _ = drawn(Snapshot(status("RUNNING"), states))
    assert first.split() == ["✓", "[red]\\u001b[31m", "1.0", "s"]
    assert second.endswith("… 1.0 s")


def test_why_states_cannot_be_read_is_told_in_full() -> None:
    snapshot = Snapshot(status("RUNNING"), history_error=HistoryUnavailable("no credentials, " * 9))
    assert " ".join(drawn(snapshot)).count("no credentials") == 9


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([], [], []),
        ([], [state("A", 0)], [(0, "A", "ENTERED", None)]),
        ([state("A", 0)], [state("A", 0)], []),
        ([state("A", 0)], [state("A", 0, 2)], [(2, "A", "EXITED", 2)]),
        (
            [state("A", 0)],
            [state("A", 0, 2), state("B", 2, 2)],
            [(2, "A", "EXITED", 2), (2, "B", "ENTERED", None), (2, "B", "EXITED", 0)],
        ),
        (  # branches
            [state("A", 0), state("B", 0)],
            [state("A", 0, 3), state("B", 0, 1), state("C", 1)],
            [(1, "B", "EXITED", 1), (1, "C", "ENTERED", None), (3, "A", "EXITED", 3)],
        ),
        ([state("A", 0)], [failed("A", 0, 1)], [(1, "A", "FAILED", 1)]),
        ([failed("A", 0, 1)], [failed("A", 0, 1)], []),
        ([state("A", 0, 1), state("A", 1)], [state("A", 0, 1)], []),  # read from elsewhere
    ],
)
def test_an_event_is_told_once_and_in_the_order_of_time(
    before: list[VisitedState], now: list[VisitedState], expected: list[Any]
) -> None:
    found = events_between(before, now)
    assert [(each.time, each.state.name, each.status, each.seconds) for each in found] == [
        (at(time), *rest) for time, *rest in expected
    ]


@pytest.mark.parametrize(("runs", "expected"), [(0, 1), (60, 1), (180, 3), (300, 5), (86400, 5)])
def test_an_execution_is_looked_at_less_often_the_longer_it_runs(
    runs: float, expected: float
) -> None:
    assert pause_after(runs) == expected
