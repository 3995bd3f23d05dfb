"""The states that an execution has passed, from its history at Step Functions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from stepgate.aws import UNUSABLE, aws_client, unreadable
from stepgate.errors import HistoryUnavailable
from stepgate.outputs import Outputs

_PAGE = 1000
"""Events in one answer, the most that Step Functions gives. A history has up to 25,000."""

Event = Mapping[str, Any]


@dataclass(frozen=True)
class PassedState:
    """A state that an execution has entered.

    Attributes:
        entered: when.
        exited: when it was left; None while it is the current one, and for one that failed.
    """

    name: str
    entered: datetime
    exited: datetime | None


class Histories:
    """The histories of a stack's executions, read with the caller's AWS credentials."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs

    def states(self, workflow: str, arn: str) -> list[PassedState]:
        """The states that an execution has passed.

        Raises:
            HistoryUnavailable: there are no AWS credentials, or they may not read it.
        """
        return passed_states(self.events(arn), self._outputs.definitions.get(workflow))

    def events(self, arn: str) -> list[Event]:
        """
        Raises:
            HistoryUnavailable: there are no AWS credentials, or they may not read it.
        """
        try:
            pages = self._client.get_paginator("get_execution_history").paginate(
                executionArn=arn,
                includeExecutionData=False,
                PaginationConfig={"PageSize": _PAGE},
            )
            return [event for page in pages for event in page["events"]]
        except UNUSABLE as error:
            self.__dict__.pop("_client", None)  # it keeps its credentials; there may be new ones
            raise HistoryUnavailable(
                unreadable(f"the history of {arn}", error, "states:GetExecutionHistory on it")
            ) from None

    @cached_property
    def _client(self) -> Any:
        return aws_client("stepfunctions", self._outputs)


def passed_states(events: Iterable[Event], definition: Any) -> list[PassedState]:
    """The states in the order in which they were entered, those of branches and iterations too.

    Args:
        events: the history, in its order.
        definition: the workflow's; states that are not in it are left out. None leaves out none.
    """
    known = None if definition is None else set(_state_names(definition))
    by_id: dict[int, Event] = {}
    passed: dict[int, PassedState] = {}
    for event in events:
        by_id[event["id"]] = event
        if entered := event.get("stateEnteredEventDetails"):
            passed[event["id"]] = PassedState(entered["name"], event["timestamp"], None)
        elif exited := event.get("stateExitedEventDetails"):
            for before in _back(event, by_id):
                state = passed.get(before)
                if state and state.name == exited["name"]:
                    passed[before] = replace(state, exited=event["timestamp"])
                    break
    return [state for state in passed.values() if known is None or state.name in known]


def _back(event: Event, by_id: Mapping[int, Event]) -> Iterator[int]:
    """The ids of the events that led to this one. Iterations of a Map are told apart by them."""
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
