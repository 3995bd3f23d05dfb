"""The signal that ends a command."""

import signal
from types import FrameType
from typing import NoReturn

from stepgate.signals import STOP_SIGNALS


class Interruption:
    """The first signal ends the command, which then cleans up; later ones do not stop that."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        for each in STOP_SIGNALS:
            signal.signal(each, self._interrupt)

    def _interrupt(self, number: int, _: FrameType | None) -> NoReturn:
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        self.signal = signal.Signals(number)
        raise KeyboardInterrupt
