"""The signals that ask a command to end."""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from ci.errors import StoppedError
from local.stack import STOP_SIGNALS


class Interruption:
    """The first signal counts, and more of them do nothing.

    It never breaks off between two steps: it ends what is at work (see `ends`), or keeps the next
    step from starting (see `check`). So whoever made something always comes to clean it up.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._end: Callable[[], None] | None = None
        self._held = False
        for each in STOP_SIGNALS:
            signal.signal(each, self._receive)

    def _receive(self, number: int, _: FrameType | None) -> None:
        if self.signal is None:
            self.signal = signal.Signals(number)
            if self._end and not self._held:
                self._end()

    def check(self) -> None:
        """
        Raises:
            StoppedError: a signal has come, and is not held back.
        """
        if self.signal and not self._held:
            raise StoppedError(self.signal)

    @contextmanager
    def ends(self, end: Callable[[], None]) -> Generator[None]:
        """What is at work inside; the signal ends it by calling `end`."""
        self._end = end
        try:
            if self.signal and not self._held:  # it came just before
                end()
            yield
        finally:
            self._end = None

    @contextmanager
    def held(self) -> Generator[None]:
        """What has to be done whatever happens."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
