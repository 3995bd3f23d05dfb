"""A progress message of an execution."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, Self, cast, get_args

from stepgate.client.errors import InvalidMessage

Event = Literal["ENTERED", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
Members = dict[str, Any]


class StatusLike(Protocol):
    @property
    def status(self) -> str: ...
    @property
    def stopped(self) -> datetime | None: ...
    @property
    def error(self) -> str | None: ...
    @property
    def cause(self) -> str | None: ...


@dataclass(frozen=True)
class Message:
    """An execution has entered a state, or has ended.

    Attributes:
        workflow: the workflow's name.
        execution: its name.
        execution_arn: its ARN.
        state: the state that was entered; None in the last message, which reports how the
            execution ended.
        status: `ENTERED` for a state; in the last message `SUCCEEDED`, `FAILED`, `TIMED_OUT` or
            `ABORTED`.
        item: the index of the item, for a state of a Map; counted from 0.
        time: when it happened, in UTC.
        error, cause: of an execution that has failed, if known.
        number: its place among the messages of its execution, counted from 1; None unless it comes
            from the live API.
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
    number: int | None = None

    @classmethod
    def of_end(
        cls, workflow: str, execution: str, execution_arn: str, status: StatusLike
    ) -> Self | None:
        """The last message of an execution, made from its status; None while it runs."""
        if status.status not in get_args(Event):
            return None
        return cls(
            workflow,
            execution,
            execution_arn,
            state=None,
            status=cast("Event", status.status),
            time=status.stopped or datetime.now(UTC),
            error=status.error,
            cause=status.cause,
        )

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
        return cls.from_members(cast("Members", value))

    @classmethod
    def from_members(cls, members: Members) -> Self:
        """As `from_body`, of the members of its object.

        Raises:
            InvalidMessage: it lacks a member, or one has a wrong value.
        """
        return cls(
            workflow=_text(members, "workflow"),
            execution=_text(members, "execution"),
            execution_arn=_text(members, "executionArn"),
            state=_optional(members, "state"),
            status=_event(members),
            time=_time(members),
            error=_optional(members, "error"),
            cause=_optional(members, "cause"),
            item=_whole(members, "item"),
            number=_whole(members, "number"),
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


def _whole(members: Members, name: str) -> int | None:
    value = members.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise InvalidMessage(f"{name!r} should be a whole number or absent, not {value!r}")
    return value


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
