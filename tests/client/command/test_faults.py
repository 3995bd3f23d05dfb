"""The command beside routes that lose answers, and do not know at once what they have started."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.client.command.stepgate import Stepgate
from tests.client.routes import Routes, instead, problem

UNKNOWN = instead(problem(404, "ExecutionDoesNotExist"))


@pytest.fixture
def routes() -> Generator[Routes]:
    with Routes().serving() as routes:
        yield routes


@pytest.fixture
def stepgate(routes: Routes, tmp_path: Path) -> Stepgate:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/outputs.json").write_text(json.dumps(routes.outputs()))
    return Stepgate(tmp_path)


@pytest.mark.parametrize("command", ["status", "watch", "stop"])
def test_an_execution_may_be_so_new_that_its_route_does_not_know_it(
    routes: Routes, stepgate: Stepgate, command: str
) -> None:
    routes.executions["e-1"] = b"{}"
    routes.ended.add("e-1")
    routes.faults = [UNKNOWN, UNKNOWN]
    ended = stepgate.run(command, "later", "e-1")
    assert ended.code == 0
    assert routes.faults == []
