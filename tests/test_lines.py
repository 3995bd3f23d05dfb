"""`python scripts/lines.py`: how large each folder is."""

from scripts.lines import PARTS, count, table
from tests.conftest import REPOSITORY


def test_a_folder_has_the_lines_of_the_files_in_and_below_it() -> None:
    pages = (REPOSITORY / "docs/decisions").glob("*.md")
    lines = sum(len(page.read_text().splitlines()) for page in pages)
    counted = count(REPOSITORY, "docs", {".md"})
    assert counted["docs/decisions"] == lines
    assert counted.total() > lines


def test_the_table_has_each_part_with_its_folders() -> None:
    names = {line.split()[-1] for line in table([REPOSITORY])}
    assert {*PARTS, "src/stepgate/http", "tests/http", "docs"} <= names
