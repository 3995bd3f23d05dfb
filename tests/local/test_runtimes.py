"""Which interpreters functions of Lambda run with, and what is said about it before."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from stepgate.emulator import interpreters
from stepgate.emulator.interpreters import Interpreter, is_of_runtime, nearest_interpreter
from stepgate.local.preflight import preview
from stepgate.local.runtimes import lacking_runtime, other_version
from tests.local.programs import write_project

LEAVE_OUT = 'leave it out on the stack local: if pulumi.get_stack() != "local"'
FUNCTIONS = """
import pulumi, pulumi_aws as aws

code = pulumi.AssetArchive({"app.py": pulumi.StringAsset("")})
for name, runtime in {"a": "java21", "b": "nodejs22.x", "c": "python3.12"}.items():
    aws.lambda_.Function(name, runtime=runtime, handler="app.handler", code=code, role="arn:a")
"""


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """The only folder on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"/none:{folder}")
    clear()
    yield folder
    clear()


def clear() -> None:
    interpreters.nearest_interpreter.cache_clear()
    interpreters._interpreter.cache_clear()  # pyright: ignore[reportPrivateUsage]


def put(path: Path, name: str, version: str, status: int = 0) -> Interpreter:
    file = path / name
    file.write_text(f"#!/bin/sh\necho /real/{name} {version}\nexit {status}\n")
    file.chmod(0o755)
    return Interpreter(f"/real/{name}", version)


def test_the_nearest_python_that_runs(path: Path) -> None:
    put(path, "python3.12", "3.12.1", status=127)  # as a version manager's without that version
    (path / "python3.13").write_text("not a program")
    (path / "python3.x").write_text("")
    old = put(path, "python3.9", "3.9.2")
    assert nearest_interpreter("python3.12") == old
    clear()
    new = put(path, "python3.14", "3.14.0")
    assert nearest_interpreter("python3.12") == new
    clear()
    below = put(path, "python3.10", "3.10.0")
    assert nearest_interpreter("python3.12") == new, "of two as near the newer one"
    clear()
    assert nearest_interpreter("python3.11") == below


def test_other_runtimes(path: Path) -> None:
    node = put(path, "node", "22.1.0")
    assert nearest_interpreter("nodejs20.x") == nearest_interpreter("nodejs22.x") == node
    assert nearest_interpreter("java21") is None
    assert nearest_interpreter("python3.12") is None


@pytest.mark.parametrize(
    ("version", "runtime", "same"),
    [
        ("3.12.1", "python3.12", True),
        ("3.1.2", "python3.12", False),
        ("3.12", "python3.1", False),
        ("22.1.0", "nodejs22.x", True),
        ("22.1.0", "nodejs2.x", False),
    ],
)
def test_whether_the_version_is_the_same(version: str, runtime: str, same: bool) -> None:
    assert is_of_runtime(Interpreter("", version), runtime) is same


def test_a_runtime_that_is_not_there_is_one_line_before_anything_is_made(tmp_path: Path) -> None:
    found = preview(write_project(tmp_path, FUNCTIONS), "local", {"aws:region": "us-east-1"})
    assert [found.message for found in found.errors] == [
        "a: the local engine runs functions with the runtimes python3.* and nodejs*, not java21; "
        + LEAVE_OUT,
        f"b: the runtime nodejs22.x needs node on PATH; install Node.js, or {LEAVE_OUT}",
    ]
    assert [found.message for found in found.warnings] == [
        "functions with the runtime python3.12 run with version 3.11, the emulator's own"
    ]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"packageType": "Image", "imageUri": "a"}, True),
        ({"runtime": "provided.al2023"}, True),
        ({"runtime": "python3.99"}, False),
        ({}, False),
    ],
)
def test_what_is_lacking(inputs: dict[str, Any], expected: bool) -> None:
    assert (lacking_runtime("a", inputs) is not None) is expected


def test_the_same_version_is_not_worth_a_warning(path: Path) -> None:
    put(path, "node", "22.1.0")
    assert other_version({"runtime": "nodejs22.x"}) is None
    assert other_version({"runtime": "nodejs20.x"}) == (
        "functions with the runtime nodejs20.x run with version 22.1.0, /real/node"
    )
