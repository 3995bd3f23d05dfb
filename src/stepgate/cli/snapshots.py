"""Snapshots of an execution while it runs, and the events between them."""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Literal

from stepgate.cli.status import elapsed
from stepgate.client.errors import StepgateError
from stepgate.client.execution import Execution, Status
from stepgate.client.visited_state import VisitedState, duration

MIN_PAUSE, MAX_PAUSE = 1, 5
"""Seconds. Each poll is two requests, of the 15 to 20 a second that an account may sustain.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""


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


def take_snapshots(execution: Execution) -> Generator[Snapshot]:
    """Snapshots of an execution; the last one is taken when it has ended.

    A history that cannot be read is read again the next time.

    Raises:
        StepgateError: its status cannot be read.
    """
    snapshot = Snapshot(execution.status())
    while True:
        try:
            snapshot = replace(snapshot, states=execution.history(), history_error=None)
        except StepgateError as error:
            snapshot = replace(snapshot, history_error=error)
        yield snapshot
        if not snapshot.status.is_running:
            return
        time.sleep(pause_after(elapsed(snapshot.status)))
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
