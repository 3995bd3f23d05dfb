"""The board as server-sent events, for one page.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncGenerator

from stepgate.dashboard.board import Board

PACE_SECONDS = 0.25
"""Between two events. What changes meanwhile is gathered: many messages are few drawings."""
BEAT_SECONDS = 5
"""After which a page is told that nothing has happened, so that it knows it is connected."""


async def events(board: Board) -> AsyncGenerator[str]:
    """A `snapshot`, then `change`s, and a `beat` where there is none."""
    with board.watched():
        number = board.number
        yield _event("snapshot", board.snapshot())
        while not board.is_closed:
            try:
                await asyncio.wait_for(board.news(number), BEAT_SECONDS)
            except TimeoutError:
                yield _event("beat", "{}")
                continue
            changes, number = board.changes(number), board.number
            yield _event("change", changes)
            await asyncio.sleep(PACE_SECONDS)


def _event(name: str, data: str) -> str:
    """JSON has no line breaks unless it is indented, so the data is one line."""
    return f"event: {name}\ndata: {data}\n\n"
