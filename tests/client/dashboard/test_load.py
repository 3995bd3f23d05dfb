"""Half a minute of a thousand messages a minute, and twenty pages: how soon all show them."""

import time
import uuid
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Window
from stepgate.dashboard.board import MOST_ENDED

from tests.client.dashboard.served import Page, Served
from tests.client.dashboard.tabs import tabs
from tests.client.queues import Sent
from tests.local.processes import await_

pytestmark = pytest.mark.proof

MESSAGES, SECONDS, PAGES = 500, 30, 20
LOAD = f"{MESSAGES} messages in {SECONDS} s, {PAGES} pages"
STATES = ("First", "Each", "Part", "Last", None)
EXECUTIONS = MESSAGES // len(STATES)


@pytest.fixture
def windows(chromium: Browser, dashboard: Served) -> Generator[list[Window]]:
    """Each a browser of its own, with a connection of its own, and each drawn all the time.

    Of tabs only the one in front is drawn.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(tabs(chromium, dashboard.url)) for _ in range(PAGES)]
        yield [each.open(workflow="parts") for each in opened]


def send_all(queue: Sent) -> None:
    """Evenly, so that each execution's five messages come within a second and a half."""
    began = time.monotonic()
    names = [uuid.uuid4().hex for _ in range(EXECUTIONS)]
    for number in range(MESSAGES):
        execution = names[number // len(STATES)]
        state = STATES[number % len(STATES)]
        ahead = began + number * SECONDS / MESSAGES - time.monotonic()
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


def checked_after(window: Window, text: str) -> float:
    """Seconds from a keystroke until the form says what is wrong, with its pause for typing."""
    window.fill("#input", "{}")
    expect(window.locator("#input-problem")).to_be_empty()
    typed = time.monotonic()
    window.fill("#input", text)
    await_(lambda: window.locator("#input-problem").inner_text(), "a problem")
    return time.monotonic() - typed


def figures(what: str, seconds: list[float]) -> str:
    median = sorted(seconds)[len(seconds) // 2]
    return f"{what} after {median:.2f} s (at most {max(seconds):.2f})"


def test_the_server_tells_twenty_pages_within_a_second(
    dashboard: Served, queue: Sent, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[float] = []
    answered: list[float] = []
    with ExitStack() as stack:
        pages = [stack.enter_context(Page.of(dashboard)) for _ in range(PAGES)]
        sending = stack.enter_context(ThreadPoolExecutor()).submit(send_all, queue)
        while not sending.done():
            told.append(shown_after(queue, lambda id_: all(page.record(id_) for page in pages)))
            asked = time.monotonic()
            assert dashboard.post("/check", "{", workflow="later").json()["problem"]
            answered.append(time.monotonic() - asked)
        sending.result()
        await_(lambda: queue.left() == 0, "an empty queue")
        count = min(EXECUTIONS + len(told), MOST_ENDED)
        for page in pages:
            await_(lambda page=page: len(page.state["executions"]) == count, "all of them")
    with capsys.disabled():
        print(f"\n{LOAD}: {figures('told', told)}, {figures('a request answered', answered)}")
    assert max(told + answered) < 1


def test_twenty_windows_keep_up(
    windows: list[Window], queue: Sent, capsys: pytest.CaptureFixture[str]
) -> None:
    """Slower than the server, for two cores without a graphics card draw all of them."""
    shown: list[float] = []
    checked: list[float] = []

    def is_shown(id_: str) -> bool:
        return all(window.locator(f'[data-id="{id_}"]').count() for window in windows)

    with ThreadPoolExecutor() as pool:
        sending = pool.submit(send_all, queue)
        while not sending.done():
            shown.append(shown_after(queue, is_shown))
            checked.append(checked_after(windows[len(shown) % PAGES], "{"))
        sending.result()
    await_(lambda: queue.left() == 0, "an empty queue")
    for window in windows:
        expect(window.locator("#ongoing li")).to_have_count(0)
    with capsys.disabled():
        print(f"\n{LOAD}: {figures('drawn', shown)}, {figures('an input checked', checked)}")
    assert max(shown + checked) < 10
