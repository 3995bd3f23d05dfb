"""Work in a thread that no exit waits for."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def in_thread(work: Callable[[], Result], name: str) -> Future[Result]:
    """What comes of the work. It cannot be cancelled: its result is dropped then.

    Args:
        name: the thread's.
    """
    future: Future[Result] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    Thread(target=run, name=name, daemon=True).start()
    return future
