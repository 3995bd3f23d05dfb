"""The histories of executions in Step Functions."""

from collections.abc import Iterable

from stepgate.client.aws import AwsService
from stepgate.client.errors import HistoryUnavailable
from stepgate.client.history_event import HistoryEvent, parse_event
from stepgate.client.outputs import Outputs
from stepgate.client.task_tokens import without_tokens
from stepgate.client.visited_state import VisitedState, visited_states

_PAGE_SIZE = 1000
"""Events in one response, the maximum of Step Functions. A history has up to 25,000."""


class Histories:
    """The histories of a stack's executions, read with the caller's AWS credentials."""

    def __init__(self, outputs: Outputs, service: AwsService) -> None:
        self._outputs = outputs
        self._service = service

    def states(self, workflow: str, arn: str, *, with_data: bool = False) -> list[VisitedState]:
        """The states that an execution has entered.

        Args:
            with_data: whether their inputs and outputs are read, too.

        Raises:
            HistoryUnavailable: there are no AWS credentials, or they lack the permission.
        """
        return self.states_of(workflow, self.events(arn, with_data=with_data))

    def states_of(self, workflow: str, events: Iterable[HistoryEvent]) -> list[VisitedState]:
        """The workflow's own states, without task tokens."""
        definition = self._outputs.definitions.get(workflow)
        return without_tokens(visited_states(events, definition), definition)

    def events(self, arn: str, *, with_data: bool = False) -> list[HistoryEvent]:
        """
        Raises:
            HistoryUnavailable: there are no AWS credentials, or they lack the permission.
        """
        task = f"read the history of {arn}"
        with self._service.request(
            task, "states:GetExecutionHistory", HistoryUnavailable
        ) as client:
            pages = client.get_paginator("get_execution_history").paginate(
                executionArn=arn,
                includeExecutionData=with_data,
                PaginationConfig={"PageSize": _PAGE_SIZE},
            )
            return [parse_event(event) for page in pages for event in page["events"]]
