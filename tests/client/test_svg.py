"""The picture of a state machine."""

import time
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from stepgate.diagram import STYLE, svg
from stepgate.diagram.drawing import Drawing, drawing
from stepgate.diagram.graph import machine
from stepgate.diagram.layout import Box

from tests.client.machines import NASTY, looping, machines, nonsense, row, ways
from tests.workflows.generated import definitions
from workflows.instance import toggle
from workflows.workflow import PLACEHOLDERS

SVG = "{http://www.w3.org/2000/svg}"
PARALLEL = {
    "StartAt": "Both",
    "States": {
        "Both": {"Type": "Parallel", "Branches": [row(["A", "B"]), row(["C"])], "End": True},
    },
}


def parsed(definition: dict[str, Any], title: str = "w") -> ElementTree.Element:
    return ElementTree.fromstring(svg(definition, title))


def drawn_states(root: ElementTree.Element) -> list[str]:
    return [name for group in root.iter() if (name := group.get("data-state")) is not None]


def drawings(of: Drawing) -> Iterator[Drawing]:
    yield of
    for state in of.states:
        for _, inner in state.machines:
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
    for each in drawings(drawing(machine(definition))):
        check(each)


def check(drawn: Drawing) -> None:
    boxes = [state.box for state in drawn.states] + [mark.box for mark in drawn.marks]
    labels = [line.route.label for line in drawn.lines if line.route.label]
    for box in boxes + labels:
        assert box.left >= -0.01
        assert box.right <= drawn.size.width + 0.01
        assert box.top >= -0.01
        assert box.bottom <= drawn.size.height + 0.01
    for one, other in combinations(boxes + labels, 2):
        assert not overlap(one, other), "it cannot be read"
    for state in drawn.states:
        for (x, y), inner in state.machines:
            assert state.box.left < x
            assert x + inner.size.width < state.box.right
            assert state.box.top + state.header <= y
            assert y + inner.size.height < state.box.bottom
        for (one, first), (other, _) in pairwise(state.machines):
            assert one[0] + first.size.width < other[0]
    for line in drawn.lines:
        for (x, y), (to_x, to_y) in pairwise(line.route.points):
            # A line swings within the rectangle of its two ends.
            way = Box((x + to_x) / 2, (y + to_y) / 2, abs(x - to_x), abs(y - to_y))
            assert not any(overlap(way, box) for box in boxes)


def overlap(one: Box, other: Box) -> bool:
    return (
        abs(one.x - other.x) < (one.width + other.width) / 2 - 0.01
        and abs(one.y - other.y) < (one.height + other.height) / 2 - 0.01
    )


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_name_comes_back_unchanged_and_stays_text(name: str) -> None:
    root = parsed({"StartAt": name, "States": {name: {"Type": "Fail", "Error": name}}}, name)
    assert drawn_states(root) == [name]
    allowed = {"svg", "title", "desc", "style", "rect", "g", "path", "circle", "text", "tspan"}
    assert {element.tag for element in root.iter()} <= {SVG + tag for tag in allowed}


def test_what_xml_cannot_hold_is_replaced() -> None:
    root = parsed(row(["a\0b\ud800c\uffff"]), "\x1b")
    assert drawn_states(root) == ["a\ufffdb\ufffdc\ufffd"]


def test_a_screen_reader_gets_a_name_and_a_description() -> None:
    root = parsed(toggle(PLACEHOLDERS), "express-instance")
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == "express-instance"
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert str(description.text).startswith(
        "Starts at Choose the instance. Choose the instance (Choice): to Take the stack's "
        "instance, if $.instance_id is not present; to Describe the instance, if "
        "$.instance_id is string; to Instance not found, otherwise."
    )
    assert "to Name the failure on States.ALL" in str(description.text)
    assert "In Both 2, starts at C." in svg(PARALLEL, "w")


