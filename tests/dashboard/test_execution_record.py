"""What messages, the status route and the history tell of an execution becomes one record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from stepgate import ExecutionSummary, Message, Status, VisitedState
from stepgate.client.executions import ListedStatus
from stepgate.client.task_tokens import STRUCK
from stepgate.dashboard.execution_record import MAX_PATH_LENGTH, ExecutionRecord, json_text
from stepgate.dashboard.state_tracker import StateTracker
from stepgate.diagram.graph import build_graph

TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAARNBg0Js1FBX8n9CWbPP7Vy5IOhgtTbPz0cF0xOF/7+Q" + "aB3=" * 20
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
LINE = build_graph(
    {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {"Type": "Pass", "Next": "A"},
            "C": {"Type": "Pass", "End": True},
        },
    }
)
NEW = ExecutionRecord("line/e", "line", "async", "e", NOON, StateTracker(LINE))


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def apply_message(
    record: ExecutionRecord, seconds: float, state: str | None, **members: Any
) -> ExecutionRecord:
    status = members.pop("status", "ENTERED" if state else "SUCCEEDED")
    return record.apply_message(Message("line", "e", "arn", state, status, at(seconds), **members))


def apply_status(
    record: ExecutionRecord,
    status: Literal["RUNNING", "SUCCEEDED", "FAILED"],
    stopped: float | None = None,
) -> ExecutionRecord:
    error = "Broken" if status == "FAILED" else None
    end = None if stopped is None else at(stopped)
    return record.apply_status(
        Status(status, "arn", "e", at(-1), end, {"in": 1}, {"out": "ä"}, error, None)
    )


def path(record: ExecutionRecord) -> list[str]:
    return [each.state for each in record.path]


def test_the_last_state_that_was_entered_is_current() -> None:
    record = apply_message(apply_message(NEW, 1, "A"), 2, "B")
    assert path(record) == ["A", "B"]
    assert record.states.current == ("B",)
    assert record.is_open


def test_a_message_that_comes_twice_changes_nothing() -> None:
    record = apply_message(apply_message(NEW, 1, "A"), 2, "B")
    assert apply_message(record, 1, "A") == record


def test_a_state_that_is_entered_again_is_told_again() -> None:
    assert path(apply_message(apply_message(apply_message(NEW, 1, "A"), 2, "B"), 3, "A")) == [
        "A",
        "B",
        "A",
    ]


def test_the_last_message_tells_how_it_ended() -> None:
    record = apply_message(
        apply_message(NEW, 1, "A"), 3, None, status="FAILED", error="Broken", cause="It broke."
    )
    assert (record.status, record.stopped) == ("FAILED", at(3))
    assert (record.error, record.cause) == ("Broken", "It broke.")
    assert record.states.current == ("A",)


def test_after_a_success_it_is_in_no_state() -> None:
    record = apply_message(apply_message(NEW, 1, "C"), 2, None)
    assert record.states.current == ()
    assert record.states.taken == (("C", ""),)


def test_a_state_that_comes_late_is_put_where_it_was_and_opens_nothing() -> None:
    record = apply_message(apply_message(apply_message(NEW, 1, "A"), 4, None), 2, "B")
    assert path(record) == ["A", "B"]
    assert (record.status, record.states.current) == ("SUCCEEDED", ())


def test_one_that_was_started_again_runs_again() -> None:
    failed = apply_message(apply_message(NEW, 1, "A"), 2, None, status="FAILED", error="Broken")
    record = apply_message(failed, 60, "A")
    assert (record.status, record.stopped, record.error) == ("RUNNING", None, None)
    assert apply_message(record, 61, None).status == "SUCCEEDED"


def test_the_status_route_adds_input_and_output() -> None:
    record = apply_status(apply_message(apply_message(NEW, 1, "C"), 2, None), "SUCCEEDED", 2.1)
    assert record.input == '{\n  "in": 1\n}'
    assert record.output == '{\n  "out": "ä"\n}'
    assert (record.started, record.stopped) == (at(-1), at(2.1))


def test_no_record_has_a_task_token() -> None:
    status = Status(
        "SUCCEEDED", "arn", "e", at(0), at(1), {"in": TOKEN}, {"taskToken": "x"}, None, None
    )
    record = NEW.apply_status(status)
    assert record.input == json_text({"in": STRUCK})
    assert "x" not in str(record.output)
    failed = apply_message(NEW, 1, None, status="FAILED", error="Broken", cause=f"of {TOKEN}")
    assert failed.cause == f"of {STRUCK}"


def test_an_end_that_is_found_later_replaces_one_that_was_not_known() -> None:
    listed = ExecutionSummary("line", "e", "arn", "FAILED", at(0), at(2))
    record = NEW.mark_unknown(at(400), "no last message").apply_listed(listed)
    assert (record.status, record.stopped, record.problem) == ("FAILED", at(2), None)


def test_an_end_after_the_one_that_is_known_is_that_of_a_redrive() -> None:
    def listed(status: ListedStatus, stopped: float) -> ExecutionSummary:
        return ExecutionSummary("line", "e", "arn", status, at(0), at(stopped), redrives=1)

    redriven = NEW.apply_listed(listed("FAILED", 2)).apply_listed(listed("SUCCEEDED", 9))
    assert (redriven.status, redriven.stopped) == ("SUCCEEDED", at(9))
    assert redriven.apply_listed(listed("FAILED", 2)) == redriven


def test_a_status_that_is_older_than_the_last_message_does_not_open_it_again() -> None:
    ended = apply_message(apply_message(NEW, 1, "C"), 2, None)
    record = apply_status(ended, "RUNNING")
    assert (record.status, record.stopped) == ("SUCCEEDED", at(2))


def test_a_status_of_before_it_was_started_again_does_not_end_it() -> None:
    failed = apply_message(apply_message(NEW, 1, "A"), 2, None, status="FAILED", error="Broken")
    record = apply_status(apply_message(failed, 60, "A"), "FAILED", 2)
    assert (record.status, record.stopped, record.error) == ("RUNNING", None, None)
    assert apply_status(record, "SUCCEEDED", 61).status == "SUCCEEDED"


def test_one_that_was_given_up_and_goes_on_has_no_problem() -> None:
    record = apply_message(
        apply_message(NEW, 1, "A").mark_unknown(at(400), "nobody knows"), 401, "B"
    )
    assert (record.status, record.problem) == ("RUNNING", None)


def test_the_status_route_tells_an_end_that_no_message_tells() -> None:
    record = apply_status(apply_message(NEW, 1, "A"), "FAILED", 5)
    assert (record.status, record.error, record.output) == ("FAILED", "Broken", None)
    assert record.states.current == ("A",)


def test_states_of_the_history_are_current_while_they_run() -> None:
    branches = [
        VisitedState("A", at(1), at(2), status="SUCCEEDED"),
        VisitedState("B", at(2), None),
        VisitedState("C", at(2), None),
    ]
    record = apply_message(NEW, 2, "B").apply_states(branches, {"C": "approval"}, [("A", "B")])
    assert record.states.current == ("B", "C")
    assert record.waiting == ("approval",)
    assert record.end("SUCCEEDED", at(3)).waiting == ()


def test_states_of_messages_end_where_the_next_one_begins() -> None:
    record = apply_message(apply_message(NEW, 1, "A"), 2, "B")
    first, last = record.visited
    assert (first.name, first.ended, first.status) == ("A", at(2), "SUCCEEDED")
    assert (last.name, last.ended, last.status) == ("B", None, "RUNNING")
    failed = apply_message(record, 3, None, status="FAILED").visited
    assert [each.status for each in failed] == ["SUCCEEDED", "ABORTED"]
    assert not any(each.is_origin for each in failed), "the error may be of another branch"
    assert NEW.visited == []


def test_a_long_path_is_cut_and_says_by_how_much() -> None:
    record = NEW
    for number in range(MAX_PATH_LENGTH + 10):
        record = apply_message(record, number, "AB"[number % 2])
    assert (len(record.path), record.earlier) == (MAX_PATH_LENGTH, 10)
    assert record.path[0].time == at(10)
    assert record.started == NOON


@pytest.mark.parametrize("status", ["RUNNING", "UNKNOWN"])
def test_one_that_may_run_is_open(status: str) -> None:
    assert replace(NEW, status=status).is_open
    assert not NEW.mark_unknown(at(1), "nobody knows").is_open


def test_a_status_that_is_newer_than_the_end_tells_that_it_runs_again() -> None:
    failed = apply_message(apply_message(NEW, 1, "A"), 2, None, status="FAILED", error="Broken")
    record = apply_status(failed.enter("A", at(60)), "RUNNING")
    assert (record.status, record.stopped, record.error) == ("RUNNING", None, None)


def test_one_that_was_given_up_runs_again_with_its_next_message() -> None:
    record = apply_message(apply_message(NEW, 1, "A").mark_unknown(at(60), "nobody knows"), 2, "B")
    assert (record.status, record.problem) == ("RUNNING", None)


def test_json_is_indented_unless_that_makes_it_far_longer() -> None:
    assert json_text([1]) == "[\n  1\n]"
    many = [[1] * 9000]
    for _ in range(500):
        many = [many]
    assert len(json_text(many)) < 30_000
