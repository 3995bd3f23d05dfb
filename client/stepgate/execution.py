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

from stepgate.errors import (
    NoAnswer,
    NotFound,
    RouteFailed,
    Throttled,
    UnexpectedAnswer,
    WaitTimedOut,
    WorkflowFailed,
    one_line,
)
from stepgate.history import PassedState
from stepgate.transport import (
    NO_ROUTE,
    Outcome,
    Transport,
    document_of,
    failure,
    has_status,
    is_passing,
    refusal,
)


@dataclass(frozen=True)
class Status:
    """What an execution is at; `started` and `stopped` are in UTC.

    Attributes:
        execution: its name.
        output: None until it has succeeded.
        error: of an execution that has failed, as the workflow names it.
        cause: what the workflow says of the error.
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
    """An execution, whether or not there is one of its name.

    Attributes:
        workflow: the workflow's name.
        name: the execution's own.
        url: its status route.
    """

    def __init__(
        self,
        workflow: str,
        name: str,
        url: str,
        transport: Transport,
        states_of: Callable[[str], list[PassedState]],
        *,
        started_here: bool,
    ) -> None:
        self.workflow = workflow
        self.name = name
        self.url = url
        self._transport = transport
        self._states_of = states_of
        unknown = transport.patience.unknown if started_here else 0
        self._unknown_until = time.monotonic() + unknown

    def __repr__(self) -> str:
        return f"<Execution {self.name} of {self.workflow}>"

    def status(self) -> Status:
        """
        Raises:
            NotFound: there is no such execution.
            RequestFailed, NoAnswer: the route does not tell.
        """
        return self._status()

    def wait(self, timeout: float | None = None) -> Any:
        """Its output, once it has ended.

        Args:
            timeout: seconds to wait, or None to wait as long as it takes. One look at the
                execution that begins as they end may take a second more.

        Raises:
            WorkflowFailed: it has failed, timed out, or was stopped.
            WaitTimedOut: it has not ended in time. It goes on.
            RequestFailed, NoAnswer: as `status`.
        """
        until = math.inf if timeout is None else time.monotonic() + timeout
        for pause in self._transport.patience.pauses():
            status = self._status_until(until)
            if status is not None and not status.is_running:
                return _output(self, status)
            left = until - time.monotonic()
            if left > 0:
                time.sleep(left if status is None else min(pause, left))
            if left <= 0 or status is None:
                raise WaitTimedOut(
                    f"{self.workflow}: {self.name} has not ended within {timeout} s, and goes on; "
                    "wait again, or stop it"
                )
        raise AssertionError("pauses have no end")

    def stop(self) -> None:
        """Stops it. One that has ended stays as it is.

        Raises:
            NotFound: there is no such execution.
            RequestFailed, NoAnswer: the route does not do it.
        """
        last = self._send("DELETE")
        if not has_status(last, HTTPStatus.ACCEPTED):
            raise failure(last)

    def history(self) -> list[PassedState]:
        """The states that it has passed, in the order in which it entered them.

        They are read from Step Functions, with AWS credentials that may
        `states:GetExecutionHistory`; the routes do not tell.

        Raises:
            HistoryUnavailable: there are no credentials, or they may not.
            NotFound: there is no such execution.
            RequestFailed, NoAnswer: as `status`.
        """
        return self._states_of(self._arn)

    @cached_property
    def _arn(self) -> str:
        return self.status().execution_arn

    def _status_until(self, until: float) -> Status | None:
        """None if the route does not tell before that time."""
        ends_patience = time.monotonic() + self._transport.patience.retries
        try:
            return self._status(until)
        except NotFound:
            if until < self._unknown_until:
                return None
            raise
        except (NoAnswer, RouteFailed, Throttled):
            if until < ends_patience:
                return None
            raise

    def _status(self, until: float = math.inf) -> Status:
        last = self._send("GET", until)
        if not isinstance(last, httpx.Response) or last.status_code != HTTPStatus.OK:
            raise failure(last)
        try:
            return _read_status(document_of(last))
        except (AttributeError, LookupError, OSError, OverflowError, TypeError, ValueError):
            raise refusal(UnexpectedAnswer, last, NO_ROUTE) from None

    def _send(self, method: str, until: float = math.inf) -> Outcome:
        """What came of it at last.

        DescribeExecution is eventually consistent: an execution that was just started may be
        unknown for as long as the patience says, however soon other attempts end.
        """
        known_by = min(until, self._unknown_until)
        for pause in self._transport.patience.pauses():
            *_, last = self._transport.send(method, self.url, is_passing, until=until)
            is_unknown = has_status(last, HTTPStatus.NOT_FOUND)
            if not is_unknown or time.monotonic() + pause > known_by:
                return last
            time.sleep(pause)
        raise AssertionError("pauses have no end")


def _read_status(document: Mapping[str, Any]) -> Status:
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


def _output(execution: Execution, status: Status) -> Any:
    if status.status == "SUCCEEDED":
        return status.output
    what = {"TIMED_OUT": "timed out", "ABORTED": "was stopped"}.get(status.status, "failed")
    named = f" with {status.error}" if status.error else ""
    said = f": {one_line(status.cause)}" if status.cause else ""
    raise WorkflowFailed(
        f"{execution.workflow}: {execution.name} {what}{named}{said}",
        status=504 if status.status == "TIMED_OUT" else 502,
        error=status.error,
        detail=status.cause or f"The execution {what}.",
        execution=execution.name,
    )
