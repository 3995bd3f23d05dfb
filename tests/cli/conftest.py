"""The command beside a deployed stack with the tests' workflows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.command import Stepgate
from tests.deployed.stacks import Deployed

Start = Callable[[Any], str]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.fixtures.emulator")


@pytest.fixture(scope="session")
def stepgate(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Stepgate:
    """In a folder where the outputs are at their usual place."""
    folder = tmp_path_factory.mktemp("command")
    (folder / ".local").mkdir()
    (folder / ".local/outputs.json").write_text(json.dumps(deployed.outputs))
    return Stepgate(folder)


@pytest.fixture(scope="session")
def start(deployed: Deployed) -> Start:
    """Starts the workflow `later` and gives the execution's name."""
    return lambda value: httpx.post(deployed.url("later"), json=value).json()["execution"]


@pytest.fixture
def delayed(deployed: Deployed) -> str:
    """The URL of an execution of `order` that does nothing for 8 s, and then fails."""
    url = deployed.url("order")
    answer = httpx.post(url, json={"fail": "Gone", "cause": ""})
    return f"{url}/{answer.json()['execution']}"


@pytest.fixture
def changed(deployed: Deployed, tmp_path: Path) -> Callable[..., Stepgate]:
    """The command in a folder where some outputs are others."""

    def with_outputs(**outputs: Any) -> Stepgate:
        (tmp_path / ".local").mkdir()
        (tmp_path / ".local/outputs.json").write_text(json.dumps({**deployed.outputs, **outputs}))
        return Stepgate(tmp_path)

    return with_outputs
