"""The engine, and a stack that is deployed on it: made once for each file of tests."""

import pytest
from _pytest.capture import CaptureManager

from tests.conftest import NEEDS_PULUMI, skip_for
from tests.engine.cli import can_be_had, search_path
from tests.engine.stack import PROJECT, Engine, Stack


@pytest.fixture(scope="session")
def path_with_pulumi(request: pytest.FixtureRequest) -> str:
    if not can_be_had():
        skip_for(NEEDS_PULUMI)
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    assert isinstance(capture, CaptureManager)

    def tell(line: str) -> None:
        """Minutes without a sign would look like a hang."""
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", flush=True)

    return search_path(PROJECT / ".local/pulumi", tell)


@pytest.fixture(scope="module")
def engine(path_with_pulumi: str, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(tmp_path_factory.mktemp("engine"), path_with_pulumi)


@pytest.fixture(scope="module")
def deployed(engine: Engine) -> Stack:
    stack = engine.stack("dev")
    stack.up()
    return stack
