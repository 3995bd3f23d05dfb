"""This repository as a clone has it."""

import shutil
import subprocess
from collections.abc import Collection
from pathlib import Path

from tests.conftest import REPOSITORY


def copy_repository(folder: Path, without: Collection[str] = ()) -> Path:
    """Copies what git keeps, and what it would, except for some files and folders."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    for name in names.stdout.splitlines():
        source, target = REPOSITORY / name, folder / name
        if source.exists() and not any(Path(name).is_relative_to(part) for part in without):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)  # with its time, by which make knows what is to do
    return folder
