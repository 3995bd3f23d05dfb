"""The states that an execution has entered, from the events of its history."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

Event = Mapping[str, Any]


@dataclass(frozen=True)
class VisitedState:
    """A state that an execution has entered.

    Attributes:
        exited: None while it is a current state, and if it failed.
    """

    name: str
    entered: datetime
    exited: datetime | None


def visited_states(events: Iterable[Event], definition: Any) -> list[VisitedState]:
    """The states in the order in which they were entered, including branches and iterations.

    Args:
        events: the history, in its order.
        definition: the workflow's definition; other states are omitted. None keeps all states.
    """
    known = None if definition is None else set(_state_names(definition))
    by_id: dict[int, Event] = {}
    visited: dict[int, VisitedState] = {}
    for event in events:
        by_id[event["id"]] = event
        if entered := event.get("stateEnteredEventDetails"):
            visited[event["id"]] = VisitedState(entered["name"], event["timestamp"], None)
        elif exited := event.get("stateExitedEventDetails"):
            for before in _preceding(event, by_id):
                state = visited.get(before)
                if state and state.name == exited["name"]:
                    visited[before] = replace(state, exited=event["timestamp"])
                    break
    return [state for state in visited.values() if known is None or state.name in known]


def _preceding(event: Event, by_id: Mapping[int, Event]) -> Iterator[int]:
    """The ids of the events that led to this one, which distinguish a Map's iterations."""
    while event := by_id.get(event.get("previousEventId", 0), {}):
        yield event["id"]


def _state_names(definition: Any) -> Iterator[str]:
    states: Mapping[str, Any] = definition.get("States", {})
    for name, state in states.items():
        yield name
        nested = [*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")]
        for inner in nested:
            if inner:
                yield from _state_names(inner)
