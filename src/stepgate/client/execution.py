"""An execution of an asynchronous workflow."""

import math
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, Self

import httpx

from stepgate.client.errors import (
    AlreadyAnswered,
    ExecutionNotFound,
    NoLongerWaiting,
    NoResponse,
    NotWaiting,
    OutcomeUnknown,
    RouteFailed,
    StepgateError,
    Throttled,
    UnexpectedResponse,
    WaitTimedOut,
    WorkflowFailed,
    one_line,
)
from stepgate.client.events import EventRequest, WaitingEvent, parse_waiting
from stepgate.client.exchange import Blocking, Exchange, Pause, T, send
from stepgate.client.live_api import LiveApi
from stepgate.client.live_connection import follow
from stepgate.client.live_exchange import Follower, LiveExchange
from stepgate.client.message import Message
from stepgate.client.outcome import (
    UNEXPECTED_RESPONSE_HINT,
    Outcome,
    describe_outcome,
    has_status,
    is_transient,
    may_have_started,
    read_json,
    response_error,
    to_error,
)
from stepgate.client.retry_policy import RetryPolicy
from stepgate.client.transport import Transport
from stepgate.client.visited_state import VisitedState

if TYPE_CHECKING:
    from stepgate.client.executions import StandardMachine

_WAIT_SECONDS = 25
"""The most that the wait route takes."""
_WAIT_OVERHEAD = 4
"""Seconds by which its answer may come later."""


ExecutionStatus = Literal[
    "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"
]


