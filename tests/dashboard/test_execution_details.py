"""An opened execution, from the states of its history."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from stepgate.client.history_event import HistoryEvent
from stepgate.client.visited_state import (
    Around,
    Attempt,
    LocatedEvent,
    StateStatus,
    VisitedState,
)
from stepgate.dashboard.execution_details import (
    item_counts,
    state_documents,
    taken_transitions,
)

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:inner"


def visited(
    name: str,
    second: float,
    *around: Around,
    status: StateStatus = "SUCCEEDED",
    is_exited: bool = True,
    kind: str = "Pass",
) -> VisitedState:
    entered = NOON + timedelta(seconds=second)
    end = entered + timedelta(seconds=1)
    return VisitedState(
        name,
        entered,
        end if is_exited else None,
        ended=None if status == "RUNNING" else end,
        type=kind,
        status=status,
        around=around,
    )


def item(index: int) -> Around:
    return Around("Each", index, "item")


def test_items_of_a_map_are_counted_by_how_they_have_ended() -> None:
    states = [
        visited("Each", 0, kind="Map", status="RUNNING", is_exited=False),
        visited("Charge", 1, item(0)),
        visited("Charge", 1, item(1), status="FAILED", is_exited=False),
        visited("Charge", 1, item(2), status="FAILED"),  # caught
        visited("Refund", 2, item(2)),
        visited("Charge", 1, item(3), status="RUNNING", is_exited=False),
        visited("Charge", 1, item(4), status="ABORTED", is_exited=False),
    ]
    started = HistoryEvent(2, 1, NOON, "MapStateStarted", {"length": 6})
    counts = item_counts(states, [LocatedEvent(started, "Each", (), 1)])
    assert counts == {"Each": {"total": 6, "succeeded": 2, "failed": 1, "running": 1, "aborted": 1}}


def test_items_of_each_visit_of_a_map_count() -> None:
    states = [
        state
        for second in (0, 10)
        for state in (visited("Each", second, kind="Map"), visited("A", second + 1, item(0)))
    ]
    assert item_counts(states, [])["Each"]["succeeded"] == 2


def test_an_error_that_a_catch_around_it_took_is_caught() -> None:
    branch = Around("Both", 0, "branch")
    states = [
        visited("Both", 0, kind="Parallel", status="FAILED"),
        replace(visited("Broken", 1, branch, status="FAILED", is_exited=False), is_origin=True),
        visited("Lost", 3, status="FAILED", is_exited=False),
    ]
    documents, omitted = state_documents(states, {})
    assert [each["isCaught"] for each in documents] == [True, True, False]
    assert [each["isOrigin"] for each in documents] == [False, True, False]
    assert omitted == 0


def test_transitions_are_those_of_the_diagram() -> None:
    transitions = {("A", "B"), ("B", "A"), ("B", ""), ("Charge", ""), ("Each", "B")}
    states = [
        visited("A", 0),
        visited("B", 1),
        visited("A", 2),
        visited("Each", 3),
        visited("Charge", 4, item(0)),
        visited("Charge", 4, item(1)),
        visited("B", 5),
    ]
    assert taken_transitions(states, transitions) == [
        ("A", "B"),
        ("B", "A"),
        ("Each", "B"),
        ("B", ""),
        ("Charge", ""),
    ]


def test_what_a_state_has_started_is_linked_if_it_is_of_this_stack() -> None:
    request = json.dumps({"StateMachineArn": f"{MACHINE}:live", "Input": {}})
    execution = MACHINE.replace("stateMachine", "execution") + ":e"
    state = replace(
        visited("Call", 0, kind="Task"),
        attempts=(Attempt(NOON, parameters=request, execution=execution),),
    )
    (known,), _ = state_documents([state], {MACHINE: "inner"})
    assert known["child"] == {"workflow": "inner", "execution": "e"}
    (foreign,), _ = state_documents([state], {})
    assert foreign["child"] is None
