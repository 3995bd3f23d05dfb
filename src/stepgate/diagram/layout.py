"""Positions of boxes of given sizes, and routes of the lines between them.

All lengths are in pixels, from the top left corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from stepgate.diagram.columns import assign_columns
from stepgate.diagram.layers import Chain, Link, assign_layers, neighbours

SPACE = 28.0
"""Between boxes next to each other."""
GAP = 36.0
"""Between layers; larger where lines lead far to the side."""
MAX_GAP = 76.0
STUB = 9.0
"""The straight part of a line at a layer: as long as an arrowhead, at least."""
GAP_PER_OFFSET = 0.08
CORNER = 18.0
"""The minimum distance between a line and the corner of its box, if there is room."""
PORT_SPACE = 14.0
"""Between lines at the same box."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Size:
    width: float
    height: float


@dataclass(frozen=True)
class Box:
    """A rectangle; `x` and `y` are its center."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Edge:
    """A line between two different boxes, with the size of its label if it has one."""

    source: int
    target: int
    label: Size | None


@dataclass(frozen=True)
class Route:
    """The points of a line, in its direction.

    Between two points the line is vertical, or else a curve that leaves and arrives vertically.
    """

    points: tuple[Point, ...]
    label: Box | None


@dataclass(frozen=True)
class Layout:
    """A box for each size, a route for each edge, and the size of it all."""

    size: Size
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]


def lay_out(sizes: Sequence[Size], edges: Sequence[Edge]) -> Layout:
    """Boxes that do not overlap, the first one at the top, and lines that run around them.

    Lines lead down, except those that close a loop.
    """
    if not sizes:
        return Layout(Size(0, 0), (), ())
    links = [Link(edge.source, edge.target, edge.label is not None) for edge in edges]
    layers, chains = assign_layers(len(sizes), links)
    all_sizes = [*sizes, *[Size(0, 0)] * (sum(map(len, layers)) - len(sizes))]
    for edge, chain in zip(edges, chains, strict=True):
        if chain.label is not None and edge.label is not None:
            all_sizes[chain.label] = edge.label
    above, below = neighbours(len(all_sizes), chains)
    widths = [size.width for size in all_sizes]
    x = assign_columns(layers, (above, below), widths, len(sizes), SPACE)
    bands = _bands(layers, all_sizes, x, below)
    band_of = {vertex: band for layer, band in zip(layers, bands, strict=True) for vertex in layer}
    boxes = [
        Box(x[vertex], sum(band_of[vertex]) / 2, size.width, size.height)
        for vertex, size in enumerate(all_sizes)
    ]
    routes = _routes(chains, boxes, band_of, len(sizes))
    return Layout(
        Size(max(box.right for box in boxes), bands[-1][1]), tuple(boxes[: len(sizes)]), routes
    )


Band = tuple[float, float]
"""Top and bottom of a layer."""


def _bands(
    layers: Sequence[Sequence[int]],
    sizes: Sequence[Size],
    x: Sequence[float],
    below: Sequence[Sequence[int]],
) -> list[Band]:
    bands: list[Band] = []
    top = 0.0
    for layer in layers:
        bottom = top + max(sizes[vertex].height for vertex in layer)
        bands.append((top, bottom))
        offset = max((abs(x[v] - x[end]) for v in layer for end in below[v]), default=0)
        top = bottom + min(MAX_GAP, GAP + GAP_PER_OFFSET * offset)
    return bands


def _routes(
    chains: Sequence[Chain], boxes: Sequence[Box], band_of: dict[int, Band], own: int
) -> tuple[Route, ...]:
    bottoms = _ports(
        [(chain.vertices[0], boxes[chain.vertices[1]].x) for chain in chains], boxes[:own]
    )
    tops = _ports(
        [
            (chain.vertices[-1], boxes[between[-1]].x if between else port)
            for chain, port in zip(chains, bottoms, strict=True)
            for between in (chain.vertices[1:-1],)
        ],
        boxes[:own],
    )
    routes: list[Route] = []
    for chain, start, end in zip(chains, bottoms, tops, strict=True):
        first, *between, last = chain.vertices
        points = [(start, boxes[first].bottom), (start, band_of[first][1] + STUB)]
        for vertex in between:
            top, bottom = band_of[vertex]
            points += [(boxes[vertex].x, top - STUB), (boxes[vertex].x, bottom + STUB)]
        points += [(end, band_of[last][0] - STUB), (end, boxes[last].top)]
        label = None if chain.label is None else boxes[chain.label]
        routes.append(Route(_simplify(points[::-1] if chain.is_reversed else points), label))
    return tuple(routes)


def _ports(wanted: Sequence[tuple[int, float]], boxes: Sequence[Box]) -> list[float]:
    """Where lines meet their boxes: in order, and as close as possible to where they lead."""
    ports = [0.0] * len(wanted)
    lines_at: list[list[tuple[float, int]]] = [[] for _ in boxes]
    for line, (box, x) in enumerate(wanted):
        lines_at[box].append((x, line))
    for box, lines in zip(boxes, map(sorted, lines_at), strict=True):
        corner = min(CORNER, box.width / 2)
        low, high = box.left + corner, box.right - corner
        space = min(PORT_SPACE, (high - low) / max(len(lines) - 1, 1))
        taken = low - space
        for line_x, line in lines:
            taken = ports[line] = max(min(max(line_x, low), high), taken + space)
        free = high
        for _, line in reversed(lines):
            ports[line] = min(ports[line], free)
            free = ports[line] - space
    return ports


def _simplify(points: Sequence[Point]) -> tuple[Point, ...]:
    """Without points in the middle of a straight line."""
    simple = [points[0]]
    for point, following in pairwise(points[1:]):
        if not simple[-1][0] == point[0] == following[0]:
            simple.append(point)
    return (*simple, points[-1])
