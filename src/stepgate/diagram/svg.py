"""A state machine as a self-contained SVG document, for light and dark pages."""

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
    ICON,
    LABEL_LINE,
    LABEL_SIZE,
    NAME_LINE,
    NAME_SIZE,
    PADDING,
    TEXT_LEFT,
    Drawing,
    DrawnState,
    Line,
    Marker,
    draw,
)
from stepgate.diagram.graph import Graph, Transition, build_graph
from stepgate.diagram.layout import Box, Point, Route
from stepgate.diagram.style import STYLE

NAME_FONT = NAME_SIZE, NAME_LINE
CAPTION_FONT = CAPTION_SIZE, CAPTION_LINE
LABEL_FONT = LABEL_SIZE, LABEL_LINE
MARGIN = 20.0
RADIUS = 10.0

ICONS = {
    "Task": "M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z",
    "Wait": "M8 2a6 6 0 1 0 .01 0zM8 4.8V8l2.2 1.6",
    "Choice": "M8 1.5 14.5 8 8 14.5 1.5 8z",
    "Pass": "M2 8h11.5M9.5 4l4 4-4 4",
    "Succeed": "M2.5 8.5 6.5 12.5 13.5 4",
    "Fail": "M3.5 3.5l9 9M12.5 3.5l-9 9",
    "Parallel": "M4 2v12M8 2v12M12 2v12",
    "Map": "M2 6h8v8H2zM6 6V2h8v8h-4",
}
"""By state type, in a square of 16."""
UNKNOWN_ICON = "M8 8h.01"

# https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(definition: Mapping[str, Any], title: str) -> str:
    """The state machine as an SVG document; the same definition and title give the same text.

    Each state is a group with the classes `state` and its type in lower case, and `data-state` is
    its name. Each line between two states is a group with the class `line` (and `catch`),
    `data-from` and `data-to`; an empty `data-to` is the end. With these a page that contains the
    document can highlight states and lines. The style is the same for all, see `STYLE`.

    A character that XML cannot hold, such as U+0000, is replaced by U+FFFD.

    Args:
        definition: in the Amazon States Language. Anything malformed in it is left out.
        title: its name for screen readers, for example the name of the workflow.
    """
    graph = build_graph(definition)
    drawn = draw(graph)
    width, height = drawn.size.width + 2 * MARGIN, drawn.size.height + 2 * MARGIN
    description = _describe(graph)
    # A page may contain several documents, and ids must be unique in the page.
    key = sha256(f"{title}\0{description}".encode("utf-8", "replace")).hexdigest()[:8]
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
    _element(root, "desc", description, id=f"desc-{key}")
    _element(root, "style", STYLE)
    _element(root, "rect", class_="background", width="100%", height="100%", rx="12")
    _draw(root, drawn, (MARGIN, MARGIN))
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _draw(parent: Element, drawn: Drawing, corner: Point) -> None:
    group = _element(parent, "g", transform=f"translate({_pair(corner)})")
    for line in drawn.lines:
        _draw_line(group, line)
    for marker in drawn.markers:
        _draw_marker(group, marker)
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
        group.set("data-from", _replace_invalid(transition.source))
        group.set("data-to", _replace_invalid(transition.target or ""))
        _element(group, "title", _describe_target(transition))
    points = line.route.points
    path = _loop_path(points) if line.is_loop else _path(line.route)
    _element(group, "path", class_="path", d=path)
    x, y = points[-1]
    if line.is_loop:
        back = 8 if points[-2][0] > x else -8
        tip = ((x, y), (x + back, y - 4), (x + back, y + 4))
    else:
        back = -8 if y > points[-2][1] else 8
        tip = ((x, y), (x - 4, y + back), (x + 4, y + back))
    _element(group, "path", class_="arrowhead", d=f"M{' '.join(map(_pair, tip))}z")


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


