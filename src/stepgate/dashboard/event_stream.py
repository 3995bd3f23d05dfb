"""The store as server-sent events, for one page.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncGenerator

from stepgate.dashboard.store import Store

MIN_INTERVAL_SECONDS = 0.25
"""Between two changes. What happens meanwhile is sent at once, so many messages are few redraws."""
HEARTBEAT_SECONDS = 5
"""Without changes a page gets a heartbeat this often, and so knows that it is connected."""


async def event_stream(store: Store) -> AsyncGenerator[str]:
    """One `snapshot`, then `change` events, and `heartbeat` events while nothing changes."""
    with store.page():
        revision = store.revision
        yield _format_event("snapshot", store.snapshot())
        while not store.is_closed:
            try:
                await asyncio.wait_for(store.wait_for_change(revision), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield _format_event("heartbeat", "{}")
                continue
            changes, revision = store.changes_since(revision), store.revision
            yield _format_event("change", changes)
            await asyncio.sleep(MIN_INTERVAL_SECONDS)


def _format_event(name: str, data: str) -> str:
    """The data is one line: JSON has no line breaks unless it is indented."""
    return f"event: {name}\ndata: {data}\n\n"
