"""Where boxes and the lines between them are drawn, for boxes of given sizes.

All lengths are in pixels, from the top left corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from stepgate.diagram.columns import columns
from stepgate.diagram.layers import Chain, Link, layered, neighbours

SPACE = 28.0
"""Between boxes that stand beside each other."""
GAP = 36.0
"""Between layers; wider where lines lead far to the side."""
WIDEST_GAP = 76.0
STUB = 9.0
"""How far a line is straight where it leaves or meets a layer: a tip is no longer."""
GAP_PER_SIDEWAY = 0.08
CORNER = 18.0
"""No line meets a box nearer to its corner than this, if there is room."""
PORT_SPACE = 14.0
"""Between the lines that meet a box."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Size:
    width: float
    height: float


@dataclass(frozen=True)
class Box:
    """A rectangle, by its middle."""

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
    """A line to be drawn between two different boxes; with a label of a size, if it has one."""

    source: int
    target: int
    label: Size | None


@dataclass(frozen=True)
class Route:
    """Where a line runs, in its direction.

    Each two points next to each other are above each other, or else the line swings from one to
    the other, leaving and arriving vertically.
    """

    points: tuple[Point, ...]
    label: Box | None


@dataclass(frozen=True)
class Layout:
    """A box for each size, a route for each edge, and what they take together."""

    size: Size
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]


def layout(sizes: Sequence[Size], edges: Sequence[Edge]) -> Layout:
    """Boxes that do not overlap, the first one on top, and lines that run around them.

    Lines lead downwards, apart from those that close a loop.
    """
    if not sizes:
        return Layout(Size(0, 0), (), ())
    links = [Link(edge.source, edge.target, edge.label is not None) for edge in edges]
    layered_links = layered(len(sizes), links)
    layers, chains = layered_links.layers, layered_links.chains
    all_sizes = [*sizes, *[Size(0, 0)] * (sum(map(len, layers)) - len(sizes))]
    for edge, chain in zip(edges, chains, strict=True):
        if chain.label is not None and edge.label is not None:
            all_sizes[chain.label] = edge.label
    above, below = neighbours(len(all_sizes), chains)
    widths = [size.width for size in all_sizes]
    x = columns(layers, (above, below), widths, len(sizes), SPACE)
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
        sideways = max((abs(x[v] - x[end]) for v in layer for end in below[v]), default=0)
        top = bottom + min(WIDEST_GAP, GAP + GAP_PER_SIDEWAY * sideways)
    return bands


def _routes(
    chains: Sequence[Chain], boxes: Sequence[Box], band_of: dict[int, Band], own: int
) -> tuple[Route, ...]:
    bottoms = _ports(
        [(chain.vertices[0], boxes[chain.vertices[1]].x) for chain in chains], boxes[:own]
    )
    tops = _ports(
        [
            (chain.vertices[-1], port if len(chain.vertices) == 2 else boxes[chain.vertices[-2]].x)  # noqa: PLR2004
            for chain, port in zip(chains, bottoms, strict=True)
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
        routes.append(Route(_simple(points[::-1] if chain.is_turned else points), label))
    return tuple(routes)


def _ports(wanted: Sequence[tuple[int, float]], boxes: Sequence[Box]) -> list[float]:
    """Where lines meet their boxes: as near as can be to where they want to go, and in order."""
    ports = [0.0] * len(wanted)
    for index, box in enumerate(boxes):
        lines = sorted((x, line) for line, (at, x) in enumerate(wanted) if at == index)
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


def _simple(points: Sequence[Point]) -> tuple[Point, ...]:
    """Without the points in the middle of a straight line."""
    simple = [points[0]]
    for point, following in pairwise(points[1:]):
        if not simple[-1][0] == point[0] == following[0]:
            simple.append(point)
    return (*simple, points[-1])
