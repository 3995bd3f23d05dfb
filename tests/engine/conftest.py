"""A stack that is deployed on the engine: made once for each file of tests."""

import pytest

from tests.engine.pulumi_stack import Engine, Stack


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.fixtures.engine")


@pytest.fixture(scope="module")
def deployed(engine: Engine) -> Stack:
    stack = engine.stack("dev")
    stack.up()
    return stack
