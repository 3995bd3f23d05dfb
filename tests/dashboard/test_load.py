"""A thousand messages a minute, and some pages: how soon all show them."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Window

from tests.client.progress_queues import Sent, new_queue
from tests.dashboard.served import Page, Served
from tests.dashboard.tabs import tabs
from tests.deployed.stacks import Deployed
from tests.local.processes import await_

pytestmark = pytest.mark.proof

STATES = ("First", "Each", "Part", "Last", None)


@dataclass(frozen=True)
class Load:
    messages: int
    seconds: int
    pages: int
    max_told: float
    max_drawn: float

    def __str__(self) -> str:
        return f"{self.messages} messages in {self.seconds} s, {self.pages} pages"

    @property
    def executions(self) -> int:
        return self.messages // len(STATES)


# A busy machine may pause for seconds: the figures of a quiet one are asserted in `make bench`.
LOADS = [
    pytest.param(Load(100, 6, 5, max_told=30, max_drawn=60), id="small"),
    pytest.param(Load(500, 30, 20, max_told=1, max_drawn=10), id="full", marks=pytest.mark.bench),
]


@pytest.fixture(scope="module", params=LOADS)
def load(request: pytest.FixtureRequest) -> Load:
    return request.param


@pytest.fixture(scope="module")
def queue(load: Load, deployed: Deployed) -> Sent:  # noqa: ARG001 (made anew for each)
    """Each load has a queue, and so a dashboard, of its own."""
    return new_queue(deployed.cloud.endpoint)


@pytest.fixture
def windows(chromium: Browser, dashboard: Served, load: Load) -> Generator[list[Window]]:
    """Each a browser of its own, with a connection of its own, and each drawn all the time.

    Of tabs only the one in front is drawn.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(tabs(chromium, dashboard)) for _ in range(load.pages)]
        yield [each.open("#/executions?workflow=parts") for each in opened]


def send_all(queue: Sent, load: Load) -> None:
    """Evenly, so that each execution's five messages come within a second and a half."""
    began = time.monotonic()
    names = [uuid.uuid4().hex for _ in range(load.executions)]
    for number in range(load.messages):
        execution = names[number // len(STATES)]
        state = STATES[number % len(STATES)]
        ahead = began + number * load.seconds / load.messages - time.monotonic()
        time.sleep(max(0, ahead))
        moment = datetime.now(UTC) + timedelta(milliseconds=number % len(STATES))
        queue.send(execution, state, workflow="parts", time=moment.isoformat())


def shown_after(queue: Sent, is_shown: Callable[[str], bool]) -> float:
    """Seconds from the sending of one more message until its record's id is shown."""
    execution = uuid.uuid4().hex
    sent = time.monotonic()
    queue.send(execution, "First", workflow="parts", time=datetime.now(UTC).isoformat())
    await_(lambda: is_shown(f"parts/{execution}"), "the message on every page")
    seconds = time.monotonic() - sent
    queue.send(execution, None, workflow="parts", time=datetime.now(UTC).isoformat())
    return seconds


def figures(what: str, seconds: list[float]) -> str:
    median = sorted(seconds)[len(seconds) // 2]
    return f"{what} after {median:.2f} s (at most {max(seconds):.2f})"


def test_the_server_tells_all_pages(
    dashboard: Served, queue: Sent, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[float] = []
    answered: list[float] = []
    with ExitStack() as stack:
        pages = [stack.enter_context(Page.of(dashboard)) for _ in range(load.pages)]
        sending = stack.enter_context(ThreadPoolExecutor()).submit(send_all, queue, load)
        while not sending.done():
            told.append(shown_after(queue, lambda id_: all(page.record(id_) for page in pages)))
            asked = time.monotonic()
            assert dashboard.post("/check", "{", workflow="later").json()["problem"]
            answered.append(time.monotonic() - asked)
        sending.result()
        await_(lambda: queue.left() == 0, "an empty queue")
        count = load.executions + len(told)
        for page in pages:
            await_(lambda page=page: len(page.state["executions"]) >= count, "all of them")
    with capsys.disabled():
        print(f"\n{load}: {figures('told', told)}, {figures('a request answered', answered)}")
    assert max(told + answered) < load.max_told


def test_all_windows_keep_up(
    windows: list[Window], queue: Sent, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    """Slower than the server, for two cores without a graphics card draw all of them."""
    shown: list[float] = []

    def is_shown(id_: str) -> bool:
        return all(window.locator(f'[data-id="{id_}"]').count() for window in windows)

    with ThreadPoolExecutor() as pool:
        sending = pool.submit(send_all, queue, load)
        while not sending.done():
            shown.append(shown_after(queue, is_shown))
        sending.result()
    await_(lambda: queue.left() == 0, "an empty queue")
    for window in windows:
        expect(window.locator("#rows [data-status=RUNNING]")).to_have_count(0)
    with capsys.disabled():
        print(f"\n{load}: {figures('drawn', shown)}")
    assert max(shown) < load.max_drawn


@pytest.mark.parametrize(
    ("executions", "max_megabytes", "max_seconds"),
    [
        # A busy machine may pause for seconds: `make bench` asserts the figure of a quiet one.
        pytest.param(10_000, 300, 10, id="busy"),
        pytest.param(10_000, 300, 1, id="quiet", marks=pytest.mark.bench),
        pytest.param(100_000, 1_000, 5, id="large", marks=pytest.mark.bench),
    ],
)
def test_many_executions_fit_into_memory_and_a_page_has_its_overview_soon(
    outputs: dict[str, Any],
    tmp_path: Path,
    executions: int,
    max_megabytes: int,
    max_seconds: float,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(outputs))
    command = [sys.executable, "-m", "tests.dashboard.loaded", str(file), str(executions)]
    seconds: list[float] = []
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        ExitStack() as stack,
    ):
        stack.callback(server.terminate)
        assert server.stdout
        printed = server.stdout.readline().strip()
        client = stack.enter_context(httpx.Client(base_url=printed.partition("?")[0], timeout=60))
        client.get(printed)
        for _ in range(20):
            began = time.monotonic()
            lines = stack.enter_context(client.stream("GET", "/events")).iter_lines()
            assert next(lines) == "event: snapshot"
            snapshot = json.loads(next(lines).removeprefix("data: "))
            seconds.append(time.monotonic() - began)
            assert snapshot["overview"]["loaded"]["executions"] == executions
        status = Path(f"/proc/{server.pid}/status").read_text()
        megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1000
    with capsys.disabled():
        text = figures("an overview", seconds)
        print(f"\n{executions:,} executions, 20 pages: {text}, {megabytes:.0f} MB")
    assert megabytes < max_megabytes
    assert max(seconds) < max_seconds
