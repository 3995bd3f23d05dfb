"""Definitions to draw, and what a picture of them has to show, read anew from them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.workflows.generated import definitions

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


def looping() -> st.SearchStrategy[dict[str, Any]]:
    """Definitions with ways back, to any state of the same machine."""

    @st.composite
    def strategy(draw: Any) -> dict[str, Any]:
        definition = draw(definitions())
        for machine in machines(definition):
            names = list(machine["States"])
            for state in machine["States"].values():
                if "Next" in state and draw(st.booleans()):
                    catcher = {"ErrorEquals": ["E"], "Next": draw(st.sampled_from(names))}
                    state["Catch"] = [*state.get("Catch", []), catcher]
                if draw(st.integers(0, 3)) == 3 and state["Type"] == "Choice":
                    state["Default"] = draw(st.sampled_from(names))
        return definition

    return strategy()


FIELDS = [
    *("StartAt", "States", "Type", "Next", "End", "Default", "Choices", "Catch", "Branches"),
    *("ItemProcessor", "Iterator", "And", "Or", "Not", "Variable", "Condition", "ErrorEquals"),
    *("Resource", "Seconds", "Error", "NumericEquals", "IsPresent", "a", "b"),
]
VALUES = ["Task", "Wait", "Choice", "Fail", "Map", "Parallel", "Succeed", "a", "b", ""]


def nonsense() -> st.SearchStrategy[dict[str, Any]]:
    """JSON with the language's words in wrong places."""
    leaf = st.sampled_from(VALUES) | st.none() | st.booleans() | st.integers() | st.floats()
    fields = st.sampled_from(FIELDS)
    value = st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=4),
        max_leaves=20,
    )
    states = st.dictionaries(fields, st.dictionaries(fields, value, max_size=5), max_size=5)
    return st.fixed_dictionaries({"States": states | value}, optional={"StartAt": leaf})


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
