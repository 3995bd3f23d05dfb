"""What was read of opened executions, as far as it fits."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from sys import getsizeof
from typing import Literal

from stepgate.client.visited_state import EXECUTION_ENDS, LocatedEvent, VisitedState

MAX_BYTES = 48_000_000
"""Of all together."""
MAX_DATA_BYTES = 16_000_000
"""Of the data in one history, in memory. An execution has at most 25,000 events, each with up to
256 KiB."""
_STATE_BYTES = 1_000
"""About what a state or an event takes beside its texts."""

Source = Literal["history", "log"]


@dataclass(frozen=True)
class ReadExecution:
    """An execution's states, and events, as they were at a time.

    Attributes:
        arn: None if it is not known.
        source: None if neither could be read.
        problem: why it could not be read, or what of it was left out.
        stopped: when it had ended; None if it ran. Until it is redriven there is nothing more to
            read.
        took: how long it took to be read.
    """

    read: datetime
    arn: str | None = None
    source: Source | None = None
    problem: str | None = None
    states: tuple[VisitedState, ...] = ()
    events: tuple[LocatedEvent, ...] = ()
    stopped: datetime | None = None
    took: timedelta = timedelta(0)

    @property
    def has_ended(self) -> bool:
        """Whether the execution has, by the events: a redrive is behind the end before it."""
        return bool(self.events) and self.events[-1].event.type in EXECUTION_ENDS

    @cached_property
    def size(self) -> int:
        """About the bytes that it takes. States and events share most of their texts."""
        texts = {id(text): text for text in self._texts()}
        records = len(self.states) + len(self.events)
        return sum(map(getsizeof, texts.values())) + _STATE_BYTES * records

    def _texts(self) -> Iterator[str]:
        for state in self.states:
            yield from _texts_in((state.input, state.output, state.error, state.cause))
            for each in state.attempts:
                yield from _texts_in((each.parameters, each.error, each.cause))
        for event in self.events:
            yield from _texts_in(event.event.details.values())


def _texts_in(values: Iterable[object]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))


class HistoryCache:
    """The executions that were opened last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, ReadExecution] = OrderedDict()
        self._size = 0

    def get(self, id_: str) -> ReadExecution | None:
        if id_ in self._kept:
            self._kept.move_to_end(id_)
        return self._kept.get(id_)

    def put(self, id_: str, read: ReadExecution) -> None:
        """Keeps it, and drops those that were opened longest ago."""
        self.drop(id_)
        self._kept[id_] = read
        self._size += read.size
        while self._size > MAX_BYTES and len(self._kept) > 1:
            self.drop(next(iter(self._kept)))

    def drop(self, id_: str) -> None:
        if before := self._kept.pop(id_, None):
            self._size -= before.size
