"""A progress message of an execution."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self, cast, get_args

from stepgate.client.errors import InvalidMessage

Event = Literal["ENTERED", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
Members = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """An execution has entered a state, or has ended.

    Attributes:
        execution: its name.
        state: the state that was entered; None in the last message, which reports how the
            execution ended.
        status: `ENTERED` for a state.
        item: the index of the item, for a state of a Map; counted from 0.
        time: when it happened, in UTC.
        error, cause: of an execution that has failed, if known.
    """

    workflow: str
    execution: str
    execution_arn: str
    state: str | None
    status: Event
    time: datetime
    error: str | None = None
    cause: str | None = None
    item: int | None = None

    @classmethod
    def from_body(cls, body: str) -> Self:
        """Parses the body of a queue's message. Unknown members are ignored.

        Raises:
            InvalidMessage: it is not JSON, or lacks a member, or one has a wrong value.
        """
        try:
            value: object = json.loads(body)
        except (ValueError, RecursionError):
            raise InvalidMessage("it is not JSON") from None
        if not isinstance(value, dict):
            raise InvalidMessage("it is not a JSON object")
        members = cast("Members", value)
        return cls(
            workflow=_text(members, "workflow"),
            execution=_text(members, "execution"),
            execution_arn=_text(members, "executionArn"),
            state=_optional(members, "state"),
            status=_event(members),
            time=_time(members),
            error=_optional(members, "error"),
            cause=_optional(members, "cause"),
            item=_item(members),
        )


def _text(members: Members, name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidMessage(f"{name!r} should be a non-empty string, not {value!r}")
    return value


def _optional(members: Members, name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidMessage(f"{name!r} should be a string or absent, not {value!r}")
    return value


def _item(members: Members) -> int | None:
    index = members.get("item")
    if index is not None and (not isinstance(index, int) or isinstance(index, bool) or index < 0):
        raise InvalidMessage(f"'item' should be a whole number or absent, not {index!r}")
    return index


def _event(members: Members) -> Event:
    status = members.get("status")
    if status not in get_args(Event):
        raise InvalidMessage(f"'status' should be one of {get_args(Event)}, not {status!r}")
    return cast("Event", status)


def _time(members: Members) -> datetime:
    text = _text(members, "time")
    try:
        time = datetime.fromisoformat(text)
        in_utc = time.astimezone(UTC)
    except (OverflowError, ValueError):
        raise InvalidMessage(f"'time' should be an ISO 8601 time, not {text!r}") from None
    if time.tzinfo is None:
        raise InvalidMessage(f"'time' should have an offset from UTC: {text!r}")
    return in_utc
