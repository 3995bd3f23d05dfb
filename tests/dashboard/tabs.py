"""Tabs of a browser with the dashboard's page, whose errors a test sees."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from axe_playwright_python.sync_playwright import Axe  # pyright: ignore[reportMissingTypeStubs]
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.dashboard.served import Served

MILLISECONDS = 60_000
"""For whatever is awaited: longer than anything takes on a busy machine."""
expect.set_options(timeout=MILLISECONDS)
SIZE: Any = {"width": 1280, "height": 800}
ANSWERED = "Failed to load resource"
"""How the console tells of errors that were answered, or not; the page tells them to people."""


@dataclass
class Tabs:
    """Tabs of one browser, which share their storage.

    Attributes:
        complaints: what a console has told.
    """

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list[str])

    def open(self, address: str = "#/") -> Page:
        """A page at a fragment, once it has been drawn."""
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{self.url}/{address}")
        expect(page.locator("#stack")).not_to_be_empty()
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(ANSWERED):
            self.complaints.append(message.text)


@contextmanager
def tabs(chromium: Browser, dashboard: Served, **options: Any) -> Generator[Tabs]:
    """A browser in which the printed address was opened; what its console shows fails the test."""
    context = chromium.new_context(**{"viewport": SIZE, **options})
    context.set_default_timeout(MILLISECONDS)
    try:
        context.new_page().goto(dashboard.printed)
        context.pages[0].close()
        opened = Tabs(context, dashboard.url)
        yield opened
        assert opened.complaints == []
    finally:
        context.close()


def start(page: Page, text: str | None = None) -> None:
    """Starts the workflow whose form is shown, and awaits its execution's view."""
    if text is not None:
        page.fill("#input", text)
    page.click("#start-button")
    expect(page.locator("#execution")).to_be_visible()


def unfit(page: Page) -> list[str]:
    """What axe-core finds wrong for people who see, hear or move otherwise."""
    found: list[Any] = cast("Any", Axe()).run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
