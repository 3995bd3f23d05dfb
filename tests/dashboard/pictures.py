"""Pictures of the dashboard for docs/pictures, of the tests' project on the emulator.

`python -m tests.dashboard.pictures` takes them again.
"""

import sys
import tempfile
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, expect

from stepgate.local.deployment import LocalDeployment
from stepgate.local.emulator import free_port
from stepgate.local.steps import Steps
from stepgate.resource_types.cloud import Cloud
from tests.client.progress_queues import Sent, new_queue
from tests.conftest import REPOSITORY
from tests.dashboard.chromium import browser, executable
from tests.dashboard.served import Served, served
from tests.dashboard.tabs import tabs
from tests.deployed.stacks import Deployed, deploy_beside
from tests.local.processes import await_
from tests.program import PROJECT

PICTURES = REPOSITORY / "docs/pictures"
SIZES = {("overview", 1440): 900, ("list", 1440): 640, ("overview", 400): 860, ("list", 400): 860}
WORKFLOWS = ["order", "later", "parts", "parent", "approved", "now"]
PATH = ["Delay", "Check the order", "Send the order", "Confirm the order"]
ERRORS = ["NotFound", "States.TaskFailed", "Lambda.TooManyRequestsException"]
VIEWS = {"overview": "#/", "list": "#/executions"}


def send_execution(queue: Sent, workflow: str, ago: float, lasts: float, **last: str) -> None:
    """One that began so many seconds ago, and has ended as `last` says, if it does."""
    name = str(uuid.uuid4())
    began = datetime.now(UTC) - timedelta(seconds=ago)
    for number, state in enumerate(PATH[: 4 if last else 2]):
        time = began + timedelta(seconds=number * lasts / 5)
        queue.send(name, state, workflow=workflow, time=time.isoformat())
    if last:
        end = began + timedelta(seconds=lasts)
        queue.send(name, None, workflow=workflow, time=end.isoformat(), **last)


def send_executions(queue: Sent, workflows: list[str]) -> None:
    """About thirty of the last hour: five run, and one in six has failed."""
    for number in range(30):
        workflow = workflows[number * 5 % len(workflows) if number % 4 else 0]
        ago, lasts = 4 + number * 110, 2 + number * 7 % 40
        if number < 5:
            send_execution(queue, workflow, ago, lasts)
        elif number % 6 == 0:
            error = ERRORS[number // 6 % len(ERRORS)]
            send_execution(queue, workflow, ago, lasts, status="FAILED", error=error)
        else:
            status = "ABORTED" if number == 17 else "SUCCEEDED"
            send_execution(queue, workflow, ago, lasts, status=status)


@contextmanager
def deployed(folder: Path) -> Generator[Deployed]:
    """A stack of some workflows, on an emulator of its own."""
    stack, port = LocalDeployment(folder), free_port()
    try:
        outputs = stack.up(PROJECT, port, Steps())
        whole = Deployed(outputs, Cloud(f"http://127.0.0.1:{port}", outputs["region"]))
        yield deploy_beside(whole, "pictured", workflows=WORKFLOWS)
    finally:
        stack.down()


def take(chromium: Browser, dashboard: Served, view: str, width: int, scheme: str) -> None:
    size = {"width": width, "height": SIZES[view, width]}
    with tabs(chromium, dashboard, viewport=size, color_scheme=scheme) as opened:
        page = opened.open(VIEWS[view])
        expect(page.locator(".rows li:visible").nth(5)).to_be_visible()
        page.screenshot(path=PICTURES / f"dashboard-{view}-{scheme}-{width}.png")


def main() -> None:
    path = executable()
    if path is None:
        sys.exit("pictures need Chromium on PATH")
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder) / "stack") as stack:
        queue = new_queue(stack.cloud.endpoint)
        send_executions(queue, WORKFLOWS)
        outputs = {**stack.outputs, "progressQueueUrl": queue.url}
        with served(Path(folder), outputs, 0, {}) as dashboard, browser(path) as chromium:
            await_(lambda: queue.left() == 0, "an empty queue")
            for view, width in SIZES:
                for scheme in ("light", "dark"):
                    take(chromium, dashboard, view, width, scheme)


if __name__ == "__main__":
    main()
