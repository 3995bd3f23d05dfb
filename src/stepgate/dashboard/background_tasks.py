"""What the server does while it runs: it follows the stack, its outputs, and perhaps the queue."""

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable

from stepgate.client.errors import QueueUnusable, StepgateError
from stepgate.client.outputs import Outputs
from stepgate.client.progress import Progress
from stepgate.dashboard.deployment import StackSource
from stepgate.dashboard.store import Store
from stepgate.dashboard.threads import run_in_thread

RETRY_SECONDS = 10
"""Before what cannot be read is read again: the user may have logged in to AWS meanwhile."""
CHECK_SECONDS = 1
RELOAD_SECONDS = 300
"""Between two looks at outputs that Pulumi has; after a problem it is `RETRY_SECONDS`."""

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


async def check_for_problems(progress: Progress | None, store: Store) -> None:
    """Keeps the store's queue problem current, and expires Express executions."""
    while True:
        if progress:
            store.set_problem("queue", str(progress.problem) if progress.problem else None)
        store.expire_express_executions()
        await asyncio.sleep(CHECK_SECONDS)


async def changed_outputs(
    source: StackSource, known: Outputs, stamp: int, store: Store
) -> tuple[Outputs, int]:
    """Returns the stack's outputs once they are others, because it was deployed or re-created.

    A file is read when it has changed. Pulumi is asked while a page is connected.

    Args:
        stamp: of the source before the known outputs were read; that of the others is returned.
    """
    read_at = asyncio.get_running_loop().time()
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        await store.wait_for_page()
        if source.file is not None:
            if stamp == (latest := source.stamp()):
                continue
            stamp = latest
        else:
            now = asyncio.get_running_loop().time()
            if now - read_at < (RETRY_SECONDS if store.has_problem else RELOAD_SECONDS):
                continue
            read_at = now
        try:
            outputs = await run_in_thread(source.load)
        except StepgateError as error:  # while it is deployed there may be none
            _LOG.info("the outputs cannot be read: %s", error)
            continue
        if outputs != known:
            return outputs, stamp
