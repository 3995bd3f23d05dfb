"""The interpreter runs in the emulator's environment, which is made when it is first needed."""

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker("emulator")
