"""The signals that ask a command to end."""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from stepgate.ci.errors import StoppedError
from stepgate.signals import STOP_SIGNALS


class Interruption:
    """The first signal counts, and later ones do nothing.

    It ends the step that is running (see `ends`), or prevents the next one (see `check`), and
    interrupts nothing else. So code that has created something always reaches its cleanup.
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
        """A step, inside; a signal ends it by calling `end`."""
        self._end = end
        try:
            if self.signal and not self._held:  # it came just before
                end()
            yield
        finally:
            self._end = None

    @contextmanager
    def held(self) -> Generator[None]:
        """Steps that are completed even after a signal, inside."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
