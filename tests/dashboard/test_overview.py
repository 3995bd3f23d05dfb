"""What needs attention, from what is known of all executions."""

from datetime import UTC, datetime, timedelta

from stepgate.dashboard.execution_record import ExecutionRecord
from stepgate.dashboard.overview import LISTED, overview
from stepgate.dashboard.state_tracker import StateTracker
from stepgate.diagram.graph import build_graph

NOW = datetime(2026, 11, 26, 12, 2, tzinfo=UTC)
TRACKER = StateTracker(build_graph({}))


def execution(name: str, ago: float, seconds: float | None, status: str) -> ExecutionRecord:
    """
    Args:
        ago: seconds since its start.
        seconds: its duration; None while it runs.
    """
    started = NOW - timedelta(seconds=ago)
    stopped = None if seconds is None else started + timedelta(seconds=seconds)
    return ExecutionRecord(
        f"w/{name}", "w", "async", name, started, TRACKER, status=status, stopped=stopped
    )


def test_the_last_hour_is_counted_in_parts_of_five_minutes() -> None:
    records = [
        execution("new", 10, 1, "SUCCEEDED"),
        execution("failed", 400, 1, "FAILED"),
        execution("late", 500, 1, "TIMED_OUT"),
        execution("stopped", 600, 1, "ABORTED"),
        execution("old", 7200, 1, "FAILED"),
    ]
    made = overview(records, ["w", "idle"], NOW)
    counts = made.counts["w"]
    assert (counts.succeeded, counts.failed, counts.aborted) == (1, 2, 1)
    assert counts.buckets == [[0, 0]] * 10 + [[0, 1], [0, 1], [1, 0]]
    assert made.counts["idle"].failed == 0
    assert [each.execution for each in made.attention["failed"].newest] == ["failed", "late"]


def test_the_last_hour_is_a_whole_one() -> None:
    records = [execution("in", 3600, 0, "FAILED"), execution("before", 3601, 0, "FAILED")]
    counts = overview(records, ["w"], NOW).counts["w"]
    assert (counts.failed, counts.buckets[0]) == (1, [0, 1])


def test_one_is_slow_that_runs_three_times_as_long_as_the_last_ones() -> None:
    ended = [execution(f"e{number}", 100 + number, 5, "SUCCEEDED") for number in range(5)]
    records = [
        execution("usual", 12, None, "RUNNING"),
        execution("slow", 16, None, "RUNNING"),
        *ended,
    ]
    made = overview(records, ["w"], NOW)
    assert made.slow == {"w/slow"}
    assert (made.counts["w"].running, made.counts["w"].slow) == (2, 1)
    assert overview(records[:-1], ["w"], NOW).slow == frozenset()


def test_one_of_seconds_is_never_slow() -> None:
    ended = [execution(f"e{number}", 100, 0.1, "SUCCEEDED") for number in range(5)]
    records = [execution("usual", 9, None, "RUNNING"), *ended]
    assert overview(records, ["w"], NOW).slow == frozenset()


def test_attention_names_the_newest_and_counts_all() -> None:
    records = [execution(f"e{number}", number, None, "RUNNING") for number in range(LISTED + 5)]
    running = overview(records, ["w"], NOW).attention["running"]
    assert (running.total, len(running.newest)) == (LISTED + 5, LISTED)
    assert running.newest[0].execution == "e0"
