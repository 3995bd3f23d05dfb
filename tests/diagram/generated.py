"""Definitions to draw, made at random."""

from typing import Any

from hypothesis import strategies as st

from tests.checks.generated import definitions
from tests.diagram.machines import machines


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
