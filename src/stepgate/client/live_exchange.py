"""Follows one execution at the live API, over as many connections as it takes.

Like other exchanges it is written once, and carried out with or without asyncio
(`stepgate.client.live_connection`).
"""

import json
import math
import time
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias, get_args

from stepgate.client.errors import (
    ExecutionNotFound,
    InvalidMessage,
    NoResponse,
    RouteFailed,
    Throttled,
)
from stepgate.client.exchange import Attempt, Blocking, Exchange, Pause
from stepgate.client.live_api import Connect, LiveApi, frame_error, problem_error
from stepgate.client.live_frame import Answer, Frame, Problem, parse_frame
from stepgate.client.message import Event, Message
from stepgate.client.message_sequence import MessageSequence
from stepgate.client.retry_policy import RetryPolicy

ANSWER_SECONDS = 30
"""How long an answer may take: an integration of API Gateway has 29 s."""
GAP_SECONDS = 2
"""How long a missing message is waited for: messages of parallel states overtake each other."""
ASK_SECONDS = 300
"""After so long the API is asked again for what was missed. It shows whether the connection is
good, and keeps it open: an idle one ends after 10 minutes."""
CONNECTION_SECONDS = 110 * 60
"""How long one connection is used; API Gateway ends each after 2 hours.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""
MIN_RECEIVE_SECONDS = 0.1
"""What has come while the reader of the messages was busy is seen before an answer is missed."""


class Send(NamedTuple):
    """A text is sent on the connection."""

    text: str


class Receive(NamedTuple):
    """The next text on the connection is sent back, or None after so many seconds."""

    seconds: float


LiveExchange: TypeAlias = Generator[
    Attempt | Pause | Blocking | Connect | Send | Receive | Message, Any, None
]
"""Its messages are passed on. A connection that is refused or lost is raised in it."""


class Follower:
    """Follows an execution, and knows what it has had of its messages.

    Args:
        ticket: gets a new one, if the API takes tickets.
        last_message: makes the last message from the execution's status; None while it runs.
        may_be_new_until: until then, on the monotonic clock, the execution may not be found yet.
    """

    def __init__(
        self,
        live: LiveApi,
        workflow: str,
        execution: str,
        after: int | None,
        retry_policy: RetryPolicy,
        *,
        ticket: Callable[[], Exchange[str]],
        last_message: Callable[[], Exchange[Message | None]],
        may_be_new_until: float,
    ) -> None:
        self._live = live
        self._of = {"workflow": workflow, "execution": execution}
        self._sequence = MessageSequence(after)
        self._retry_policy = retry_policy
        self._ticket = ticket
        self._last_message = last_message
        self._may_be_new_until = may_be_new_until
        self._number = 0
        """The highest of all messages."""
        self._newest: Message | None = None
        """The one that was passed on last."""
        self._lost_up_to: int | None = None
        """What is missing up to this number is lost if the next answer does not have it."""
        self._is_over = False
        self._failing_since: float | None = None
        self._pauses = retry_policy.pauses()

    def exchange(self) -> LiveExchange:
        """Each message, until the last one.

        Raises:
            StepgateError: as `Execution.follow`.
        """
        while not self._is_over:
            try:
                yield from self._connection()
            except (ExecutionNotFound, NoResponse, RouteFailed, Throttled) as error:
                now = time.monotonic()
                if self._failing_since is None:
                    self._failing_since, self._pauses = now, self._retry_policy.pauses()
                is_missing = isinstance(error, ExecutionNotFound)
                last_by = self._failing_since + self._retry_policy.retry_timeout
                pause = next(self._pauses)
                if now + pause > (self._may_be_new_until if is_missing else last_by):
                    raise
                yield Pause(pause)

    def _connection(self) -> LiveExchange:
        """One, until the execution or the connection's time is over."""
        ticket = (yield from self._ticket()) if self._live.takes_tickets else None
        yield (yield Blocking(self._live.connection))
        ends = time.monotonic() + CONNECTION_SECONDS
        self._lost_up_to = None
        yield self._request(self._sequence.last, ticket)
        answer_by, ask_at = time.monotonic() + ANSWER_SECONDS, math.inf
        while not self._is_over and (now := time.monotonic()) < ends:
            if now >= ask_at:
                yield self._request(self._sequence.last)
                answer_by, ask_at = now + ANSWER_SECONDS, math.inf
            text = yield Receive(max(min(ends, ask_at, answer_by) - now, MIN_RECEIVE_SECONDS))
            if text is None:
                if time.monotonic() >= answer_by:
                    raise NoResponse(
                        f"{self._live.url} did not answer within {ANSWER_SECONDS} s; try again "
                        "later",
                        may_have_arrived=True,
                    )
                continue
            match self._parse(text):
                case Problem() as problem:
                    raise problem_error(**self._of, problem=problem)
                case Message() as message:
                    newest = self._newest
                    self._add(message)
                    yield from self._take()
                    self._is_over = self._end is not None and self._end is not newest
                    is_asked = answer_by < math.inf or self._lost_up_to is not None
                    if self._sequence.top is not None and not is_asked:
                        self._lost_up_to = self._sequence.top
                        ask_at = time.monotonic() + GAP_SECONDS
                case Answer() as answer if answer.more:
                    self._read(answer)
                    yield from self._take()
                    yield self._request(answer.messages[-1].number)
                    answer_by = time.monotonic() + ANSWER_SECONDS
                case Answer() as answer:
                    self._read(answer)
                    is_settled = yield from self._settle(answer.status)
                    self._lost_up_to = None if is_settled else (self._sequence.top or 0)
                    answer_by = math.inf
                    ask_at = time.monotonic() + (ASK_SECONDS if is_settled else GAP_SECONDS)
                case None:
                    pass

    def _request(self, after: int | None, ticket: str | None = None) -> Send:
        members = {"action": "follow", **self._of, "ticket": ticket, "after": after}
        return Send(json.dumps({name: v for name, v in members.items() if v is not None}))

    def _parse(self, text: str | bytes) -> Frame | None:
        try:
            return parse_frame(text)
        except InvalidMessage as error:
            raise frame_error(**self._of, frame=text, reason=error) from None

    def _read(self, answer: Answer) -> None:
        self._failing_since = None
        self._number = max(self._number, answer.number)
        self._sequence.begin(self._number)
        for message in answer.messages:
            self._add(message)

    def _add(self, message: Message) -> None:
        number = message.number or 0
        self._number = max(self._number, number)
        self._sequence.add(number, message)

    def _take(self, lost_up_to: int = 0) -> LiveExchange:
        for message in self._sequence.take(lost_up_to):
            self._newest = message
            yield message

    @property
    def _end(self) -> Message | None:
        """The newest message, if it is an end. One that was redriven has messages behind one."""
        newest = self._newest
        is_end = newest is not None and newest.state is None and newest.number == self._number
        return newest if is_end else None

    def _settle(self, status: str | None) -> Generator[Any, Any, bool]:
        """Passes on what is next, when all is here that there is.

        Returns:
            whether nothing is missing, and the status agrees with the messages.
        """
        was_asked_again = self._lost_up_to is not None
        newest = self._newest
        yield from self._take(self._lost_up_to or 0)
        has_ended = status in get_args(Event)
        # An end with another status is that of before a redrive.
        if (end := self._end) and (not has_ended or end.status == status):
            # It was redriven, or has just ended.
            is_doubtful = status is not None and not has_ended
            self._is_over = not is_doubtful
            return not is_doubtful or end is newest
        # EventBridge delivers the event of an end on a best-effort basis.
        if has_ended and was_asked_again and (last := (yield from self._last_message())):
            self._is_over = True
            yield last
        return not has_ended and self._sequence.top is None
