"""An execution of an asynchronous workflow."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, Literal

import httpx

from stepgate.client.errors import (
    ExecutionNotFound,
    NoResponse,
    RouteFailed,
    Throttled,
    UnexpectedResponse,
    WaitTimedOut,
    WorkflowFailed,
    one_line,
)
from stepgate.client.transport import (
    UNEXPECTED_RESPONSE_HINT,
    Outcome,
    Transport,
    has_status,
    is_transient,
    read_json,
    response_error,
    to_error,
)
from stepgate.client.visited_state import VisitedState


@dataclass(frozen=True)
class Status:
    """The status of an execution; `started` and `stopped` are in UTC.

    Attributes:
        execution: its name.
        output: None until it has succeeded.
        error: the error's name, if it has failed.
        cause: the error's description, if it has failed.
    """

    status: Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
    execution_arn: str
    execution: str
    started: datetime
    stopped: datetime | None
    input: Any
    output: Any
    error: str | None
    cause: str | None

    @property
    def is_running(self) -> bool:
        return self.status in {"RUNNING", "PENDING_REDRIVE"}


class Execution:
    """An execution of an asynchronous workflow. It is not known to exist until its status is read.

    Attributes:
        workflow: the workflow's name.
        name: the execution's name.
        url: the URL of its status route.
    """

    def __init__(
        self,
        workflow: str,
        name: str,
        url: str,
        transport: Transport,
        read_states: Callable[[str], list[VisitedState]],
        *,
        just_started: bool,
    ) -> None:
        self.workflow = workflow
        self.name = name
        self.url = url
        self._transport = transport
        self._read_states = read_states
        seconds = transport.retry_policy.not_found_timeout if just_started else 0
        self._may_be_new_until = time.monotonic() + seconds

    def __repr__(self) -> str:
        return f"<Execution {self.name} of {self.workflow}>"

    def status(self) -> Status:
        """
        Raises:
            ExecutionNotFound: there is no such execution.
            RequestFailed, NoResponse: the status cannot be read.
        """
        return self._status()

    def wait(self, timeout: float | None = None) -> Any:
        """Its output, once it has ended.

        Args:
            timeout: seconds to wait, or None to wait without limit. A last request that begins just
                before they end may take a second more.

        Raises:
            WorkflowFailed: it has failed, timed out, or was stopped.
            WaitTimedOut: it has not ended in time, and continues.
            RequestFailed, NoResponse: as `status`.
        """
        until = math.inf if timeout is None else time.monotonic() + timeout
        for pause in self._transport.retry_policy.pauses():
            status = self._status_until(until)
            if status is not None and not status.is_running:
                return _output_of(self, status)
            left = until - time.monotonic()
            if left > 0:
                time.sleep(left if status is None else min(pause, left))
            if left <= 0 or status is None:
                raise WaitTimedOut(
                    f"{self.workflow}: {self.name} has not ended within {timeout} s, and "
                    "continues; wait again, or stop it"
                )
        raise AssertionError("pauses never end")

    def stop(self) -> None:
        """Stops it. One that has ended is not changed.

        Raises:
            ExecutionNotFound: there is no such execution.
            RequestFailed, NoResponse: it may not have been stopped.
        """
        last = self._send("DELETE")
        if not has_status(last, HTTPStatus.ACCEPTED):
            raise to_error(last)

    def history(self) -> list[VisitedState]:
        """The states that it has entered, in that order.

        They are read from Step Functions, not from a route. The AWS credentials need
        `states:GetExecutionHistory`.

        Raises:
            HistoryUnavailable: there are no credentials, or they lack the permission.
            ExecutionNotFound: there is no such execution.
            RequestFailed, NoResponse: as `status`.
        """
        return self._read_states(self._arn)

    @cached_property
    def _arn(self) -> str:
        return self.status().execution_arn

    def _status_until(self, until: float) -> Status | None:
        """None if the route has not returned a status by then."""
        retries_end = time.monotonic() + self._transport.retry_policy.retry_timeout
        try:
            return self._status(until)
        except ExecutionNotFound:
            if until < self._may_be_new_until:
                return None
            raise
        except (NoResponse, RouteFailed, Throttled):
            if until < retries_end:
                return None
            raise

    def _status(self, until: float = math.inf) -> Status:
        last = self._send("GET", until)
        if not isinstance(last, httpx.Response) or last.status_code != HTTPStatus.OK:
            raise to_error(last)
        try:
            return _parse_status(read_json(last))
        except (AttributeError, LookupError, OSError, OverflowError, TypeError, ValueError):
            raise response_error(UnexpectedResponse, last, UNEXPECTED_RESPONSE_HINT) from None

    def _send(self, method: str, until: float = math.inf) -> Outcome:
        """The final outcome.

        DescribeExecution is eventually consistent: the route may return 404 for an execution that
        was just started. Such a request is repeated until `not_found_timeout`, even if that is
        longer than `retry_timeout`.
        """
        found_by = min(until, self._may_be_new_until)
        for pause in self._transport.retry_policy.pauses():
            *_, last = self._transport.send(method, self.url, is_transient, until=until)
            is_missing = has_status(last, HTTPStatus.NOT_FOUND)
            if not is_missing or time.monotonic() + pause > found_by:
                return last
            time.sleep(pause)
        raise AssertionError("pauses never end")


def _parse_status(document: Mapping[str, Any]) -> Status:
    stopped = document.get("stopDate")
    return Status(
        status=document["status"],
        execution_arn=document["executionArn"],
        execution=document["execution"],
        started=datetime.fromtimestamp(document["startDate"], UTC),
        stopped=None if stopped is None else datetime.fromtimestamp(stopped, UTC),
        input=document.get("input"),
        output=document.get("output"),
        error=document.get("error"),
        cause=document.get("cause"),
    )


def _output_of(execution: Execution, status: Status) -> Any:
    if status.status == "SUCCEEDED":
        return status.output
    outcome = {"TIMED_OUT": "timed out", "ABORTED": "was stopped"}.get(status.status, "failed")
    error = f" with {status.error}" if status.error else ""
    cause = f": {one_line(status.cause)}" if status.cause else ""
    raise WorkflowFailed(
        f"{execution.workflow}: {execution.name} {outcome}{error}{cause}",
        status=504 if status.status == "TIMED_OUT" else 502,
        error=status.error,
        detail=status.cause or f"The execution {outcome}.",
        execution=execution.name,
    )
