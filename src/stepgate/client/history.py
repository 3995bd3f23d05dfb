"""The histories of executions in Step Functions."""

from functools import cached_property
from typing import Any

from stepgate.client.aws import AWS_ERRORS, aws_client
from stepgate.client.errors import HistoryUnavailable
from stepgate.client.outputs import Outputs
from stepgate.client.visited_state import Event, VisitedState, visited_states

_PAGE_SIZE = 1000
"""Events in one response, the maximum of Step Functions. A history has up to 25,000."""


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
