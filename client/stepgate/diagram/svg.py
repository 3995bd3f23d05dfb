"""A state machine as a picture that stands on its own, for light and dark pages."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from stepgate.diagram.drawing import (
    CAPTION_LINE,
    CAPTION_SIZE,
    FRAME,
    LABEL_LINE,
    LABEL_SIZE,
    NAME_LINE,
    NAME_SIZE,
    PADDING,
    SIGN,
    TEXT_LEFT,
    Drawing,
    DrawnState,
    Line,
    Mark,
    drawing,
)
from stepgate.diagram.graph import Machine, Transition, machine
from stepgate.diagram.layout import Box, Point, Route
from stepgate.diagram.style import STYLE

NAME_FONT = NAME_SIZE, NAME_LINE
CAPTION_FONT = CAPTION_SIZE, CAPTION_LINE
LABEL_FONT = LABEL_SIZE, LABEL_LINE
MARGIN = 20.0
RADIUS = 10.0

SIGNS = {
    "Task": "M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z",
    "Wait": "M8 2a6 6 0 1 0 .01 0zM8 4.8V8l2.2 1.6",
    "Choice": "M8 1.5 14.5 8 8 14.5 1.5 8z",
    "Pass": "M2 8h11.5M9.5 4l4 4-4 4",
    "Succeed": "M2.5 8.5 6.5 12.5 13.5 4",
    "Fail": "M3.5 3.5l9 9M12.5 3.5l-9 9",
    "Parallel": "M4 2v12M8 2v12M12 2v12",
    "Map": "M2 6h8v8H2zM6 6V2h8v8h-4",
}
"""By a state's type, in a square of 16."""
UNKNOWN_SIGN = "M8 8h.01"

# https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(definition: Mapping[str, Any], title: str) -> str:
    """The state machine as an SVG document; the same definition and title give the same text.

    Each state is a group with the class `state` and its type in lower case, whose `data-state` is
    its name; each line between two states one with the class `line` (and `catch`), `data-from` and
    `data-to`, where an empty `data-to` stands for the end. A page that has the document in itself
    can light them up by that. Its style is the same for all, see `STYLE`.

    A character that XML cannot hold, such as U+0000, is replaced by U+FFFD.

    Args:
        definition: in the Amazon States Language. What is wrong in it is left out.
        title: what a screen reader calls it, such as the workflow's name.
    """
    graph = machine(definition)
    drawn = drawing(graph)
    width, height = drawn.size.width + 2 * MARGIN, drawn.size.height + 2 * MARGIN
    described = _description(graph)
    # A page may hold several documents, and ids are the page's.
    key = sha256(f"{title}\0{described}".encode("utf-8", "replace")).hexdigest()[:8]
    root = _element(
        None,
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        width=_number(width),
        height=_number(height),
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        role="img",
        aria_labelledby=f"title-{key} desc-{key}",
        class_="stepgate-diagram",
    )
    _element(root, "title", title, id=f"title-{key}")
    _element(root, "desc", described, id=f"desc-{key}")
    _element(root, "style", STYLE)
    _element(root, "rect", class_="paper", width="100%", height="100%", rx="12")
    _draw(root, drawn, (MARGIN, MARGIN))
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _draw(parent: Element, drawn: Drawing, corner: Point) -> None:
    group = _element(parent, "g", transform=f"translate({_pair(corner)})")
    for line in drawn.lines:
        _draw_line(group, line)
    for mark in drawn.marks:
        _draw_mark(group, mark)
    for state in drawn.states:
        _draw_state(group, state)
    # Last, for a line may run behind another one's label.
    for line in drawn.lines:
        if line.route.label:
            _draw_label(group, line.label, line.route.label)


def _draw_line(parent: Element, line: Line) -> None:
    transition = line.transition
    is_catch = transition is not None and transition.is_catch
    group = _element(parent, "g", class_="line catch" if is_catch else "line")
    if transition:
        group.set("data-from", _xml(transition.source))
        group.set("data-to", _xml(transition.target or ""))
        _element(group, "title", _way(transition))
    points = line.route.points
    path = _loop_path(points) if line.is_loop else _path(line.route)
    _element(group, "path", class_="way", d=path)
    x, y = points[-1]
    if line.is_loop:
        back = 8 if points[-2][0] > x else -8
        tip = ((x, y), (x + back, y - 4), (x + back, y + 4))
    else:
        back = -8 if y > points[-2][1] else 8
        tip = ((x, y), (x - 4, y + back), (x + 4, y + back))
    _element(group, "path", class_="tip", d=f"M{' '.join(map(_pair, tip))}z")


def _path(route: Route) -> str:
    parts = [f"M{_pair(route.points[0])}"]
    for (x, y), (to_x, to_y) in pairwise(route.points):
        if x == to_x:
            parts.append(f"V{_number(to_y)}")
        else:
            middle = (y + to_y) / 2
            bend = (_pair((x, middle)), _pair((to_x, middle)), _pair((to_x, to_y)))
            parts.append(f"C{' '.join(bend)}")
    return "".join(parts)


