"""The events that executions wait for, and the requests that continue them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from stepgate.client.errors import InvalidInput, UnknownEvent
from stepgate.client.outputs import DeployedRoute
from stepgate.client.route_request import json_body
from stepgate.suggestions import suggestion


@dataclass(frozen=True)
class WaitingEvent:
    """An event that an execution waits for.

    Attributes:
        name: the event's name.
        item: which item of a Map waits for it, if it is one.
        since: when the wait began, in UTC.
        until: when it ends at the latest, in UTC.
    """

    name: str
    item: str | None
    since: datetime
    until: datetime


class EventRequest(NamedTuple):
    """
    Attributes:
        path: behind the URL of an execution.
    """

    path: str
    content: bytes


def event_request(
    route: DeployedRoute,
    openapi: Mapping[str, Any],
    event: str,
    body: Any,
    item: str | int | None,
) -> EventRequest:
    """
    Args:
        openapi: the API's document, whose components the event's schema may refer to.

    Raises:
        UnknownEvent: the workflow does not declare it.
        InvalidInput: the body is not a JSON value or does not match the event's schema, or the
            item is missing, or there is none.
    """
    known = route.events.get(event)
    if known is None:
        cure = suggestion(event, route.events, f"it has {', '.join(route.events) or 'none'}")
        raise UnknownEvent(f"{route.name} has no event {event!r}; {cure}")
    subject = f"event {event} of {route.name}"
    text = "" if item is None else str(item)
    if known.per_item and not text.strip("."):
        raise InvalidInput(subject, "item", "is missing, but each item of a Map has its own event")
    if not known.per_item and item is not None:
        raise InvalidInput(subject, "item", "is unknown; the event is not one of a Map's items")
    path = f"/events/{event}" + (f"/{quote(text, safe='')}" if known.per_item else "")
    return EventRequest(path, json_body(subject, body, known.schema, openapi))


def parse_waiting(document: Mapping[str, Any]) -> list[WaitingEvent]:
    """What the route of events answers.

    Raises:
        LookupError, TypeError, ValueError, OSError: it is another document.
    """
    found: list[WaitingEvent] = []
    for each in document["events"]:
        name, separator, item = each["event"].partition("/")
        since, until = (datetime.fromtimestamp(each[key], UTC) for key in ("since", "until"))
        found.append(WaitingEvent(name, item if separator else None, since, until))
    return found
