"""The example's stack, deployed on the engine: made once for each file of tests."""

from pathlib import Path

import pytest

from tests.engine.pulumi_stack import Engine, Stack
from tests.example.program import copy_program


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.fixtures.engine")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example's program."""
    return copy_program(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def deployed(engine: Engine, program: Path) -> Stack:
    stack = engine.stack("dev", program)
    stack.up()
    return stack
