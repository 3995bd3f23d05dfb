"""Definitions to draw, and what a picture of them has to show, read anew from them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

Way = tuple[str, str, bool]
"""From a state to a state, or to the end (empty), and whether it is a catch."""

NASTY = [
    *("end", "subgraph", "graph", "classDef", "click", "style", "direction", "o", "x", "%%"),
    *('"quoted"', "`code`", "it's", "a;b", "a#b", "#quot;", "&lt;", "[x](y)", "{{x}}", "|p|"),
    *("<img src=x onerror=alert(1)>", "</svg>", "]]>", "<!-- -->", "-->", "--", "A:::b"),
    *("a\nb", "a\tb", "a\r\nb", " leading", "1. list", "- item", "# head", "**b**", "_u_", "~~s~~"),
    *("$$x^2$$", "fa:fa-car", "\\n", "\\", "数据处理", "e\u0301", "👩‍👩‍👧", "\u202egnp", "z" * 80),
    *(" ", "%%{init: {}}%%", "javascript:alert(1)", "@{ shape: x }"),
]


def row(names: list[str], **last: Any) -> dict[str, Any]:
    """States one after the other."""
    states = {name: {"Type": "Pass", "Next": following} for name, following in pairwise(names)}
    return {"StartAt": names[0], "States": states | {names[-1]: last or {"Type": "Succeed"}}}


def machines(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A definition and all that is nested in it."""
    yield machine
    for state in machine["States"].values():
        for inner in [*state.get("Branches", []), state.get("ItemProcessor")]:
            if inner:
                yield from machines(inner)


def ways(machine: dict[str, Any]) -> set[Way]:
    found: set[Way] = set()
    for name, state in machine["States"].items():
        for key in ("Next", "Default"):
            if key in state:
                found.add((name, state[key], False))
        if state.get("End") or state["Type"] == "Succeed":
            found.add((name, "", False))
        found |= {(name, rule["Next"], False) for rule in state.get("Choices", [])}
        found |= {(name, catcher["Next"], True) for catcher in state.get("Catch", [])}
    return found
