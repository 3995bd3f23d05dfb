"""`python scripts/lines.py`: how large each folder is."""

from pathlib import Path

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


def test_an_earlier_state_is_in_a_column_before_the_later_one(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for repository, page in ((before, "gone/a.md"), (after, "kept/b.md")):
        (repository / "docs/kept").mkdir(parents=True)
        (repository / "docs/kept/a.md").write_text("a\n")
        (repository / "docs" / page).parent.mkdir(exist_ok=True)
        (repository / "docs" / page).write_text("a\n" * 3)
    documentation = [line.split() for line in table([before, after])][-3:]
    assert documentation == [
        ["4", "4", "documentation"],
        ["1", "4", "docs/kept"],
        ["3", "0", "docs/gone"],
    ]
