"""The picture of a state machine."""

import time
from collections import Counter
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from stepgate.diagram import STYLE, svg
from stepgate.diagram.drawing import Drawing, draw
from stepgate.diagram.graph import build_graph
from stepgate.diagram.layout import Box
from tests.diagram.machines import NASTY, row

SVG = "{http://www.w3.org/2000/svg}"
PARALLEL = {
    "StartAt": "Both",
    "States": {
        "Both": {"Type": "Parallel", "Branches": [row(["A", "B"]), row(["C"])], "End": True},
    },
}
ORDER = {
    "StartAt": "Delay",
    "States": {
        "Delay": {"Type": "Wait", "Seconds": 29, "Next": "Choose the shop"},
        "Choose the shop": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.shop", "IsPresent": False, "Next": "Take our own"},
                {"Variable": "$.shop", "IsString": True, "Next": "Send the order"},
            ],
            "Default": "Shop not found",
        },
        "Take our own": {"Type": "Pass", "Next": "Send the order"},
        "Send the order": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Shop not found"}],
            "End": True,
        },
        "Shop not found": {"Type": "Fail", "Error": "ShopNotFound"},
    },
}


def parsed(definition: Any, title: str = "w") -> ElementTree.Element:
    return ElementTree.fromstring(svg(definition, title))


def drawn_states(root: ElementTree.Element) -> list[str]:
    return [name for group in root.iter() if (name := group.get("data-state")) is not None]


def check(drawn: Drawing) -> None:
    boxes = [state.box for state in drawn.states] + [marker.box for marker in drawn.markers]
    labels = [line.route.label for line in drawn.lines if line.route.label]
    for box in boxes + labels:
        assert box.left >= -0.01
        assert box.right <= drawn.size.width + 0.01
        assert box.top >= -0.01
        assert box.bottom <= drawn.size.height + 0.01
    for one, other in combinations(boxes + labels, 2):
        assert not overlap(one, other), "it cannot be read"
    for state in drawn.states:
        for (x, y), inner in state.graphs:
            assert state.box.left < x
            assert x + inner.size.width < state.box.right
            assert state.box.top + state.header <= y
            assert y + inner.size.height < state.box.bottom
        for (one, first), (other, _) in pairwise(state.graphs):
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
    root = parsed(ORDER, "order")
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == "order"
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert str(description.text).startswith(
        "Starts at Delay. Delay (Wait 29 s): to Choose the shop. Choose the shop (Choice): "
        "to Take our own, if $.shop is not present; to Send the order, if $.shop is string; "
        "to Shop not found, otherwise."
    )
    assert "to Shop not found on States.ALL" in str(description.text)
    assert "In Both 2, starts at C." in svg(PARALLEL, "w")


def test_a_state_says_its_type_and_what_it_does() -> None:
    root = parsed(ORDER)
    shown = {
        group.attrib["data-state"]: (
            group.get("class"),
            " ".join(str(line.text) for line in group.iter(f"{SVG}tspan")),
        )
        for group in root.iter()
        if "data-state" in group.attrib
    }
    assert shown["Delay"] == ("state wait", "Delay Wait · 29 s")
    assert shown["Send the order"] == (
        "state task",
        "Send the order Task · sqs:sendMessage",
    )
    assert shown["Shop not found"] == (
        "state fail",
        "Shop not found Fail · ShopNotFound",
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


def test_ids_of_two_diagrams_in_one_page_differ() -> None:
    ids = [
        element.attrib["id"]
        for root in (parsed(PARALLEL, "a"), parsed(PARALLEL, "b"))
        for element in root.iter()
        if "id" in element.attrib
    ]
    assert len(ids) == len(set(ids)) == 4


@pytest.mark.parametrize(
    "definition", [{}, {"States": {}}, {"StartAt": "a"}, {"States": 5}, [], None]
)
def test_a_definition_without_states_is_an_empty_picture(definition: Any) -> None:
    assert drawn_states(parsed(definition)) == []


def test_many_choices_stand_in_several_rows() -> None:
    names = [f"Work {number}" for number in range(30)]
    rules = [{"Variable": "$.a", "StringEquals": name, "Next": name} for name in names]
    states = {name: {"Type": "Pass", "End": True} for name in names}
    definition = {"StartAt": "?", "States": {"?": {"Type": "Choice", "Choices": rules}} | states}
    drawn = draw(build_graph(definition))
    rows = Counter(state.box.y for state in drawn.states[1:])
    assert max(rows.values()) == 8
    check(drawn)


def test_fifty_states_with_many_ways_are_drawn_in_well_under_a_second() -> None:
    definition = row([f"State {number}" for number in range(50)])
    for number, state in enumerate(list(definition["States"].values())[:-1]):
        ahead = [(number * step + step) % 50 for step in (3, 7)]
        state["Catch"] = [{"ErrorEquals": ["E"], "Next": f"State {each}"} for each in ahead]
    begun = time.process_time()
    drawn = draw(build_graph(definition))
    assert time.process_time() - begun < 1
    check(drawn)
