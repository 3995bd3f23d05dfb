"""A stack that is deployed on the engine: made once for each file of tests."""

import pytest

from tests.engine.stack import Engine, Stack


@pytest.fixture(scope="module")
def deployed(engine: Engine) -> Stack:
    stack = engine.stack("dev")
    stack.up()
    return stack
