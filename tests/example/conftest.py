"""Tests of the example stack."""

import pytest

from tests.conftest import REPOSITORY
from tests.deployed.stacks import Deployed, deploy_beside

DELAY_SECONDS = 4
"""Longer than a test takes to find an execution that waits."""


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.fixtures.emulator")


@pytest.fixture(scope="session")
def example(deployed: Deployed) -> Deployed:
    return deploy_beside(deployed, "example", REPOSITORY, delaySeconds=DELAY_SECONDS)
