"""The states that an execution has entered, from its history in Step Functions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from stepgate.client.aws import AWS_ERRORS, aws_client
from stepgate.client.errors import HistoryUnavailable
from stepgate.client.outputs import Outputs

_PAGE_SIZE = 1000
"""Events in one response, the maximum of Step Functions. A history has up to 25,000."""

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


class Histories:
    """The histories of a stack's executions, read with the caller's AWS credentials."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs

    def states(self, workflow: str, arn: str) -> list[VisitedState]:
        """The states that an execution has entered.

        Raises:
            HistoryUnavailable: there are no AWS credentials, or they lack the permission.
        """
        return visited_states(self.events(arn), self._outputs.definitions.get(workflow))

    def events(self, arn: str) -> list[Event]:
        """
        Raises:
            HistoryUnavailable: there are no AWS credentials, or they lack the permission.
        """
        try:
            pages = self._client.get_paginator("get_execution_history").paginate(
                executionArn=arn,
                includeExecutionData=False,
                PaginationConfig={"PageSize": _PAGE_SIZE},
            )
            return [event for page in pages for event in page["events"]]
        except AWS_ERRORS as error:
            self.__dict__.pop("_client", None)  # a new client looks for new credentials
            # Further lines may repeat the request, with its security token.
            reason = str(error).partition("\n")[0]
            raise HistoryUnavailable(
                f"cannot read the history of {arn}: {reason}; set AWS_PROFILE, or "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, to credentials with "
                "states:GetExecutionHistory"
            ) from None

    @cached_property
    def _client(self) -> Any:
        return aws_client("stepfunctions", self._outputs)


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
