"""The interpreters of this machine that functions of Lambda run with.

Both sides know this module: the emulator runs them, and the preflight says which it will be.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PYTHON, NODE = re.compile(r"python3\.(\d+)"), re.compile(r"nodejs\d+\.x")
VERSIONS = {
    "python": ["-IS", "-c", "import sys; print(sys.executable, sys.version.split()[0])"],
    "node": ["-p", "process.execPath + ' ' + process.versions.node"],
}
"""Print where an interpreter really is, behind what a version manager puts on PATH; its version."""


@dataclass(frozen=True)
class Interpreter:
    path: str
    version: str


def has_interpreters(runtime: str) -> bool:
    """Whether functions with this runtime run here at all, if there is an interpreter."""
    return bool(PYTHON.fullmatch(runtime) or NODE.fullmatch(runtime))


def is_of_runtime(interpreter: Interpreter, runtime: str) -> bool:
    """Whether it has the runtime's version, as far as that goes."""
    wanted = runtime.removeprefix("python").removeprefix("nodejs").removesuffix("x")
    return f"{interpreter.version}.".startswith(f"{wanted.rstrip('.')}.")


@cache
def nearest_interpreter(runtime: str) -> Interpreter | None:
    """The one on PATH whose version is nearest; of two as near the newer one. None without any."""
    if NODE.fullmatch(runtime):
        names = ["node"]
    elif wanted := PYTHON.fullmatch(runtime):
        names = sorted(_pythons(), key=lambda name: _distance(int(wanted[1]), name))
    else:
        return None
    found = (_interpreter(Path(folder, name)) for name in names for folder in _folders())
    return next(filter(None, found), None)


def _folders() -> list[str]:
    return os.environ.get("PATH", "").split(os.pathsep)


def _pythons() -> set[str]:
    files = (file.name for folder in _folders() for file in Path(folder).glob("python3.*"))
    return {name for name in files if PYTHON.fullmatch(name)}


def _distance(wanted: int, name: str) -> tuple[int, bool]:
    minor = int(name.rpartition(".")[2])
    return abs(minor - wanted), minor < wanted


@cache
def _interpreter(file: Path) -> Interpreter | None:
    """None if it does not run, as with a name that a version manager has for no version."""
    if not os.access(file, os.X_OK):
        return None
    version = VERSIONS["node" if file.name == "node" else "python"]
    run = subprocess.run([file, *version], capture_output=True, text=True, check=False)
    path, _, number = run.stdout.strip().rpartition(" ")
    return None if run.returncode or not path else Interpreter(path, number)
