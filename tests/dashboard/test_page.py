"""The dashboard's page in a browser, of a stack on the emulator whose workflows really run."""

import json
import re
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from stepgate.local.program import Outputs
from tests.dashboard.loaded import loaded
from tests.dashboard.served import Served, served
from tests.dashboard.tabs import Tabs, start, tabs, unfit
from tests.deployed.stacks import Deployed, deploy_beside

pytestmark = pytest.mark.proof

DELAY_SECONDS = 3
"""So long an execution stays in its first state: time to look."""
FORM = "#/start/order"
LIST = "#/executions"
FAILS = '{"fail": "NotFound", "cause": "sold out"}'
HOSTILE = "<img src=x onerror=\"document.title='broken in'\">/a"
MANY = 10_000


@pytest.fixture(scope="session")
def outputs(deployed: Deployed) -> Outputs:
    """A stack with a short delay, and with a queue that nothing else reads.

    For the session, as a deployment has an event loop, which cannot run beside the browser's.
    """
    workflows = ["now", "order"]
    return deploy_beside(deployed, "shown", workflows=workflows, delaySeconds=DELAY_SECONDS).outputs


@pytest.fixture(scope="module")
def dashboard(outputs: Outputs, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with served(tmp_path_factory.mktemp("dashboard"), outputs, 0, {}) as dashboard:
        yield dashboard


@pytest.fixture
def browser(chromium: Browser, dashboard: Served) -> Generator[Tabs]:
    with tabs(chromium, dashboard) as opened:
        yield opened


@pytest.fixture(scope="module")
def many(outputs: Outputs, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """Of a stack with so many made-up executions."""
    routes = {"later": outputs["routes"]["order"]}
    folder = tmp_path_factory.mktemp("many")
    with loaded(folder, {**outputs, "routes": routes}, MANY) as dashboard:
        yield dashboard


def rows(page: Page) -> int:
    return page.locator("#rows li").count()


def test_what_is_started_is_opened_and_failures_come_first(browser: Tabs) -> None:
    overview = browser.open()
    page = browser.open(FORM)
    start(page, FAILS)
    expect(page).to_have_url(re.compile(r"#/executions/order/"))
    overview.bring_to_front()
    running = overview.locator("#urgent [data-status=RUNNING]")
    expect(running.first).to_contain_text("order")
    failed = overview.locator("#urgent [data-status=FAILED]")
    expect(failed.first).to_contain_text("NotFound")
    expect(overview.locator("[data-workflow=order] .chart .failed").first).to_be_attached()
    expect(overview.locator("#announcement")).to_contain_text("failed")
    failed.first.get_by_role("link").click()
    expect(overview.locator("#execution")).to_contain_text("NotFound")


def test_each_view_has_an_address_and_back_and_forward_lead_through_them(browser: Tabs) -> None:
    page = browser.open(f"{LIST}?status=FAILED%2CTIMED_OUT&since=1h")
    expect(page.locator("#executions")).to_be_visible()
    page.click("#to-overview")
    expect(page.locator("#overview")).to_be_visible()
    page.locator("[data-workflow=now]").get_by_role("link", name="Start now").click()
    expect(page.locator("#start-title")).to_have_text("Start now")
    expect(page).to_have_title(re.compile("^Start now"))
    page.go_back()
    expect(page.locator("#overview")).to_be_visible()
    page.go_back()
    expect(page.locator("#filter-since")).to_have_value("1h")
    page.go_forward()
    page.go_forward()
    expect(page.locator("#start-title")).to_have_text("Start now")
    for address in ("#/nothing", "#/start/%"):
        page.goto(f"{browser.url}/{address}")
        expect(page.locator("#notice")).to_contain_text("This address is unknown")
        expect(page.locator("#overview")).to_be_visible()
    page.goto(f"{browser.url}/#/start/nothing")
    expect(page.locator("#notice")).to_contain_text("no workflow nothing")
    page.goto(f"{browser.url}/#workflow=order&execution=gone")
    expect(page.locator("#execution")).to_contain_text("gone")


def test_a_count_of_the_last_hour_leads_to_those_that_it_counts(
    many: Served, chromium: Browser
) -> None:
    """One in ten of those that end each second."""
    with tabs(chromium, many) as opened:
        page = opened.open()
        failed = page.locator("#attention [data-kind=failed]")
        expect(failed).to_contain_text(re.compile(r"3\d\d"))
        failed.get_by_role("link").click()
        expect(page.locator("#matched")).to_contain_text(re.compile(r"^3\d\d of 10,000"))


def test_the_list_is_filtered_and_searched(many: Served, chromium: Browser) -> None:
    with tabs(chromium, many) as opened:
        page = opened.open(LIST)
        expect(page.locator("#matched")).to_contain_text("10,000 of 10,000 loaded executions")
        page.select_option("#filter-status", "FAILED,TIMED_OUT")
        expect(page.locator("#matched")).to_contain_text("1,000 of 10,000")
        expect(page.locator("#rows [data-status=SUCCEEDED]")).to_have_count(0)
        page.keyboard.press("Escape")
        page.locator("#rows a").first.focus()
        page.keyboard.press("/")
        expect(page.locator("#search")).to_be_focused()
        page.keyboard.type("made-up-000000000001-")
        expect(page.locator("#matched")).to_contain_text("1 of 10,000")
        expect(page).to_have_url(re.compile("text=made-up-000000000001-"))
        page.reload()
        expect(page.locator("#search")).to_have_value("made-up-000000000001-")
        expect(page.locator("#rows li")).to_have_count(1)
        page.fill("#search", "nothing is called so")
        expect(page.locator("#no-match")).to_have_text("No loaded execution matches these filters.")


def test_ten_thousand_executions_are_paged_through_with_the_keyboard(
    many: Served, chromium: Browser
) -> None:
    with tabs(chromium, many) as opened:
        began = time.monotonic()
        page = opened.open()
        expect(page.locator("#attention [data-kind=running] .total")).to_have_text("1,000")
        assert time.monotonic() - began < 10, "a busy machine; it takes less than 1 s"
        page.click("#to-executions")
        expect(page.locator("#rows li").first).to_be_visible()
        assert rows(page) <= 300, "only what is near the window"
        page.locator("#end").scroll_into_view_if_needed()
        expect(page.locator("#rows li").nth(199)).to_be_attached()
        page.evaluate("scrollTo(0, 0)")
        for key in ("j", "j", "k", "ArrowDown"):
            page.keyboard.press(key)
        second = page.locator("#rows a").nth(1)
        expect(second).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#execution")).to_be_visible()


def test_a_new_dashboard_never_says_that_nothing_has_run(
    chromium: Browser, outputs: Outputs, dashboard: Served, tmp_path: Path
) -> None:
    """Lists are still being loaded when the first page is opened."""
    dashboard.post("/executions", "{}", workflow="order")
    said = """new MutationObserver(() => {
        const hint = document.getElementById("nothing");
        if (hint && !hint.hidden) window.saidNothing = true;
    }).observe(document, { subtree: true, attributes: true, childList: true })"""
    with served(tmp_path, outputs, 0, {}, options=()) as one, tabs(chromium, one) as opened:
        opened.context.add_init_script(said)
        page = opened.open()
        expect(page.locator("#loaded")).to_contain_text("loaded")
        assert page.evaluate("window.saidNothing ?? false") is False


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
    page = browser.open(FORM)
    page.fill("#input", "")
    page.locator("#input").press_sequentially(text)
    expect(page.locator("#input-problem")).to_contain_text(said)
    expect(page.locator("#input")).to_have_attribute("aria-invalid", "true")
    page.click("#start-button")
    expect(page.locator("#input")).to_be_focused()
    expect(page).to_have_url(re.compile(FORM))
    page.fill("#input", "{}")
    expect(page.locator("#input")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#input-problem")).to_be_empty()


def test_what_was_typed_stays_with_its_workflow(browser: Tabs) -> None:
    page = browser.open(FORM)
    page.fill("#input", FAILS)
    page.locator("#choices [data-workflow=now] a").click()
    expect(page.locator("#input")).to_have_value("{}")
    page.go_back()
    expect(page.locator("#input")).to_have_value(FAILS)


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
    page = browser.open()
    with stopped(dashboard):
        expect(page.locator("#connection")).to_be_visible()
    expect(page.locator("#connection")).to_be_hidden()


def reached(page: Page) -> str:
    """What has the focus: its id, or what it says."""
    return page.evaluate("document.activeElement.id || document.activeElement.innerText")


def test_the_rules_of_the_page_are_enforced(browser: Tabs) -> None:
    page = browser.open()
    for script in (
        "document.body.append(Object.assign(document.createElement('script'), { text: '1' }))",
        "document.body.innerHTML = '<b>x</b>'",
        "new SharedWorker('/page/dashboard.js')",
    ):
        with pytest.raises(Exception, match=r"Trusted(HTML|Script)"):
            page.evaluate(f"() => {{ {script} }}")
    browser.complaints.clear()


def test_twenty_tabs_of_one_browser_work_all(browser: Tabs) -> None:
    """Six connections to a server are all that a browser opens."""
    pages = [browser.open() for _ in range(20)]
    counted = "[data-workflow=order] [data-count=failed] b"
    before = pages[0].locator(counted).inner_text()
    form = browser.open(FORM)
    start(form, FAILS)
    for page in pages:
        page.bring_to_front()
        expect(page.locator(counted)).not_to_have_text(before)


def test_a_restart_of_the_server_is_told_and_heals(
    chromium: Browser, outputs: Outputs, tmp_path: Path
) -> None:
    with served(tmp_path, outputs, 0, {}, options=()) as one, tabs(chromium, one) as it:
        page = it.open(FORM)
        page.fill("#input", FAILS)
        one.running.process.send_signal(signal.SIGTERM)
        one.running.end()
        expect(page.locator("#connection")).to_contain_text("Connection lost, reconnecting")
        expect(page.locator("#input")).to_have_value(FAILS)
        with served(tmp_path, outputs, urlsplit(one.url).port or 0, {}, options=()):
            expect(page.locator("#connection")).to_be_hidden()
            expect(page.locator("#input")).to_have_value(FAILS)
            start(page)


def test_new_outputs_of_the_stack_are_shown_and_the_address_stays(
    chromium: Browser, outputs: Outputs, tmp_path: Path
) -> None:
    with served(tmp_path, outputs, 0, {}, options=()) as one, tabs(chromium, one) as opened:
        page = opened.open(FORM)
        expect(page.locator("#choices li")).to_have_count(2)
        routes = {"order": outputs["routes"]["order"]}
        (tmp_path / ".local/outputs.json").write_text(json.dumps({**outputs, "routes": routes}))
        expect(page.locator("#choices li")).to_have_count(1)
        expect(page.locator("#start-title")).to_have_text("Start order")


def test_names_are_shown_and_never_run(chromium: Browser, outputs: Outputs, tmp_path: Path) -> None:
    routes = {HOSTILE: outputs["routes"]["now"]}
    states = {HOSTILE: {"Type": "Wait", "Seconds": 1, "Comment": HOSTILE, "End": True}}
    definitions = {HOSTILE: {"StartAt": HOSTILE, "States": states}}
    hostile = {"routes": routes, "definitions": definitions, "openapi": {}, "region": HOSTILE}
    with (
        served(tmp_path, {**outputs, **hostile}, 0, {}) as one,
        tabs(chromium, one) as opened,
    ):
        page = opened.open(f"#/start/{quote(HOSTILE, safe='')}")
        expect(page.locator("#start-title")).to_have_text(f"Start {HOSTILE}")
        # The route is another workflow's, which fails with whatever the input says.
        start(page, json.dumps({"fail": HOSTILE, "cause": HOSTILE}))
        expect(page.locator("#execution")).to_contain_text(HOSTILE)
        page.goto(f"{opened.url}/#/")
        expect(page.locator("#workflows h3")).to_have_text(HOSTILE)
        page.goto(f"{opened.url}/{LIST}?text={quote(HOSTILE)}")
        expect(page.locator("#search")).to_have_value(HOSTILE)
        assert page.locator("img:not(#diagram)").count() == 0
        assert page.title() != "broken in"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1440])
def test_everybody_can_use_it(
    chromium: Browser, dashboard: Served, scheme: str, width: int
) -> None:
    """As far as axe-core sees."""
    size = {"width": width, "height": 900}
    with tabs(chromium, dashboard, viewport=size, color_scheme=scheme) as opened:
        page = opened.open(FORM)
        page.fill("#input", "5")
        expect(page.locator("#input-problem")).not_to_be_empty()
        assert unfit(page) == []
        start(page, FAILS)
        page.click("#to-executions")
        expect(page.locator("#rows li").first).to_be_visible()
        assert unfit(page) == []
        page.click("#to-overview")
        expect(page.locator("#urgent li").first).to_be_visible()
        assert unfit(page) == []


def test_nothing_is_wider_than_the_window(chromium: Browser, many: Served) -> None:
    with tabs(chromium, many) as opened:
        page = opened.open()
        for address in ("#/", LIST, "#/start/later"):
            page.goto(f"{opened.url}/{address}")
            for width in (400, 640, 800, 1024, 1280, 1600, 1920, 2560):
                page.set_viewport_size({"width": width, "height": 900})
                page.wait_for_function("width => innerWidth === width", arg=width)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.goto(f"{opened.url}/{LIST}")
        last = page.locator("#rows .detail").nth(1).bounding_box()
        assert last
        assert last["x"] + last["width"] > 2300, "the rows use the window's width"


def test_all_of_it_is_reached_by_the_keyboard_in_order(browser: Tabs) -> None:
    page = browser.open(LIST)
    start(browser.open(FORM))
    page.bring_to_front()
    expect(page.locator("#rows li").first).to_be_visible()
    page.locator("body").focus()
    reached: list[str] = []
    for _ in range(10):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert reached == [
        "skip",
        "",  # the name, which leads to the overview
        "to-overview",
        "to-executions",
        "to-start",
        "search",
        "filter-workflow",
        "filter-status",
        "filter-since",
        "",  # the first row
    ]
    assert page.evaluate("document.activeElement.closest('#rows') !== null")


def test_times_are_relative_and_have_date_and_zone_of_the_reader_on_hover(
    chromium: Browser, dashboard: Served
) -> None:
    titles: set[str] = set()
    for zone in ("Asia/Tokyo", "America/New_York"):
        with tabs(chromium, dashboard, timezone_id=zone, locale="en-GB") as opened:
            page = opened.open(LIST)
            shown = page.locator("#rows time").first
            expect(shown).to_contain_text(re.compile("ago|now"))
            titles.add(shown.get_attribute("title") or "")
    assert len(titles) == 2
    assert all("2" in title for title in titles)


def test_whoever_wants_no_motion_has_none(chromium: Browser, dashboard: Served) -> None:
    with tabs(chromium, dashboard, reduced_motion="reduce") as opened:
        page = opened.open(FORM)
        start(page)
        assert page.evaluate("document.getAnimations().length") == 0
