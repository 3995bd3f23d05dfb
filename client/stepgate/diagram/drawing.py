"""A machine's states, marks and lines with their texts and places; nested machines in theirs.

All lengths are in pixels, from the top left corner of the machine that they belong to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stepgate.diagram.graph import Machine, State, Transition
from stepgate.diagram.layout import Box, Edge, Point, Route, Size, layout
from stepgate.diagram.text import widest, wrapped

NAME_SIZE, CAPTION_SIZE, LABEL_SIZE = 14.0, 12.0, 11.5
NAME_LINE, CAPTION_LINE, LABEL_LINE = 18.0, 16.0, 14.0
"""Sizes of fonts, and how far their lines are apart."""

NAME_WEIGHT = 1.12
"""How much wider names are than other text, being bold."""
LONGEST_NAME, NAME_LINES = 200.0, 3
LONGEST_CAPTION, CAPTION_LINES = 230.0, 2
LONGEST_LABEL, LABEL_LINES = 170.0, 3

PADDING = 12.0
SIGN = 26.0
"""The square with the sign of a state's type."""
TEXT_LEFT = PADDING + SIGN + 10
NARROWEST = 132.0
MARK = 18.0
"""The diameter of the marks for start and end."""
LOOP = 26.0
"""How far the line of a state that leads to itself goes out to its right."""
FRAME = 16.0
"""What a frame leaves free around its machines, and between them."""


@dataclass(frozen=True)
class Mark:
    """Where a machine starts, or ends."""

    is_end: bool
    box: Box


@dataclass(frozen=True)
class DrawnState:
    """A state's box.

    Attributes:
        name, caption: their lines.
        header: the height of what stands above nested machines; the whole height without them.
        machines: nested ones, each with the top left corner of its layout.
    """

    state: State
    box: Box
    name: tuple[str, ...]
    caption: tuple[str, ...]
    header: float
    machines: "tuple[tuple[Point, Drawing], ...]"


@dataclass(frozen=True)
class Line:
    """The line of a transition, or of none: the one from the start's mark.

    Attributes:
        label: its lines of text.
        is_loop: it leads from a state's side to that side again.
    """

    transition: Transition | None
    route: Route
    label: tuple[str, ...]
    is_loop: bool


@dataclass(frozen=True)
class Drawing:
    size: Size
    marks: tuple[Mark, ...]
    states: tuple[DrawnState, ...]
    lines: tuple[Line, ...]


def drawing(machine: Machine) -> Drawing:
    """The machine with everything that is in it, laid out."""
    ways = [way for way in machine.transitions if way.target != way.source]
    loops = [way for way in machine.transitions if way.target == way.source]
    drafts = [
        _Draft(state, [_label(loop) for loop in loops if loop.source == state.name])
        for state in machine.states
    ]
    sizes = [draft.room for draft in drafts]
    index = {state.name: number for number, state in enumerate(machine.states)}
    start, end = machine.start, machine.has_end
    mark = Size(MARK, MARK)
    sizes = [*([mark] if start else []), *sizes, *([mark] if end else [])]
    first = 1 if start else 0

    labels = [_label(way) for way in ways]
    edges = [
        Edge(
            first + index[way.source],
            len(sizes) - 1 if way.target is None else first + index[way.target],
            _label_size(label) if label else None,
        )
        for way, label in zip(ways, labels, strict=True)
    ]
    if start:
        edges.insert(0, Edge(0, first + index[start], None))
    placed = layout(sizes, edges)

    states = [
        draft.at(box)
        for draft, box in zip(drafts, placed.boxes[first : first + len(drafts)], strict=True)
    ]
    marks = [Mark(is_end=False, box=placed.boxes[0])] if start else []
    marks += [Mark(is_end=True, box=placed.boxes[-1])] if end else []
    transitions: Sequence[Transition | None] = [*([None] if start else []), *ways]
    texts = [*([()] if start else []), *labels]
    lines = [
        Line(transition, route, label, is_loop=False)
        for transition, route, label in zip(transitions, placed.routes, texts, strict=True)
    ]
    lines += [_loop(loop, states[index[loop.source]].box) for loop in loops]
    return Drawing(placed.size, tuple(marks), tuple(states), tuple(lines))


class _Draft:
    """A state before it has its place."""

    def __init__(self, state: State, loops: Sequence[Sequence[str]]) -> None:
        self._state = state
        self._name = tuple(wrapped(state.name, NAME_SIZE * NAME_WEIGHT, LONGEST_NAME, NAME_LINES))
        caption = " · ".join(filter(None, (state.type, state.detail)))
        self._caption = tuple(wrapped(caption, CAPTION_SIZE, LONGEST_CAPTION, CAPTION_LINES))
        self._machines = [drawing(machine) for machine in state.machines]
        self._header = 2 * PADDING + len(self._name) * NAME_LINE + len(self._caption) * CAPTION_LINE
        text = max(widest(self._name, NAME_SIZE * NAME_WEIGHT), widest(self._caption, CAPTION_SIZE))
        width = max(NARROWEST, TEXT_LEFT + text + PADDING)
        height = self._header
        if self._machines:
            inner = sum(machine.size.width + 2 * FRAME for machine in self._machines)
            width = max(width, inner + FRAME * (len(self._machines) + 1))
            height += max(machine.size.height for machine in self._machines) + 3 * FRAME
        self._size = Size(width, height)
        beside = max((LOOP + _label_size(loop).width for loop in loops), default=0)
        # As much to the left as to the right, so that the box stands in the middle.
        self.room = Size(width + 2 * beside, height)

    def at(self, room: Box) -> DrawnState:
        box = Box(room.x, room.y, self._size.width, self._size.height)
        taken = sum(machine.size.width + 2 * FRAME for machine in self._machines)
        free = (box.width - taken) / (len(self._machines) + 1)
        machines: list[tuple[Point, Drawing]] = []
        left = box.left + free
        for machine in self._machines:
            machines.append(((left + FRAME, box.top + self._header + FRAME), machine))
            left += machine.size.width + 2 * FRAME + free
        return DrawnState(
            self._state, box, self._name, self._caption, self._header, tuple(machines)
        )


def _label(transition: Transition) -> tuple[str, ...]:
    lines = [
        line
        for number, text in enumerate(transition.labels)
        for line in wrapped(
            f"or {text}" if number else text, LABEL_SIZE, LONGEST_LABEL, LABEL_LINES
        )
    ]
    if len(lines) > 2 * LABEL_LINES:
        lines = [*lines[: 2 * LABEL_LINES - 1], "…"]
    return tuple(lines)


def _label_size(label: Sequence[str]) -> Size:
    return Size(widest(label, LABEL_SIZE) + 10, len(label) * LABEL_LINE + 4)


def _loop(transition: Transition, box: Box) -> Line:
    """On the right of its state; one of a catch on the left."""
    side = -1 if transition.is_catch else 1
    edge = box.x + side * box.width / 2
    up, down, out = box.y - 9, box.y + 9, edge + side * LOOP
    points = ((edge, down), (out, down), (out, up), (edge, up))
    label = _label(transition)
    size = _label_size(label)
    stands = Box(out + side * size.width / 2, box.y, size.width, size.height)
    return Line(transition, Route(points, stands if label else None), label, is_loop=True)
