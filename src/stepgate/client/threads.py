"""Threads that do not keep the process from exiting."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


def run_in_daemon_thread(work: Callable[[], Result], name: str) -> Future[Result]:
    """The work's result or exception. The work cannot be cancelled.

    Args:
        name: the thread's name.
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
