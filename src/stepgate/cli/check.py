"""`stepgate check`. What comes with its extras is imported inside of the functions only."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepgate.cli.exit_codes import ExitCode
from stepgate.cli.printing import Screen, print_json
from stepgate.cli.subcommands import enter_project, extra
from stepgate.workflow import Mode

if TYPE_CHECKING:
    from stepgate.checks import Findings


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...", help="Definitions, in JSON or YAML; without one, the project."
        ),
    ] = None,
    *,
    mode: Annotated[
        Mode,
        typer.Option(
            help="Of a file: sync is Express behind a synchronous route, async is Standard."
        ),
    ] = "async",
    resource: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARN",
            help="What a file's definition may act on where only its input names it; repeatable.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a project's workflows, or definitions in files, before they are deployed.

    The project's program is run as a preview with the settings of the stack local. The exit code
    is 1 if there is an error.
    """
    if files:
        with extra("check"):
            found = [_file_findings(file, mode, resource or ()) for file in files]
    else:
        found = [_project_findings()]
    errors = [line for each in found for line in each.errors]
    warnings = [line for each in found for line in each.warnings]
    if as_json:
        print_json({"errors": errors, "advice": warnings})
    else:
        for line in [*(f"warning: {line}" for line in warnings), *errors]:
            Screen().print(line)
    raise typer.Exit(ExitCode.FAILED if errors else ExitCode.OK)


def _project_findings() -> "Findings":
    """Of the whole program of the current project.

    Raises:
        typer.Exit: there is none, or it cannot be used.
    """
    project = enter_project("local", "check")
    with extra("local", "check"):
        from stepgate.checks import Findings  # noqa: PLC0415
        from stepgate.local.deployment import NAME  # noqa: PLC0415
        from stepgate.local.errors import CommandError  # noqa: PLC0415
        from stepgate.local.preflight import preflight  # noqa: PLC0415
    try:
        return Findings([], preflight(project, NAME))
    except CommandError as error:
        return Findings(str(error).splitlines(), [])


def _file_findings(file: Path, mode: Mode, resources: Sequence[str]) -> "Findings":
    from stepgate.checks import Findings, lint_definition  # noqa: PLC0415
    from stepgate.checks.rule import RuleContext  # noqa: PLC0415
    from stepgate.definition_file import DefinitionFileError, read_definition  # noqa: PLC0415

    try:
        found = lint_definition(RuleContext(read_definition(file), mode, resources), str(file))
    except DefinitionFileError as error:
        return Findings([str(error)], [])
    except RecursionError:
        return Findings([f"{file}: nested too deeply; use fewer levels"], [])
    return Findings(*([_of_file(line) for line in lines] for lines in found))


def _of_file(line: str) -> str:
    """What a workflow of the project declares, an option declares for a file."""
    return line.replace("in the workflow's resources", "with --resource")
