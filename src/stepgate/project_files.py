"""The files of a project that are its own."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path


def own_files(folder: Path, installed: Collection[str]) -> Iterator[Path]:
    """The files in a folder and those below it, in order, without what is not a regular file.

    Hidden folders and virtual environments are left out.

    Args:
        installed: the names of folders that are left out, too, such as `node_modules`.
    """
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in installed
            and not Path(path, name, "pyvenv.cfg").exists()
        )
        yield from filter(Path.is_file, (Path(path, name) for name in sorted(files)))
