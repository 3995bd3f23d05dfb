"""Snapshots of an execution while it runs, and the events between them."""

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import zip_longest
from typing import Literal

from stepgate.backoff import exponential_backoff
from stepgate.cli.status import elapsed
from stepgate.client.errors import LiveUnavailable, StepgateError
from stepgate.client.execution import Execution, Status
from stepgate.client.message import Message
from stepgate.client.threads import run_in_daemon_thread
from stepgate.client.visited_state import VisitedState, duration

MIN_PAUSE, MAX_PAUSE = 1, 5
"""Seconds. Each poll is two requests, of the 15 to 20 a second that an account may sustain.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

LIVE_PAUSES = 0.25, 30
"""Seconds after a message, and the most where none comes."""


@dataclass(frozen=True)
class Snapshot:
    """What is known of an execution.

    Attributes:
        states: the states that it has entered, in that order.
        history_error: why they could not be read the last time; None if they could.
    """

    status: Status
    states: Sequence[VisitedState] = ()
    history_error: StepgateError | None = None


@dataclass(frozen=True)
class Event:
    """A state was entered or exited, or an error came from it.

    Attributes:
        seconds: how long the state took; None if it was entered.
    """

    time: datetime
    state: VisitedState
    status: Literal["ENTERED", "EXITED", "FAILED"]
    seconds: float | None = None


class Pauses:
    """The pauses between snapshots of an execution.

    With a live API a message ends one. They are short behind a message, as the history shows a
    little later what it reports, and long where none comes. Without, or if the execution cannot be
    followed, they depend on how long it has run.
    """

    def __init__(self, execution: Execution) -> None:
        self._has_message = threading.Event()
        self._lengths = exponential_backoff(*LIVE_PAUSES)
        try:
            messages = execution.follow(after=None)
        except LiveUnavailable:
            self._following = None
        else:
            work = partial(self._follow, messages)
            self._following = run_in_daemon_thread(work, "stepgate-follow")

    def _follow(self, messages: Iterator[Message]) -> None:
        try:
            for _ in messages:
                self._has_message.set()
        finally:
            self._has_message.set()

    def wait(self, elapsed_seconds: float) -> None:
        following = self._following
        if following is None or (following.done() and following.exception()):
            time.sleep(pause_after(elapsed_seconds))
        elif self._has_message.wait(next(self._lengths)):
            self._has_message.clear()
            self._lengths = exponential_backoff(*LIVE_PAUSES)


def take_snapshots(execution: Execution) -> Generator[Snapshot]:
    """Snapshots of an execution; the last one is taken when it has ended.

    A history that cannot be read is read again the next time.

    Raises:
        StepgateError: its status cannot be read.
    """
    snapshot = Snapshot(execution.status())
    pauses = Pauses(execution)
    while True:
        try:
            snapshot = replace(snapshot, states=execution.history(), history_error=None)
        except StepgateError as error:
            snapshot = replace(snapshot, history_error=error)
        yield snapshot
        if not snapshot.status.is_running:
            return
        pauses.wait(elapsed(snapshot.status))
        snapshot = replace(snapshot, status=execution.status())


def pause_after(seconds: float) -> float:
    """Seconds until the next snapshot of an execution that has run for so many seconds."""
    return min(max(MIN_PAUSE, seconds / 60), MAX_PAUSE)


def events_between(before: Sequence[VisitedState], now: Sequence[VisitedState]) -> list[Event]:
    """What happened between two histories of an execution, in order of time."""
    found: list[Event] = []
    for old, new in zip_longest(before[: len(now)], now):
        if not old:
            found.append(Event(new.entered, new, "ENTERED"))
        if new.is_origin and new.ended and not (old and old.is_origin):
            found.append(Event(new.ended, new, "FAILED", duration(new, new.ended)))
        if new.exited and not (old and old.exited):
            found.append(Event(new.exited, new, "EXITED", duration(new, new.exited)))
    return sorted(found, key=lambda event: event.time)
