"""The store as server-sent events, for one page.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress

from stepgate.dashboard.store import OVERVIEW_SECONDS, Store

MIN_INTERVAL_SECONDS = 0.25
"""Between two changes. What happens meanwhile is sent at once, so many messages are few redraws."""
HEARTBEAT_SECONDS = 5
"""Without changes a page gets a heartbeat this often, and so knows that it is connected."""


async def event_stream(store: Store) -> AsyncGenerator[str]:
    """A `snapshot` of each deployment, `change` events, and `heartbeat` events without changes."""
    with store.page():
        generation = -1
        revision = overview = 0
        sent = time.monotonic()
        while not store.is_closed:
            if generation != store.generation:
                generation, revision = store.generation, store.revision
                yield _format_event("snapshot", store.snapshot())
            with suppress(TimeoutError):
                await asyncio.wait_for(store.wait_for_change(revision), OVERVIEW_SECONDS)
            if generation != store.generation or store.is_closed:
                continue
            changes, latest = store.changes_since(revision, overview)
            # Time alone changes the overview, too.
            if store.revision != revision or latest != overview:
                revision, overview, sent = store.revision, latest, time.monotonic()
                yield _format_event("change", changes)
                await asyncio.sleep(MIN_INTERVAL_SECONDS)
            elif time.monotonic() - sent >= HEARTBEAT_SECONDS:
                sent = time.monotonic()
                yield _format_event("heartbeat", "{}")


def _format_event(name: str, data: str) -> str:
    """The data is one line: JSON has no line breaks unless it is indented."""
    return f"event: {name}\ndata: {data}\n\n"