def _loop_path(points: Sequence[Point]) -> str:
    return f"M{_pair(points[0])}C{' '.join(map(_pair, points[1:]))}"


def _draw_mark(parent: Element, mark: Mark) -> None:
    group = _element(parent, "g", class_="mark")
    _element(group, "title", "End" if mark.is_end else "Start")
    place = {"cx": _number(mark.box.x), "cy": _number(mark.box.y)}
    if mark.is_end:
        _element(group, "circle", class_="ring", r="8", **place)
    _element(group, "circle", class_="dot", r="4.5" if mark.is_end else "7", **place)


def _draw_state(parent: Element, drawn: DrawnState) -> None:
    state, box = drawn.state, drawn.box
    kind = state.type.lower() if state.type in SIGNS else "unknown"
    nested = " nested" if drawn.machines else ""
    group = _element(parent, "g", class_=f"state {kind}{nested}")
    group.set("data-state", _xml(state.name))
    _element(group, "title", " · ".join(filter(None, (state.name, state.type, state.detail))))
    _draw_box(group, "box", box, RADIUS)
    top = box.top + PADDING
    text = len(drawn.name) * NAME_LINE + len(drawn.caption) * CAPTION_LINE
    _draw_sign(group, state.type, (box.left + PADDING, top + (text - SIGN) / 2))
    left = box.left + TEXT_LEFT
    _draw_lines(group, "name", drawn.name, (left, top), NAME_FONT)
    top += len(drawn.name) * NAME_LINE
    _draw_lines(group, "caption", drawn.caption, (left, top), CAPTION_FONT)
    for (x, y), inner in drawn.machines:
        width, height = inner.size.width + 2 * FRAME, box.bottom - y
        panel = Box(x - FRAME + width / 2, y - FRAME + height / 2, width, height)
        _draw_box(group, "panel", panel, RADIUS - 3)
        _draw(group, inner, (x, y))


def _draw_sign(parent: Element, kind: str, corner: Point) -> None:
    group = _element(parent, "g", class_="sign", transform=f"translate({_pair(corner)})")
    _element(group, "rect", width=_number(SIGN), height=_number(SIGN), rx="7")
    path = SIGNS.get(kind, UNKNOWN_SIGN)
    _element(group, "path", d=path, transform="translate(5 5)")


def _draw_label(parent: Element, lines: Sequence[str], box: Box) -> None:
    group = _element(parent, "g", class_="label")
    _draw_box(group, "behind", box, 4)
    corner = (box.x, box.top + 2)
    _draw_lines(group, "condition", lines, corner, LABEL_FONT)


def _draw_box(parent: Element, kind: str, box: Box, radius: float) -> None:
    _element(
        parent,
        "rect",
        class_=kind,
        x=_number(box.left),
        y=_number(box.top),
        width=_number(box.width),
        height=_number(box.height),
        rx=_number(radius),
    )


def _draw_lines(
    parent: Element,
    kind: str,
    lines: Sequence[str],
    corner: Point,
    font: tuple[float, float],
) -> None:
    x, top = corner
    size, line_height = font
    text = _element(parent, "text", class_=kind)
    for number, line in enumerate(lines):
        # The baseline, so that the line's letters stand in its middle.
        y = top + number * line_height + line_height / 2 + size * 0.36
        _element(text, "tspan", line, x=_number(x), y=_number(y))


def _description(graph: Machine) -> str:
    """What a screen reader tells: the states and where they lead, one sentence each."""
    start = [f"Starts at {graph.start}."] if graph.start else []
    return " ".join([*start, *_sentences(graph)])


def _sentences(graph: Machine) -> list[str]:
    sentences: list[str] = []
    for state in graph.states:
        ways = [_way(each) for each in graph.transitions if each.source == state.name]
        what = " ".join(filter(None, (state.type, state.detail)))
        sentences.append(f"{state.name} ({what}){': ' if ways else ''}{'; '.join(ways)}.")
        for number, inner in enumerate(state.machines, 1):
            of = f" {number}" if len(state.machines) > 1 else ""
            sentences.append(f"In {state.name}{of}, starts at {inner.start}.")
            sentences += _sentences(inner)
    return sentences


def _way(transition: Transition) -> str:
    to = "ends" if transition.target is None else f"to {transition.target}"
    labels = " or ".join(transition.labels)
    if transition.is_catch:
        return f"{to} on {labels}"
    return f"{to}, {'' if labels == 'otherwise' else 'if '}{labels}" if labels else to


def _element(parent: Element | None, tag: str, text: str = "", **attributes: str) -> Element:
    """Attributes by their names; `_` stands for `-`, and one at the end for nothing."""
    named = {name.rstrip("_").replace("_", "-"): _xml(value) for name, value in attributes.items()}
    element = Element(tag, named) if parent is None else SubElement(parent, tag, named)
    element.text = _xml(text) or None
    return element


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _pair(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{round(value, 1) + 0:g}"
