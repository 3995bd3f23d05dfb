"""What the server does for all pages while it runs: it reads the queue and checks for problems."""

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable

from stepgate.client.errors import QueueUnusable
from stepgate.client.progress import Progress
from stepgate.dashboard.store import Store
from stepgate.dashboard.threads import run_in_thread

RETRY_SECONDS = 10
"""Before an unusable queue is read again: the user may have logged in to AWS meanwhile."""
CHECK_SECONDS = 1

_LOG = logging.getLogger(__name__)


async def restart_on_error(task: Callable[[], Awaitable[None]]) -> None:
    """Runs the task until it returns; an unexpected exception is logged to the terminal."""
    while True:
        try:
            return await task()
        except Exception:
            _LOG.exception("bug in the dashboard; continues in %d s", RETRY_SECONDS)
        await asyncio.sleep(RETRY_SECONDS)


async def read_queue(progress: Progress, store: Store) -> None:
    """Applies messages to the store until the queue is closed."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            return await run_in_thread(lambda: _read_messages(progress, store, loop))
        except QueueUnusable as error:
            _LOG.warning("%s; retries in %d s", error, RETRY_SECONDS)
        await asyncio.sleep(RETRY_SECONDS)


def _read_messages(progress: Progress, store: Store, loop: AbstractEventLoop) -> None:
    for message in progress:
        loop.call_soon_threadsafe(store.apply, message)


async def check_for_problems(progress: Progress, store: Store) -> None:
    """Keeps the store's queue problem current, and expires Express executions."""
    while True:
        store.set_queue_problem(str(progress.problem) if progress.problem else None)
        store.expire_express_executions()
        await asyncio.sleep(CHECK_SECONDS)
