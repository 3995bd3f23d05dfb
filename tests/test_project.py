"""A Pulumi project is found and read as the Pulumi CLI does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stepgate.project import ProjectError, find_project, read_project
from tests.cli.command import PROGRAM
from tests.conftest import REPOSITORY


def write(folder: Path, content: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(content)
    return folder


def test_the_nearest_project_upward_is_found(tmp_path: Path) -> None:
    write(tmp_path, "name: outer")
    inner = write(tmp_path / "inner", "name: inner")
    deep = inner / "a/b"
    deep.mkdir(parents=True)
    assert find_project(deep) == find_project(inner) == inner
    (tmp_path / "other").mkdir()
    assert find_project(tmp_path / "other") == tmp_path


def test_outside_of_projects_the_error_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=f"^there is no Pulumi.yaml in {tmp_path} or above: "):
        find_project(tmp_path)


@pytest.mark.parametrize(
    ("main", "program", "file"),
    [("", ".", "."), ("main: app", "app", "app"), ("main: app/run.py", "app", "app/run.py")],
)
def test_main_is_a_folder_or_a_file(tmp_path: Path, main: str, program: str, file: str) -> None:
    write(tmp_path, f"name: shop\nruntime: python\n{main}\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/run.py").touch()
    project = read_project(tmp_path)
    assert (project.name, project.virtualenv) == ("shop", None)
    assert (project.program, project.main) == (tmp_path / program, tmp_path / file)


def test_a_virtual_environment_is_relative_to_the_project(tmp_path: Path) -> None:
    write(tmp_path, "name: shop\nruntime:\n  name: python\n  options:\n    virtualenv: ../venv\n")
    virtualenv = read_project(tmp_path).virtualenv
    assert virtualenv
    assert virtualenv.resolve() == tmp_path.parent / "venv"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("runtime: python", "has no name: add a line such as name: shop"),
        ("[]", "has no name: add"),
        ("name: [", "is not YAML: while parsing"),
        ("name: shop\nmain: app", "has main: app, and "),
    ],
)
def test_a_project_that_cannot_be_used_is_one_line(tmp_path: Path, content: str, line: str) -> None:
    write(tmp_path, content)
    with pytest.raises(ProjectError) as refused:
        read_project(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path / 'Pulumi.yaml'} {line}")
    assert "\n" not in str(refused.value)


# How commands behave in a project, by the one that ends soonest: its stack does not exist.

NO_VIRTUALENV = "name: shop\nruntime: python\n"
VIRTUALENV = """
name: shop
runtime:
  name: python
  options:
    virtualenv: venv
"""


def destroy(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [PROGRAM, "ci", "destroy", "--stack", "dev"],
        cwd=folder,
        env={**os.environ, "PATH": "/nowhere", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def refusal(folder: Path, **environment: str) -> str:
    ended = destroy(folder, **environment)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    return ended.stderr.removeprefix("stepgate: ").rstrip()


def test_without_a_project_a_command_ends_in_one_line(tmp_path: Path) -> None:
    assert refusal(tmp_path).startswith(f"there is no Pulumi.yaml in {tmp_path} or above: ")


def test_a_missing_virtual_environment_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, VIRTUALENV)
    line = refusal(tmp_path)
    assert "is not a virtual environment: create it with `pulumi install`, or with " in line
    assert str(tmp_path / "venv") in line


@pytest.mark.parametrize("python", [f'#!/bin/sh\nexec {sys.executable} "$@"\n', "", "no program"])
def test_a_folder_that_is_not_a_virtual_environment_is_one_line(
    tmp_path: Path, python: str
) -> None:
    write(tmp_path, VIRTUALENV)
    interpreter, command = tmp_path / "venv/bin/python", tmp_path / "venv/bin/stepgate"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(python)
    interpreter.chmod(0o755)
    command.write_text(PROGRAM.read_text())
    line = refusal(tmp_path)
    assert "is not a virtual environment: create it with `pulumi install`, or with " in line


def test_a_virtual_environment_without_stepgate_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, VIRTUALENV)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    assert refusal(tmp_path).startswith(f"stepgate is not installed in {tmp_path / 'venv'}: ")


def test_a_command_continues_in_the_projects_virtual_environment(tmp_path: Path) -> None:
    write(tmp_path, VIRTUALENV)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    command = tmp_path / "venv/bin/stepgate"
    command.write_text("import sys\nprint(sys.prefix, *sys.argv[1:])")
    ended = destroy(tmp_path)
    assert ended.stdout == f"{tmp_path / 'venv'} ci destroy --stack dev\n", ended.stderr


def test_a_missing_extra_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, NO_VIRTUALENV)
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['pulumi'] = None")
    line = refusal(tmp_path, PYTHONPATH=str(tmp_path))
    assert line == "stepgate ci needs the extra ci: install pulumi-stepgate[ci]"


def test_the_help_loads_nothing_of_an_extra() -> None:
    extras = ("boto3", "pulumi", "pytest", "yaml")
    code = (
        "import sys; from stepgate.cli.app import app; "
        f"assert not {set(extras)!r} & sys.modules.keys(), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)
