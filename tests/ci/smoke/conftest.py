"""Time that passes only while somebody waits."""

import pytest

from ci.smoke import caller, instance


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (caller, instance):
        monkeypatch.setattr(module, "time", clock)
    return clock
