"""Follows one execution at the live API, over as many connections as it takes.

Like other exchanges it is written once, and carried out with or without asyncio
(`stepgate.client.live_connection`).
"""

import json
import logging
import math
import time
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias, cast, get_args

from stepgate.client.errors import (
    ExecutionNotFound,
    InvalidMessage,
    NoResponse,
    RouteFailed,
    Throttled,
)
from stepgate.client.exchange import Attempt, Blocking, Exchange, Pause
from stepgate.client.live_api import Connect, LiveApi, problem_error
from stepgate.client.message import Event, Members, Message
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

_LOG = logging.getLogger(__name__)


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


class Following:
    """An execution, and what is known of its messages.

    Args:
        ticket: gives a new one, if the API takes tickets.
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
        self._has_ended = False
        """Whether the last answer says so."""
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
            if now >= answer_by:
                raise NoResponse(
                    f"{self._live.url} did not answer within {ANSWER_SECONDS} s; try again later",
                    may_have_arrived=True,
                )
            frame = _parse((yield Receive(min(ends, ask_at, answer_by) - now)))
            match frame.get("type"):
                case "problem":
                    raise problem_error(**self._of, problem=frame)
                case "message":
                    self._add(frame)
                    yield from self._take()
                    is_asked = answer_by < math.inf or self._lost_up_to is not None
                    if self._sequence.top is not None and not is_asked:
                        self._lost_up_to = self._sequence.top
                        ask_at = time.monotonic() + GAP_SECONDS
                case "status" if frame["more"]:
                    self._read(frame)
                    yield from self._take()
                    yield self._request(frame["messages"][-1]["number"])
                    answer_by = time.monotonic() + ANSWER_SECONDS
                case "status":
                    self._read(frame)
                    yield from self._settle()
                    is_missing = self._has_ended or self._sequence.top is not None
                    self._lost_up_to = (self._sequence.top or 0) if is_missing else None
                    answer_by = math.inf
                    ask_at = time.monotonic() + (GAP_SECONDS if is_missing else ASK_SECONDS)
                case None if "message" in frame:  # API Gateway's own
                    raise problem_error(**self._of, problem=frame | {"status": 502})
                case _:
                    pass

    def _request(self, after: int | None, ticket: str | None = None) -> Send:
        members = {"action": "follow", **self._of, "ticket": ticket, "after": after}
        return Send(json.dumps({name: v for name, v in members.items() if v is not None}))

    def _read(self, answer: Members) -> None:
        self._failing_since = None
        self._number = max(self._number, answer["number"])
        self._has_ended = answer["status"] in get_args(Event)
        self._sequence.begin(self._number)
        for each in answer["messages"]:
            self._add(each)

    def _add(self, members: Members) -> None:
        try:
            message = Message.from_members(members)
        except InvalidMessage as error:
            _LOG.warning("%s: a message is left out: %s", self._live.url, error)
        else:
            number = message.number or 0
            self._number = max(self._number, number)
            self._sequence.add(number, message)

    def _take(self, lost_up_to: int = 0) -> LiveExchange:
        for message in self._sequence.take(lost_up_to):
            # One that was redriven has messages behind an end.
            self._is_over = message.state is None and message.number == self._number
            yield message

    def _settle(self) -> LiveExchange:
        """What is next, when all is here that there is."""
        if self._lost_up_to is None:
            yield from self._take()
            return
        yield from self._take(self._lost_up_to)
        # EventBridge delivers the event of an end on a best-effort basis.
        if self._has_ended and not self._is_over and (last := (yield from self._last_message())):
            self._is_over = True
            yield last


def _parse(text: str | None) -> Members:
    """A frame's members; none if there is no frame, or it is not one of this API."""
    try:
        frame: object = json.loads(text or "{}")
    except (ValueError, RecursionError):
        frame = None
    return cast("Members", frame) if isinstance(frame, dict) else {}
