"""Time that passes only in a wait."""

import pytest

from smoke import instance
from stepgate.ci.smoke import caller
from tests.ci.smoke.conftest import Clock


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (caller, instance):
        monkeypatch.setattr(module, "time", clock)
    return clock
