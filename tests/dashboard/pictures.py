"""Pictures of the dashboard for docs/pictures, of the tests' project on the emulator.

`python -m tests.dashboard.pictures` takes them again.
"""

import json
import sys
import tempfile
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from stepgate.local.deployment import LocalDeployment
from stepgate.local.emulator import free_port
from stepgate.local.steps import Steps
from stepgate.resource_types.cloud import Cloud
from tests.client.progress_queues import Sent, new_queue
from tests.conftest import REPOSITORY
from tests.dashboard.chromium import browser, executable
from tests.dashboard.loaded import loaded
from tests.dashboard.served import Served, served
from tests.dashboard.tabs import tabs
from tests.deployed.stacks import Deployed, deploy_beside
from tests.local.processes import await_
from tests.program import PROJECT

PICTURES = REPOSITORY / "docs/pictures"
HEIGHTS = {1440: 900, 1024: 900, 400: 860}
EXECUTION_HEIGHTS = {1440: 900, 1024: 1000, 400: 1150}
WORKFLOWS = ["order", "later", "parts", "parent", "approved", "now", "branches", "items", "many"]
LISTED = WORKFLOWS[:6]
"""Those of which executions are made up."""
PATH = ["Delay", "Check the order", "Send the order", "Confirm the order"]
ERRORS = ["NotFound", "States.TaskFailed", "Lambda.TooManyRequestsException"]
VIEWS = {"overview": "#/", "list": "#/executions"}
MANY = 10_000
FORTY: list[dict[str, Any]] = [{"wait": 0} for _ in range(40)]
FORTY[19:21] = [{"wait": 60}, {"wait": 2, "fail": True}]
EXECUTIONS: dict[str, tuple[str, object, str, str]] = {
    "parallel": ("branches", {"fail": "Declined"}, "Failed", "graph"),
    "map": ("items", {"items": FORTY}, "Failed", "graph"),
    "long": ("many", {}, "Succeeded", "graph"),
    "nested": ("parent", {"wait": 2}, "Succeeded", "graph"),
    "waiting": ("approved", {}, "Running", "graph"),
    "timeline": ("branches", {"fail": "Declined"}, "Failed", "timeline"),
    "events": ("branches", {"fail": "Declined"}, "Failed", "events"),
}
"""By the name of the picture: the workflow, its input, the status that is awaited, and the tab."""
RUNNING = {"approved": {}, "items": {"items": [{"wait": 90}] * 4}, "branches": {}}
"""More that run, by their workflows."""


def send_execution(queue: Sent, workflow: str, ago: float, lasts: float, **last: str) -> None:
    """One that began so many seconds ago, and has ended as `last` says."""
    name = str(uuid.uuid4())
    began = datetime.now(UTC) - timedelta(seconds=ago)
    for number, state in enumerate(PATH):
        time = began + timedelta(seconds=number * lasts / 5)
        queue.send(name, state, workflow=workflow, time=time.isoformat())
    end = began + timedelta(seconds=lasts)
    queue.send(name, None, workflow=workflow, time=end.isoformat(), **last)


def send_executions(queue: Sent, workflows: list[str]) -> None:
    """About thirty that have ended in the last hour, one in six has failed."""
    for number in range(1, 31):
        workflow = workflows[number * 5 % len(workflows) if number % 4 else 0]
        ago, lasts = 60 + number * 110, 2 + number * 7 % 40
        if number % 6 == 0:
            error = ERRORS[number // 6 % len(ERRORS)]
            send_execution(queue, workflow, ago, lasts, status="FAILED", error=error)
        else:
            status = "ABORTED" if number == 17 else "SUCCEEDED"
            send_execution(queue, workflow, ago, lasts, status=status)


def begin(dashboard: Served, workflow: str, input_: object) -> str:
    """The fragment of one that really runs."""
    answer = dashboard.post("/executions", json.dumps(input_), workflow=workflow).json()
    return f"#/executions/{workflow}/{answer['execution']}"


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


def take(chromium: Browser, dashboard: Served, names: dict[str, str]) -> None:
    """
    Args:
        names: of the pictures, by the views.
    """
    for width, height in HEIGHTS.items():
        for scheme in ("light", "dark"):
            size = {"width": width, "height": height}
            with tabs(chromium, dashboard, viewport=size, color_scheme=scheme) as opened:
                for view, name in names.items():
                    page = opened.open(VIEWS[view])
                    expect(page.locator(".rows li:visible").nth(5)).to_be_visible()
                    page.screenshot(path=PICTURES / f"dashboard-{name}-{scheme}-{width}.png")


def take_executions(chromium: Browser, dashboard: Served, begun: dict[str, str]) -> None:
    """
    Args:
        begun: their fragments, by the names of the pictures.
    """
    for width, height in EXECUTION_HEIGHTS.items():
        for scheme in ("light", "dark"):
            size = {"width": width, "height": height}
            with tabs(chromium, dashboard, viewport=size, color_scheme=scheme) as opened:
                for name, (_, _, status, tab) in EXECUTIONS.items():
                    page = opened.open(f"{begun[name]}?view={tab}")
                    expect(page.locator('[data-fact="Status"]')).to_contain_text(status)
                    shown = page.locator(".events tbody tr, .bars li, .picture [data-mark]")
                    expect(shown.locator("visible=true").first).to_be_visible()
                    path = PICTURES / f"dashboard-{name}-{scheme}-{width}.png"
                    page.screenshot(path=path)
                    page.close()


def await_lists(chromium: Browser, dashboard: Served) -> None:
    """Returns once each workflow was listed."""
    with tabs(chromium, dashboard) as opened:
        hint = opened.open().locator("#loaded")
        expect(hint).to_contain_text("since")
        expect(hint).not_to_contain_text("loading")


def main() -> None:
    path = executable()
    if path is None:
        sys.exit("pictures need Chromium on PATH")
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder) / "stack") as stack:
        queue = new_queue(stack.cloud.endpoint)
        send_executions(queue, LISTED)
        outputs = {**stack.outputs, "progressQueueUrl": queue.url}
        with served(Path(folder), outputs, 0, {}) as dashboard, browser(path) as chromium:
            await_(lambda: queue.left() == 0, "an empty queue")
            begun = {
                name: begin(dashboard, workflow, input_)
                for name, (workflow, input_, _, _) in EXECUTIONS.items()
            }
            await_lists(chromium, dashboard)
            for workflow, input_ in RUNNING.items():
                begin(dashboard, workflow, input_)
            take(chromium, dashboard, {"overview": "overview", "list": "list"})
            take_executions(chromium, dashboard, begun)
        routes = {"later": stack.outputs["routes"]["later"]}
        with (
            loaded(Path(folder), {**stack.outputs, "routes": routes}, MANY) as dashboard,
            browser(path) as chromium,
        ):
            take(chromium, dashboard, {"list": "thousands"})


if __name__ == "__main__":
    main()
