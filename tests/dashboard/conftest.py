"""Dashboards of the stack with the tests' workflows, each with a queue of its own."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.client.progress_queues import Sent, new_queue
from tests.dashboard.served import Served, served
from tests.deployed.stacks import Deployed

Serve = Callable[..., Served]


def pytest_configure(config: pytest.Config) -> None:
    for plugin in ("emulator", "chromium"):
        config.pluginmanager.import_plugin(f"tests.fixtures.{plugin}")


@pytest.fixture(scope="module")
def queue(deployed: Deployed) -> Sent:
    return new_queue(deployed.cloud.endpoint)


@pytest.fixture(scope="module")
def outputs(deployed: Deployed, queue: Sent) -> dict[str, Any]:
    return {**deployed.outputs, "progressQueueUrl": queue.url}


@pytest.fixture(scope="module")
def dashboard(
    outputs: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Generator[Served]:
    with served(tmp_path_factory.mktemp("dashboard"), outputs, 0, {}) as dashboard:
        yield dashboard


@pytest.fixture
def serve(outputs: dict[str, Any], tmp_path: Path) -> Generator[Serve]:
    """Serves another one, with some outputs changed; `port` and the environment may be given."""
    with ExitStack() as stack:

        def start(port: int | None = None, **changed: Any) -> Served:
            environment = {name: changed.pop(name) for name in [*changed] if name.isupper()}
            return stack.enter_context(
                served(tmp_path, {**outputs, **changed}, port or 0, environment)
            )

        yield start
