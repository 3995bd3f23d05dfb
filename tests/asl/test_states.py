from typing import Any

from stepgate.asl.states import (
    Transition,
    handled_errors,
    iter_machines,
    iter_states,
    root_machine,
)
from tests.checks.definitions import choice, machine, map_of, parallel, passing, task

INNER = machine(C=passing(), D=passing())
NESTING = machine(A=parallel(machine(B=map_of(INNER)), INNER), E=passing())


def test_all_states_are_found_with_their_locations() -> None:
    assert {state.name: state.location for state in iter_states(NESTING)} == {
        "A": "State Machine.States.A",
        "B": "State Machine.States.A.Branches[0].States.B",
        "C": "State Machine.States.A.Branches[1].States.C",
        "D": "State Machine.States.A.Branches[1].States.D",
        "E": "State Machine.States.E",
    }
    assert [list(each.states) for each in iter_machines(NESTING)] == [
        ["A", "E"],
        ["B"],
        ["C", "D"],
        ["C", "D"],
    ]


def test_an_iterator_is_a_processor() -> None:
    old = machine(A={"Type": "Map", "Iterator": INNER, "End": True})
    assert [state.name for state in iter_states(old)] == ["A", "C", "D"]


def test_a_states_language_is_its_own_or_else_the_definitions() -> None:
    definition = machine(A=parallel(machine(B=passing(), C=passing(QueryLanguage="JSONPath"))))
    languages = {
        s.name: s.query_language for s in iter_states(definition | {"QueryLanguage": "JSONata"})
    }
    assert languages == {"A": "JSONata", "B": "JSONata", "C": "JSONPath"}


def test_a_request_has_another_name_in_each_language() -> None:
    fields: dict[str, Any] = {"Parameters": {"path": 1}, "Arguments": {"ata": 1}}
    state, nata = iter_states(machine(A=task(**fields), B=task(**fields, QueryLanguage="JSONata")))
    assert (state.arguments(), nata.arguments()) == ({"path": 1}, {"ata": 1})


def test_every_way_to_a_next_state_is_a_transition() -> None:
    catch = [{"ErrorEquals": ["E"], "Next": "C"}]
    asking, calling = iter_states(
        machine(A=choice({"Next": "B"}, {"Next": "C"}, Default="D"), B=task(Next="D", Catch=catch))
    )
    assert list(asking.transitions()) == [
        Transition("Default", "D"),
        Transition("Choices[0].Next", "B"),
        Transition("Choices[1].Next", "C"),
    ]
    assert list(calling.transitions()) == [
        Transition("Next", "D"),
        Transition("Catch[0].Next", "C"),
    ]


def test_a_machine_has_the_names_of_what_is_no_state_too() -> None:
    whole = root_machine(machine(A=passing(), B=None))  # pyright: ignore[reportArgumentType]
    assert (whole.names, list(whole.states)) == (("A", "B"), ["A"])
    assert root_machine({"States": []}).names == ()


def test_only_names_are_handled_errors() -> None:
    assert handled_errors({"ErrorEquals": ["E", 5]}) == ["E"]
    assert handled_errors({"ErrorEquals": None}) == handled_errors({}) == []
