"""Frames of the live API, as docs/live.md describes them."""

import json
from typing import Any, NamedTuple, TypeAlias, cast

from stepgate.client.errors import InvalidMessage
from stepgate.client.message import Members, Message

FAILED = 502
"""The status of API Gateway's own messages, which have none: what is behind it has failed."""


class Answer(NamedTuple):
    """What `follow` is answered with.

    Attributes:
        status: of the execution; None for a synchronous one.
        number: of its last message; 0 if it has none.
        more: whether there are later messages than these.
    """

    status: str | None
    number: int
    messages: list[Message]
    more: bool


class Problem(NamedTuple):
    """Why the execution is not followed. `status` is one of HTTP."""

    status: int
    detail: str


Frame: TypeAlias = Answer | Message | Problem


def parse_frame(text: str | bytes) -> Frame | None:
    """None is a frame of another type, which a follower does not ask for.

    Raises:
        InvalidMessage: the live API does not send such a frame.
    """
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidMessage("it is not JSON") from None
    if not isinstance(value, dict):
        raise InvalidMessage("it is not a JSON object")
    frame = cast("Members", value)
    match frame.get("type"):
        case "message":
            return _message(frame)
        case "status":
            return _answer(frame)
        case "problem":
            return Problem(_whole(frame, "status"), _detail(frame))
        case None if isinstance(frame.get("message"), str):  # API Gateway's own
            return Problem(FAILED, _detail(frame))
        case str():
            return None
        case type_:
            raise InvalidMessage(f"'type' should be a string, not {type_!r}")


def _answer(frame: Members) -> Answer:
    status, messages, more = (frame.get(name) for name in ("status", "messages", "more"))
    if status is not None and not isinstance(status, str):
        raise InvalidMessage(f"'status' should be a string or null, not {status!r}")
    if not isinstance(messages, list):
        raise InvalidMessage(f"'messages' should be a list, not {messages!r}")
    if not isinstance(more, bool) or (more and not messages):
        raise InvalidMessage(f"'more' should be false, or true behind messages, not {more!r}")
    found = [_message(each) for each in cast("list[Any]", messages)]
    return Answer(status, _whole(frame, "number"), found, more)


def _message(members: Any) -> Message:
    if not isinstance(members, dict):
        raise InvalidMessage(f"a message should be an object, not {members!r}")
    message = Message.from_members(cast("Members", members))
    if not message.number:
        raise InvalidMessage(f"'number' should be a whole number from 1, not {message.number}")
    return message


def _whole(frame: Members, name: str) -> int:
    value = frame.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidMessage(f"{name!r} should be a whole number, not {value!r}")
    return value


def _detail(frame: Members) -> str:
    texts = (frame.get(name) for name in ("title", "detail", "message"))
    return ": ".join(text for text in texts if isinstance(text, str))
