"""lines.py [COMMIT]: prints how many lines product, tests and documentation have, by folder.

With a commit, its numbers come before those of the files as they are.
"""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

REPOSITORY = Path(__file__).parent.parent
CODE = {".css", ".go", ".html", ".js", ".mjs", ".py", ".sh"}
PARTS = {
    "product": ("src/stepgate", CODE),
    "example": ("infra workflows smoke examples template", CODE),
    "tests": ("tests", CODE),
    "documentation": (". docs examples", {".md"}),
}


def count(repository: Path, folders: str, suffixes: set[str]) -> Counter[str]:
    """The lines of the files with these suffixes, by folder; of `.` only those right in it."""
    lines: Counter[str] = Counter()
    for folder in map(repository.joinpath, folders.split()):
        for file in folder.glob("*" if folder == repository else "**/*"):
            if file.suffix in suffixes and not set(file.parts) & {".venv", ".local"}:
                inner = file.relative_to(folder).parts[:-1][:1]
                name = folder.joinpath(*inner).relative_to(repository)
                lines[str(name)] += len(file.read_text().splitlines())
    return lines


def table(repositories: list[Path]) -> Iterator[str]:
    """A line for each part and each of its folders, with a number for each repository."""
    for part, (folders, suffixes) in PARTS.items():
        counts = [count(repository, folders, suffixes) for repository in repositories]
        yield "".join(f"{lines.total():9,}" for lines in counts) + f"  {part}"
        now = counts[-1]
        for folder in sorted(
            {name for lines in counts for name in lines}, key=now.__getitem__, reverse=True
        ):
            yield "".join(f"{lines[folder]:9,}" for lines in counts) + f"    {folder}"


def main() -> None:
    with TemporaryDirectory() as folder:
        repositories = [REPOSITORY]
        for commit in sys.argv[1:2]:
            archive = Path(folder, "commit.tar")
            command = ("git", "archive", "--output", str(archive), commit)
            subprocess.run(command, cwd=REPOSITORY, check=True)
            shutil.unpack_archive(archive, folder)
            repositories.insert(0, Path(folder))
        print(*table(repositories), sep="\n")


if __name__ == "__main__":
    main()
