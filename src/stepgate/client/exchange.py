"""Requests and pauses that depend on the outcomes before, apart from how they are carried out.

What a stack does is a generator of these steps. It is written once, and is run with or without
asyncio by a transport (`stepgate.client.transport`).
"""

import math
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, NamedTuple, TypeAlias, TypeVar

import httpx

from stepgate.client.outcome import Outcome, retry_after
from stepgate.client.retry_policy import RetryPolicy

T = TypeVar("T")

_MIN_RESPONSE_TIMEOUT = 1.0
"""Seconds for one response, however little time is left."""


class Attempt(NamedTuple):
    """A request that is made once. Its outcome is sent back.

    Attributes:
        seconds: how long the response may take.
    """

    method: str
    url: str
    content: bytes | None
    headers: Mapping[str, str]
    seconds: float


class Pause(NamedTuple):
    """Nothing is sent for so many seconds."""

    seconds: float


class Blocking(NamedTuple):
    """A function that waits for something else than a route. Its result is sent back."""

    function: Callable[[], Any]


Exchange: TypeAlias = Generator[Attempt | Pause | Blocking, Any, T]


def send(
    retry_policy: RetryPolicy,
    method: str,
    url: str,
    is_transient: Callable[[Outcome], bool],
    *,
    until: float = math.inf,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Exchange[list[Outcome]]:
    """The outcome of each attempt; the last one is final.

    Args:
        is_transient: whether the next attempt may have another outcome, and is safe.
        until: when to end at the latest, on the monotonic clock; an attempt that begins just
            before may take a second longer.
    """
    type_ = {} if content is None else {"Content-Type": "application/json"}
    last_by = min(time.monotonic() + retry_policy.retry_timeout, until)
    outcomes: list[Outcome] = []
    for pause in retry_policy.pauses():
        left = max(until - time.monotonic(), _MIN_RESPONSE_TIMEOUT)
        seconds = min(retry_policy.response_timeout, left)
        outcome = yield Attempt(method, url, content, {**type_, **(headers or {})}, seconds)
        outcomes.append(outcome)
        requested = retry_after(outcome) if isinstance(outcome, httpx.Response) else None
        wait = pause + (requested or 0)
        if not is_transient(outcome) or time.monotonic() + wait > last_by:
            break
        yield Pause(wait)
    return outcomes
