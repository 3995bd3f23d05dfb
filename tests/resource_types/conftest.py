"""Tests of the emulator, and of what runs on it."""

from pathlib import Path

import pytest

from stepgate.local.emulation import deploy
from stepgate.local.program import Outputs
from tests.deployed.stacks import Deployed
from tests.local.programs import write_project
from tests.resource_types.programs import HEAD, Run


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.fixtures.emulator")


@pytest.fixture
def run(tmp_path: Path, deployed: Deployed) -> Run:
    """Deploys onto the emulator that all tests share, so each names its resources differently."""

    def run_program(program: str) -> Outputs:
        project, cloud = write_project(tmp_path, HEAD + program), deployed.cloud
        return deploy(project, "local", {"aws:region": cloud.region}, cloud, lambda _: None)

    return run_program
