"""What tests need: those of pure code pytest, and the package with its extra `check`."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PURE = (
    *("asl", "checks", "diagram", "events", "http", "permissions", "progress"),
    *("test_cost.py", "test_links.py", "test_metrics.py"),
)
IGNORED = ("*_properties.py", "*_validity.py")
"""Tests in files with these names need hypothesis, or packages that judge a document."""


def run(*arguments: str | Path) -> None:
    ended = subprocess.run(
        arguments,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


@pytest.mark.proof
def test_pure_tests_need_nothing_but_pytest_and_the_extra_check(tmp_path: Path) -> None:
    uv = shutil.which("uv") or ".local/uv/bin/uv"
    python = tmp_path / "bin/python"
    locked = (
        "--constraints",
        "requirements-dev.txt",
        "--build-constraints",
        "requirements-dev.txt",
    )
    run(uv, "venv", "--python", "3.11", "--allow-existing", tmp_path)
    run(uv, "pip", "install", "--python", python, *locked, "pytest", "--editable", ".[check]")
    for package in ("hypothesis", "psutil", "pulumi", "playwright"):
        assert not list(tmp_path.glob(f"lib/*/site-packages/{package}")), "it is there after all"
    ignored = [f"--ignore-glob={name}" for name in IGNORED]
    tests = [f"tests/{name}" for name in PURE]
    run(python, "-m", "pytest", "-p", "no:cacheprovider", "-m", "not proof", *ignored, *tests)