def _draw_marker(parent: Element, marker: Marker) -> None:
    group = _element(parent, "g", class_="marker")
    _element(group, "title", "End" if marker.is_end else "Start")
    place = {"cx": _number(marker.box.x), "cy": _number(marker.box.y)}
    if marker.is_end:
        _element(group, "circle", class_="ring", r="8", **place)
    _element(group, "circle", class_="dot", r="4.5" if marker.is_end else "7", **place)


def _draw_state(parent: Element, drawn: DrawnState) -> None:
    state, box = drawn.state, drawn.box
    kind = state.type.lower() if state.type in ICONS else "unknown"
    nested = " nested" if drawn.graphs else ""
    group = _element(parent, "g", class_=f"state {kind}{nested}")
    group.set("data-state", _replace_invalid(state.name))
    _element(group, "title", " · ".join(filter(None, (state.name, state.type, state.detail))))
    _draw_box(group, "box", box, RADIUS)
    top = box.top + PADDING
    text = len(drawn.name) * NAME_LINE + len(drawn.caption) * CAPTION_LINE
    _draw_icon(group, state.type, (box.left + PADDING, top + (text - ICON) / 2))
    left = box.left + TEXT_LEFT
    _draw_lines(group, "name", drawn.name, (left, top), NAME_FONT)
    top += len(drawn.name) * NAME_LINE
    _draw_lines(group, "caption", drawn.caption, (left, top), CAPTION_FONT)
    for (x, y), inner in drawn.graphs:
        width, height = inner.size.width + 2 * FRAME, box.bottom - y
        panel = Box(x - FRAME + width / 2, y - FRAME + height / 2, width, height)
        _draw_box(group, "panel", panel, RADIUS - 3)
        _draw(group, inner, (x, y))


def _draw_icon(parent: Element, kind: str, corner: Point) -> None:
    group = _element(parent, "g", class_="type-icon", transform=f"translate({_pair(corner)})")
    _element(group, "rect", width=_number(ICON), height=_number(ICON), rx="7")
    path = ICONS.get(kind, UNKNOWN_ICON)
    _element(group, "path", d=path, transform="translate(5 5)")


def _draw_label(parent: Element, lines: Sequence[str], box: Box) -> None:
    group = _element(parent, "g", class_="label")
    _draw_box(group, "label-background", box, 4)
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
        # The baseline, so that the line's letters are in its middle.
        y = top + number * line_height + line_height / 2 + size * 0.36
        _element(text, "tspan", line, x=_number(x), y=_number(y))


def _describe(graph: Graph) -> str:
    """For screen readers: the states and where they lead, one sentence each."""
    start = [f"Starts at {graph.start}."] if graph.start is not None else []
    return " ".join([*start, *_sentences(graph)])


def _sentences(graph: Graph) -> list[str]:
    sentences: list[str] = []
    for state in graph.states:
        targets = [
            _describe_target(each) for each in graph.transitions if each.source == state.name
        ]
        what = " ".join(filter(None, (state.type, state.detail)))
        sentences.append(f"{state.name} ({what}){': ' if targets else ''}{'; '.join(targets)}.")
        for number, inner in enumerate(state.graphs, 1):
            of = f" {number}" if len(state.graphs) > 1 else ""
            sentences.append(f"In {state.name}{of}, starts at {inner.start}.")
            sentences += _sentences(inner)
    return sentences


def _describe_target(transition: Transition) -> str:
    to = "ends" if transition.target is None else f"to {transition.target}"
    labels = " or ".join(transition.labels)
    if transition.is_catch:
        return f"{to} on {labels}"
    return f"{to}, {'' if labels == 'otherwise' else 'if '}{labels}" if labels else to


def _element(parent: Element | None, tag: str, text: str = "", **attributes: str) -> Element:
    """In names of attributes `_` becomes `-`, and a trailing one is removed."""
    named = {
        name.rstrip("_").replace("_", "-"): _replace_invalid(value)
        for name, value in attributes.items()
    }
    element = Element(tag, named) if parent is None else SubElement(parent, tag, named)
    element.text = _replace_invalid(text) or None
    return element


def _replace_invalid(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _pair(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{round(value, 1) + 0:g}"
