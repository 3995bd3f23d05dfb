"""The histories of executions in Step Functions."""

from stepgate.client.aws import AwsService
from stepgate.client.errors import HistoryUnavailable
from stepgate.client.outputs import Outputs
from stepgate.client.visited_state import Event, VisitedState, visited_states

_PAGE_SIZE = 1000
"""Events in one response, the maximum of Step Functions. A history has up to 25,000."""


class Histories:
    """The histories of a stack's executions, read with the caller's AWS credentials."""

    def __init__(self, outputs: Outputs, service: AwsService) -> None:
        self._outputs = outputs
        self._service = service

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
        task = f"read the history of {arn}"
        with self._service.request(
            task, "states:GetExecutionHistory", HistoryUnavailable
        ) as client:
            pages = client.get_paginator("get_execution_history").paginate(
                executionArn=arn,
                includeExecutionData=False,
                PaginationConfig={"PageSize": _PAGE_SIZE},
            )
            return [event for page in pages for event in page["events"]]
