"""Blocking calls, beside the event loop."""

import asyncio
from collections.abc import Callable

from stepgate.client.threads import Result, run_in_daemon_thread


async def run_in_thread(work: Callable[[], Result]) -> Result:
    """Runs the work in a daemon thread: unlike with `asyncio.to_thread`, no exit waits for it.

    If this is cancelled, the work continues and its result is dropped.
    """
    return await asyncio.wrap_future(run_in_daemon_thread(work, "stepgate-dashboard"))
