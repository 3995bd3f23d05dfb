"""The histories of executions in Step Functions."""

import json
from collections.abc import Iterable
from math import inf
from typing import Any

from stepgate.client.aws import AwsService
from stepgate.client.errors import AwsAccessDenied, AwsRequestFailed, HistoryUnavailable
from stepgate.client.history_event import HistoryEvent, parse_event, with_data_up_to
from stepgate.client.outputs import Outputs
from stepgate.client.task_tokens import without_tokens
from stepgate.client.visited_state import VisitedState, visited_states

_PAGE_SIZE = 1000
"""Events in one response, the maximum of Step Functions. A history has up to 25,000."""
_MAX_DEFINITIONS = 50
"""That are kept; one has up to 1 MB."""


class Histories:
    """The histories of a stack's executions, read with the caller's AWS credentials."""

    def __init__(self, outputs: Outputs, service: AwsService) -> None:
        self._outputs = outputs
        self._service = service
        self._deployed: dict[str, Any] = {}

    def states(
        self, workflow: str, arn: str, *, version: int | None = None, with_data: bool = False
    ) -> list[VisitedState]:
        """The states that an asynchronous execution has entered.

        They are read with the definition that it was started with: today's may have other states.

        Args:
            version: of the state machine, if it is known; then its definition is read once.
            with_data: whether their inputs and outputs are read, too.

        Raises:
            HistoryUnavailable: there are no AWS credentials, or they lack the permission.
        """
        events = self.events(arn, with_data=with_data)
        return _states(events, self.definition(workflow, arn, version))

    def states_of(self, workflow: str, events: Iterable[HistoryEvent]) -> list[VisitedState]:
        """The states of today's definition, without task tokens."""
        return _states(events, self._outputs.definitions.get(workflow))

    def definition(self, workflow: str, arn: str, version: int | None = None) -> Any:
        """The definition that an execution has, or today's if it cannot be read.

        A redrive does not change it.
        https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
        """
        key = arn if version is None else f"{arn.rpartition(':')[0]}:{version}"
        if key not in self._deployed:
            if len(self._deployed) >= _MAX_DEFINITIONS:
                self._deployed.clear()
            try:
                self._deployed[key] = self._read_definition(arn)
            except AwsAccessDenied:
                self._deployed[key] = self._outputs.definitions.get(workflow)
            except AwsRequestFailed:
                return self._outputs.definitions.get(workflow)
        return self._deployed[key]

    def _read_definition(self, arn: str) -> Any:
        """
        Raises:
            AwsAccessDenied, AwsRequestFailed
        """
        with self._service.request(
            f"read the definition of {arn}", "states:DescribeStateMachineForExecution"
        ) as client:
            found = client.describe_state_machine_for_execution(executionArn=arn)
        return json.loads(found["definition"])

    def events(
        self, arn: str, *, with_data: bool = False, max_data: float = inf
    ) -> list[HistoryEvent]:
        """
        Args:
            max_data: bytes of data in memory. Events after these are without theirs.

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
            events = (parse_event(event) for page in pages for event in page["events"])
            return [*with_data_up_to(max_data, events)]


def _states(events: Iterable[HistoryEvent], definition: Any) -> list[VisitedState]:
    return without_tokens(visited_states(events, definition), definition)
