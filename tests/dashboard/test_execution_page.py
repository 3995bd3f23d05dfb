"""The view of one execution in a browser, of workflows that really run on the emulator."""

import re
from collections.abc import Callable, Generator
from contextlib import ExitStack
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from stepgate.local.program import Outputs
from tests.dashboard.served import Served, served
from tests.dashboard.tabs import Tabs, tabs, unfit
from tests.deployed.stacks import Deployed, deploy_beside

pytestmark = pytest.mark.proof

WORKFLOWS = ["branches", "items", "many", "later", "parent", "approved", "order"]
TABS = ["graph", "timeline", "events"]
SIZES = (400, 640, 1024, 1440, 1920, 2560)
Start = Callable[..., str]


@pytest.fixture(scope="session")
def outputs(deployed: Deployed) -> Outputs:
    """For the session, as a deployment has an event loop, which cannot run beside the browser's."""
    return deploy_beside(deployed, "viewed", workflows=WORKFLOWS).outputs


@pytest.fixture(scope="module")
def dashboard(outputs: Outputs, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with served(tmp_path_factory.mktemp("dashboard"), outputs, 0, {}) as dashboard:
        yield dashboard


@pytest.fixture(scope="module")
def browser(chromium: Browser, dashboard: Served) -> Generator[Tabs]:
    with tabs(chromium, dashboard) as opened:
        opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield opened


def begin(dashboard: Served, workflow: str, text: str = "{}") -> str:
    """The execution's address in the page."""
    id_ = dashboard.post("/executions", text, workflow=workflow).json()["id"]
    name = id_.removeprefix(f"{workflow}/")
    return f"#/executions/{workflow}/{quote(name, safe='')}"


def view(page: Page, address: str, tab: str = "graph") -> None:
    page.goto(f"{page.url.partition('#')[0]}{address}?view={tab}")


def expect_status(page: Page, status: str) -> None:
    expect(page.locator('[data-fact="Status"]')).to_contain_text(status)


def mark_of(page: Page, state: str) -> Locator:
    return page.locator(f'.picture [data-state="{state}"]').first


@pytest.fixture(scope="module")
def failed(dashboard: Served) -> str:
    return begin(dashboard, "branches", '{"fail": "Declined"}')


def test_only_where_the_error_came_from_is_red(browser: Tabs, failed: str) -> None:
    page = browser.open(failed)
    expect_status(page, "Failed")
    marks = {
        "Prepare": "passed",
        "At once": "contains",
        "Reserve": "passed",
        "Charge": "passed",
        "Declined": "failed",
        "Pack": "aborted",
    }
    for state, mark in marks.items():
        expect(mark_of(page, state)).to_have_attribute("data-mark", mark)
    for state in ("Label", "Charged", "Ship"):
        expect(mark_of(page, state)).not_to_have_attribute("data-mark", re.compile("."))
    expect(page.locator(".failure")).to_contain_text("No money is left.")
    mark_of(page, "Declined").click()
    expect(page).to_have_url(re.compile(r"state=\d"))
    expect(page.locator(".details h3")).to_have_text("Declined")
    expect(page.locator(".details")).to_contain_text("branch 2 of At once")
    expect(page.locator(".details pre:visible").first).to_have_text("Declined")


def test_items_are_counted_and_a_timeline_is_of_its_own_execution(
    browser: Tabs, dashboard: Served, failed: str
) -> None:
    """Also when another execution was shown there before."""
    items = '{"items": [{"wait": 0}, {"wait": 90}, {"wait": 0}, {"wait": 2, "fail": true}]}'
    address = begin(dashboard, "items", items)
    page = browser.open(f"{failed}?view=timeline")
    expect(page.locator(".bars .name", has_text="Declined")).to_be_visible()
    view(page, address)
    note = mark_of(page, "Each").locator(":scope > .note")
    expect(note).to_have_text("2 of 4 done, 1 failed, 1 cut off")
    view(page, address, "timeline")
    names = page.locator(".bars .name")
    expect(names.first).to_have_text("Each")
    assert not {"Prepare", "Declined", "At once"} & {*names.all_inner_texts()}
    page.get_by_role("button", name="Collapse Each").click()
    expect(names).to_have_count(1)


def test_what_goes_on_within_a_map_is_shown_so_and_can_be_stopped(
    browser: Tabs, dashboard: Served
) -> None:
    page = browser.open(begin(dashboard, "items", '{"items": [{"wait": 0}, {"wait": 200}]}'))
    expect(mark_of(page, "Rest")).to_have_attribute("data-mark", "current")
    note = mark_of(page, "Each").locator(":scope > .note")
    expect(note).to_have_text("1 of 2 done, 1 running")
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("group", name="Confirm").get_by_role("button", name="Stop").click()
    expect_status(page, "Aborted")
    expect(mark_of(page, "Rest")).to_have_attribute("data-mark", "aborted")
    expect(page.locator('.picture [data-mark="failed"]')).to_have_count(0)


def test_a_long_diagram_is_readable_fitted_zoomed_and_has_a_map(
    browser: Tabs, dashboard: Served
) -> None:
    page = browser.open(begin(dashboard, "many"))
    expect(page.locator('.picture [data-mark="passed"]')).to_have_count(80)
    minimap = page.locator(".minimap")
    expect(minimap).to_be_visible()

    def height(state: str) -> float:
        box = mark_of(page, state).locator(".box").bounding_box()
        return box["height"] if box else 0

    readable = height("Step 1")
    assert readable > 30
    page.get_by_role("button", name="Fit the diagram").click()
    expect(minimap).to_be_hidden()
    assert height("Step 1") < readable / 4
    page.locator(".picture").focus()
    for _ in range(3):
        page.keyboard.press("+")
    expect(minimap).to_be_visible()
    page.keyboard.press("0")
    expect(minimap).to_be_hidden()


def test_a_nested_execution_is_linked(browser: Tabs, dashboard: Served) -> None:
    page = browser.open(begin(dashboard, "parent", '{"wait": 3}'))
    expect(mark_of(page, "Start later")).to_have_attribute("data-mark", re.compile("."))
    mark_of(page, "Start later").click()
    page.locator(".details").get_by_role("link", name="later").click()
    expect(page.locator("#execution h2")).to_have_text("later")
    expect_status(page, "Succeeded")


def test_an_event_is_sent_from_its_form(browser: Tabs, dashboard: Served) -> None:
    page = browser.open(begin(dashboard, "approved"))
    form = page.locator('form[data-event="approval"]')
    form.locator("textarea").fill('{"approved": 5}')
    form.get_by_role("button").click()
    expect(form.get_by_role("alert")).to_contain_text("approved")
    for tab in TABS:
        page.locator(".tabs").get_by_role("link", name=re.compile(tab, re.IGNORECASE)).click()
        mark = page.locator(".events tbody tr, .bars li, .picture [data-mark]").first
        expect(mark).to_be_attached()
        assert not re.search(r"AQ[A-Za-z0-9+/=]{60,}|[Tt]ask[Tt]oken\W+[\w-]{20,}", page.content())
    form.locator("textarea").fill('{"approved": true}')
    form.get_by_role("button").click()
    expect_status(page, "Succeeded")
    expect(form).to_have_count(0)


def test_a_failed_one_is_redriven_and_restarted(browser: Tabs, dashboard: Served) -> None:
    page = browser.open(begin(dashboard, "branches", '{"fail": "Declined"}'))
    expect_status(page, "Failed")
    confirm = page.get_by_role("group", name="Confirm")
    page.get_by_role("button", name="Redrive").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Redrive")).to_be_focused()
    page.keyboard.press("Enter")
    confirm.get_by_role("button", name="Redrive").click()
    expect(page.locator('[data-fact="Redrives"]')).to_contain_text("1")
    expect_status(page, "Failed")
    page.get_by_role("button", name="Restart").click()
    confirm.get_by_role("button", name="Restart").click()
    expect(page).to_have_url(re.compile("-restart-"))
    expect_status(page, "Failed")
    expect(mark_of(page, "Declined")).to_have_attribute("data-mark", "failed")
    page.go_back()
    page.get_by_role("button", name="Restart").click()
    confirm.get_by_role("button", name="Restart").click()
    expect(page.locator(".actions-of").get_by_role("status")).to_contain_text("restarted before")


# Whether the page's handlers take a finger's movement, so that the browser does not scroll.
SWIPE = """(picture, by) => {
  const at = (clientY) => new Touch({ identifier: 1, target: picture, clientX: 200, clientY });
  const event = (kind, y) => new TouchEvent(kind, { cancelable: true, touches: [at(y)] });
  picture.dispatchEvent(event("touchstart", 300));
  return !picture.dispatchEvent(event("touchmove", 300 + by));
}"""


def test_a_finger_moves_the_diagram_and_at_its_edge_the_page(
    chromium: Browser, dashboard: Served
) -> None:
    size = {"width": 400, "height": 600}
    with tabs(chromium, dashboard, viewport=size, has_touch=True) as opened:
        page = opened.open(begin(dashboard, "many"))
        expect(page.locator('.picture [data-mark="passed"]')).to_have_count(80)
        picture = page.locator(".picture")
        assert picture.evaluate("node => getComputedStyle(node).touchAction") == "pan-x pan-y"
        assert picture.evaluate(SWIPE, -50), "there is more of it below"
        page.get_by_role("button", name="Fit the diagram").click()
        assert not picture.evaluate(SWIPE, -50), "it is seen whole"


def test_what_is_copied_is_what_the_button_says(browser: Tabs, failed: str) -> None:
    page = browser.open(failed)
    name = failed.rpartition("/")[2]
    texts = {"ID": name, "ARN": f":execution:.*:{name}$", "Input": '"fail"', "As curl": "^curl "}
    for label, text in texts.items():
        button = page.locator(".copies button", has_text=re.compile(f"^{label}$"))
        button.click()
        expect(page.locator(".copies")).to_contain_text("Copied")
        assert re.search(text, page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1440])
