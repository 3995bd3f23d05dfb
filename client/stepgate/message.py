"""What a workflow tells of an execution."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self, cast, get_args

from stepgate.errors import MessageMalformed

Event = Literal["ENTERED", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
Members = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """An execution has entered a state, or has ended.

    Attributes:
        execution: its name.
        state: the state that the message tells of; None in the last message, which tells how the
            execution has ended.
        status: `ENTERED` for a state.
        time: when it happened, in UTC.
        error, cause: of an execution that has failed, as far as it says them.
    """

    workflow: str
    execution: str
    execution_arn: str
    state: str | None
    status: Event
    time: datetime
    error: str | None = None
    cause: str | None = None

    @classmethod
    def from_body(cls, body: str) -> Self:
        """The message that a queue's message has for its body. Members it does not know are left.

        Raises:
            MessageMalformed: it is not JSON, or lacks a member, or one has a wrong value.
        """
        try:
            value: object = json.loads(body)
        except (ValueError, RecursionError):
            raise MessageMalformed("it is not JSON") from None
        if not isinstance(value, dict):
            raise MessageMalformed("it is no JSON object")
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
        )


def _text(members: Members, name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise MessageMalformed(f"its {name!r} is {value!r}, and has to be a text")
    return value


def _optional(members: Members, name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise MessageMalformed(f"its {name!r} is {value!r}, and has to be a text where it is there")
    return value


def _event(members: Members) -> Event:
    status = members.get("status")
    if status not in get_args(Event):
        raise MessageMalformed(f"its 'status' is {status!r}, which is none of {get_args(Event)}")
    return cast("Event", status)


def _time(members: Members) -> datetime:
    text = _text(members, "time")
    try:
        time = datetime.fromisoformat(text)
        in_utc = time.astimezone(UTC)
    except (OverflowError, ValueError):
        raise MessageMalformed(f"its 'time' is {text!r}, which is no ISO 8601") from None
    if time.tzinfo is None:
        raise MessageMalformed(f"its 'time' is {text!r}, which has no offset from UTC")
    return in_utc
