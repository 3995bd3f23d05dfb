"""The emulator's own environment, which pins other versions than the package does."""

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from uv import find_uv_bin

from stepgate.cache_folder import cache_folder

LOCK = Path(__file__).parent / "emulator/requirements.txt"
"""Its packages with their hashes; a part of this package."""
PYTHON_VERSION = "3.11"
"""The newest that LocalStack 4.9.2 was seen to run on without another lock."""
CURES = {
    "venv": f"install Python {PYTHON_VERSION}, or let uv download it",
    "pip": "check that the package index can be reached",
}
"""By the command of uv that failed."""


class InstallationFailed(Exception):  # noqa: N818 - what has happened says more than `Error`
    """The environment cannot be made; one line with the log's name."""


def emulator_python(step: Callable[[str], AbstractContextManager[object]]) -> Path:
    """The emulator's interpreter; its environment is made if there is none of these packages.

    Args:
        step: shows that it is made, which takes a while.

    Raises:
        InstallationFailed: it cannot be made.
    """
    cache = cache_folder()
    environment = cache / f"emulator-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    python, installed = environment / "bin/python", environment / ".installed"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "emulator.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process that makes it is waited for
        if not installed.exists():
            with step("Install the emulator, once"):
                _make(environment, cache / "emulator-install.log")
            installed.touch()
    return python


def _make(environment: Path, log: Path) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    uv = find_uv_bin()
    with log.open("w") as output:
        for command in (
            [uv, "venv", "--python", PYTHON_VERSION, str(environment)],
            [uv, "pip", "sync", "--require-hashes", "--python", str(environment), str(LOCK)],
        ):
            run = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
            )
            if run.returncode:
                raise InstallationFailed(
                    f"the emulator cannot be installed (uv {command[1]}): {CURES[command[1]]}; "
                    f"details in {log}"
                )
