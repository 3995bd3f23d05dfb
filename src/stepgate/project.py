"""The Pulumi project that a command works on, found and run as the Pulumi CLI does.

https://www.pulumi.com/docs/iac/concepts/projects/project-file/
"""

import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

FILE = "Pulumi.yaml"


class ProjectError(Exception):
    """The project cannot be used; one line."""


@dataclass(frozen=True)
class Project:
    """A Pulumi project.

    Attributes:
        folder: where `Pulumi.yaml` is.
        name: the project's name, which is also the namespace of its settings.
        runtime: the language of its program, as Pulumi names it.
        program: the folder that the program runs in.
        main: what runs there: a file, or the folder itself for its `__main__.py`.
        virtualenv: the virtual environment that the program runs with, if the project names one.
    """

    folder: Path
    name: str
    runtime: str
    program: Path
    main: Path
    virtualenv: Path | None


def find_project(start: Path) -> Path:
    """The nearest folder with a `Pulumi.yaml`, from `start` upward.

    Raises:
        ProjectError: there is none.
    """
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / FILE).is_file():
            return folder
    raise ProjectError(
        f"there is no {FILE} in {start.absolute()} or above: run this in a Pulumi project's folder"
    )


def read_project(folder: Path) -> Project:
    """
    Raises:
        ProjectError: `Pulumi.yaml` is not one, or names a program that is missing.
    """
    file = folder / FILE
    try:
        document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(f"{file}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProjectError(f"{file} is not YAML: {' '.join(str(error).split())}") from None
    content = _mapping(document)
    name = content.get("name")
    if not isinstance(name, str):
        raise ProjectError(f"{file} has no name: add a line such as name: shop")
    main = folder / str(content.get("main", "."))
    if not main.exists():
        raise ProjectError(f"{file} has main: {content['main']}, and {main} does not exist")
    runtime = content.get("runtime", "python")
    language = _mapping(runtime).get("name") if isinstance(runtime, dict) else runtime
    virtualenv = _mapping(_mapping(runtime).get("options")).get("virtualenv")
    return Project(
        folder,
        name,
        str(language),
        main if main.is_dir() else main.parent,
        main,
        folder / str(virtualenv) if virtualenv else None,
    )


def use_virtualenv(project: Project) -> None:
    """Continues in the project's virtual environment: the same command, run by its interpreter.

    Nothing happens if it is running already, or if the project names none.

    Raises:
        ProjectError: the environment is missing, or stepgate is not installed in it.
    """
    if project.virtualenv is None or project.virtualenv.resolve() == Path(sys.prefix).resolve():
        return
    python, command = (project.virtualenv / "bin" / name for name in ("python", "stepgate"))
    # An interpreter of another environment would come here again, without end.
    if _prefix(python) != project.virtualenv.resolve():
        raise ProjectError(
            f"{project.folder / FILE} has virtualenv: {project.virtualenv.name}, and "
            f"{project.virtualenv} is not a virtual environment: create it with `pulumi install`, "
            f"or with `python3 -m venv {project.virtualenv.name}`, and install stepgate in it"
        )
    if not command.exists():
        raise ProjectError(
            f"stepgate is not installed in {project.virtualenv}: install it there, "
            "or add it to the project's requirements and run `pulumi install`"
        )
    # By its interpreter and not by its first line, which is wrong in an environment that was moved.
    os.execv(python, [str(python), str(command), *sys.argv[1:]])  # noqa: S606


def _prefix(python: Path) -> Path | None:
    """The environment of an interpreter; None if it cannot be run."""
    command = [python, "-c", "import sys; print(sys.prefix)"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return Path(run.stdout.strip()).resolve()


@contextmanager
def program_folder(project: Project) -> Generator[None]:
    """The program's folder is the current one inside, and the first on the path."""
    folder = str(project.program)
    sys.path.insert(0, folder)
    try:
        with chdir(folder):
            yield
    finally:
        sys.path.remove(folder)


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
