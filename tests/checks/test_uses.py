"""Workflows that use others: what is refused, and in what order they are deployed."""

from collections.abc import Mapping, Sequence

import pytest

from stepgate.checks.uses import deployment_order, require_known_uses
from stepgate.workflow import Workflow
from tests.checks.definitions import machine, passing
from tests.findings import error_lines
from tests.located import without_places


def workflows(uses: Mapping[str, Sequence[str]]) -> list[Workflow]:
    definition = machine(A=passing())
    return [Workflow(name, "async", definition, uses=used) for name, used in uses.items()]


def errors(uses: Mapping[str, Sequence[str]]) -> list[str]:
    return without_places(error_lines(require_known_uses(workflows(uses), [*uses])))


def test_an_unknown_workflow_is_named_with_the_nearest_one() -> None:
    assert errors({"parent": ["chidl", "x"], "child": []}) == [
        "workflow 'parent': it uses 'chidl', an unknown workflow; did you mean 'child'?",
        "workflow 'parent': it uses 'x', an unknown workflow; add that workflow to the "
        "WorkflowApi, or remove the name",
    ]


def test_a_workflow_does_not_use_itself() -> None:
    (line,) = errors({"parent": ["parent"]})
    assert line.startswith("workflow 'parent': it uses itself; ")
    assert "$$.StateMachine.Id" in line


@pytest.mark.parametrize(
    ("uses", "cycles"),
    [
        ({"a": ["b"], "b": ["a"]}, ["a → b → a"]),
        ({"x": ["a"], "a": ["b"], "b": ["c"], "c": ["a"]}, ["a → b → c → a"]),
        ({"a": ["b", "c"], "b": ["a"], "c": ["a"]}, ["a → b → a", "a → c → a"]),
        ({"a": ["b", "b"], "b": ["a"]}, ["a → b → a"]),
    ],
)
def test_a_cycle_is_shown(uses: Mapping[str, Sequence[str]], cycles: list[str]) -> None:
    assert errors(uses) == [
        f"workflow {cycle[0]!r}: its uses are a cycle, {cycle}; remove one of them"
        for cycle in cycles
    ]


def test_several_may_use_the_same_one() -> None:
    assert errors({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) == []


def test_each_is_deployed_after_those_that_it_uses_and_else_in_the_order_of_the_list() -> None:
    uses = {"z": [], "a": ["c", "b"], "b": ["d"], "c": ["d"], "d": []}
    assert [w.name for w in deployment_order(workflows(uses))] == ["z", "d", "c", "b", "a"]


def test_a_long_ladder_of_uses_is_ordered_at_once() -> None:
    uses = {f"w{i}": [f"w{j}" for j in (i + 1, i + 2) if j < 150] for i in range(150)}
    assert errors(uses) == []
    assert deployment_order(workflows(uses))[0].name == "w149"
