"""Tests of stacks that are deployed on the emulator."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.fixtures.emulator")
