"""Pictures of the dashboard for docs/pictures, of the stack of `make up`.

`python -m tests.client.dashboard.pictures` takes them anew.
"""

import json
import sys
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.chromium import browser, executable
from tests.client.dashboard.served import served
from tests.client.dashboard.tabs import tabs
from tests.client.queues import Sent, new_queue

PROJECT = Path(__file__).parents[3]
OUTPUTS = PROJECT / ".local/outputs.json"
PICTURES = PROJECT / "docs/pictures"
SIZES = {1280: 800, 400: 860}
ONE_COLUMN = 900
PATH = [
    "Delay",
    "Choose the instance",
    "Take the stack's instance",
    "Describe the instance",
    "Choose the action",
    "Stop the instance",
]
CAUSE = "There is no such instance in this account and Region, or it has been terminated."


def execution(queue: Sent, ago: float, states: list[str], **last: str) -> str:
    """One that began so many seconds ago, and has ended as `last` says, if it does."""
    name = str(uuid.uuid4())
    began = datetime.now(UTC) - timedelta(seconds=ago)
    times = [began] + [began + timedelta(seconds=8 + 0.2 * n) for n in range(len(states))]
    for state, time in zip(states, times, strict=False):
        queue.send(name, state, workflow="standard-instance", time=time.isoformat())
    if last:
        end = times[len(states)].isoformat()
        queue.send(name, None, workflow="standard-instance", time=end, **last)
    return name


def main() -> None:
    path = executable()
    if path is None or not OUTPUTS.exists():
        sys.exit("pictures need Chromium on PATH, and the stack of `make up`")
    outputs: dict[str, Any] = json.loads(OUTPUTS.read_text())
    place = urlsplit(str(outputs["progressQueueUrl"]))
    queue = new_queue(f"{place.scheme}://{place.netloc}")
    failed = {"status": "FAILED", "error": "InstanceNotFound", "cause": CAUSE}
    execution(queue, 5400, PATH, status="SUCCEEDED")
    execution(queue, 1300, [*PATH[:2], *PATH[3:5], "Instance not found"], **failed)
    execution(queue, 640, PATH[:1], status="ABORTED")
    execution(queue, 35, [*PATH[:5], "Start the instance"], status="SUCCEEDED")
    execution(queue, 4, PATH[:1])
    shown = execution(queue, 9.5, PATH)
    with tempfile.TemporaryDirectory() as folder:
        given = {**outputs, "progressQueueUrl": queue.url}
        with served(Path(folder), given, 0, {}) as dashboard, browser(path) as chromium:
            for width, height in SIZES.items():
                for scheme in ("light", "dark"):
                    size = {"width": width, "height": height}
                    with tabs(
                        chromium, dashboard.url, viewport=size, color_scheme=scheme
                    ) as opened:
                        page = opened.open(workflow="standard-instance", execution=shown)
                        expect(page.locator("#instance")).not_to_have_attribute(
                            "data-state", "unknown"
                        )
                        current = page.locator("[data-lit=current]")
                        if width < ONE_COLUMN:
                            current.scroll_into_view_if_needed()
                        expect(current).to_be_in_viewport(ratio=0.9)
                        file = PICTURES / f"dashboard-{scheme}-{width}.png"
                        page.screenshot(path=file, full_page=width < ONE_COLUMN)


if __name__ == "__main__":
    main()
