"""Where the Pulumi CLI comes from."""

from pathlib import Path

import pytest

from tests.engine.pulumi_cli import BuildError, can_be_had, search_path


def put_program(folder: Path, name: str, script: str = "") -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH; empty."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_without_a_cli_and_without_go_there_is_none(folder: Path) -> None:
    assert not can_be_had()
    put_program(folder, "go")
    assert can_be_had()


def test_a_cli_on_path_is_taken_as_it_is(folder: Path) -> None:
    put_program(folder, "pulumi")
    put_program(folder, "go", "exit 1")
    assert search_path(folder / "build", print) == str(folder)
    assert not (folder / "build").exists()


def test_what_go_says_is_told_where_it_cannot_build(folder: Path) -> None:
    put_program(folder, "go", "echo no route to the module proxy >&2; exit 1")
    told: list[str] = []
    for _ in range(2):
        with pytest.raises(BuildError, match="go build in host failed:\nno route to the module"):
            search_path(folder / "build", told.append)
    assert told == ["Go builds the Pulumi CLI, once, in 2 to 4 minutes ..."] * 2
