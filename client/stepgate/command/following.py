"""An execution as it is followed: what is known of it, and what has happened since."""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from stepgate import Execution, PassedState, Status, StepgateError
from stepgate.command.status import elapsed

SHORTEST_PAUSE, LONGEST_PAUSE = 1, 5
"""Seconds. Two requests each time, of the 15 to 20 a second that an account is granted lastingly.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""


@dataclass(frozen=True)
class Snapshot:
    """What is known of an execution.

    Attributes:
        states: those that it has passed, in the order in which it entered them.
        unreadable: why they could not be read the last time, if they could not.
    """

    status: Status
    states: Sequence[PassedState] = ()
    unreadable: StepgateError | None = None


@dataclass(frozen=True)
class Event:
    """A state was entered or exited.

    Attributes:
        seconds: how long it took, if it was exited.
    """

    time: datetime
    state: str
    seconds: float | None = None


def follow(execution: Execution) -> Generator[Snapshot]:
    """Snapshots of an execution, the last one when it has ended.

    A history that cannot be read is asked for again the next time.

    Raises:
        StepgateError: its status cannot be read.
    """
    snapshot = Snapshot(execution.status())
    while True:
        try:
            snapshot = replace(snapshot, states=execution.history(), unreadable=None)
        except StepgateError as error:
            snapshot = replace(snapshot, unreadable=error)
        yield snapshot
        if not snapshot.status.is_running:
            return
        time.sleep(pause(elapsed(snapshot.status)))
        snapshot = replace(snapshot, status=execution.status())


def pause(seconds: float) -> float:
    """How long an execution that has run for so long is left alone."""
    return min(max(SHORTEST_PAUSE, seconds / 60), LONGEST_PAUSE)


def events(before: Sequence[PassedState], now: Sequence[PassedState]) -> list[Event]:
    """What has happened between two histories of an execution, in the order of time."""
    found: list[Event] = []
    for old, new in zip_longest(before[: len(now)], now):
        if not old:
            found.append(Event(new.entered, new.name))
        if new.exited and not (old and old.exited):
            found.append(Event(new.exited, new.name, (new.exited - new.entered).total_seconds()))
    return sorted(found, key=lambda event: event.time)
