"""`stepgate local`. What comes with its extra is imported in `_commands` only."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepgate.cli.exit_codes import ExitCode
from stepgate.cli.printing import print_message
from stepgate.cli.subcommands import enter_project, extra

if TYPE_CHECKING:
    from stepgate.local.commands import Commands

app = typer.Typer(rich_markup_mode=None)


@app.callback()
def options() -> None:
    """Deploy a Pulumi project onto an emulator on this machine.

    It gets the settings of its stack `local`. STEPGATE_PORT chooses the emulator's port (4566).
    """


@app.command()
def up(
    mocks: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A Python file with MOCKS, the mocks of `stepgate.testing` by workflow: the named "
            "states are answered from them.",
        ),
    ] = None,
) -> None:
    """Deploy, and leave it running.

    The outputs are in .local/outputs.json.
    """
    with _commands() as commands:
        commands.up(mocks)


@app.command()
def down() -> None:
    """Stop what `up` has left running."""
    with _commands() as commands:
        commands.down()


@app.command()
def demo() -> None:
    """Deploy, call each route, and take everything down.

    The inputs are made from the workflows' schemas.
    """
    with _commands() as commands:
        commands.demo()


@contextmanager
def _commands() -> Generator["Commands"]:
    """The commands for the current project; their errors, and the first signal, end this one.

    Raises:
        typer.Exit: one has failed, or cannot begin.
    """
    project = enter_project("local")
    with extra("local"):
        from stepgate.local.commands import Commands  # noqa: PLC0415
    from stepgate.local.errors import CommandError  # noqa: PLC0415
    from stepgate.local.interruption import Interruption  # noqa: PLC0415

    interruption = Interruption()
    try:
        yield Commands(project)
    except CommandError as error:
        for line in str(error).splitlines():
            print_message(line)
        raise typer.Exit(ExitCode.FAILED) from None
    except BaseException:
        if interruption.signal is None:
            raise
        print_message(f"stopped by {interruption.signal.name}")
        # At once: calls of a deployment that was given up may still hang in their threads.
        os._exit(128 + interruption.signal)