@dataclass(frozen=True)
class Status:
    """The status of an execution of an asynchronous workflow.

    Attributes:
        status: "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED" (it was stopped), or
            "PENDING_REDRIVE" (it is going to be redriven).
        execution_arn: its ARN.
        execution: its name.
        started: when, in UTC.
        stopped: when it ended, in UTC; None while it runs.
        input: the JSON value that it was started with.
        output: None until it has succeeded.
        error: the error's name, if it has failed.
        cause: the error's description, if it has failed.
        version: the version of its state machine; None if it was not started by a version, as
            before versions were published.
    """

    status: ExecutionStatus
    execution_arn: str
    execution: str
    started: datetime
    stopped: datetime | None
    input: Any
    output: Any
    error: str | None
    cause: str | None
    version: int | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended: `RUNNING` or `PENDING_REDRIVE`."""
        return self.status in {"RUNNING", "PENDING_REDRIVE"}


class BaseExecution:
    """What an execution is, and the exchanges that its methods carry out.

    Attributes:
        workflow: the workflow's name.
        name: the execution's name.
        url: the URL of its status route.
        wait_url: the URL of its wait route; None if it has none.
        arn: its ARN; None until an answer has named it. Of a private execution it has the whole
            name, with the owner's part.
        is_known_restart: whether `restart` returned it, and it had been started before.
    """

    def __init__(
        self,
        workflow: str,
        name: str,
        url: str,
        retry_policy: RetryPolicy,
        read_states: Callable[..., list[VisitedState]],
        *,
        event_request: Callable[[str, Any, str | int | None], EventRequest],
        machine: Callable[[], "StandardMachine"],
        live: Callable[[], LiveApi],
        other: Callable[[str], Any],
        just_started: bool,
        wait_url: str | None = None,
    ) -> None:
        self.workflow = workflow
        self.name = name
        self.url = url
        self.wait_url = wait_url
        self.is_known_restart = False
        self._retry_policy = retry_policy
        self._read_states = read_states
        self._event_request = event_request
        self._machine = machine
        self._live = live
        self._other = other
        self.arn: str | None = None
        self._is_found = False
        self._version: int | None = None
        self._redriven: datetime | None = None
        seconds = retry_policy.not_found_timeout if just_started else 0
        self._may_be_new_until = time.monotonic() + seconds

    def __repr__(self) -> str:
        return f"<Execution {self.name} of {self.workflow}>"

    def status_exchange(self, until: float = math.inf) -> Exchange[Status]:
        last = yield from self._send("GET", until)
        if not isinstance(last, httpx.Response) or last.status_code != HTTPStatus.OK:
            raise to_error(last)
        try:
            status = _parse_status(read_json(last))
        except (AttributeError, LookupError, OSError, OverflowError, TypeError, ValueError):
            raise response_error(UnexpectedResponse, last, UNEXPECTED_RESPONSE_HINT) from None
        self.arn, self._version, self._is_found = status.execution_arn, status.version, True
        return status

    def wait_exchange(self, timeout: float | None) -> Exchange[Any]:
        until = math.inf if timeout is None else time.monotonic() + timeout
        for pause in self._retry_policy.pauses():
            status = yield from self._status_until(until)
            if status is not None and self._has_ended(status):
                return _output_of(self, status)
            left = until - time.monotonic()
            is_running = status is not None and status.is_running
            if left > 0 and not (is_running and (yield from self._wait_at_route(until))):
                seconds = left if status is None else pause
                yield Pause(min(seconds, max(until - time.monotonic(), 0)))
            if left <= 0 or status is None:
                raise WaitTimedOut(
                    f"{self.workflow}: {self.name} has not ended within {timeout} s, and "
                    "continues; wait again, or stop it"
                )
        raise AssertionError("pauses never end")

    def stop_exchange(self) -> Exchange[None]:
        last = yield from self._send("DELETE")
        if not has_status(last, HTTPStatus.ACCEPTED):
            raise to_error(last)

    def waiting_exchange(self) -> Exchange[list[WaitingEvent]]:
        last = yield from self._send("GET", path="/events")
        if not isinstance(last, httpx.Response) or last.status_code != HTTPStatus.OK:
            raise to_error(last)
        try:
            return parse_waiting(read_json(last))
        except (AttributeError, LookupError, OSError, OverflowError, TypeError, ValueError):
            raise response_error(UnexpectedResponse, last, UNEXPECTED_RESPONSE_HINT) from None

    def send_exchange(self, event: str, body: Any, item: str | int | None) -> Exchange[None]:
        path, content = self._event_request(event, body, item)
        try:
            *earlier, last = yield from self._attempts("POST", path=path, content=content)
        except BaseException as error:  # Ctrl-C, or a task that is cancelled
            error.add_note(f"{self.name} may have received event {event}")
            raise
        if has_status(last, HTTPStatus.ACCEPTED):
            return
        # A conflict may be with an earlier attempt of this very request.
        may_be_own = any(map(may_have_started, earlier))
        is_refused = isinstance(last, httpx.Response) and not last.is_server_error
        is_own = may_be_own and (
            has_status(last, HTTPStatus.CONFLICT) or has_status(last, HTTPStatus.GONE)
        )
        if is_own or (not is_refused and (may_be_own or may_have_started(last))):
            raise OutcomeUnknown(
                f"{describe_outcome(last)}; it is not known whether {self.name} received event "
                f"{event}, or another one before; read its status before you send it again",
                execution=self.name,
            ) from (last if isinstance(last, StepgateError) else None)
        raise _event_error(last)

    def follow_exchange(self, after: int | None) -> LiveExchange:
        follower = Follower(
            self._live(),
            self.workflow,
            self.name,
            after,
            self._retry_policy,
            ticket=self._ticket_exchange,
            last_message=self._last_message_exchange,
            may_be_new_until=self._may_be_new_until,
        )
        return follower.exchange()

    def _ticket_exchange(self) -> Exchange[str]:
        last = yield from self._send("POST", path="/tickets")
        if not isinstance(last, httpx.Response) or last.status_code != HTTPStatus.CREATED:
            raise to_error(last)
        try:
            return str(read_json(last)["ticket"])
        except (LookupError, TypeError, ValueError):
            raise response_error(UnexpectedResponse, last, UNEXPECTED_RESPONSE_HINT) from None

    def _last_message_exchange(self) -> Exchange[Message | None]:
        status = yield from self.status_exchange()
        return Message.of_end(self.workflow, self.name, status.execution_arn, status)

    def history_exchange(self, *, with_data: bool) -> Exchange[list[VisitedState]]:
        # One that was just started may not be found yet; reading its status waits until it is.
        if not self._is_found:
            yield from self.status_exchange()
        read = partial(self._read_states, self.arn, version=self._version, with_data=with_data)
        return (yield Blocking(read))

    def redrive_exchange(self) -> Exchange[datetime]:
        from stepgate.client.reruns import redrive  # noqa: PLC0415 - botocore loads slowly

        self._redriven = yield from self._by_arn(redrive)
        return self._redriven

    def _has_ended(self, status: Status) -> bool:
        """DescribeExecution is eventually consistent: the end may be the one before the redrive."""
        is_of_before = self._redriven and status.stopped and status.stopped < self._redriven
        return not status.is_running and not is_of_before

    def restart_exchange(self) -> Exchange[Self]:
        from stepgate.client.reruns import restart  # noqa: PLC0415 - botocore loads slowly

        restarted = yield from self._by_arn(restart)
        # The names of a private route are without their owner.
        owner = str(self.arn).rpartition(":")[2].removesuffix(self.name)
        execution: Self = self._other(restarted.name.removeprefix(owner))
        execution.arn, execution._is_found = restarted.arn, True
        execution.is_known_restart = not restarted.is_new
        return execution

    def _by_arn(self, operate: Callable[["StandardMachine", str], T]) -> Exchange[T]:
        """The result of an operation of Step Functions.

        Of a private execution only the status route gives the ARN, but only to its owner.
        """
        machine = self._machine()
        arn = self.arn or machine.execution_arn(self.name)
        try:
            result: T = yield Blocking(partial(operate, machine, arn))
        except ExecutionNotFound as not_found:
            if self._is_found:
                raise
            try:
                arn = (yield from self.status_exchange()).execution_arn
            except StepgateError:
                raise not_found from None
            result = yield Blocking(partial(operate, machine, arn))
        self.arn, self._is_found = arn, True
        return result

    def _status_until(self, until: float) -> Exchange[Status | None]:
        """None if the route has not returned a status by then."""
        retries_end = time.monotonic() + self._retry_policy.retry_timeout
        try:
            return (yield from self.status_exchange(until))
        except ExecutionNotFound:
            if until < self._may_be_new_until:
                return None
            raise
        except (NoResponse, RouteFailed, Throttled):
            if until < retries_end:
                return None
            raise

    def _wait_at_route(self, until: float) -> Exchange[bool]:
        """Whether the wait route has answered, which it does when the execution has ended."""
        policy = self._retry_policy
        longest = policy.response_timeout - _WAIT_OVERHEAD
        seconds = math.floor(min(until - time.monotonic(), longest, _WAIT_SECONDS))
        if self.wait_url is None or seconds < 1:
            return False
        url = f"{self.wait_url}?seconds={seconds}"
        (outcome,) = yield from send(policy, "GET", url, lambda _: False, until=until)
        # It redirects to the status route, which needs a signature of its own.
        return has_status(outcome, HTTPStatus.SEE_OTHER)

    def _send(self, method: str, until: float = math.inf, *, path: str = "") -> Exchange[Outcome]:
        """The final outcome."""
        *_, last = yield from self._attempts(method, until, path=path)
        return last

    def _attempts(
        self,
        method: str,
        until: float = math.inf,
        *,
        path: str = "",
        content: bytes | None = None,
    ) -> Exchange[list[Outcome]]:
        """The outcome of each attempt; the last one is final.

        DescribeExecution is eventually consistent: the route may return 404 for an execution that
        was just started. Such a request is repeated until `not_found_timeout`, even if that is
        longer than `retry_timeout`.
        """
        found_by = min(until, self._may_be_new_until)
        outcomes: list[Outcome] = []
        for pause in self._retry_policy.pauses():
            outcomes += yield from send(
                self._retry_policy,
                method,
                f"{self.url}{path}",
                is_transient,
                until=until,
                content=content,
            )
            is_missing = has_status(outcomes[-1], HTTPStatus.NOT_FOUND)
            if not is_missing or time.monotonic() + pause > found_by:
                return outcomes
            yield Pause(pause)
        raise AssertionError("pauses never end")


class Execution(BaseExecution):
    """An execution of an asynchronous workflow. It is not known to exist until its status is read.

    Attributes:
        workflow: the workflow's name.
        name: the execution's name.
        url: the URL of its status route.
        wait_url: the URL of its wait route; None if it has none.
    """

    def __init__(self, transport: Transport, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._transport = transport

    def status(self) -> Status:
        """
        Raises:
            ExecutionNotFound: there is no such execution.
            RequestFailed, NoResponse: the status cannot be read.
        """
        return self._transport.run(self.status_exchange())

    def wait(self, timeout: float | None = None) -> Any:
        """Its output, once it has ended.

        Between two requests of its status it waits at its wait route, if there is one.

        Args:
            timeout: seconds to wait, or None to wait without limit. A last request that begins just
                before they end may take a second more.

        Raises:
            WorkflowFailed: it has failed, timed out, or was stopped.
            WaitTimedOut: it has not ended in time, and continues.
            RequestFailed, NoResponse: as `status`.
        """
        return self._transport.run(self.wait_exchange(timeout))

    def stop(self) -> None:
        """Stops it. One that has ended is not changed.

        Raises:
            ExecutionNotFound: there is no such execution.
            RequestFailed, NoResponse: it may not have been stopped.
        """
        self._transport.run(self.stop_exchange())

    def send(self, event: str, body: Any = None, *, item: str | int | None = None) -> None:
        """Sends an event that it waits for, and so continues it.

        If it was just started, and does not wait for the event yet, the request is repeated for a
        moment.

        Args:
            event: the event's name, as the workflow declares it.
            body: a JSON value, the result of the state that waits; None is an empty object.
            item: which item of a Map waits for it, if each has its own event.

        Raises:
            UnknownEvent: the workflow does not declare the event; nothing was sent.
            InvalidInput: the body does not match the event's schema; nothing was sent.
            NotWaiting: there is no such execution, or it does not wait for the event, or not yet.
            AlreadyAnswered: it has received the event before.
            NoLongerWaiting: it waited for the event, but has timed out, ended or gone on since.
            OutcomeUnknown: it is not known whether it received the event.
            RequestFailed, NoResponse, CredentialsUnusable: it did not receive the event.
        """
        self._transport.run(self.send_exchange(event, body, item))

    def follow(self, *, after: int | None = 0) -> Generator[Message]:
        """Its messages from the live API, in order, each once, up to the last one.

        A lost connection is opened again, and what was missed meanwhile comes first. Any number of
        callers follow one execution. `close` ends it, as does the end of a `for` loop.

        Args:
            after: the number of the last message that is known; 0 gives all that are kept, None
                those from now on.

        Raises:
            LiveUnavailable: the stack has no live API, or the extra `live` is not installed.
            ExecutionNotFound: there is no such execution.
            AccessDenied, CredentialsUnusable: the caller may not follow it.
            RequestFailed, NoResponse: the live API, or a route, did not answer until the retries
                ended.
        """
        return follow(self._transport, self.follow_exchange(after))

    def waiting(self) -> list[WaitingEvent]:
        """The events that it waits for now.

        Raises:
            ExecutionNotFound: there is no such execution.
            RequestFailed, NoResponse: as `status`.
        """
        return self._transport.run(self.waiting_exchange())

    def redrive(self) -> datetime:
        """Continues it from where it has failed, timed out or was stopped; it has the same name.

        It keeps its definition; its retries and its time limit begin again. Step Functions does it
        within 14 days, and when that was done is returned, in UTC. For a moment `status` may still
        return the end of before, which `wait` does not take for the end. The AWS credentials need
        `states:RedriveExecution`.
        https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html

        Raises:
            NotRedrivable: it runs, has succeeded, or has ended too long ago.
            ExecutionNotFound: there is no such execution.
            AwsAccessDenied: there are no AWS credentials, or they lack the permission.
            AwsRequestFailed: AWS did not answer; if it has redriven it, it runs.
            OutputsUnusable: the outputs do not have the state machine.
        """
        return self._transport.run(self.redrive_exchange())

    def restart(self) -> Self:
        """A new execution with the same input, which starts today's definition.

        How this one has ended does not matter. Its name is made of this one's, so a second call
        starts nothing and returns the same execution, for 90 days after its end. The input goes to
        Step Functions as it is, not through the route. The AWS credentials need
        `states:DescribeExecution` and `states:StartExecution`.

        Raises:
            ExecutionNotFound: there is no such execution.
            StillRunning: it has not ended.
            InvalidName: its owner's name leaves no room for another name.
            AwsAccessDenied: there are no AWS credentials, or they lack a permission.
            AwsRequestFailed: AWS did not answer; restart it again, it is not started twice.
            OutputsUnusable: the outputs do not have the state machine.
        """
        return self._transport.run(self.restart_exchange())

    def history(self, *, with_data: bool = False) -> list[VisitedState]:
        """The states that it has entered, in that order.

        They are read from Step Functions, not from a route. The AWS credentials need
        `states:GetExecutionHistory`, and `states:DescribeStateMachineForExecution` for the
        definition that it was started with; without that, today's is used. Task tokens are struck
        out.

        Args:
            with_data: whether the inputs and outputs of states are read, too.

        Raises:
            HistoryUnavailable: there are no credentials, or they lack the permission.
            ExecutionNotFound: there is no such execution.
            RequestFailed, NoResponse: as `status`.
        """
        return self._transport.run(self.history_exchange(with_data=with_data))


def _event_error(last: Outcome) -> StepgateError:
    for status, class_, hint in (
        (HTTPStatus.NOT_FOUND, NotWaiting, "check its name, and look what it waits for"),
        (HTTPStatus.CONFLICT, AlreadyAnswered, "read its status"),
        (HTTPStatus.GONE, NoLongerWaiting, "read its status"),
    ):
        if isinstance(last, httpx.Response) and last.status_code == status:
            return response_error(class_, last, hint)
    return to_error(last)


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
        version=document.get("version"),
    )


def _output_of(execution: BaseExecution, status: Status) -> Any:
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
