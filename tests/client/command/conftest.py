"""The command beside a deployed stack with the tests' workflows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.command.stepgate import Stepgate
from tests.conftest import Deployed

Start = Callable[[Any], str]


@pytest.fixture(scope="session")
def stepgate(added: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Stepgate:
    """In a folder where the outputs are at their usual place."""
    folder = tmp_path_factory.mktemp("command")
    (folder / ".local").mkdir()
    (folder / ".local/outputs.json").write_text(json.dumps(added.outputs))
    return Stepgate(folder)


@pytest.fixture(scope="session")
def start(added: Deployed) -> Start:
    """Starts the workflow `later` and gives the execution's name."""
    return lambda value: httpx.post(added.url("later"), json=value).json()["execution"]


@pytest.fixture
def delayed(added: Deployed) -> str:
    """The URL of an execution of `standard-instance` that does nothing for 8 s, and then fails."""
    url = added.url("standard-instance")
    answer = httpx.post(url, json={"instance_id": "i-00000000000000000"})
    return f"{url}/{answer.json()['execution']}"


@pytest.fixture
def changed(added: Deployed, tmp_path: Path) -> Callable[..., Stepgate]:
    """The command in a folder where some outputs are others."""

    def with_outputs(**outputs: Any) -> Stepgate:
        (tmp_path / ".local").mkdir()
        (tmp_path / ".local/outputs.json").write_text(json.dumps({**added.outputs, **outputs}))
        return Stepgate(tmp_path)

    return with_outputs
