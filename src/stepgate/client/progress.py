"""The messages of the stack's progress queue, for the app that owns the queue."""

import logging
import time
from collections import deque
from collections.abc import Iterator
from concurrent import futures
from concurrent.futures import Future
from threading import RLock
from types import TracebackType
from typing import Self
from uuid import uuid4

from stepgate.backoff import exponential_backoff
from stepgate.client.errors import InvalidMessage, QueueUnreachable, QueueUnusable
from stepgate.client.message import Message
from stepgate.client.queue import MAX_WAIT_TIME_SECONDS, Queue, ReceivedMessage
from stepgate.client.status_fallback import StackLike, StatusFallback
from stepgate.client.threads import run_in_daemon_thread

VISIBILITY_TIMEOUT_SECONDS = 60
"""How long received messages, and those after them, are hidden from other readers. After a crash
they are delivered again after that time."""
MARGIN_SECONDS = 10
"""Received messages are given up here so much earlier: SQS sent them before they arrived."""
MALFORMED_SECONDS = 1
"""When a malformed message is delivered again, on its way to the dead-letter queue."""
UNHANDLED_SECONDS = 5
"""When an unhandled message and the rest of its execution are delivered again. Others are delivered
at once, so an app that fails on one message and restarts gets on with the others. If all of them
always came together, all would be received equally often, and reach the dead-letter queue together.
"""
MAX_BACKOFF_SECONDS = 30
MAX_HANDLED = 10_000
"""Handled messages whose ids are kept, to recognize a second delivery."""

_LOG = logging.getLogger(__name__)


