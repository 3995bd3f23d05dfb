"""What the server follows for all pages: the progress queue and the instance."""

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable

from stepgate import InstanceUnreadable, Progress, QueueUnusable, Stack
from stepgate.dashboard.aside import aside
from stepgate.dashboard.board import Board

REOPEN_SECONDS = 10
"""Until a queue that cannot be read is read again: somebody may log in meanwhile."""
BUSY_SECONDS, IDLE_SECONDS, UNREADABLE_SECONDS = 1, 5, 30
"""Between two looks at the instance: while something runs, while nothing does, after an error."""

_LOG = logging.getLogger(__name__)


async def lasting(watch: Callable[[], Awaitable[None]]) -> None:
    """Watches on after a defect, which the terminal is told."""
    while True:
        try:
            return await watch()
        except Exception:
            _LOG.exception("a defect of the dashboard; goes on in %d s", REOPEN_SECONDS)
        await asyncio.sleep(REOPEN_SECONDS)


async def watch_queue(progress: Progress, board: Board) -> None:
    """Tells the board what comes, until the queue is closed."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            return await aside(lambda: _read(progress, board, loop))
        except QueueUnusable as error:
            _LOG.warning("%s; reads again in %d s", error, REOPEN_SECONDS)
        await asyncio.sleep(REOPEN_SECONDS)


def _read(progress: Progress, board: Board, loop: AbstractEventLoop) -> None:
    for message in progress:
        loop.call_soon_threadsafe(board.tell, message)


async def watch_silence(progress: Progress, board: Board) -> None:
    """Sees, once a second, that the queue cannot be read, and what will never be told."""
    while True:
        board.see_queue(str(progress.problem) if progress.problem else None)
        board.give_up_express()
        await asyncio.sleep(1)


async def watch_instance(stack: Stack, board: Board) -> None:
    """Looks at the instance while somebody looks at a page."""
    while True:
        await board.until_watched()
        try:
            board.see_instance(await aside(stack.instance_state), None)
            pause = BUSY_SECONDS if board.is_busy else IDLE_SECONDS
        except InstanceUnreadable as error:
            board.see_instance(None, str(error))
            pause = UNREADABLE_SECONDS
        await asyncio.sleep(pause)
