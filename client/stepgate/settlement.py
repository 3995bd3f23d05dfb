"""Executions whose last message stays away: the status route tells of their end."""

import logging
import math
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, get_args

from stepgate.aside import in_thread
from stepgate.errors import NotFound, StepgateError
from stepgate.message import Event, Message

LONGEST_INTERVAL = 900.0
"""Seconds. Of all callers in an account Step Functions takes 10 to 15 questions a second."""
REMEMBERED = 10_000
"""Of how many settled executions a second end is recognised, and how many open ones are asked for;
of more, those that messages came of last."""
MOST_UNKNOWN = 3
"""How often an execution may be unknown to its route until it is asked for no more."""

_LOG = logging.getLogger(__name__)


class StatusLike(Protocol):
    @property
    def status(self) -> str: ...
    @property
    def stopped(self) -> datetime | None: ...
    @property
    def error(self) -> str | None: ...
    @property
    def cause(self) -> str | None: ...


class ExecutionLike(Protocol):
    def status(self) -> StatusLike: ...


class RouteLike(Protocol):
    @property
    def mode(self) -> str: ...


class StackLike(Protocol):
    """What of a `stepgate.Stack` is needed here."""

    @property
    def routes(self) -> Mapping[str, RouteLike]: ...
    def execution(self, workflow: str, name: str) -> ExecutionLike: ...


@dataclass
class _Open:
    """An execution that has not ended, as far as messages tell.

    Attributes:
        interval: seconds between the last question, or message, and the next question.
        due: when that is, on the monotonic clock.
        unknown: how often the route has not known it.
    """

    last: Message
    interval: float
    due: float
    unknown: int = 0


class Settlement:
    """Asks of one execution at a time, in a thread of its own, for an answer may take long.

    Only the status route of an asynchronous workflow can tell; of others nothing is kept.
    """

    def __init__(self, stack: StackLike, patience: float) -> None:
        self._stack = stack
        self._patience = patience
        self._open: dict[str, _Open] = {}
        self._question: tuple[_Open, Future[StatusLike]] | None = None
        self._ended: dict[str, datetime] = {}

    def saw(self, message: Message) -> None:
        """A message of the queue was handled."""
        arn = message.execution_arn
        self._open.pop(arn, None)
        if arn in self._ended and message.time <= self._ended[arn]:
            return  # it is late
        # One that was started again (redriven) may come to another end.
        self._ended.pop(arn, None)
        route = self._stack.routes.get(message.workflow)
        if message.state is not None and route and route.mode == "async":
            due = time.monotonic() + self._patience
            self._open[arn] = _Open(message, self._patience, due)
            _forget_first(self._open)

    def settled(self, message: Message) -> None:
        """A message that `answer` gave was handled."""
        self._open.pop(message.execution_arn, None)
        self._ended[message.execution_arn] = message.time
        _forget_first(self._ended)

    def is_late(self, message: Message) -> bool:
        """Whether the message tells of an end that was told already."""
        return message.state is None and message.execution_arn in self._ended

    def wait_seconds(self, longest: int) -> int:
        """For how long there is nothing to do here, in whole seconds."""
        if self._question:
            return 0 if self._question[1].done() else 1
        due = min((each.due for each in self._open.values()), default=math.inf)
        return max(0, math.ceil(min(due - time.monotonic(), longest)))

    def answer(self) -> Message | None:
        """The last message of an execution that has ended, if an answer tells of one.

        Otherwise asks of the next one, if it is time.
        """
        if self._question and self._question[1].done():
            asked, future = self._question
            self._question = None
            # Unless its next message has come meanwhile.
            if self._open.get(asked.last.execution_arn) is asked:
                return self._last_message(asked, future)
        elif not self._question and self._open:
            first = min(self._open.values(), key=lambda each: each.due)
            if first.due <= time.monotonic():
                self._question = first, self._ask(first.last)
        return None

    def _ask(self, of: Message) -> Future[StatusLike]:
        return in_thread(
            lambda: self._stack.execution(of.workflow, of.execution).status(), "stepgate-status"
        )

    def _last_message(self, asked: _Open, future: Future[StatusLike]) -> Message | None:
        last = asked.last
        asked.interval = min(2 * asked.interval, LONGEST_INTERVAL)
        asked.due = time.monotonic() + asked.interval
        try:
            status = future.result()
        except StepgateError as error:
            _LOG.warning("%s of %s: no status: %s", last.execution, last.workflow, error)
            asked.unknown += isinstance(error, NotFound)
            if asked.unknown == MOST_UNKNOWN:
                del self._open[last.execution_arn]
            return None
        event = _end(status.status)
        if event is None:
            return None
        return Message(
            last.workflow,
            last.execution,
            last.execution_arn,
            state=None,
            status=event,
            time=status.stopped or datetime.now(UTC),
            error=status.error,
            cause=status.cause,
        )


def _forget_first(remembered: dict[str, Any]) -> None:
    if len(remembered) > REMEMBERED:
        del remembered[next(iter(remembered))]


def _end(status: Any) -> Event | None:
    return status if status in get_args(Event) and status != "ENTERED" else None