def test_everybody_can_use_each_tab(
    chromium: Browser, dashboard: Served, failed: str, scheme: str, width: int
) -> None:
    """As far as axe-core sees."""
    size = {"width": width, "height": 900}
    with tabs(chromium, dashboard, viewport=size, color_scheme=scheme) as opened:
        page = opened.open(f"{failed}?state=6")
        for tab in TABS:
            view(page, failed, tab)
            expect(
                page.locator(".events tr, .bars li, .picture [data-mark]")
                .locator("visible=true")
                .first
            ).to_be_visible()
            assert unfit(page) == [], tab


def test_nothing_is_wider_than_the_window(browser: Tabs, dashboard: Served, failed: str) -> None:
    waiting = begin(dashboard, "approved")
    with ExitStack() as closing:
        page = browser.open(failed)
        closing.callback(page.close)
        for address in (failed, waiting):
            for tab in TABS:
                view(page, address, tab)
                expect(page.locator(".tabs [aria-current]")).to_contain_text(tab.title())
                for width in SIZES:
                    page.set_viewport_size({"width": width, "height": 900})
                    page.wait_for_function("width => innerWidth === width", arg=width)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_all_of_it_is_reached_by_the_keyboard(browser: Tabs, failed: str) -> None:
    page = browser.open(failed)
    expect(mark_of(page, "Declined")).to_have_attribute("data-mark", "failed")
    page.get_by_role("link", name="Graph", exact=True).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("view=timeline"))
    page.locator(".bars a", has_text="Declined").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".details h3")).to_have_text("Declined")
    page.get_by_role("link", name="Graph", exact=True).focus()
    page.keyboard.press("Enter")
    reached: set[str] = set()
    expect(page.locator(".picture")).to_be_visible()
    page.locator(".picture").focus()
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''"))
    assert "Declined, the error came from here" in reached
    assert "Pack, cut off" in reached
