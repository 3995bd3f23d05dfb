"""Tests of the emulator, and of what runs on it."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    for plugin in ("emulator", "chromium"):
        config.pluginmanager.import_plugin(f"tests.fixtures.{plugin}")
