"""An event that a workflow waits for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepgate.authorization import Authorization, AuthorizationName

EVENTS_MACHINE = "events"
"""The name of the state machine that continues executions, among those of the workflows."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event that an asynchronous workflow waits for; see `wait_for`.

    Attributes:
        schema: JSON Schema of the body, or a model of Pydantic's. API Gateway checks what it can,
            the client all of it. None accepts any JSON.
        per_item: whether the items of a Map wait for it, each at a path of its own:
            `…/events/{event}/{item}`, with what `wait_for` distinguishes the items by.
        authorization: who may send it, for example a payment provider with a key. Default: as the
            route says. With one of its own an event of a private route is not private: the path
            has the whole name of the execution, which only the workflow can hand out.
    """

    schema: Mapping[str, Any] | type[Any] | None = None
    per_item: bool = False
    authorization: Authorization | AuthorizationName | None = None
