"""A graph's states, start and end markers and lines, with their texts and positions.

All lengths are in pixels, from the top left corner of the graph that they belong to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stepgate.diagram.graph import Graph, State, Transition
from stepgate.diagram.layout import Box, Edge, Point, Route, Size, lay_out
from stepgate.diagram.text import max_text_width, wrap_text

NAME_SIZE, CAPTION_SIZE, LABEL_SIZE = 14.0, 12.0, 11.5
NAME_LINE, CAPTION_LINE, LABEL_LINE = 18.0, 16.0, 14.0
"""Font sizes and line heights."""

BOLD_FACTOR = 1.12
"""Names are bold, and so this much wider than other text."""
MAX_NAME_WIDTH, MAX_NAME_LINES = 200.0, 3
MAX_CAPTION_WIDTH, MAX_CAPTION_LINES = 230.0, 2
MAX_LABEL_WIDTH, MAX_LABEL_LINES = 170.0, 3

PADDING = 12.0
ICON = 26.0
"""The square with the icon of a state's type."""
TEXT_LEFT = PADDING + ICON + 10
MIN_STATE_WIDTH = 132.0
MARKER = 18.0
"""The diameter of the start and end markers."""
LOOP = 26.0
"""How far the line from a state to itself extends to the side."""
FRAME = 16.0
"""Space around nested graphs, and between them."""


@dataclass(frozen=True)
class Marker:
    """Where a graph starts or ends."""

    is_end: bool
    box: Box


@dataclass(frozen=True)
class DrawnState:
    """A state's box.

    Attributes:
        name, caption: their lines.
        header: the height of the part above nested graphs; the whole height without them.
        graphs: nested ones, each with the top left corner of its layout.
    """

    state: State
    box: Box
    name: tuple[str, ...]
    caption: tuple[str, ...]
    header: float
    graphs: "tuple[tuple[Point, Drawing], ...]"


@dataclass(frozen=True)
class Line:
    """The line of a transition; the one from the start marker has none.

    Attributes:
        label: its lines of text.
        is_loop: it leads from one side of a state back to the same side.
    """

    transition: Transition | None
    route: Route
    label: tuple[str, ...]
    is_loop: bool


@dataclass(frozen=True)
class Drawing:
    size: Size
    markers: tuple[Marker, ...]
    states: tuple[DrawnState, ...]
    lines: tuple[Line, ...]


def draw(graph: Graph) -> Drawing:
    """The graph with everything in it, laid out."""
    transitions = [each for each in graph.transitions if each.target != each.source]
    loops = [each for each in graph.transitions if each.target == each.source]
    drafts = [
        _Draft(state, [_label(loop) for loop in loops if loop.source == state.name])
        for state in graph.states
    ]
    # The start marker is the first box, and the end marker the last.
    start = [Size(MARKER, MARKER)] if graph.start is not None else []
    end = [Size(MARKER, MARKER)] if graph.has_end else []
    sizes = [*start, *(draft.room for draft in drafts), *end]
    index = {state.name: number for number, state in enumerate(graph.states, len(start))}
    labels = [_label(each) for each in transitions]
    edges = [
        Edge(
            index[each.source],
            len(sizes) - 1 if each.target is None else index[each.target],
            _label_size(label) if label else None,
        )
        for each, label in zip(transitions, labels, strict=True)
    ]
    if graph.start is not None:
        edges.append(Edge(0, index[graph.start], None))
    placed = lay_out(sizes, edges)

    lines = [
        Line(each, route, label, is_loop=False)
        for each, route, label in zip(transitions, placed.routes, labels, strict=False)
    ]
    if start:
        lines.append(Line(None, placed.routes[-1], (), is_loop=False))
    boxes = placed.boxes[len(start) : len(start) + len(drafts)]
    states = [draft.at(box) for draft, box in zip(drafts, boxes, strict=True)]
    lines += [
        _loop(loop, state.box)
        for loop in loops
        for state in states
        if state.state.name == loop.source
    ]
    markers = [Marker(is_end=False, box=placed.boxes[0])] if start else []
    markers += [Marker(is_end=True, box=placed.boxes[-1])] if end else []
    return Drawing(placed.size, tuple(markers), tuple(states), tuple(lines))


class _Draft:
    """A state that has a size but no position yet."""

    def __init__(self, state: State, loops: Sequence[Sequence[str]]) -> None:
        self._state = state
        self._name = tuple(
            wrap_text(state.name, NAME_SIZE * BOLD_FACTOR, MAX_NAME_WIDTH, MAX_NAME_LINES)
        )
        caption = " · ".join(filter(None, (state.type, state.detail)))
        self._caption = tuple(
            wrap_text(caption, CAPTION_SIZE, MAX_CAPTION_WIDTH, MAX_CAPTION_LINES)
        )
        self._graphs = [draw(graph) for graph in state.graphs]
        self._header = 2 * PADDING + len(self._name) * NAME_LINE + len(self._caption) * CAPTION_LINE
        text = max(
            max_text_width(self._name, NAME_SIZE * BOLD_FACTOR),
            max_text_width(self._caption, CAPTION_SIZE),
        )
        width = max(MIN_STATE_WIDTH, TEXT_LEFT + text + PADDING)
        height = self._header
        if self._graphs:
            inner = sum(graph.size.width + 2 * FRAME for graph in self._graphs)
            width = max(width, inner + FRAME * (len(self._graphs) + 1))
            height += max(graph.size.height for graph in self._graphs) + 3 * FRAME
        self._size = Size(width, height)
        beside = max((LOOP + _label_size(loop).width for loop in loops), default=0)
        # The same on the left and the right, so that the box is in the middle.
        self.room = Size(width + 2 * beside, height)

    def at(self, room: Box) -> DrawnState:
        box = Box(room.x, room.y, self._size.width, self._size.height)
        taken = sum(graph.size.width + 2 * FRAME for graph in self._graphs)
        free = (box.width - taken) / (len(self._graphs) + 1)
        graphs: list[tuple[Point, Drawing]] = []
        left = box.left + free
        for graph in self._graphs:
            graphs.append(((left + FRAME, box.top + self._header + FRAME), graph))
            left += graph.size.width + 2 * FRAME + free
        return DrawnState(self._state, box, self._name, self._caption, self._header, tuple(graphs))


def _label(transition: Transition) -> tuple[str, ...]:
    first, rest = transition.labels[:1], transition.labels[1:]
    lines = [
        line
        for text in (*first, *(f"or {text}" for text in rest))
        for line in wrap_text(text, LABEL_SIZE, MAX_LABEL_WIDTH, MAX_LABEL_LINES)
    ]
    if len(lines) > 2 * MAX_LABEL_LINES:
        lines = [*lines[: 2 * MAX_LABEL_LINES - 1], "…"]
    return tuple(lines)


def _label_size(label: Sequence[str]) -> Size:
    return Size(max_text_width(label, LABEL_SIZE) + 10, len(label) * LABEL_LINE + 4)


def _loop(transition: Transition, box: Box) -> Line:
    """To the right of its state; that of a catch to the left."""
    side = -1 if transition.is_catch else 1
    edge = box.x + side * box.width / 2
    up, down, out = box.y - 9, box.y + 9, edge + side * LOOP
    points = ((edge, down), (out, down), (out, up), (edge, up))
    label = _label(transition)
    size = _label_size(label)
    label_box = Box(out + side * size.width / 2, box.y, size.width, size.height)
    return Line(transition, Route(points, label_box if label else None), label, is_loop=True)