class Progress:
    """Messages in order within each execution, each deleted once it was handled.

        with Progress(queue_url) as messages:
            for message in messages:
                show(message)

    A message is handled when the loop asks for the next one, and only then. To end the loop after
    a message, `close` it and let it continue:

            for message in messages:
                show(message)
                if is_enough(message):
                    messages.close()

    A loop that ends in any other way (`break`, Ctrl-C, an exception, wherever it is caught) has not
    handled its last message. When the `with` block ends, or a new loop over the same object begins,
    that message and those received after it are returned to the queue. Other readers can receive
    them at once, except for that message and the rest of its execution, which follow after five
    seconds. Without `with`, what an abandoned loop has received is delivered again after a minute.

    A message may be delivered a second time, to another object, if the reader was killed, or if
    handling one takes more than half a minute. A second delivery of a message that was handled here
    is recognized and dropped.

    One loop at a time reads. `close` may be called from any thread.

    A malformed message is logged and left to the queue, which moves it to its dead-letter queue.
    The queue does the same with messages on which handlers fail again and again, and with those
    after them of the same execution.

    With a `stack`, the status route of an asynchronous workflow's execution is asked when the
    execution has sent no message for `silence_timeout` seconds, and again at growing intervals. If
    it has ended, a last message is made from the response. If the queue delivers one later, it is
    dropped; late messages about states are passed on. Executions whose messages were all handled by
    an earlier object are not known to this one.

    Attributes:
        problem: why the queue could not be read the last time; None if it could.
    """

    problem: QueueUnreachable | QueueUnusable | None = None

    def __init__(
        self,
        queue_url: str | None,
        *,
        stack: StackLike | None = None,
        silence_timeout: float = 60,
        wait_time_seconds: int = MAX_WAIT_TIME_SECONDS,
    ) -> None:
        """
        Args:
            queue_url: the stack's output `progressQueueUrl`, which is absent if no workflow sends
                messages.
            stack: its status routes are asked when an execution's last message is missing. None
                asks no route.
            silence_timeout: in seconds.
            wait_time_seconds: how long one request waits for messages, at most 20. The queue does
                not notice that a waiting reader has gone, and messages sent to it are then hidden
                for a minute, unless `close` waits too. A reader that often restarts uses a smaller
                value, at the price of more requests.

        Raises:
            QueueUnusable: there is no URL, it is not a queue's, or the AWS settings are not usable.
        """
        if queue_url is None:
            raise QueueUnusable(
                'the stack has no progress queue: set a workflow\'s `progress` to "milestones" or '
                '"states", and redeploy'
            )
        self._queue = Queue(queue_url)
        self._fallback = StatusFallback(stack, silence_timeout) if stack else None
        self._wait_time_seconds = wait_time_seconds
        self._lock = RLock()
        self._closed: Future[None] = Future()
        self._poll: Future[None] | None = None
        self._attempt: str | None = None
        """The receive request whose messages are wanted."""
        self._batch: deque[ReceivedMessage] = deque()
        self._hidden_until = 0.0
        self._may_have_more = False
        self._current: tuple[Message, ReceivedMessage | None] | None = None
        self._handled: dict[str, None] = {}

    def __iter__(self) -> Iterator[Message]:
        """
        Raises:
            QueueUnusable: while it reads. A queue that does not respond, or throttles, is asked
                again until it does.
        """
        self._return_unhandled()
        while message := self._next():
            yield message
            self._mark_handled()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._return_unhandled()
        self.close()

    def close(self, timeout: float = 0) -> None:
        """Ends the loop: at once if it is waiting, otherwise when it asks for the next message.

        Messages that were received and not passed on are visible to other readers at once. The one
        that is being handled is deleted when the loop continues.

        Args:
            timeout: seconds to wait for a receive request to return, so that its messages are
                visible at once too, even if the process exits.
        """
        with self._lock:
            if not self._closed.done():
                self._closed.set_result(None)
            self._attempt = None
            batch = self._take_batch()
            poll = self._poll
        self._queue.change_visibility(0, batch)
        if poll:
            futures.wait([poll], timeout)

    def _next(self) -> Message | None:
        """The next message, which becomes the current one; None when closed."""
        while not self._closed.done():
            if received := self._next_received():
                if message := self._read_message(received):
                    self._current = message, received
                    return message
            elif message := self._fallback_message():
                self._current = message, None
                return message
            else:
                self._receive()
        return None

    def _next_received(self) -> ReceivedMessage | None:
        """The first message of the batch, if it stays hidden from others for long enough."""
        remaining = self._hidden_until - time.monotonic()
        if 0 < remaining < VISIBILITY_TIMEOUT_SECONDS / 2:
            until = _hidden_until()
            if self._queue.change_visibility(VISIBILITY_TIMEOUT_SECONDS, list(self._batch)):
                self._hidden_until = until
        with self._lock:
            if self._hidden_until <= time.monotonic():
                self._batch.clear()
            return self._batch.popleft() if self._batch else None

    def _read_message(self, received: ReceivedMessage) -> Message | None:
        """Its message, unless it is malformed, a duplicate or late."""
        if received.id in self._handled:
            self._queue.delete(received)
            return None
        try:
            message = Message.from_body(received.body)
        except InvalidMessage as error:
            _LOG.warning(
                "%s: message %s is left to the dead-letter queue: %s",
                self._queue.url,
                received.id,
                error,
            )
            self._queue.change_visibility(MALFORMED_SECONDS, [received])
            return None
        if self._fallback and self._fallback.is_late(message):
            self._queue.delete(received)
            return None
        return message

    def _fallback_message(self) -> Message | None:
        """An execution's last message, made from its status."""
        # The queue may hold the missing message: SQS also returns fewer messages than there are.
        if self._may_have_more or not self._fallback:
            return None
        return self._fallback.next_message()

    def _receive(self) -> None:
        """Waits for messages, or until the fallback has something to do."""
        longest = self._wait_time_seconds
        wait_seconds = self._fallback.wait_seconds(longest) if self._fallback else longest
        attempt = uuid4().hex
        for pause in exponential_backoff(1, MAX_BACKOFF_SECONDS):
            try:
                self._receive_in_thread(wait_seconds, attempt)
            except QueueUnreachable as error:
                _LOG.warning("%s; next attempt in %d s", error, pause)
                self.problem = error
            except QueueUnusable as error:
                self.problem = error
                raise
            else:
                self.problem = None
                return
            if futures.wait([self._closed], pause).done:
                return

    def _receive_in_thread(self, wait_seconds: int, attempt: str) -> None:
        """In a thread, so that `close` and Ctrl-C need not wait for the end of a long poll.

        Messages that arrive after that are returned to the queue.
        """

        def receive() -> None:
            batch = self._queue.receive(wait_seconds, VISIBILITY_TIMEOUT_SECONDS, attempt)
            with self._lock:
                is_wanted = attempt == self._attempt
                if is_wanted:
                    self._batch.extend(batch)
                    self._hidden_until = _hidden_until()
                    self._may_have_more = bool(batch)
            if not is_wanted:
                self._queue.change_visibility(0, batch)

        with self._lock:
            if self._closed.done():
                return
            self._attempt = attempt
            self._poll = poll = run_in_daemon_thread(receive, "stepgate-progress")
        try:
            futures.wait([poll, self._closed], return_when=futures.FIRST_COMPLETED)
        finally:
            with self._lock:
                self._attempt = None
        if poll.done():
            poll.result()

    def _mark_handled(self) -> None:
        """The current message was handled."""
        if not self._current:
            return
        message, received = self._current
        self._current = None
        if received:
            self._handled[received.id] = None
            if len(self._handled) > MAX_HANDLED:
                del self._handled[next(iter(self._handled))]
            self._queue.delete(received)
        if self._fallback:
            (self._fallback.record if received else self._fallback.record_end)(message)

    def _return_unhandled(self) -> None:
        """Returns all that was received and not handled to the queue."""
        with self._lock:
            first = self._current[1] if self._current else None
            self._current = None
            batch = self._take_batch()
        group = [each for each in batch if first and each.group == first.group]
        self._queue.change_visibility(UNHANDLED_SECONDS, [first, *group] if first else [])
        self._queue.change_visibility(0, [each for each in batch if each not in group])

    def _take_batch(self) -> list[ReceivedMessage]:
        taken = list(self._batch)
        self._batch.clear()
        return taken


def _hidden_until() -> float:
    """On the monotonic clock, for messages whose visibility timeout begins now."""
    return time.monotonic() + VISIBILITY_TIMEOUT_SECONDS - MARGIN_SECONDS
