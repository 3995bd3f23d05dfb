"""Tests of the emulator, and of what runs on it."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.fixtures.emulator")
