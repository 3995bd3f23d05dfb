"""The tools of a deployed stack with the tests' workflows."""

import json
from pathlib import Path

import pytest

from tests.deployed.stacks import Deployed


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.fixtures.emulator")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def outputs_file(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tools") / "outputs.json"
    file.write_text(json.dumps(deployed.outputs))
    return file
