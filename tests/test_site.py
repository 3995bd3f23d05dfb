"""The documentation's site: made of all pages, with links that lead somewhere."""

import dataclasses
import inspect
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import stepgate
import stepgate.components
import stepgate.testing
from stepgate.client import errors
from tests.conftest import REPOSITORY
from tests.test_links import FENCED, PAGES

LOADED = re.compile(r"<(?:script|img|source|link rel=.?stylesheet)[^>]*//[^>]*>")
"""What a page loads from another site."""
ITEM = re.compile(r"^\s*(?:-|\d+\.) ", re.MULTILINE)
TABLE = re.compile(r"^\|[ :|-]+\|$", re.MULTILINE)
NAVIGATION = (REPOSITORY / "docs/mkdocs.yml").read_text().partition("\nnav:\n")[2]


class Page(HTMLParser):
    """Its links, what they can lead to, and its classes."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.classes: set[str] = set()
        self.feed(file.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value and tag != "link":
                self.links.add(value)
            elif name == "id" and value:
                self.anchors.add(value)
            elif name == "class" and value:
                self.classes.update(value.split())


read = cache(Page)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    made = subprocess.run(
        ["sh", "scripts/docs.sh", str(folder)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert (made.returncode, "No issues found" in made.stdout) == (0, True), made.stdout
    assert "griffe:" not in made.stdout
    return folder / "site"


def test_no_page_loads_anything_from_another_site(site: Path) -> None:
    for file in site.rglob("*.html"):
        loaded = LOADED.findall(file.read_text())
        # A script of unpkg.com would draw what has this class.
        assert (loaded, "mermaid" in read(file).classes) == ([], False), file.name


def broken_links(site: Path, file: Path) -> list[str]:
    broken: list[str] = []
    for link in read(file).links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        root = site if parts.path.startswith("/") else file.parent
        target = root / unquote(parts.path).lstrip("/") if parts.path else file
        if target.is_dir():
            target /= "index.html"
        has_anchor = target.suffix != ".html" or not parts.fragment
        if not target.exists() or not (has_anchor or parts.fragment in read(target).anchors):
            broken.append(f"{file.relative_to(site)}: {link}")
    return broken


def test_each_link_of_the_site_leads_somewhere(site: Path) -> None:
    files = [file for file in site.rglob("*.html") if file.name != "404.html"]
    pages = [page for page in PAGES if page.relative_to(REPOSITORY).parts[0] != ".github"]
    assert len(files) >= len(pages)
    assert [link for file in files for link in broken_links(site, file)] == []


def test_each_list_table_and_block_of_code_is_drawn_as_one(site: Path) -> None:
    """The site's Markdown has a list, unlike the repository's host, only behind an empty line."""
    wrong: list[str] = []
    for page in PAGES:
        name = str(page.relative_to(REPOSITORY))
        text = page.read_text()
        if name.startswith(".github/") or "\n::: " in text:
            continue
        drawn = (site / name.replace("README.md", "index.md")).with_suffix(".html").read_text()
        article = drawn.partition("<article")[2].partition("</article>")[0]
        words = FENCED.sub("", text)
        written = len(ITEM.findall(words)), len(TABLE.findall(words)), len(FENCED.findall(text))
        shown = tuple(len(re.findall(rf"<{tag}\b", article)) for tag in ("li", "table", "pre"))
        if written != shown:
            wrong.append(f"{name}: {written} lists' items, tables and blocks of code; {shown}")
    assert wrong == []


def test_the_navigation_has_each_guide_once() -> None:
    guides = sorted(str(it.relative_to(REPOSITORY)) for it in (REPOSITORY / "docs").glob("*.md"))
    reference = (REPOSITORY / "docs/reference").glob("*.md")
    guides += sorted(str(page.relative_to(REPOSITORY)) for page in reference)
    named = re.findall(r"- (docs/\S+\.md)$", NAVIGATION, re.MULTILINE)
    assert sorted(named) == sorted([*guides, "docs/decisions/README.md"])


def test_the_index_has_each_decision_under_its_title() -> None:
    folder = REPOSITORY / "docs/decisions"
    decisions = sorted(folder.glob("0*.md"))
    titles = [decision.read_text().splitlines()[0].removeprefix("# ") for decision in decisions]
    links = [f"- [{title}]({page.name})" for title, page in zip(titles, decisions, strict=True)]
    lines = (folder / "README.md").read_text().splitlines()
    assert [line for line in lines if line.startswith("- ")] == links


def test_the_tables_of_a_program_have_each_argument() -> None:
    text = (REPOSITORY / "docs/your-program.md").read_text()
    rows = [*re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE), "self"]
    for function in (stepgate.components.WorkflowApi.__init__, stepgate.Workflow.__init__):
        missing = inspect.signature(function).parameters.keys() - {*rows, "name"}
        assert missing == set(), function.__qualname__


def test_each_decision_has_a_status_and_says_why() -> None:
    for decision in (REPOSITORY / "docs/decisions").glob("0*.md"):
        text = decision.read_text()
        parts = ("\nStatus: ", "\n## Decision\n", "\n## Why\n")
        assert [part for part in parts if part not in text] == [], decision.name


def test_the_reference_has_each_public_name() -> None:
    pages = (REPOSITORY / "docs/reference").glob("*.md")
    found = re.findall(r"^::: (\S+)$", "\n".join(page.read_text() for page in pages), re.MULTILINE)
    modules = (stepgate, stepgate.components, stepgate.testing)
    public = {name for module in modules for name in module.__all__} - vars(errors).keys()
    # `request` is an object; its class says what it can do.
    documented = public - {"request"} | {"Request", "errors"}
    assert sorted(name.rpartition(".")[2] for name in found) == sorted(documented)


def undocumented(name: str, documented: object) -> Iterator[str]:
    """What of a public class or function has no docstring, or is not in it."""
    text = inspect.getdoc(documented) or ""
    if not text:
        yield name
    if dataclasses.is_dataclass(documented):
        names = [field.name for field in dataclasses.fields(documented) if field.init]
    elif inspect.isfunction(documented) and not text.startswith("As `"):
        names = list(inspect.signature(documented).parameters)
    else:
        names = []
    for each in names:
        described = each in ("self", "cls") or each.startswith("_")
        if not described and not re.search(
            rf"^ *([\w, ]+, )?{each}(, [\w, ]+)?: ", text, re.MULTILINE
        ):
            yield f"{name}: {each}"
    if inspect.isclass(documented):
        for each, member in inspect.getmembers(documented, is_documented):
            if not (each.startswith("_") or each.endswith("_exchange") or each in names):
                yield from undocumented(f"{name}.{each}", member)


def is_documented(member: object) -> bool:
    if isinstance(member, property):
        return True
    is_function = inspect.isfunction(member) or inspect.ismethod(member)
    return is_function and str(member.__module__).startswith("stepgate.")


def test_the_reference_says_what_each_public_name_and_argument_means() -> None:
    public = [
        (name, getattr(module, name))
        for module in (stepgate, stepgate.components, stepgate.testing)
        for name in module.__all__
    ]
    classes = [(name, it) for name, it in public if inspect.isclass(it) or inspect.isfunction(it)]
    assert [each for name, it in classes for each in undocumented(name, it)] == []
