"""What was read of opened executions, as far as it fits."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from stepgate.client.visited_state import LocatedEvent, VisitedState

MAX_BYTES = 48_000_000
"""Of all together. An execution has at most 25,000 events, each with up to 256 KiB."""
_STATE_BYTES = 1_000
"""About what a state or an event takes beside its texts."""

Source = Literal["history", "log"]


@dataclass(frozen=True)
class ReadExecution:
    """An execution's states, and events, as they were at a time.

    Attributes:
        arn: None if it is not known.
        source: None if neither could be read, which `problem` explains.
        events: none of a log.
        input, output: JSON texts, of a log.
        is_final: it had ended, so that there is nothing more to read.
    """

    read: datetime
    arn: str | None = None
    source: Source | None = None
    problem: str | None = None
    states: tuple[VisitedState, ...] = ()
    events: tuple[LocatedEvent, ...] = ()
    is_final: bool = False

    @property
    def size(self) -> int:
        """About the bytes that it takes."""
        texts = sum(
            len(text or "")
            for state in self.states
            for text in (state.input, state.output, *(each.parameters for each in state.attempts))
        )
        # Most texts are shared by states and events, but their struck copies are not.
        return 2 * texts + _STATE_BYTES * (len(self.states) + len(self.events))


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
