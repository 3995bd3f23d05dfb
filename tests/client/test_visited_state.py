"""Histories that the emulator writes are read as the states that were visited."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from stepgate import VisitedState
from stepgate.client.history_event import HistoryEvent, parse_event
from stepgate.client.visited_state import branches, duration, state_definitions, visited_states
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

State = dict[str, Any]
History = tuple[str, list[HistoryEvent]]

ALL = ["States.ALL"]
FAILS: State = {"Type": "Fail", "Error": "Broken", "Cause": "It is."}
SLOW: State = {"Type": "Wait", "Seconds": 3, "End": True}
QUEUE: State = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
    "Parameters": {"QueueName": "none"},
    "End": True,
}


def machine(start: str, **states: State) -> State:
    return {"StartAt": start, "States": states}


def both(**more: Any) -> State:
    """One branch fails while the other one waits."""
    failing = machine("Waits", Waits={"Type": "Wait", "Seconds": 1, "Next": "Fails"}, Fails=FAILS)
    return {"Type": "Parallel", "Branches": [machine("Slow", Slow=SLOW), failing], **more}


def retried(times: int) -> list[State]:
    return [{"ErrorEquals": ALL, "MaxAttempts": times, "IntervalSeconds": 1}]


def caught(by: str) -> list[State]:
    return [{"ErrorEquals": ALL, "Next": by}]


DONE: State = {"Type": "Succeed"}
MACHINES: dict[str, State] = {
    "branches": machine("Both", Both=both(End=True)),
    "caught": machine("Both", Both=both(Catch=caught("Done"), Next="Done"), Done=DONE),
    "again": machine("Both", Both=both(Retry=retried(1), End=True)),
    "task": machine("Ask", Ask=QUEUE | {"Retry": retried(1), "Catch": caught("Done")}, Done=DONE),
    "items": machine(
        "Each",
        Each={
            "Type": "Map",
            "ItemProcessor": machine(
                "Which",
                Which={
                    "Type": "Choice",
                    "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "Ask"}],
                    "Default": "Slow",
                },
                Slow=SLOW,
                Ask=QUEUE,
            ),
            "End": True,
        },
    ),
    "path": machine("Reads", Reads={"Type": "Pass", "InputPath": "$[9]", "End": True}),
    "late": machine("Slow", Slow=SLOW) | {"TimeoutSeconds": 1},
}


def generated(seed: int) -> State:
    """A machine of Parallels and Maps in each other, with failures that some of them catch."""
    chance = random.Random(seed)
    count = iter(range(1000))

    def part(depth: int) -> State:
        names = [f"S{next(count)}" for _ in range(chance.randint(1, 3))]
        states: State = {}
        for name, after in zip(names, [*names[1:], None], strict=True):
            following: State = {"Next": after} if after else {"End": True}
            kind = chance.choice(["Pass", "Pass", "Fail", "Wait", "Map", "Parallel", "Parallel"])
            if depth and kind in {"Map", "Parallel"}:
                inner: State = (
                    {"ItemProcessor": part(depth - 1), "ItemsPath": "$.items"}
                    if kind == "Map"
                    else {"Branches": [part(depth - 1) for _ in range(chance.randint(1, 3))]}
                )
                state = {"Type": kind, "ResultPath": None, **inner, **following}
                if kind == "Map":
                    state["ItemSelector"] = {"items": [1, 2]}
                if after and chance.random() < 0.6:
                    state["Catch"] = [{"ErrorEquals": ALL, "Next": after, "ResultPath": None}]
                states[name] = state
            elif kind == "Fail" and chance.random() < 0.5:
                states[name] = FAILS
                break
            else:
                states[name] = {"Type": "Pass", **following}
        return {"StartAt": names[0], "States": states}

    return part(3)


GENERATED = {f"generated-{seed}": generated(seed) for seed in range(25)}


@pytest.fixture(scope="module")
def histories(deployed: Deployed) -> dict[str, History]:
    """How each execution ended, and its events; all run at once."""
    aws = deployed.cloud.stepfunctions
    arns: dict[str, str] = {}
    for name, definition in (MACHINES | GENERATED).items():
        made = aws.create_state_machine(
            name=f"visited-{name}",
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::000000000000:role/visited",
        )["stateMachineArn"]
        given: Any = [1, 2, 3] if name in MACHINES else {"items": [1, 2]}
        arns[name] = aws.start_execution(stateMachineArn=made, input=json.dumps(given))[
            "executionArn"
        ]

    def ended(arn: str) -> Callable[[], str | None]:
        def status() -> str | None:
            found = aws.describe_execution(executionArn=arn)["status"]
            return None if found == "RUNNING" else found

        return status

    found: dict[str, History] = {}
    for name, arn in arns.items():
        status = await_(ended(arn), "the execution's end", 60)
        pages = aws.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [parse_event(event) for page in pages for event in page["events"]]  # pyright: ignore
        ends = [e.id for e in events if e.type.startswith("Execution") and e.id > 1]
        found[name] = (str(status), [event for event in events if event.id <= ends[0]])
    return found


def visited(histories: dict[str, History], name: str) -> dict[str, VisitedState]:
    """The states by their paths; the last visit of each."""
    _, events = histories[name]
    return {state.path: state for state in visited_states(events, MACHINES[name])}


pytestmark = pytest.mark.proof


def test_a_branch_that_was_cut_off_has_not_failed(histories: dict[str, History]) -> None:
    states = visited(histories, "branches")
    assert {path: state.status for path, state in states.items()} == {
        "Both": "FAILED",
        "Both[0].Slow": "ABORTED",
        "Both[1].Waits": "SUCCEEDED",
        "Both[1].Fails": "FAILED",
    }
    assert [path for path, state in states.items() if state.is_origin] == ["Both[1].Fails"]
    fails = states["Both[1].Fails"]
    assert (fails.error, fails.cause) == ("Broken", "It is.")
    assert all(state.ended for state in states.values())


def test_a_failure_that_was_caught_is_one_that_was_exited(histories: dict[str, History]) -> None:
    states = visited(histories, "caught")
    assert states["Both"].status == "FAILED"
    assert states["Both"].exited
    assert states["Both[1].Fails"].is_origin
    assert states["Done"].status == "SUCCEEDED"


def test_retries_are_attempts_of_one_visit(histories: dict[str, History]) -> None:
    ask = visited(histories, "task")["Ask"]
    assert [attempt.error for attempt in ask.attempts] == ["Sqs.QueueDoesNotExistException"] * 2
    assert [attempt.parameters for attempt in ask.attempts] == ['{"QueueName": "none"}'] * 2
    assert all(attempt.ended and attempt.ended >= attempt.started for attempt in ask.attempts)
    _, events = histories["again"]
    states = visited_states(events, MACHINES["again"])
    assert [len(state.attempts) for state in states if state.name == "Both"] == [2]
    assert [state.status for state in states if state.name == "Slow"] == ["ABORTED"] * 2


def test_a_state_in_a_map_says_its_item(histories: dict[str, History]) -> None:
    states = visited(histories, "items")
    assert states["Each[1].Ask"].is_origin
    assert states["Each[1].Ask"].error == states["Each"].error == "Sqs.QueueDoesNotExistException"
    assert {states[path].status for path in ("Each[0].Slow", "Each[2].Slow")} == {"ABORTED"}
    assert states["Each[1].Which"].input == "2"


def test_what_fails_before_it_does_anything_and_what_runs_out_of_time(
    histories: dict[str, History],
) -> None:
    reads = visited(histories, "path")["Reads"]
    assert (reads.status, reads.is_origin, reads.error) == ("FAILED", True, "States.Runtime")
    slow = visited(histories, "late")["Slow"]
    assert (slow.status, slow.is_origin, slow.exited) == ("ABORTED", False, None)


@pytest.mark.parametrize("name", GENERATED)
def test_generated_histories(histories: dict[str, History], name: str) -> None:
    definition = GENERATED[name]
    status, events = histories[name]
    states = visited_states(events, definition)
    entered = [event for event in events if event.type.endswith("StateEntered")]
    exited = [event for event in events if event.type.endswith("StateExited")]
    assert [state.name for state in states] == [event.details["name"] for event in entered]
    assert sorted((s.name, s.exited) for s in states if s.exited) == sorted(
        (event.details["name"], event.time) for event in exited
    )
    parents = parents_of(definition)
    branch = branches(definition)
    for state in states:
        assert state.status != "RUNNING"
        assert state.ended
        assert state.ended >= state.entered
        assert [each.state for each in state.around] == parents[state.name]
        if state.status == "ABORTED":
            assert not state.exited
        if state.name in branch:
            assert state.around[-1].index == branch[state.name]
    cut = [state for state in states if not state.exited and not state.around]
    assert [state.status for state in cut] == (["FAILED"] if status == "FAILED" else [])
    for state in states:
        if state.status == "FAILED":
            inner = [s for s in states if s.is_origin and s.path.startswith(f"{state.path}[")]
            assert state.is_origin or inner


def parents_of(definition: Any) -> dict[str, list[str]]:
    """The names of the states around each state, the outermost first."""
    found: dict[str, list[str]] = {}

    def walk(part: Any, around: list[str]) -> None:
        for name, state in part["States"].items():
            found[name] = around
            inner = [*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")])]
            for each in inner:
                walk(each, [*around, name])

    walk(definition, [])
    assert found.keys() == state_definitions(definition).keys()
    return found


def test_a_duration_ends_with_the_state_or_now_and_is_never_negative() -> None:
    at = [datetime.fromtimestamp(second, UTC) for second in range(5)]
    assert duration(VisitedState("A", at[1], None, at[3]), at[4]) == 2
    assert duration(VisitedState("A", at[1], at[2]), at[4]) == 1
    assert duration(VisitedState("A", at[1], None), at[4]) == 3
    assert duration(VisitedState("A", at[1], None), at[0]) == 0


def test_a_duration_is_between_the_times_that_are_shown() -> None:
    entered = datetime(2026, 11, 30, 12, 0, 0, 144_900, UTC)
    ended = datetime(2026, 11, 30, 12, 0, 0, 145_100, UTC)
    assert duration(VisitedState("A", entered, None, ended), ended) == 0.001
