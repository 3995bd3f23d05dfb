"""An event in the history of an execution, as Step Functions or a log has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_DETAILS = "EventDetails"


@dataclass(frozen=True)
class HistoryEvent:
    """
    Attributes:
        previous: the id of the event that led to this one; 0 for the first state's.
        time: in UTC.
        type: for example `TaskStateEntered`.
        details: what the event says beside, for example `name` and `input`.
    """

    id: int
    previous: int
    time: datetime
    type: str
    details: Mapping[str, Any]


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