def test_a_state_says_its_type_and_what_it_does() -> None:
    root = parsed(toggle(PLACEHOLDERS, delay_seconds=29))
    shown = {
        group.attrib["data-state"]: (
            group.get("class"),
            " ".join(str(line.text) for line in group.iter(f"{SVG}tspan")),
        )
        for group in root.iter()
        if "data-state" in group.attrib
    }
    assert shown["Delay"] == ("state wait", "Delay Wait · 29 s")
    assert shown["Start the instance"] == (
        "state task",
        "Start the instance Task · ec2:startInstances",
    )
    assert shown["Instance not found"] == (
        "state fail",
        "Instance not found Fail · InstanceNotFound",
    )


def test_a_long_name_is_cut_and_whole_in_its_title() -> None:
    name = "A name that is as long as a name may be, which is eighty characters, or so it is"
    group = next(g for g in parsed(row([name])).iter() if g.get("data-state"))
    title = group.find(f"{SVG}title")
    assert title is not None
    assert title.text == f"{name} · Succeed"
    lines = [str(line.text) for line in group.iter(f"{SVG}tspan")]
    assert lines[2].endswith("…")


def test_it_needs_nothing_from_elsewhere_and_no_attribute_is_style_or_script() -> None:
    text = svg(PARALLEL, "w")
    assert "url(" not in text
    assert "@import" not in text
    assert "href" not in text
    for element in ElementTree.fromstring(text).iter():
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]


def test_all_diagrams_have_the_same_style_for_light_and_dark() -> None:
    style = parsed(PARALLEL).find(f"{SVG}style")
    assert style is not None
    assert style.text == STYLE
    assert "prefers-color-scheme: dark" in STYLE


@settings(max_examples=20)
@given(definitions())
def test_the_same_definition_gives_the_same_text(definition: dict[str, Any]) -> None:
    assert svg(definition, "w") == svg(definition, "w")


def test_ids_of_two_diagrams_in_one_page_differ() -> None:
    ids = [
        element.attrib["id"]
        for root in (parsed(PARALLEL, "a"), parsed(PARALLEL, "b"))
        for element in root.iter()
        if "id" in element.attrib
    ]
    assert len(ids) == len(set(ids)) == 4


@settings(max_examples=200)
@given(nonsense())
def test_of_a_wrong_definition_is_drawn_what_is_there(definition: dict[str, Any]) -> None:
    root = parsed(definition)
    if isinstance(definition["States"], dict):
        assert {*definition["States"]} <= {*drawn_states(root)}
    for each in drawings(drawing(machine(definition))):
        check(each)


@pytest.mark.parametrize("definition", [{}, {"States": {}}, {"StartAt": "a"}, {"States": 5}])
def test_a_definition_without_states_is_an_empty_picture(definition: dict[str, Any]) -> None:
    assert drawn_states(parsed(definition)) == []


def test_many_choices_stand_in_several_rows() -> None:
    names = [f"Work {number}" for number in range(30)]
    rules = [{"Variable": "$.a", "StringEquals": name, "Next": name} for name in names]
    states = {name: {"Type": "Pass", "End": True} for name in names}
    definition = {"StartAt": "?", "States": {"?": {"Type": "Choice", "Choices": rules}} | states}
    drawn = drawing(machine(definition))
    rows = Counter(state.box.y for state in drawn.states[1:])
    assert max(rows.values()) == 8
    check(drawn)


def test_fifty_states_with_many_ways_are_drawn_in_well_under_a_second() -> None:
    definition = row([f"State {number}" for number in range(50)])
    for number, state in enumerate(list(definition["States"].values())[:-1]):
        ahead = [(number * step + step) % 50 for step in (3, 7)]
        state["Catch"] = [{"ErrorEquals": ["E"], "Next": f"State {each}"} for each in ahead]
    begun = time.process_time()
    drawn = drawing(machine(definition))
    assert time.process_time() - begun < 1
    check(drawn)
