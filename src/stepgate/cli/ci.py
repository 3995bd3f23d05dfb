"""`stepgate ci`: see docs/ci.md. What comes with its extra is imported in `_commands` only."""

import traceback
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepgate.ci.errors import (
    AwsFailedError,
    CiError,
    DangerousChangeError,
    LeftBehindError,
    PartlyRolledBackError,
    PulumiFailedError,
    StoppedError,
)
from stepgate.cli.exit_codes import ExitCode, exit_code
from stepgate.cli.printing import print_document, print_indented, print_message
from stepgate.cli.stack_command import ApiOption
from stepgate.cli.subcommands import enter_project, enter_project_if_any, extra
from stepgate.cli.times import parse_age
from stepgate.client.errors import StepgateError

if TYPE_CHECKING:
    from stepgate.ci.commands import Commands

CODES: dict[type[CiError], ExitCode] = {
    AwsFailedError: ExitCode.NO_RESPONSE,
    PulumiFailedError: ExitCode.PULUMI_FAILED,
    DangerousChangeError: ExitCode.DANGEROUS,
    LeftBehindError: ExitCode.LEFT_BEHIND,
    PartlyRolledBackError: ExitCode.PARTLY_ROLLED_BACK,
}
"""Errors that are not in it are `USAGE`."""


def setting(text: str) -> tuple[str, str]:
    """A setting's key and its value, from `key=value`."""
    key, given, value = text.partition("=")
    if not key or not given:
        raise typer.BadParameter(f"{text!r} is not a setting: write key=value")
    return key, value


app = typer.Typer(rich_markup_mode=None)

StackOption = Annotated[str, typer.Option("--stack", metavar="NAME", help="The stack's name.")]


@app.callback()
def options() -> None:
    """Preview, deploy and test the stacks of a Pulumi project."""


@app.command()
def preview(*, stack: StackOption) -> None:
    """Print what `up` would do, in Markdown."""
    with _commands() as commands:
        commands.preview(stack)


@app.command()
def up(
    *,
    stack: StackOption,
    allow_replace: Annotated[
        bool, typer.Option("--allow-replace", help="Deploy dangerous changes as well.")
    ] = False,
) -> None:
    """Deploy, unless that is dangerous.

    It is if data is lost, or if running executions lose permissions.
    """
    with _commands() as commands:
        commands.up(stack, allow_replace=allow_replace)


@app.command()
def rollback(
    *,
    stack: StackOption,
    workflow: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Its workflow. Default: all that the last deployment has changed."
        ),
    ] = None,
    to: Annotated[
        int | None,
        typer.Option(metavar="N", help="A version of the workflow. Default: the one before."),
    ] = None,
) -> None:
    """Put the version before a workflow's newest one back."""
    with _commands() as commands:
        commands.rollback(stack, workflow, to)


@app.command()
def smoke(
    *,
    stack: Annotated[
        str | None, typer.Option("--stack", metavar="NAME", help="The stack's name.")
    ] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Or a file with the stack's outputs, as JSON."),
    ] = None,
    api: ApiOption = None,
) -> None:
    """Try the routes of a stack, and run the project's smoke tests."""
    if (stack is None) == (outputs is None):
        raise typer.BadParameter("give --stack or --outputs, and not both")
    with _commands(in_project=stack is not None) as commands:
        _end(passed=commands.smoke(stack, outputs, api))


@app.command()
def destroy(*, stack: StackOption) -> None:
    """Destroy a stack's resources."""
    with _commands() as commands:
        commands.destroy(stack)


@app.command()
def ephemeral(
    *,
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Part of the stack's name, for example pr-123.")
    ],
    config: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="A setting on top of those of the stack dev."),
    ] = None,
    api: ApiOption = None,
) -> None:
    """Run the smoke tests on a stack that is removed afterwards."""
    settings = dict(map(setting, config or ()))
    with _commands() as commands:
        _end(passed=commands.ephemeral(name, settings, api))


@app.command()
def sweep(
    *,
    older_than: Annotated[
        timedelta,
        typer.Option(parser=parse_age, metavar="AGE", help="Their least age, for example 6h."),
    ],
) -> None:
    """Remove the ephemeral stacks that killed runs have left."""
    with _commands() as commands:
        commands.sweep(older_than.total_seconds())


@app.command()
def roles(
    *,
    account: Annotated[
        str, typer.Option(metavar="ID", help="The AWS account of the stacks, twelve digits.")
    ],
    repository: Annotated[
        str, typer.Option(metavar="OWNER/NAME", help="The repository on GitHub.")
    ],
    region: Annotated[
        str | None,
        typer.Option(metavar="REGION", help="Default: aws:region in the stack's settings."),
    ] = None,
    stack: Annotated[
        str,
        typer.Option(metavar="NAME", help="The stack, and the environment, that is deployed."),
    ] = "dev",
    state: Annotated[
        str,
        typer.Option(
            metavar="s3://BUCKET/FOLDER", help="Pulumi's backend, if it is on S3. Default: none."
        ),
    ] = "",
    pulumi: Annotated[
        bool, typer.Option("--pulumi", help="Print a Pulumi program that creates the roles.")
    ] = False,
) -> None:
    """Print the AWS roles that the project's CI needs, as JSON."""
    project = enter_project("ci")
    with extra("ci"):
        from stepgate.ci.role_program import roles_program  # noqa: PLC0415
        from stepgate.ci.roles import role_settings, roles_document  # noqa: PLC0415
    with _errors():
        settings = role_settings(
            project,
            account=account,
            region=region,
            repository=repository,
            stack=stack,
            state=state,
        )
    if pulumi:
        print_document(roles_program(settings))
    else:
        print_indented(roles_document(settings))


def _end(*, passed: bool) -> None:
    raise typer.Exit(ExitCode.OK if passed else ExitCode.FAILED)


@contextmanager
def _commands(*, in_project: bool = True) -> Generator["Commands"]:
    """The commands for the current project; their errors end this one.

    Raises:
        typer.Exit: one has failed, or cannot begin.
    """
    project = (enter_project if in_project else enter_project_if_any)("ci")
    with extra("ci"):
        from stepgate.ci.commands import Commands  # noqa: PLC0415
    commands = Commands(project.folder if project else Path.cwd())
    with _errors():
        yield commands


@contextmanager
def _errors() -> Generator[None]:
    """Errors of a command end this one.

    Raises:
        typer.Exit: the command has failed.
    """
    try:
        yield
    except StoppedError as error:
        _explain(error)
        raise typer.Exit(128 + error.signal) from None
    except (CiError, StepgateError) as error:
        _explain(error)
        raise typer.Exit(_code(error)) from None


def _code(error: CiError | StepgateError) -> ExitCode:
    match error:
        case StepgateError():
            return exit_code(error)
        case LeftBehindError(tests_failed=True):
            return ExitCode.FAILED
        case CiError():
            return CODES.get(type(error), ExitCode.USAGE)


def _explain(error: BaseException) -> None:
    """Why a command ended, causes first."""
    if error.__cause__:
        _explain(error.__cause__)
    if not isinstance(error, CiError | StepgateError | StoppedError):
        traceback.print_exception(error)
    for line in str(error).splitlines():
        print_message(line)
