"""Horizontal positions of the vertices of layers: near their neighbours, with straight links.

This is the method of Brandes and Köpf: vertices are aligned in four ways, from the top or the
bottom and from the left or the right, and each gets the mean of the middle two positions.
https://doi.org/10.1007/3-540-45848-4_3
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise

Crossing = frozenset[tuple[int, int]]
Neighbours = Sequence[Sequence[int]]


def assign_columns(
    layers: Sequence[Sequence[int]],
    linked: tuple[Neighbours, Neighbours],
    widths: Sequence[float],
    own: int,
    space: float,
) -> list[float]:
    """The center of each vertex.

    Args:
        linked: for each vertex its neighbours above, and those below.
        own: how many vertices are the graph's own; the others are on links.
        space: between two vertices of a layer.
    """
    above, below = linked
    over = _find_partners(above, below, own)
    under = {upper: lower for lower, upper in over.items()}
    crossing = _find_crossing(layers, above, over)
    ways: list[list[float]] = []
    for upwards in (False, True):
        for mirrored in (False, True):
            seen = [layer[::-1] if mirrored else layer for layer in layers]
            roots = (
                _align(seen[::-1], below, under, crossing)
                if upwards
                else _align(seen, above, over, crossing)
            )
            places = _compact(seen, roots, widths, space)
            ways.append([-x for x in places] if mirrored else places)
    return _balance(ways, widths)


def _find_partners(above: Neighbours, below: Neighbours, own: int) -> dict[int, int]:
    """For each vertex the one above that it is aligned with: consecutive states, and long links."""

    def nearest(ends: Sequence[int]) -> Sequence[int]:
        return [end for end in ends if end < own] or ends

    partners: dict[int, int] = {}
    for vertex, ends in enumerate(above):
        if len(upper := nearest(ends)) == 1 and nearest(below[upper[0]]) == [vertex]:
            partners[vertex] = upper[0]
    return partners


def _find_crossing(
    layers: Sequence[Sequence[int]], above: Neighbours, partners: Mapping[int, int]
) -> Crossing:
    """Segments of links that cross one between partners, which must be straight."""
    crossing: set[tuple[int, int]] = set()
    for upper, lower in pairwise(layers):
        place = {vertex: index for index, vertex in enumerate(upper)}
        tops, bottoms = [-1], [-1]  # of pieces that do not cross each other, so both grow
        for bottom, vertex in enumerate(lower):
            top = place.get(partners.get(vertex, -1), -1)
            if top > tops[-1]:
                tops.append(top)
                bottoms.append(bottom)
        tops.append(len(upper))
        for bottom, vertex in enumerate(lower):
            left = tops[bisect_left(bottoms, bottom) - 1]
            right = tops[bisect_right(bottoms, bottom)]
            for end in above[vertex]:
                if not left <= place[end] <= right:
                    crossing |= {(end, vertex), (vertex, end)}
    return frozenset(crossing)


def _align(
    layers: Sequence[Sequence[int]],
    before: Neighbours,
    partners: Mapping[int, int],
    crossing: Crossing,
) -> Mapping[int, int]:
    """For each vertex the first one that it is aligned with."""
    root = {vertex: vertex for layer in layers for vertex in layer}
    place = {vertex: index for layer in layers for index, vertex in enumerate(layer)}
    for layer in layers:
        last = -1
        for vertex in layer:
            partner = partners.get(vertex)
            ends = [partner] if partner is not None else before[vertex]
            ends = sorted(ends, key=place.__getitem__)
            for middle in dict.fromkeys(((len(ends) - 1) // 2, len(ends) // 2)) if ends else ():
                end = ends[middle]
                if place[end] > last and (end, vertex) not in crossing:
                    root[vertex] = root[end]
                    last = place[end]
                    break
    return root


def _compact(
    layers: Sequence[Sequence[int]],
    root: Mapping[int, int],
    widths: Sequence[float],
    space: float,
) -> list[float]:
    """Moves blocks as far left as possible, then as far right as the total width allows."""
    after: dict[int, dict[int, float]] = {vertex: {} for vertex in root.values()}
    arriving = dict.fromkeys(after, 0)
    for layer in layers:
        for left, right in pairwise(layer):
            apart = (widths[left] + widths[right]) / 2 + space
            known = after[root[left]].get(root[right])
            arriving[root[right]] += known is None
            after[root[left]][root[right]] = max(known or 0, apart)
    x = dict.fromkeys(after, 0.0)
    order = [block for block, count in arriving.items() if not count]
    for block in order:
        for right, apart in after[block].items():
            x[right] = max(x[right], x[block] + apart)
            arriving[right] -= 1
            if not arriving[right]:
                order.append(right)
    for block in reversed(order):
        limit = min((x[right] - apart for right, apart in after[block].items()), default=-math.inf)
        x[block] = max(x[block], limit)
    return [x[root[vertex]] for vertex in range(len(root))]


def _balance(ways: Sequence[list[float]], widths: Sequence[float]) -> list[float]:
    def left(places: Sequence[float]) -> float:
        return min(x - w / 2 for x, w in zip(places, widths, strict=True))

    def right(places: Sequence[float]) -> float:
        return max(x + w / 2 for x, w in zip(places, widths, strict=True))

    narrowest = min(ways, key=lambda places: right(places) - left(places))
    shifted: list[list[float]] = []
    for index, places in enumerate(ways):
        edge = right if index % 2 else left
        by = edge(narrowest) - edge(places)
        shifted.append([x + by for x in places])
    middle = [sum(sorted(places)[1:3]) / 2 for places in zip(*shifted, strict=True)]
    start = left(middle)
    return [x - start for x in middle]
