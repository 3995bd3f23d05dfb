"""Dashboards of the stack with the tests' workflows, each with a queue of its own."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.client.dashboard.served import Served, served
from tests.client.queues import Sent, new_queue
from tests.conftest import Deployed

Serve = Callable[..., Served]


@pytest.fixture(scope="module")
def queue(added: Deployed) -> Sent:
    return new_queue(added.cloud.endpoint)


@pytest.fixture(scope="module")
def outputs(added: Deployed, queue: Sent) -> dict[str, Any]:
    return {**added.outputs, "progressQueueUrl": queue.url}


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
