"""Work that takes long, beside the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


async def aside(work: Callable[[], Result]) -> Result:
    """The result of the work, which is done in a thread that no exit waits for.

    When this is cancelled, the work goes on and its result is dropped.
    """
    future: Future[Result] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    Thread(target=run, name="stepgate-dashboard", daemon=True).start()
    return await asyncio.wrap_future(future)
