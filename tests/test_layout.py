"""The test of the layout: what docs/remove-the-example.md says works as it is there."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from stepgate.local.emulator import free_port
from tests.conftest import REPOSITORY
from tests.repository import copy_repository

pytestmark = [pytest.mark.emulator, pytest.mark.proof]

GUIDE = (REPOSITORY / "docs/remove-the-example.md").read_text()
COMMANDS, CHECKS = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
FILES = re.findall(r"^```python\n# (\S+\.py)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def replace_example(folder: Path) -> None:
    """Copies this repository, and does what the guide says."""
    copy_repository(folder)
    (folder / ".venv").symlink_to(REPOSITORY / ".venv")
    subprocess.run(["sh", "-e", "-c", COMMANDS], cwd=folder, check=True)
    assert [name for name, _ in FILES] == [
        "workflows/greet.py",
        "workflows/__init__.py",
        "__main__.py",
    ]
    for name, text in FILES:
        (folder / name).write_text(text)


def test_the_example_can_be_replaced(tmp_path: Path) -> None:
    replace_example(tmp_path)
    environment = os.environ | {
        "STEPGATE_PORT": str(free_port()),
        "PYTHONPATH": str(tmp_path / "src"),
    }

    def run(*command: str) -> str:
        ended = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout
        return ended.stdout

    try:
        assert '{\n  "greeting": "Hello, Ada!"\n}\n' in run("sh", "-e", "-c", CHECKS)
        # Each of the package's tests can be imported, so none needs the example.
        run(".venv/bin/python", "-m", "pytest", "--collect-only", "tests")
    finally:
        run("make", "down")
