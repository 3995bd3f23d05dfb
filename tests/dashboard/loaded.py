"""`python -m tests.dashboard.loaded OUTPUTS EXECUTIONS`: a dashboard with so many made-up ones."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from stepgate import Stack
from stepgate.cli.listener import HOST, create_listener
from stepgate.client.execution_log import ListedStatus
from stepgate.client.executions import ExecutionSummary
from stepgate.client.outputs import load_outputs
from stepgate.dashboard import store as stores
from stepgate.dashboard.access import Access
from stepgate.dashboard.app import Dashboard
from stepgate.dashboard.deployment import StackSource
from stepgate.dashboard.server import serve
from tests.dashboard.served import Served


def summary(number: int, now: datetime) -> ExecutionSummary:
    """One in ten runs, one in ten has failed."""
    started = now - timedelta(seconds=number)
    statuses: dict[int, ListedStatus] = {0: "RUNNING", 1: "FAILED"}
    status = statuses.get(number % 10, "SUCCEEDED")
    stopped = None if status == "RUNNING" else started + timedelta(seconds=1)
    name = f"made-up-{number:012}-0000-0000"
    error = "Lambda.ServiceException" if status == "FAILED" else None
    return ExecutionSummary("later", name, name, status, started, stopped, 1, error=error)


@contextmanager
def loaded(folder: Path, outputs: dict[str, Any], executions: int) -> Generator[Served]:
    """A dashboard with so many made-up executions.

    Args:
        outputs: of a stack that has `later`.
    """
    file = folder / "loaded.json"
    file.write_text(json.dumps(outputs))
    command = [sys.executable, "-m", "tests.dashboard.loaded", str(file), str(executions)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        printed = server.stdout.readline().strip()
        with httpx.Client() as client:
            yield Served(printed, None, client)  # pyright: ignore[reportArgumentType]
        server.terminate()


def main(outputs: Path, executions: int) -> None:
    stores.MAX_EXECUTIONS = executions
    listener = create_listener(0)
    port = listener.getsockname()[1]
    access = Access(b"secret", port)
    source = StackSource("load", partial(load_outputs, outputs), Stack, outputs)
    dashboard = Dashboard(source, access)
    now = datetime.now(UTC)
    for number in range(executions):
        dashboard.store.apply_listed(summary(number, now))
    url = f"http://{HOST}:{port}/?token={access.token}"
    serve(dashboard, listener, lambda: print(url, flush=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
