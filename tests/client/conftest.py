"""Stacks to call."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest
from stepgate import Stack

from tests.conftest import Deployed


@pytest.fixture(scope="session")
def outputs_file(added: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("outputs") / "outputs.json"
    file.write_text(json.dumps(added.outputs))
    return file


@pytest.fixture(scope="module")
def stack(outputs_file: Path) -> Generator[Stack]:
    """The stack on the emulator, with the workflows that tests add."""
    with Stack.from_outputs(outputs_file) as stack:
        yield stack
