"""Where an execution is, as the states tell that it has entered."""

import time
from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepgate.dashboard.state_tracker import StateTracker, TrackedStates, Transition
from stepgate.diagram.graph import Graph, State, build_graph
from tests.diagram.generated import looping, nonsense
from tests.diagram.machines import machines, row, ways
from tests.project.state_machines import OrderValues, order

ORDER = build_graph(order(OrderValues()))
SENT = ("Delay", "Check the order", "Send the order")
LOOP = build_graph(
    {
        "StartAt": "Ask",
        "States": {
            "Ask": {"Type": "Task", "Next": "Done?"},
            "Done?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.done", "IsPresent": True, "Next": "End"}],
                "Default": "Wait",
            },
            "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Ask"},
            "End": {"Type": "Succeed"},
        },
    }
)
# Before → Both (A → B | Each (X → Y) → C) → After, and from Both to Failed if it fails.
NESTED = build_graph(
    {
        "StartAt": "Before",
        "States": {
            "Before": {"Type": "Pass", "Next": "Both"},
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    row(["A", "B"]),
                    {
                        "StartAt": "Each",
                        "States": {
                            "Each": {"Type": "Map", "ItemProcessor": row(["X", "Y"]), "Next": "C"},
                            "C": {"Type": "Succeed"},
                        },
                    },
                ],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
                "Next": "After",
            },
            "After": {"Type": "Pass", "End": True},
            "Failed": {"Type": "Fail"},
        },
    }
)


def entered(of: Graph, *states: str, since: TrackedStates | None = None) -> TrackedStates:
    return reduce(StateTracker(of).enter, states, since or TrackedStates())


def ended(of: Graph, *states: str) -> TrackedStates:
    return StateTracker(of).end(entered(of, *states), succeeded=True)


def test_an_execution_goes_its_usual_way() -> None:
    way = (*SENT, "Confirm the order")
    running = entered(ORDER, *way)
    assert running == TrackedStates(("Confirm the order",), tuple(pairwise(way)))
    assert ended(ORDER, *way) == TrackedStates((), (*pairwise(way), ("Confirm the order", "")))


def test_an_execution_goes_the_way_of_a_catch() -> None:
    way = (*SENT, "Give up")
    failed = entered(ORDER, *way)
    assert failed == TrackedStates(("Give up",), tuple(pairwise(way)))
    assert StateTracker(ORDER).end(failed, succeeded=False) == failed, "it shows where it failed"


def test_a_state_that_a_loop_enters_again_is_current() -> None:
    way = ("Ask", "Done?", "Wait", "Ask")
    assert entered(LOOP, *way) == TrackedStates(("Ask",), tuple(pairwise(way)))
    again = entered(LOOP, *way, "Done?", "End")
    assert again.taken == (*pairwise(way), ("Done?", "End")), "each line is there once"


def test_a_state_that_leads_to_itself_stays_current() -> None:
    itself = {"ErrorEquals": ["E"], "Next": "A"}
    retried = build_graph(row(["A"], Type="Task", Catch=[itself], End=True))
    assert entered(retried, "A", "A") == TrackedStates(("A",), (("A", "A"),))
    assert entered(build_graph(row(["A", "B"])), "A", "A") == TrackedStates(("A",), ())


def test_branches_go_on_side_by_side_within_their_parallel() -> None:
    found = entered(NESTED, "Before", "Both", "A", "Each", "X", "B")
    assert found.current == ("Both", "Each", "X", "B")
    assert found.taken == (("Before", "Both"), ("A", "B"))


def test_of_a_maps_iterations_the_last_state_that_was_entered_is_current() -> None:
    found = entered(NESTED, "Both", "Each", "X", "X", "Y", "X")
    assert found == TrackedStates(("Both", "Each", "X"), (("X", "Y"),))


def test_a_parallel_that_goes_on_has_come_to_the_end_of_its_branches() -> None:
    within = ("Before", "Both", "A", "Each", "X", "B", "Y", "C")
    found = entered(NESTED, *within, "After")
    assert found.current == ("After",)
    assert {*found.taken} == {
        *(("Before", "Both"), ("Both", "After"), ("A", "B"), ("B", "")),
        *(("X", "Y"), ("Y", ""), ("Each", "C"), ("C", "")),
    }
    assert ("After", "") in ended(NESTED, *within, "After").taken


def test_a_parallel_that_fails_leaves_its_branches_where_they_are() -> None:
    found = entered(NESTED, "Both", "B", "Each", "Y", "Failed")
    assert found == TrackedStates(("Failed",), (("Both", "Failed"),))


def test_what_is_in_a_parallel_ends_with_the_execution() -> None:
    last = {"Type": "Parallel", "Branches": [row(["A"]), row(["B", "C"])], "End": True}
    found = ended(build_graph(row(["P"], **last)), "P", "A", "B")
    assert found == TrackedStates((), (("P", ""), ("A", "")))


