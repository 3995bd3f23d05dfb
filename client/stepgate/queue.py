"""The messages of the stack's progress queue, for the app that owns it."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from threading import Event, RLock, Thread
from types import TracebackType
from typing import Self
from uuid import uuid4

from stepgate.errors import MessageMalformed, QueueUnreachable, QueueUnusable
from stepgate.message import Message
from stepgate.settlement import Settlement, StackLike
from stepgate.sqs import LONGEST_POLL_SECONDS, Queue, Received

HIDDEN_SECONDS = 60
"""For how long received messages are this reader's, and those after them nobody's. After a crash
it takes so long until they come again."""
MARGIN_SECONDS = 10
"""By how much earlier they are given up here: the clock has run since SQS sent them."""
MALFORMED_SECONDS = 1
"""How soon a malformed message shows again, on its way to the dead-letter queue."""
UNHANDLED_SECONDS = 5
"""How soon a message that was not handled shows again, and those of its execution. Others show at
once: an app that fails at it and is started again gets on with them meanwhile. If they always came
together, all would be received as often, and moved to the dead-letter queue together."""
LONGEST_PAUSE_SECONDS = 30.0
REMEMBERED = 10_000
"""Of how many handled messages it is recognised that they come once more."""

_LOG = logging.getLogger(__name__)


class Progress:
    """Messages in order within each execution, each deleted once it was handled.

        with Progress(queue_url) as messages:
            for message in messages:
                show(message)

    A message is handled when the loop asks for the next one, and only then. To end the loop behind
    one, `close` it and let it go on:

            for message in messages:
                show(message)
                if is_enough(message):
                    messages.close()

    A loop that is left in any other way, be it by `break`, Ctrl-C or an exception, wherever that is
    caught, has not handled its last message: when the `with` block ends, or a new loop over the
    same object begins, that one is given back, and so are those that were received behind it. They
    are visible to readers at once, but that one and what follows it of its execution after five
    seconds. Without `with`, what an abandoned loop has received is visible again after a minute.

    A message may be handed on once more, to another object, if the reader was killed, or if
    handling one takes more than half a minute. What comes once more after it was handled here is
    recognised, and dropped.

    One loop at a time reads; `close` may be called from any thread.

    A malformed message is logged and left to the queue, which moves it to its dead-letter queue.
    So does it with what handlers fail on again and again, and with what is behind it of the same
    execution.

    With a `stack`, an execution of an asynchronous workflow that no message came of for
    `patience` seconds is asked for at its status route, and again at growing intervals. If it has
    ended, a last message is made of the answer; if the queue has one later, that is dropped, while
    states that come late are handed on. Of an execution whose messages were all handled by an
    earlier object this one does not know.

    Attributes:
        problem: why the queue could not be read the last time; None if it could.
    """

    problem: QueueUnreachable | QueueUnusable | None = None

    def __init__(
        self,
        queue_url: str,
        *,
        stack: StackLike | None = None,
        patience: float = 60,
        longest_poll: int = LONGEST_POLL_SECONDS,
    ) -> None:
        """
        Args:
            queue_url: the stack's output `progressQueueUrl`.
            stack: whose status routes tell of ends that no message tells of; None for none.
            patience: in seconds.
            longest_poll: seconds that one request waits for messages, at most 20. The queue does
                not notice that a reader which waits has gone: what it is given after that is
                hidden for a minute, unless `close` waits too. So one that is often started anew
                takes less, for more requests.

        Raises:
            QueueUnusable: it is no queue's URL, or the settings for AWS cannot be used.
        """
        self._queue = Queue(queue_url)
        self._settlement = Settlement(stack, patience) if stack else None
        self._longest_poll = longest_poll
        self._lock = RLock()
        self._closed = Event()
        self._poll: Future[list[Received]] | None = None
        self._polling: Thread | None = None
        self._batch: deque[Received] = deque()
        self._ours_until = 0.0
        self._may_be_behind = False
        self._in_hand: tuple[Message, Received | None] | None = None
        self._handled: dict[str, None] = {}

    def __iter__(self) -> Iterator[Message]:
        """
        Raises:
            QueueUnusable: while it reads. A queue that does not answer, or throttles, is asked
                again until it does.
        """
        self._give_back()
        while message := self._next():
            yield message
            self._settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._give_back()
        self.close()

    def close(self, wait: float = 0) -> None:
        """Ends the loop: at once if it waits, or else when it asks for the next message.

        Messages that were received and not handed on are visible to other readers at once. The
        one that is being handled is deleted when the loop goes on.

        Args:
            wait: seconds for a request that waits for messages to come back, so that what it
                brings is visible at once too, though the process ends.
        """
        with self._lock:
            self._closed.set()
            if self._poll:
                self._poll.cancel()
            behind = self._take_batch()
            polling = self._polling
        self._queue.show_after(0, behind)
        if polling:
            polling.join(wait)

    def _next(self) -> Message | None:
        """The next message, which is in hand then; None when closed."""
        while not self._closed.is_set():
            if received := self._next_received():
                if message := self._readable(received):
                    self._in_hand = message, received
                    return message
            elif message := self._missed():
                self._in_hand = message, None
                return message
            else:
                self._fill()
        return None

    def _next_received(self) -> Received | None:
        """The first of the batch, if it is still this reader's, and is for some time to come."""
        remaining = self._ours_until - time.monotonic()
        if 0 < remaining < HIDDEN_SECONDS / 2:
            until = time.monotonic() + HIDDEN_SECONDS - MARGIN_SECONDS
            if self._queue.show_after(HIDDEN_SECONDS, list(self._batch)):
                self._ours_until = until
        with self._lock:
            if self._ours_until <= time.monotonic():
                self._batch.clear()
            return self._batch.popleft() if self._batch else None

    def _readable(self, received: Received) -> Message | None:
        """Its message, if it is one that is to be handed on."""
        if received.id in self._handled:
            self._queue.delete(received)
            return None
        try:
            message = Message.from_body(received.body)
        except MessageMalformed as malformed:
            _LOG.warning(
                "%s: message %s is left to the dead-letter queue: %s",
                self._queue.url,
                received.id,
                malformed,
            )
            self._queue.show_after(MALFORMED_SECONDS, [received])
            return None
        if self._settlement and self._settlement.is_late(message):
            self._queue.delete(received)
            return None
        return message

    def _missed(self) -> Message | None:
        """The last message of an execution, in place of the queue's own."""
        # What is waited for may just not have been received: SQS gives fewer than there are, too.
        if self._may_be_behind or not self._settlement:
            return None
        return self._settlement.answer()

    def _fill(self) -> None:
        """Waits for messages, or for the settlement's next step."""
        settlement = self._settlement
        longest = self._longest_poll
        wait = settlement.wait_seconds(longest) if settlement else longest
        attempt = uuid4().hex
        pause = 1.0
        while not self._closed.is_set():
            try:
                batch = self._aside(lambda: self._queue.receive(wait, HIDDEN_SECONDS, attempt))
            except QueueUnreachable as error:
                _LOG.warning("%s; asks again in %d s", error, pause)
                self.problem = error
                self._closed.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                continue
            except QueueUnusable as error:
                self.problem = error
                raise
            self.problem = None
            with self._lock:
                self._batch.extend(batch)
                self._ours_until = time.monotonic() + HIDDEN_SECONDS - MARGIN_SECONDS
                self._may_be_behind = bool(batch)
                left = self._take_batch() if self._closed.is_set() else []
            self._queue.show_after(0, left)
            return

    def _aside(self, receive: Callable[[], list[Received]]) -> list[Received]:
        """Receives in a thread, so that `close` and Ctrl-C need not wait for a long poll's end.

        What is received after that is given back.
        """
        future: Future[list[Received]] = Future()

        def run() -> None:
            try:
                batch = receive()
            except Exception as error:
                with suppress(InvalidStateError):
                    future.set_exception(error)
                return
            try:
                future.set_result(batch)
            except InvalidStateError:
                self._queue.show_after(0, batch)

        with self._lock:
            if self._closed.is_set():
                return []
            self._poll = future
            self._polling = Thread(target=run, name="stepgate-progress", daemon=True)
            self._polling.start()
        try:
            return future.result()
        except CancelledError:
            return []
        finally:
            future.cancel()  # after Ctrl-C; of one that is done it changes nothing

    def _settle(self) -> None:
        """The message in hand was handled."""
        if not self._in_hand:
            return
        message, received = self._in_hand
        self._in_hand = None
        if received:
            self._handled[received.id] = None
            if len(self._handled) > REMEMBERED:
                del self._handled[next(iter(self._handled))]
            self._queue.delete(received)
        if self._settlement:
            (self._settlement.saw if received else self._settlement.settled)(message)

    def _give_back(self) -> None:
        """All that was received and not handled."""
        with self._lock:
            first = self._in_hand[1] if self._in_hand else None
            self._in_hand = None
            batch = self._take_batch()
        group = [each for each in batch if first and each.group == first.group]
        self._queue.show_after(UNHANDLED_SECONDS, [first, *group] if first else [])
        self._queue.show_after(0, [each for each in batch if each not in group])

    def _take_batch(self) -> list[Received]:
        taken = list(self._batch)
        self._batch.clear()
        return taken
