"""Any state machine as a picture."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings

from stepgate.asl.states import root_machine
from stepgate.diagram import svg
from stepgate.diagram.drawing import Drawing, draw
from stepgate.diagram.graph import build_graph
from tests.checks.generated import definitions
from tests.diagram.generated import looping, nonsense
from tests.diagram.machines import machines, ways
from tests.diagram.test_svg import check, drawn_states, parsed


def drawings(of: Drawing) -> Iterator[Drawing]:
    yield of
    for state in of.states:
        for _, inner in state.graphs:
            yield from drawings(inner)


@settings(max_examples=60)
@given(looping())
def test_every_state_is_drawn_once_and_every_transition_has_a_line(
    definition: dict[str, Any],
) -> None:
    root = parsed(definition)
    names = [name for each in machines(definition) for name in each["States"]]
    assert Counter(drawn_states(root)) == Counter(names)
    lines = Counter(
        (group.attrib["data-from"], group.attrib["data-to"], group.get("class") == "line catch")
        for group in root.iter()
        if "data-from" in group.attrib
    )
    assert lines == Counter(way for each in machines(definition) for way in ways(each))


@settings(max_examples=60)
@given(looping())
def test_boxes_stand_apart_children_in_their_frame_and_lines_run_around_boxes(
    definition: dict[str, Any],
) -> None:
    for each in drawings(draw(build_graph(definition))):
        check(each)


@settings(max_examples=20)
@given(definitions())
def test_the_same_definition_gives_the_same_text(definition: dict[str, Any]) -> None:
    assert svg(definition, "w") == svg(definition, "w")


@settings(max_examples=200)
@given(nonsense())
def test_of_a_wrong_definition_is_drawn_what_is_there(definition: dict[str, Any]) -> None:
    root = parsed(definition)
    assert {*root_machine(definition).states} <= {*drawn_states(root)}
    for each in drawings(draw(build_graph(definition))):
        check(each)