def test_a_milestone_shows_what_is_around_it_and_no_line_to_it_is_guessed() -> None:
    assert entered(NESTED, "Y") == TrackedStates(("Both", "Each", "Y"))
    assert entered(NESTED, "Before", "Y").taken == (("Before", "Both"),)
    found = entered(NESTED, "Before", "After")
    assert found == TrackedStates(("After",)), "only one way leads there, but none was told"
    assert ended(ORDER, "Check the order").taken == (), "nothing ends there"


def test_another_branch_stays_where_it_is_if_the_parallel_was_not_told() -> None:
    assert entered(NESTED, "A", "Y").current == ("Both", "A", "Each", "Y")


def test_a_state_of_another_definition_stands_outermost_and_has_no_lines() -> None:
    found = entered(NESTED, "Before", "Both", "A", "Renamed")
    assert found == TrackedStates(("Renamed",), (("Before", "Both"),))
    after = entered(NESTED, "After", since=found)
    assert after == TrackedStates(("After",), found.taken)
    assert ended(NESTED, "Renamed") == TrackedStates((), ())


@pytest.mark.parametrize("succeeded", [True, False])
def test_an_execution_that_told_of_no_state_ends(succeeded: bool) -> None:
    assert StateTracker(NESTED).end(TrackedStates(), succeeded=succeeded) == TrackedStates()


def test_a_step_costs_the_same_however_many_came_before() -> None:
    names = [f"State {number}" for number in range(100)]
    tracker = StateTracker(build_graph(row(names, Type="Pass", Next=names[0])))
    begun = time.monotonic()
    found = reduce(tracker.enter, names * 250, TrackedStates())
    assert time.monotonic() - begun < 15, "25,000 states"
    assert len(found.taken) == 100


def told_of(draw: Any, of: Graph) -> list[str]:
    """The states that a random run of a machine enters, those of branches one after the other."""
    states = {state.name: state for state in of.states}
    told: list[str] = []
    name = of.start
    while name is not None and len(told) < 60:
        state = states[name]
        told += [name, *(inner for each in state.graphs for inner in told_of(draw, each))]
        targets = [way.target for way in of.transitions if way.source == name]
        name = draw(st.sampled_from(targets)) if targets else None
    return told


def named(of: Graph) -> dict[str, State]:
    found = {state.name: state for state in of.states}
    for state in of.states:
        for inner in state.graphs:
            found |= named(inner)
    return found


def within(state: State) -> set[str]:
    return {name for inner in state.graphs for name in named(inner)}


@settings(max_examples=150)
@given(looping(), st.data())
def test_a_run_is_where_it_was_told_to_be(definition: dict[str, Any], data: st.DataObject) -> None:
    of = build_graph(definition)
    run = told_of(data.draw, of)
    told = [state for state in run if data.draw(st.integers(0, 4)) or state == run[0]]
    lines: set[Transition] = {
        (source, to) for m in machines(definition) for source, to, _ in ways(m)
    }
    states, tracker = named(of), StateTracker(of)
    found = TrackedStates()
    for state in told:
        found = tracker.enter(found, state)
        check(found, lines)
        assert found.current[-1] == state
        for scope in (each["States"] for each in machines(definition)):
            assert len(scope.keys() & {*found.current}) <= 1, "one state of each machine"
        for name, each in states.items():
            if within(each) & {*found.current}:
                assert name in found.current, "it is around one that is current"
    last = tracker.end(found, succeeded=True)
    check(last, lines)
    assert last.current == ()


@settings(max_examples=150)
@given(looping(), st.data())
def test_a_run_that_tells_all_has_taken_each_line_that_it_took(
    definition: dict[str, Any], data: st.DataObject
) -> None:
    of = build_graph(definition)
    told = told_of(data.draw, of)
    found = entered(of, *told)
    outer = [state for state in told if state in definition["States"]]
    assert {*pairwise(outer)} == {line for line in found.taken if line[0] in definition["States"]}


def check(found: TrackedStates, lines: set[Transition]) -> None:
    for names in (found.current, found.taken):
        assert len({*names}) == len(names)
    assert {*found.taken} <= lines


def test_of_two_states_with_one_name_the_first_counts() -> None:
    inner = row(["P"], Type="Parallel", Branches=[row(["A"])], End=True)
    of = build_graph(row(["P"], Type="Parallel", Branches=[inner], End=True))
    assert entered(of, "P") == TrackedStates(("P",))


@given(nonsense(), st.lists(st.sampled_from(["a", "b", "Type", "Next", "States", ""])))
def test_nothing_that_a_definition_or_a_message_has_breaks_it(
    definition: dict[str, Any], told: list[str]
) -> None:
    tracker = StateTracker(build_graph(definition))
    found = reduce(tracker.enter, told, TrackedStates())
    assert found.current[-1:] == tuple(told[-1:])
    assert tracker.end(found, succeeded=True).current == ()
