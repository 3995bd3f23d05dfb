"""Any state machine as Mermaid's text."""

from collections import Counter
from typing import Any

from hypothesis import given, settings

from stepgate.diagram import mermaid
from tests.diagram.generated import looping, nonsense
from tests.diagram.machines import machines, ways
from tests.diagram.test_mermaid import EDGE, NODE, OTHER, names_by_id


@settings(max_examples=40)
@given(looping())
def test_every_state_is_there_once_with_all_its_ways(definition: dict[str, Any]) -> None:
    text = mermaid(definition)
    names = names_by_id(text)
    assert Counter(names.values()) == Counter(
        name for each in machines(definition) for name in each["States"]
    )
    edges = [match for line in text.splitlines() if (match := EDGE.fullmatch(line))]
    found = Counter(
        (names[edge["source"]], names.get(edge["target"], ""), edge["line"] == "-.->")
        for edge in edges
    )
    assert found == Counter(way for each in machines(definition) for way in ways(each))


@settings(max_examples=100)
@given(nonsense())
def test_of_a_wrong_definition_is_written_what_is_there(definition: dict[str, Any]) -> None:
    lines = mermaid(definition).splitlines()
    assert all(any(p.fullmatch(line) for p in (NODE, EDGE, OTHER)) for line in lines)
