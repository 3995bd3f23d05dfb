"""How the command reports errors."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from stepgate.cli.exit_codes import ExitCode, exit_code
from stepgate.cli.printing import print_error, print_message
from stepgate.client.errors import StepgateError


@contextmanager
def exit_on_error(*, as_json: bool) -> Generator[None]:
    """Reports an error or Ctrl-C on standard error, and ends the command.

    Args:
        as_json: print an object with the error's attributes instead of a line of text.

    Raises:
        typer.Exit: there was an error.
    """
    try:
        yield
    except StepgateError as error:
        _exit(exit_code(error), type(error).__name__, str(error), vars(error), as_json=as_json)
    except KeyboardInterrupt as interruption:
        message = str(interruption) or "interrupted"
        _exit(ExitCode.INTERRUPTED, "Interrupted", message, {}, as_json=as_json)


@contextmanager
def explain_interruption(message: str) -> Generator[None]:
    """Lets `exit_on_error` say what Ctrl-C has ended here, and what it has not."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(message) from None


def print_problem(
    problem: str, message: str, attributes: Mapping[str, Any], *, as_json: bool
) -> None:
    """Prints a problem on standard error."""
    if as_json:
        print_error(json.dumps({"problem": problem, "message": message, **attributes}))
    else:
        print_message(message)


def _exit(
    code: ExitCode, problem: str, message: str, attributes: Mapping[str, Any], *, as_json: bool
) -> NoReturn:
    print_problem(problem, message, {"exitCode": code, **attributes}, as_json=as_json)
    raise typer.Exit(code) from None
