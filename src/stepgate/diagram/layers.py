"""Assigns vertices to layers, so that all links lead down and few of them cross.

This is Sugiyama's method: reverse the links that close a loop, give each vertex the layer of its
longest path, split long links by vertices in between, and order each layer by the mean position of
its neighbours.
https://doi.org/10.1109/TSMC.1981.4308636
"""

import math
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MAX_SWEEPS = 24
MAX_PER_LAYER = 8
"""Of the graph's own vertices."""
MAX_IDLE_SWEEPS = 4
"""Sweeps without fewer crossings, before the ordering ends."""


@dataclass(frozen=True)
class Link:
    """From one vertex to another one.

    Attributes:
        has_label: it needs a vertex in between, for its label.
    """

    source: int
    target: int
    has_label: bool


@dataclass(frozen=True)
class Chain:
    """A link's path through the layers, from its upper to its lower end, one vertex in each layer.

    Attributes:
        is_reversed: the link leads up: its source is the last vertex.
        label: the vertex of its label.
    """

    vertices: tuple[int, ...]
    is_reversed: bool
    label: int | None


def assign_layers(count: int, links: Sequence[Link]) -> tuple[list[list[int]], list[Chain]]:
    """Each layer's vertices from left to right, and a chain for each link.

    The graph's own vertices are 0 to `count - 1`; the others are on links. The search for loops
    starts at vertex 0. No link may lead from a vertex to itself.
    """
    reversed_ = _find_back_links(count, links)
    downwards = [
        Link(link.target, link.source, link.has_label) if closes else link
        for link, closes in zip(links, reversed_, strict=True)
    ]
    ranks = _ranks(count, downwards)
    labelled = Counter(link.source for link in links if link.has_label)
    chains: list[Chain] = []
    for link, is_reversed in zip(downwards, reversed_, strict=True):
        between = range(len(ranks), len(ranks) + ranks[link.target] - ranks[link.source] - 1)
        ranks += range(ranks[link.source] + 1, ranks[link.target])
        source = link.target if is_reversed else link.source
        # At the source, unless it has so many labels that there is more room at the targets.
        at_lower_end = is_reversed == (labelled[source] <= MAX_PER_LAYER)
        label = between[-1 if at_lower_end else 0] if link.has_label else None
        chains.append(Chain((link.source, *between, link.target), is_reversed, label))
    return _order_layers(ranks, chains), chains


def _find_back_links(count: int, links: Sequence[Link]) -> list[bool]:
    """Which links lead back to a vertex on the path to them, in a depth-first search."""
    leaving: list[list[int]] = [[] for _ in range(count)]
    for index, link in enumerate(links):
        leaving[link.source].append(index)
    closing = [False] * len(links)
    seen: set[int] = set()
    for root in range(count):
        ahead = [(root, iter(leaving[root]))] if root not in seen else []
        seen.add(root)
        on_path = {root}
        while ahead:
            vertex, rest = ahead[-1]
            index = next(rest, None)
            if index is None:
                on_path.discard(vertex)
                ahead.pop()
                continue
            target = links[index].target
            closing[index] = target in on_path
            if target not in seen:
                seen.add(target)
                on_path.add(target)
                ahead.append((target, iter(leaving[target])))
    return closing


def _ranks(count: int, links: Sequence[Link]) -> list[int]:
    leaving: list[list[Link]] = [[] for _ in range(count)]
    arriving = [0] * count
    for link in links:
        leaving[link.source].append(link)
        arriving[link.target] += 1
    ranks = [0] * count
    ready = [vertex for vertex in range(count) if not arriving[vertex]]
    for vertex in ready:
        for link in leaving[vertex]:
            target = link.target
            ranks[target] = max(ranks[target], ranks[vertex] + 1 + link.has_label)
            arriving[target] -= 1
            if not arriving[target]:
                ready.append(target)
    return _split_wide_layers(ranks)


def _split_wide_layers(ranks: Sequence[int]) -> list[int]:
    """Splits layers with too many vertices, and leaves one for labels between each two."""
    spread = [0] * len(ranks)
    first = 0
    for rank in range(max(ranks, default=-1) + 1):
        beside = [vertex for vertex, own in enumerate(ranks) if own == rank]
        rows = max(1, math.ceil(len(beside) / MAX_PER_LAYER))
        for index, vertex in enumerate(beside):
            spread[vertex] = first + 2 * (index % rows)
        first += 2 * rows - 1
    return spread


def _order_layers(ranks: Sequence[int], chains: Sequence[Chain]) -> list[list[int]]:
    above, below = neighbours(len(ranks), chains)
    layers: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for vertex in _depth_first(below):
        layers[ranks[vertex]].append(vertex)
    best, fewest, since = layers, _count_crossings(layers, below), 0
    for sweep in range(MAX_SWEEPS):
        if not fewest or since == MAX_IDLE_SWEEPS:
            break
        layers = _sweep(layers, above) if sweep % 2 == 0 else _sweep(layers[::-1], below)[::-1]
        crossings = _count_crossings(layers, below)
        since += 1
        if crossings < fewest:
            best, fewest, since = layers, crossings, 0
    return best


def neighbours(count: int, chains: Sequence[Chain]) -> tuple[list[list[int]], list[list[int]]]:
    """For each vertex, those it is linked with in the layer above, and in the one below."""
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for chain in chains:
        for upper, lower in pairwise(chain.vertices):
            below[upper].append(lower)
            above[lower].append(upper)
    return above, below


def _depth_first(below: Sequence[Sequence[int]]) -> list[int]:
    """All vertices, in depth-first order."""
    order: dict[int, None] = {}
    for root in range(len(below)):
        ahead = [root]
        while ahead:
            if (vertex := ahead.pop()) not in order:
                order[vertex] = None
                ahead += reversed(below[vertex])
    return list(order)


def _sweep(layers: Sequence[list[int]], before: Sequence[Sequence[int]]) -> list[list[int]]:
    """Orders each layer by the mean position of its neighbours in the layer before."""
    swept = [layers[0]]
    for layer in layers[1:]:
        place = {vertex: index for index, vertex in enumerate(swept[-1])}
        means = {
            vertex: sum(map(place.__getitem__, before[vertex])) / len(before[vertex])
            if before[vertex]
            else index
            for index, vertex in enumerate(layer)
        }
        swept.append(sorted(layer, key=means.__getitem__))
    return swept


def _count_crossings(layers: Sequence[Sequence[int]], below: Sequence[Sequence[int]]) -> int:
    crossings = 0
    for upper, lower in pairwise(layers):
        place = {vertex: index for index, vertex in enumerate(lower)}
        ends: list[int] = []
        for vertex in upper:
            own = [place[end] for end in below[vertex]]
            crossings += sum(len(ends) - bisect_right(ends, end) for end in own)
            for end in own:
                insort(ends, end)
    return crossings
