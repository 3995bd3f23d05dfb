"""Work that takes long, beside the event loop."""

import asyncio
from collections.abc import Callable

from stepgate.aside import Result, in_thread


async def aside(work: Callable[[], Result]) -> Result:
    """The result of the work, which is done in a thread that no exit waits for.

    When this is cancelled, the work goes on and its result is dropped.
    """
    return await asyncio.wrap_future(in_thread(work, "stepgate-dashboard"))
