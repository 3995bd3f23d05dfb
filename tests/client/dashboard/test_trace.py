"""Where an execution is, as the states tell that it has entered."""

import time
from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepgate.dashboard.trace import Line, Places, Trace
from stepgate.diagram.graph import Machine, State, machine

from tests.client.machines import looping, machines, nonsense, row, ways
from workflows.instance import toggle
from workflows.workflow import PLACEHOLDERS

TOGGLE = machine(toggle(PLACEHOLDERS, delay_seconds=1))
ASKED = ("Delay", "Choose the instance", "Describe the instance")
LOOP = machine(
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
NESTED = machine(
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


def trace(of: Machine, *told: str, begun: Trace | None = None) -> Trace:
    return reduce(Places(of).entered, told, begun or Trace())


def ended(of: Machine, *told: str) -> Trace:
    return Places(of).ended(trace(of, *told), succeeded=True)


def test_the_example_goes_its_usual_way() -> None:
    way = (*ASKED, "Choose the action", "Stop the instance")
    running = trace(TOGGLE, *way)
    assert running == Trace(("Stop the instance",), way[:-1], tuple(pairwise(way)))
    assert ended(TOGGLE, *way) == Trace((), way, (*pairwise(way), ("Stop the instance", "")))


def test_the_example_goes_the_way_of_a_catch() -> None:
    way = (*ASKED, "Name the failure", "Instance forbidden")
    failed = trace(TOGGLE, *way)
    assert failed == Trace(("Instance forbidden",), way[:-1], tuple(pairwise(way)))
    assert Places(TOGGLE).ended(failed, succeeded=False) == failed, "it shows where it failed"


def test_a_state_that_a_loop_enters_again_is_current_and_not_passed() -> None:
    way = ("Ask", "Done?", "Wait", "Ask")
    assert trace(LOOP, *way) == Trace(("Ask",), ("Done?", "Wait"), tuple(pairwise(way)))
    again = trace(LOOP, *way, "Done?", "End")
    assert again.passed == ("Wait", "Ask", "Done?"), "in the order in which they were left"
    assert again.taken == (*pairwise(way), ("Done?", "End")), "each line is there once"


def test_a_state_that_leads_to_itself_stays_current() -> None:
    itself = {"ErrorEquals": ["E"], "Next": "A"}
    retried = machine(row(["A"], Type="Task", Catch=[itself], End=True))
    assert trace(retried, "A", "A") == Trace(("A",), (), (("A", "A"),))
    assert trace(machine(row(["A", "B"])), "A", "A") == Trace(("A",), (), ())


def test_branches_go_on_side_by_side_within_their_parallel() -> None:
    found = trace(NESTED, "Before", "Both", "A", "Each", "X", "B")
    assert found.current == ("Both", "Each", "X", "B")
    assert found.passed == ("Before", "A")
    assert found.taken == (("Before", "Both"), ("A", "B"))


def test_of_a_maps_iterations_the_last_state_that_was_entered_is_current() -> None:
    found = trace(NESTED, "Both", "Each", "X", "X", "Y", "X")
    assert found == Trace(("Both", "Each", "X"), ("Y",), (("X", "Y"),))


def test_a_parallel_that_goes_on_has_come_to_the_end_of_its_branches() -> None:
    within = ("Before", "Both", "A", "Each", "X", "B", "Y", "C")
    found = trace(NESTED, *within, "After")
    assert found.current == ("After",)
    assert set(found.passed) == {*within}
    assert {*found.taken} == {
        *(("Before", "Both"), ("Both", "After"), ("A", "B"), ("B", "")),
        *(("X", "Y"), ("Y", ""), ("Each", "C"), ("C", "")),
    }
    assert ("After", "") in ended(NESTED, *within, "After").taken


def test_a_parallel_that_fails_leaves_its_branches_where_they_are() -> None:
    found = trace(NESTED, "Both", "B", "Each", "Y", "Failed")
    assert found == Trace(("Failed",), ("Both", "B", "Each", "Y"), (("Both", "Failed"),))


def test_what_is_in_a_parallel_ends_with_the_execution() -> None:
    last = {"Type": "Parallel", "Branches": [row(["A"]), row(["B", "C"])], "End": True}
    found = ended(machine(row(["P"], **last)), "P", "A", "B")
    assert found == Trace((), ("P", "A", "B"), (("P", ""), ("A", "")))


def test_a_milestone_shows_what_is_around_it_and_no_line_to_it_is_guessed() -> None:
    assert trace(NESTED, "Y") == Trace(("Both", "Each", "Y"))
    assert trace(NESTED, "Before", "Y").taken == (("Before", "Both"),)
    found = trace(NESTED, "Before", "After")
    assert found == Trace(("After",), ("Before",)), "only one way leads there, but none was told"
    assert ended(TOGGLE, "Choose the action").taken == (), "nothing ends there"


def test_another_branch_stays_where_it_is_if_the_parallel_was_not_told() -> None:
    assert trace(NESTED, "A", "Y").current == ("Both", "A", "Each", "Y")


def test_a_state_of_another_definition_stands_outermost_and_has_no_lines() -> None:
    found = trace(NESTED, "Before", "Both", "A", "Renamed")
    assert found == Trace(("Renamed",), ("Before", "Both", "A"), (("Before", "Both"),))
    after = trace(NESTED, "After", begun=found)
    assert after == Trace(("After",), ("Before", "Both", "A", "Renamed"), found.taken)
    assert ended(NESTED, "Renamed") == Trace((), ("Renamed",), ())


@pytest.mark.parametrize("succeeded", [True, False])
def test_an_execution_that_told_of_no_state_ends(succeeded: bool) -> None:
    assert Places(NESTED).ended(Trace(), succeeded=succeeded) == Trace()


def test_a_step_costs_the_same_however_many_came_before() -> None:
    names = [f"State {number}" for number in range(100)]
    places = Places(machine(row(names, Type="Pass", Next=names[0])))
    begun = time.monotonic()
    found = reduce(places.entered, names * 250, Trace())
    assert time.monotonic() - begun < 15, "25,000 states"
    assert len(found.passed) == 99
    assert len(found.taken) == 100


def told_of(draw: Any, of: Machine) -> list[str]:
    """The states that a random run of a machine enters, those of branches one after the other."""
    states = {state.name: state for state in of.states}
    told: list[str] = []
    name = of.start
    while name is not None and len(told) < 60:
        state = states[name]
        told += [name, *(inner for each in state.machines for inner in told_of(draw, each))]
        targets = [way.target for way in of.transitions if way.source == name]
        name = draw(st.sampled_from(targets)) if targets else None
    return told


def named(of: Machine) -> dict[str, State]:
    found = {state.name: state for state in of.states}
    for state in of.states:
        for inner in state.machines:
            found |= named(inner)
    return found


def within(state: State) -> set[str]:
    return {name for inner in state.machines for name in named(inner)}


@settings(max_examples=150)
@given(looping(), st.data())
def test_a_run_is_where_it_was_told_to_be(definition: dict[str, Any], data: st.DataObject) -> None:
    of = machine(definition)
    run = told_of(data.draw, of)
    told = [state for state in run if data.draw(st.integers(0, 4)) or state == run[0]]
    lines: set[Line] = {(source, to) for m in machines(definition) for source, to, _ in ways(m)}
    states, places = named(of), Places(of)
    found = Trace()
    for number, state in enumerate(told):
        found = places.entered(found, state)
        check(found, lines)
        assert found.current[-1] == state
        for scope in (each["States"] for each in machines(definition)):
            assert len(scope.keys() & {*found.current}) <= 1, "one state of each machine"
        for name, each in states.items():
            if within(each) & {*found.current}:
                assert name in found.current, "it is around one that is current"
        assert {*told[: number + 1]} <= {*found.current, *found.passed}
    last = places.ended(found, succeeded=True)
    check(last, lines)
    assert last.current == ()
    assert {*last.passed} == {*found.current, *found.passed}


@settings(max_examples=150)
@given(looping(), st.data())
def test_a_run_that_tells_all_has_taken_each_line_that_it_took(
    definition: dict[str, Any], data: st.DataObject
) -> None:
    of = machine(definition)
    told = told_of(data.draw, of)
    found = trace(of, *told)
    outer = [state for state in told if state in definition["States"]]
    assert {*pairwise(outer)} == {line for line in found.taken if line[0] in definition["States"]}


def check(found: Trace, lines: set[Line]) -> None:
    for names in (found.current, found.passed, found.taken):
        assert len({*names}) == len(names)
    assert not {*found.current} & {*found.passed}
    assert {*found.taken} <= lines


def test_of_two_states_with_one_name_the_first_counts() -> None:
    inner = row(["P"], Type="Parallel", Branches=[row(["A"])], End=True)
    of = machine(row(["P"], Type="Parallel", Branches=[inner], End=True))
    assert trace(of, "P") == Trace(("P",))


@given(nonsense(), st.lists(st.sampled_from(["a", "b", "Type", "Next", "States", ""])))
def test_nothing_that_a_definition_or_a_message_has_breaks_it(
    definition: dict[str, Any], told: list[str]
) -> None:
    places = Places(machine(definition))
    found = reduce(places.entered, told, Trace())
    assert found.current[-1:] == tuple(told[-1:])
    assert not {*found.current} & {*found.passed}
    assert places.ended(found, succeeded=True).current == ()
