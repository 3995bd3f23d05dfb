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
from tests.program import PROJECT

PICTURES = REPOSITORY / "docs/pictures"
SIZES = {1280: 800, 400: 860}
ONE_COLUMN = 900
WORKFLOW = "order"
PATH = ["Delay", "Check the order", "Send the order", "Confirm the order"]


def send_execution(queue: Sent, ago: float, states: list[str], **last: str) -> str:
    """One that began so many seconds ago, and has ended as `last` says, if it does."""
    name = str(uuid.uuid4())
    began = datetime.now(UTC) - timedelta(seconds=ago)
    times = [began] + [began + timedelta(seconds=8 + 0.2 * n) for n in range(len(states))]
    for state, time in zip(states, times, strict=False):
        queue.send(name, state, workflow=WORKFLOW, time=time.isoformat())
    if last:
        end = times[len(states)].isoformat()
        queue.send(name, None, workflow=WORKFLOW, time=end, **last)
    return name


def send_executions(queue: Sent) -> str:
    """Some that have ended in each way, and two at work; gives the name of the one to show."""
    refused = {"status": "FAILED", "error": "NotFound", "cause": "There is no such article."}
    send_execution(queue, 5400, PATH, status="SUCCEEDED")
    send_execution(queue, 1300, [*PATH[:2], "Refuse the order"], **refused)
    send_execution(queue, 640, PATH[:1], status="ABORTED")
    send_execution(queue, 35, PATH, status="SUCCEEDED")
    send_execution(queue, 4, PATH[:1])
    return send_execution(queue, 9.5, PATH[:3])


@contextmanager
def deployed(folder: Path) -> Generator[Deployed]:
    """A stack of two workflows, on an emulator of its own."""
    stack, port = LocalDeployment(folder), free_port()
    try:
        outputs = stack.up(PROJECT, port, Steps())
        whole = Deployed(outputs, Cloud(f"http://127.0.0.1:{port}", outputs["region"]))
        yield deploy_beside(whole, "pictured", workflows=["now", WORKFLOW])
    finally:
        stack.down()


def take(chromium: Browser, dashboard: Served, execution: str, width: int, scheme: str) -> None:
    size = {"width": width, "height": SIZES[width]}
    with tabs(chromium, dashboard, viewport=size, color_scheme=scheme) as opened:
        page = opened.open(workflow=WORKFLOW, execution=execution)
        current = page.locator("#diagram [data-highlight=current]")
        if width < ONE_COLUMN:
            current.scroll_into_view_if_needed()
        expect(current).to_be_in_viewport(ratio=0.9)
        file = PICTURES / f"dashboard-{scheme}-{width}.png"
        page.screenshot(path=file, full_page=width < ONE_COLUMN)


def main() -> None:
    path = executable()
    if path is None:
        sys.exit("pictures need Chromium on PATH")
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder) / "stack") as stack:
        queue = new_queue(stack.cloud.endpoint)
        execution = send_executions(queue)
        outputs = {**stack.outputs, "progressQueueUrl": queue.url}
        with served(Path(folder), outputs, 0, {}) as dashboard, browser(path) as chromium:
            for width in SIZES:
                for scheme in ("light", "dark"):
                    take(chromium, dashboard, execution, width, scheme)


if __name__ == "__main__":
    main()
