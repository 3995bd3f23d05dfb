"""A real Chromium: Debian's, or another that is on PATH."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """The path of the first that is there."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser(path: str) -> Generator[Browser]:
    """Playwright's own sandboxing of the machine's network is not asked for: root has none."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield chromium
        finally:
            chromium.close()
