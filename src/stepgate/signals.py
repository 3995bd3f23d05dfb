"""The signals that ask a command to end."""

import signal
from collections.abc import Generator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a polite end, a closed terminal."""


@contextmanager
def signals_deferred() -> Generator[None]:
    """A signal that comes inside is delivered at the end: the first one, once.

    A signal mask would not do: it is a thread's own, and any other thread takes the signal then.
    """
    came: list[int] = []
    before = {s: signal.signal(s, lambda number, _: came.append(number)) for s in STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in came[:1]:
            signal.raise_signal(number)
