"""Relative links in the documentation lead to files and headings that exist."""

import re
from pathlib import Path
from urllib.parse import unquote

from tests.conftest import REPOSITORY

PATTERNS = ("*.md", "docs/**/*.md", "examples/**/*.md")
PAGES = [page for pattern in PATTERNS for page in sorted(REPOSITORY.glob(pattern))]
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchor(heading: str) -> str:
    """What GitHub makes of a heading: lower case, without punctuation, `-` for each space."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(heading) for heading in HEADING.findall(FENCED.sub("", page.read_text()))}


def broken_links(page: Path) -> list[str]:
    broken: list[str] = []
    for markdown, html in LINK.findall(FENCED.sub("", page.read_text())):
        link = markdown or html
        if ":" in link:  # another site's
            continue
        path, _, fragment = link.partition("#")
        target = page.parent / unquote(path) if path else page
        if not target.exists() or (fragment and fragment not in anchors(target)):
            broken.append(f"{page.relative_to(REPOSITORY)}: {link}")
    return broken


def test_every_relative_link_leads_somewhere() -> None:
    assert REPOSITORY / "docs/decisions/0001-one-openapi-document.md" in PAGES
    assert [link for page in PAGES for link in broken_links(page)] == []
