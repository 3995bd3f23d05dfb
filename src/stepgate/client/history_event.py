"""An event in the history of an execution, as Step Functions or a log has it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from sys import getsizeof
from typing import Any, Self

_DETAILS = "EventDetails"
_SHORT = 500
"""Characters: longer than the names in an event."""


@dataclass(frozen=True)
class HistoryEvent:
    """
    Attributes:
        previous: the id of the event that led to this one; 0 for the first state's.
        time: in UTC.
        type: for example `TaskStateEntered`.
        details: what the event says beside, for example `name` and `input`.
        is_cut: whether long texts were left out of the details.
    """

    id: int
    previous: int
    time: datetime
    type: str
    details: Mapping[str, Any]
    is_cut: bool = False

    @property
    def data_size(self) -> int:
        """The bytes of memory of the long texts in it, such as an input.

        A character outside Latin-1 makes all of a text's characters take two or four.
        """
        return sum(getsizeof(text) for text in self.details.values() if _is_long(text))

    def without_data(self) -> Self:
        """With its long texts left out."""
        kept = {name: value for name, value in self.details.items() if not _is_long(value)}
        return replace(self, details=kept, is_cut=len(kept) < len(self.details))


def _is_long(value: object) -> bool:
    return isinstance(value, str) and len(value) > _SHORT


def parse_event(item: Mapping[str, Any]) -> HistoryEvent:
    """The event in an item of GetExecutionHistory.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
    """
    details = [value for name, value in item.items() if name.endswith(_DETAILS)]
    return HistoryEvent(
        item["id"],
        item.get("previousEventId", 0),
        item["timestamp"].astimezone(UTC),
        item["type"],
        details[0] if details else {},
    )


def with_data_up_to(size: float, events: Iterable[HistoryEvent]) -> Iterator[HistoryEvent]:
    """The events; those after so many bytes of data are without theirs."""
    for event in events:
        size -= event.data_size
        yield event if size >= 0 else event.without_data()
