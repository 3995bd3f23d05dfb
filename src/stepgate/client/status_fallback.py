"""Falls back to the status route when an execution's last message is missing."""

import logging
import math
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from stepgate.backoff import exponential_backoff
from stepgate.client.errors import ExecutionNotFound, StepgateError
from stepgate.client.message import Message, StatusLike
from stepgate.client.threads import run_in_daemon_thread

MAX_INTERVAL_SECONDS = 900
"""Step Functions allows all callers in an account 10 to 15 status requests a second."""
MAX_EXECUTIONS = 10_000
"""How many open executions are asked for, the ones with the newest messages; and for how many ended
ones a second end is recognized."""
MAX_NOT_FOUND = 3
"""After so many 404s for an execution its status is not requested again."""

_LOG = logging.getLogger(__name__)


class ExecutionLike(Protocol):
    def status(self) -> StatusLike: ...


class RouteLike(Protocol):
    @property
    def mode(self) -> str: ...


class StackLike(Protocol):
    """The part of `stepgate.Stack` that is used here."""

    @property
    def routes(self) -> Mapping[str, RouteLike]: ...
    def execution(self, workflow: str, name: str) -> ExecutionLike: ...


@dataclass
class _OpenExecution:
    """An execution that has not ended, according to its messages.

    Attributes:
        due: when to request its status, on the monotonic clock.
        intervals: seconds between a request and the next one.
        not_found: how many requests returned 404.
    """

    last: Message
    due: float
    intervals: Iterator[float]
    not_found: int = 0


class StatusFallback:
    """Requests the status of one execution at a time, in a thread, as a response may take long.

    Only asynchronous workflows have a status route. Messages of others are ignored.
    """

    def __init__(self, stack: StackLike, silence_timeout: float) -> None:
        self._stack = stack
        self._silence_timeout = silence_timeout
        self._open: dict[str, _OpenExecution] = {}
        self._request: tuple[_OpenExecution, Future[StatusLike]] | None = None
        self._ended: dict[str, datetime] = {}

    def record(self, message: Message) -> None:
        """Records that a message of the queue was handled."""
        arn = message.execution_arn
        self._open.pop(arn, None)
        if arn in self._ended and message.time <= self._ended[arn]:
            return  # it is late
        # A redriven execution may end once more, and differently.
        self._ended.pop(arn, None)
        route = self._stack.routes.get(message.workflow)
        if message.state is not None and route and route.mode == "async":
            intervals = exponential_backoff(self._silence_timeout, MAX_INTERVAL_SECONDS)
            due = time.monotonic() + next(intervals)
            self._open[arn] = _OpenExecution(message, due, intervals)
            _drop_oldest(self._open)

    def record_end(self, message: Message) -> None:
        """Records that a message of `next_message` was handled."""
        self._open.pop(message.execution_arn, None)
        self._ended[message.execution_arn] = message.time
        _drop_oldest(self._ended)

    def is_late(self, message: Message) -> bool:
        """Whether the message reports an end that `next_message` has already reported."""
        return message.state is None and message.execution_arn in self._ended

    def wait_seconds(self, longest: int) -> int:
        """Whole seconds until there is something to do."""
        if self._request:
            return 0 if self._request[1].done() else 1
        due = min((each.due for each in self._open.values()), default=math.inf)
        return max(0, math.ceil(min(due - time.monotonic(), longest)))

    def next_message(self) -> Message | None:
        """The last message of an execution, if a response says that it has ended.

        Otherwise it requests the next status, if one is due.
        """
        if self._request and self._request[1].done():
            asked, future = self._request
            self._request = None
            # Unless its next message was received meanwhile.
            if self._open.get(asked.last.execution_arn) is asked:
                return self._last_message(asked, future)
        elif not self._request and self._open:
            first = min(self._open.values(), key=lambda each: each.due)
            if first.due <= time.monotonic():
                self._request = first, self._request_status(first.last)
        return None

    def _request_status(self, of: Message) -> Future[StatusLike]:
        return run_in_daemon_thread(
            lambda: self._stack.execution(of.workflow, of.execution).status(), "stepgate-status"
        )

    def _last_message(self, asked: _OpenExecution, future: Future[StatusLike]) -> Message | None:
        last = asked.last
        asked.due = time.monotonic() + next(asked.intervals)
        try:
            status = future.result()
        except StepgateError as error:
            _LOG.warning("%s of %s: no status: %s", last.execution, last.workflow, error)
            asked.not_found += isinstance(error, ExecutionNotFound)
            if asked.not_found == MAX_NOT_FOUND:
                del self._open[last.execution_arn]
            return None
        return Message.of_end(last.workflow, last.execution, last.execution_arn, status)


def _drop_oldest(entries: dict[str, Any]) -> None:
    if len(entries) > MAX_EXECUTIONS:
        del entries[next(iter(entries))]
