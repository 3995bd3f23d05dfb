"""The dashboard's page in a browser, of a stack on the emulator whose workflows really run."""

import json
import signal
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from stepgate.local.program import Outputs
from tests.dashboard.served import Served, served
from tests.dashboard.tabs import (
    RECORD_HIGHLIGHTS,
    Tabs,
    highlighted,
    path_shown,
    selected,
    start,
    tabs,
    unfit,
)
from tests.deployed.stacks import Deployed, deploy_beside

pytestmark = pytest.mark.proof

DELAY_SECONDS = 3
"""So long an execution stays in its first state: time to look, to stop it, and to reload."""
ASYNC, SYNC = {"workflow": "order"}, {"workflow": "now"}
PATH = ["Delay", "Check the order", "Send the order", "Confirm the order"]
FAILS = '{"fail": "NotFound", "cause": "sold out"}'
HOSTILE = "<img src=x onerror=\"document.title='broken in'\">/a"


@pytest.fixture(scope="session")
def outputs(deployed: Deployed) -> Outputs:
    """A stack with a short delay, and with a queue that nobody else reads.

    For the session, as a deployment has an event loop, which cannot run beside the browser's.
    """
    workflows = [SYNC["workflow"], ASYNC["workflow"]]
    return deploy_beside(deployed, "shown", workflows=workflows, delaySeconds=DELAY_SECONDS).outputs


