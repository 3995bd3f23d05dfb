"""lines.py: prints how many lines the product, its tests and its documentation have, by folder."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
CODE = {".css", ".go", ".html", ".js", ".mjs", ".py", ".sh"}
PARTS = {
    "product": ("src/stepgate", CODE),
    "example": ("infra workflows smoke examples template", CODE),
    "tests": ("tests", CODE),
    "documentation": (". docs examples", {".md"}),
}


def count(folders: str, suffixes: set[str]) -> Counter[str]:
    """The lines of the files with these suffixes, by folder; of `.` only those right in it."""
    lines: Counter[str] = Counter()
    for folder in map(REPOSITORY.joinpath, folders.split()):
        for file in folder.glob("*" if folder == REPOSITORY else "**/*"):
            if file.suffix in suffixes and not set(file.parts) & {".venv", ".local"}:
                inner = file.relative_to(folder).parts[:-1][:1]
                name = folder.joinpath(*inner).relative_to(REPOSITORY)
                lines[str(name)] += len(file.read_text().splitlines())
    return lines


def table() -> Iterator[str]:
    for part, (folders, suffixes) in PARTS.items():
        lines = count(folders, suffixes)
        yield f"{lines.total():7,}  {part}"
        for folder, number in lines.most_common():
            yield f"{number:7,}    {folder}"


if __name__ == "__main__":
    print(*table(), sep="\n")
