"""The example's program, run on mocks or copied."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests import program
from tests.conftest import REPOSITORY

PARTS = ("__main__.py", "infra", "workflows", "smoke")


def run(settings: Mapping[str, str] | None = None) -> program.Program:
    """Runs `__main__.py` with the settings of the stack dev, and those given on top."""
    return program.run(REPOSITORY, settings or {})


def copy_program(folder: Path) -> Path:
    """A folder with all that the program consists of."""
    folder.mkdir(exist_ok=True)
    for source in (*(REPOSITORY / part for part in PARTS), *REPOSITORY.glob("Pulumi*.yaml")):
        if source.is_dir():
            shutil.copytree(
                source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(source, folder)
    return folder
