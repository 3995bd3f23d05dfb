"""What every sub-application needs: the packages of its extra, and the user's project."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stepgate.cli.exit_codes import ExitCode
from stepgate.cli.printing import print_message

if TYPE_CHECKING:
    from stepgate.project import Project


@contextmanager
def extra(name: str, command: str | None = None) -> Generator[None]:
    """Imports of packages that come with an extra.

    Args:
        command: the command that needs them; without it, that of the extra's name.

    Raises:
        typer.Exit: one is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "stepgate":
            raise  # a defect
        print_message(
            f"stepgate {command or name} needs the extra {name}: install pulumi-stepgate[{name}]"
        )
        raise typer.Exit(ExitCode.USAGE) from None


def enter_project(extra_name: str, command: str | None = None) -> "Project":
    """The project that the current folder is in; its interpreter runs the command from here on.

    The arguments are those of `extra`.

    Raises:
        typer.Exit: there is none, or it cannot be used.
    """
    with extra(extra_name, command):
        from stepgate import project as projects  # noqa: PLC0415
    try:
        project = projects.read_project(projects.find_project(Path.cwd()))
        projects.use_virtualenv(project)
    except projects.ProjectError as error:
        print_message(str(error))
        raise typer.Exit(ExitCode.USAGE) from None
    return project


def enter_project_if_any(extra_name: str) -> "Project | None":
    """As `enter_project`, for a command that works outside of a project, too."""
    with extra(extra_name):
        from stepgate import project as projects  # noqa: PLC0415
    try:
        projects.find_project(Path.cwd())
    except projects.ProjectError:
        return None
    return enter_project(extra_name)
