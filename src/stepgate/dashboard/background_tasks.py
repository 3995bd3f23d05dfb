"""What the server does for all pages while it runs: it reads the queue and lists executions."""

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import cycle, islice, product

from stepgate.client.errors import QueueUnusable, StepgateError
from stepgate.client.execution import ExecutionStatus
from stepgate.client.progress import Progress
from stepgate.client.stack import Stack
from stepgate.dashboard.store import Store
from stepgate.dashboard.threads import run_in_thread

RETRY_SECONDS = 10
"""Before what cannot be read is read again: the user may have logged in to AWS meanwhile."""
CHECK_SECONDS = 1
LIST_SECONDS = 1
LIST_LENGTH = 100
LOOKED_UP = 2
"""Executions after each list."""
LISTED: tuple[ExecutionStatus | None, ...] = ("RUNNING", "FAILED", None)
"""What needs attention is listed for all workflows before the rest."""

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


async def list_executions(
    stack: Stack, store: Store, look_up: Callable[[str, str], Awaitable[None]]
) -> None:
    """Applies lists of Step Functions while pages are connected: one a second, for all pages.

    An account has 2 to 5 lists, and 10 to 15 descriptions a second.
    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html

    Args:
        look_up: updates the record of a workflow's execution. A list has no errors.
    """
    looked_up: set[str] = set()
    workflows = [name for name, route in stack.routes.items() if route.mode == "async"]
    for status, workflow in cycle(product(LISTED, workflows)):
        await store.wait_for_page()
        if store.is_closed:
            return
        read = partial(stack.executions, workflow, status=status, limit=LIST_LENGTH)
        try:
            found = await run_in_thread(read)
        except StepgateError as error:
            store.set_list_problem(str(error))
            await asyncio.sleep(RETRY_SECONDS)
            continue
        store.set_list_problem(None)
        for listed in reversed(found):
            store.apply_listed(listed)
        failed = (store.get(each.workflow, each.name) for each in found if each.status == "FAILED")
        unknown = (each for each in failed if each and each.is_listed and each.id not in looked_up)
        for record in islice(unknown, LOOKED_UP):
            looked_up.add(record.id)
            await look_up(record.workflow, record.execution or "")
        await asyncio.sleep(LIST_SECONDS)


async def check_for_problems(progress: Progress, store: Store) -> None:
    """Keeps the store's queue problem current, and expires Express executions."""
    while True:
        store.set_queue_problem(str(progress.problem) if progress.problem else None)
        store.expire_express_executions()
        await asyncio.sleep(CHECK_SECONDS)