@pytest.fixture(scope="module")
def dashboard(outputs: Outputs, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with served(tmp_path_factory.mktemp("dashboard"), outputs, 0, {}) as dashboard:
        yield dashboard


@pytest.fixture
def browser(chromium: Browser, dashboard: Served) -> Generator[Tabs]:
    with tabs(chromium, dashboard) as opened:
        yield opened


def expect_status(page: Page, status: str) -> None:
    expect(page.locator(f"#facts [data-status={status}]")).to_be_visible()


def row(page: Page, execution: str) -> Locator:
    return page.locator(f'[data-id="order/{execution}"]')


def test_it_is_started_from_the_form_and_its_states_light_up_in_order(browser: Tabs) -> None:
    page = browser.open(**ASYNC)
    expect(page.locator("#diagram svg")).to_be_visible()
    page.evaluate(RECORD_HIGHLIGHTS)
    execution = start(page)
    expect(page.locator("#diagram [data-highlight=current]")).to_have_attribute(
        "data-state", "Delay"
    )
    assert highlighted(page, "passed") == []
    expect(row(page, execution)).to_have_attribute("data-status", "RUNNING")
    expect(row(page, execution)).to_contain_text("Delay")
    expect_status(page, "SUCCEEDED")
    assert path_shown(page) == PATH
    assert sorted(highlighted(page, "passed")) == sorted(PATH)
    assert highlighted(page, "current") == []
    seen = page.evaluate("window.highlighted")
    assert seen[0] == "Delay"
    assert seen == [state for state in PATH if state in seen]
    expect(page.locator("#announcement")).to_contain_text("ucceeded")


def test_a_call_shows_its_output(browser: Tabs) -> None:
    page = browser.open(**SYNC)
    page.fill("#input", '{"n": 1}')
    page.keyboard.press("Control+Enter")
    expect_status(page, "SUCCEEDED")
    expect(page.locator("#output")).to_contain_text('"n": 1')
    expect(page.locator("#stop")).to_be_hidden()


def test_one_that_fails_shows_where_and_with_what(browser: Tabs) -> None:
    page = browser.open(**ASYNC)
    start(page, FAILS)
    expect_status(page, "FAILED")
    expect(page.locator("#error")).to_contain_text("NotFound")
    assert len(highlighted(page, "failed")) == 1
    expect(page.locator("#execution-input")).to_contain_text("sold out")


def test_one_is_stopped_with_the_keyboard(browser: Tabs) -> None:
    page = browser.open(**ASYNC)
    start(page)
    expect(page.locator("#diagram [data-highlight=current]")).to_have_attribute(
        "data-state", "Delay"
    )
    page.focus("#stop")
    page.keyboard.press("Enter")
    expect_status(page, "ABORTED")
    expect(page.locator("#stop")).to_be_hidden()
    assert highlighted(page, "failed") == ["Delay"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"fail": 5}', "fail is invalid: 5 is not of type 'string'"),
        ('{"fail": "NotFound"', "not valid JSON"),
    ],
)
def test_a_wrong_input_is_told_while_it_is_typed_and_starts_nothing(
    browser: Tabs, text: str, said: str
) -> None:
    page = browser.open(**ASYNC)
    count = page.locator("#ongoing li, #ended li").count()
    page.fill("#input", "")
    page.locator("#input").press_sequentially(text)
    expect(page.locator("#input-problem")).to_contain_text(said)
    expect(page.locator("#input")).to_have_attribute("aria-invalid", "true")
    page.click("#start-button")
    expect(page.locator("#input")).to_be_focused()
    assert page.locator("#ongoing li, #ended li").count() == count
    page.fill("#input", "{}")
    expect(page.locator("#input")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#input-problem")).to_be_empty()


def test_what_was_typed_stays_with_its_workflow(browser: Tabs) -> None:
    page = browser.open(**ASYNC)
    page.fill("#input", FAILS)
    page.locator("[data-workflow=now] a").click()
    expect(page.locator("#input")).to_have_value("{}")
    page.go_back()
    expect(page.locator("#input")).to_have_value(FAILS)


def test_a_reload_in_the_middle_goes_on_where_it_was(browser: Tabs) -> None:
    page = browser.open(**ASYNC)
    execution = start(page)
    expect(page.locator("#diagram [data-highlight=current]")).to_have_attribute(
        "data-state", "Delay"
    )
    page.reload()
    expect(page.locator("#diagram [data-highlight=current]")).to_have_attribute(
        "data-state", "Delay"
    )
    assert selected(page) == execution
    expect_status(page, "SUCCEEDED")
    assert path_shown(page) == PATH


def test_two_pages_show_the_same_and_a_late_one_what_went_before(
    browser: Tabs, chromium: Browser, dashboard: Served
) -> None:
    first = browser.open(**ASYNC)
    with tabs(chromium, dashboard) as other:
        second = other.open(**ASYNC)
        execution = start(first)
        second.bring_to_front()
        expect(row(second, execution)).to_be_visible()
        row(second, execution).get_by_role("link").click()
        for page in (first, second):
            page.bring_to_front()
            expect_status(page, "SUCCEEDED")
            assert path_shown(page) == PATH
        late = other.open(**ASYNC, execution=execution)
        expect_status(late, "SUCCEEDED")
        assert path_shown(late) == path_shown(first)


def test_twenty_tabs_of_one_browser_work_all(browser: Tabs) -> None:
    """Six connections to a server are all that a browser opens."""
    pages = [browser.open(**ASYNC) for _ in range(20)]
    execution = start(pages[-1])
    for page in pages:
        page.bring_to_front()
        expect(row(page, execution)).to_be_visible()
    pages[0].fill("#input", "5")
    expect(pages[0].locator("#input-problem")).not_to_be_empty()


def test_a_browser_that_has_not_opened_the_printed_address_is_told_to(
    chromium: Browser, dashboard: Served
) -> None:
    page = chromium.new_page()
    answer = page.goto(f"{dashboard.url}/")
    assert answer
    assert answer.status == 403
    expect(page.locator("body")).to_contain_text("open the address that `stepgate dashboard` has")
    page.context.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_another_page_in_the_same_browser_reaches_nothing(
    browser: Tabs, dashboard: Served, host: str
) -> None:
    """With its cookie, as a page of another port of the same host has it, too."""
    with simple_page() as port:
        page = browser.context.new_page()
        for path in ("/", "/events", "/page/dashboard.js", "/diagram?workflow=order"):
            page.goto(f"http://{host}:{port}/")
            with page.expect_navigation() as navigated:
                page.evaluate("url => location.assign(url)", f"{dashboard.url}{path}")
            assert navigated.value.status == 403


@contextmanager
def simple_page() -> Generator[int]:
    """The port of a server of somebody else's page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SimplePage) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


class SimplePage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<p>A page</p>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_a_restart_of_the_server_is_told_and_heals(
    chromium: Browser, outputs: Outputs, dashboard: Served, tmp_path: Path
) -> None:
    """With `dashboard` running elsewhere it would read the queue too: this is the one reader."""
    with stopped(dashboard), served(tmp_path, outputs, 0, {}) as one, tabs(chromium, one) as it:
        page = it.open(**ASYNC)
        execution = start(page)
        expect(page.locator("#diagram [data-highlight=current]")).to_have_attribute(
            "data-state", "Delay"
        )
        page.fill("#input", FAILS)
        one.running.process.send_signal(signal.SIGTERM)
        one.running.end()
        expect(page.locator("#connection")).to_be_visible()
        expect(page.locator("#connection")).to_contain_text("Connection lost, reconnecting")
        assert path_shown(page) == ["Delay"], "what was shown stays"
        with served(tmp_path, outputs, urlsplit(one.url).port or 0, {}):
            expect(page.locator("#connection")).to_be_hidden()
            expect_status(page, "SUCCEEDED")
            assert selected(page) == execution
            # The message of the first state is gone: it comes from the history, after the others.
            expect(page.locator("#path li .name").first).to_have_text(PATH[0])
            assert path_shown(page) == PATH
            expect(page.locator("#input")).to_have_value(FAILS)


@contextmanager
def stopped(dashboard: Served) -> Generator[None]:
    """While it stands still; a request that was underway is answered before."""
    process = dashboard.running.process
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def test_a_server_that_hangs_is_told_too(browser: Tabs, dashboard: Served) -> None:
    page = browser.open(**ASYNC)
    with stopped(dashboard):
        expect(page.locator("#connection")).to_be_visible()
    expect(page.locator("#connection")).to_be_hidden()


def test_an_execution_that_the_server_does_not_know_is_looked_for(
    browser: Tabs,
) -> None:
    page = browser.open(**ASYNC, execution="nobody")
    expect(page.locator("#execution-problem")).to_contain_text("execution does not exist")
    page.goto(f"{browser.url}/#workflow=nothing")
    expect(page.locator("#execution-problem")).to_contain_text("no workflow nothing")


def test_what_has_just_started_is_awaited_and_not_asked_for(browser: Tabs) -> None:
    """The answer to a start is faster than the stream; its record's id is no execution's name."""
    page = browser.open(**SYNC)
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if not answer.ok else None)
    for workflow in (SYNC, ASYNC):
        page.goto(f"{browser.url}/#{urlencode(workflow)}")
        page.click("#start-button")
        expect_status(page, "SUCCEEDED")
    assert refused == []
    page.goto(f"{browser.url}/#{urlencode({**SYNC, 'execution': 'now/ gone'})}")
    expect(page.locator("#execution-problem")).to_contain_text("no longer known")


def test_names_are_shown_and_never_run(chromium: Browser, outputs: Outputs, tmp_path: Path) -> None:
    routes = {HOSTILE: outputs["routes"]["now"]}
    states = {HOSTILE: {"Type": "Wait", "Seconds": 1, "Comment": HOSTILE, "End": True}}
    definitions = {HOSTILE: {"StartAt": HOSTILE, "States": states}}
    hostile = {"routes": routes, "definitions": definitions, "openapi": {}, "region": HOSTILE}
    with (
        served(tmp_path, {**outputs, **hostile}, 0, {}) as one,
        tabs(chromium, one) as opened,
    ):
        page = opened.open(workflow=HOSTILE)
        expect(page.locator("#title")).to_have_text(HOSTILE)
        expect(page.locator("#workflows li")).to_contain_text(HOSTILE)
        expect(page.locator("#diagram svg")).to_be_visible()
        # The route is another workflow's, which fails with whatever the input says.
        page.fill("#input", json.dumps({"fail": HOSTILE, "cause": HOSTILE}))
        page.click("#start-button")
        expect_status(page, "FAILED")
        expect(page.locator("#execution-input")).to_contain_text("<img src=x onerror=")
        assert page.locator("img").count() == 0
        assert page.title() != "broken in"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_everybody_can_use_it(
    chromium: Browser, dashboard: Served, scheme: str, width: int
) -> None:
    """As far as axe-core sees."""
    size = {"width": width, "height": 800}
    with tabs(chromium, dashboard, viewport=size, color_scheme=scheme) as opened:
        page = opened.open(**ASYNC)
        expect(page.locator("#diagram svg")).to_be_visible()
        assert unfit(page) == []
        page.fill("#input", "5")
        expect(page.locator("#input-problem")).not_to_be_empty()
        assert unfit(page) == []
        start(page, FAILS)
        expect(page.locator("#diagram [data-highlight=current]")).to_be_visible()
        assert unfit(page) == []
        expect_status(page, "FAILED")
        assert unfit(page) == []
        if width == 400:  # it takes 15 s until the page knows
            with stopped(dashboard):
                expect(page.locator("#connection")).to_be_visible()
                assert unfit(page) == []


@pytest.mark.parametrize("width", [400, 640, 800, 1024, 1280, 1600, 1920])
def test_nothing_is_wider_than_the_window(chromium: Browser, dashboard: Served, width: int) -> None:
    size = {"width": width, "height": 900}
    with tabs(chromium, dashboard, viewport=size) as opened:
        page = opened.open(**ASYNC)
        expect(page.locator("#diagram svg")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        names = page.locator("#diagram .name")
        # 14 units in the drawing: what is drawn smaller cannot be read.
        assert min(each.bounding_box()["height"] for each in names.all()) > 9  # pyright: ignore


def test_all_of_it_is_reached_by_the_keyboard(browser: Tabs) -> None:
    page = browser.open(**ASYNC)
    expect(page.locator("#diagram svg")).to_be_visible()
    start(page)
    expect(page.locator("#stop")).to_be_visible()
    page.locator("body").focus()
    for wanted in ("skip", "now", "input", "start-button", "stop", "diagram"):
        for _ in range(60):  # each execution of the list is one
            page.keyboard.press("Tab")
            if reached(page).startswith(wanted):
                break
        assert reached(page).startswith(wanted)


def reached(page: Page) -> str:
    """What has the focus: its id, or what it says."""
    return page.evaluate("document.activeElement.id || document.activeElement.innerText")


def test_times_are_those_of_the_reader(chromium: Browser, dashboard: Served) -> None:
    shown: dict[str, str] = {}
    for zone in ("Asia/Tokyo", "America/New_York"):
        with tabs(chromium, dashboard, timezone_id=zone, locale="en-GB") as opened:
            page = opened.open(**ASYNC)
            time = page.locator("#ended time, #ongoing time").first
            moment = time.get_attribute("datetime")
            shown[zone] = time.inner_text()
            hour = page.evaluate(
                "([at, zone]) => new Date(at).toLocaleTimeString('en-GB', { timeZone: zone })",
                [moment, zone],
            )
            assert hour in shown[zone] or hour[:5] in shown[zone]
    assert len({*shown.values()}) == 2


def test_whoever_wants_no_motion_has_none(chromium: Browser, dashboard: Served) -> None:
    with tabs(chromium, dashboard, reduced_motion="reduce") as opened:
        page = opened.open(**ASYNC)
        start(page)
        expect(page.locator("#diagram [data-highlight=current]")).to_be_visible()
        assert page.evaluate("document.getAnimations().length") == 0


def test_the_rules_of_the_page_are_enforced(browser: Tabs) -> None:
    page = browser.open(**ASYNC)
    for script in (
        "document.body.append(Object.assign(document.createElement('script'), { text: '1' }))",
        "document.body.innerHTML = '<b>x</b>'",
        "new SharedWorker('/page/dashboard.js')",
    ):
        with pytest.raises(Exception, match=r"Trusted(HTML|Script)"):
            page.evaluate(f"() => {{ {script} }}")
    browser.complaints.clear()
