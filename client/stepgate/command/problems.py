"""What the command says when something went wrong."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from stepgate.command.exits import ExitCode, exit_code
from stepgate.command.printing import print_error, tell
from stepgate.errors import StepgateError


@contextmanager
def told(*, as_json: bool, interrupted: str = "interrupted") -> Generator[None]:
    """Work that may fail: an error or Ctrl-C is told on standard error, and ends the command.

    Args:
        as_json: as an object in a line, with the error's attributes, instead of a line of text.
        interrupted: what Ctrl-C has ended, and what it has not.

    Raises:
        typer.Exit: it has failed.
    """
    try:
        yield
    except StepgateError as error:
        _end(exit_code(error), type(error).__name__, str(error), vars(error), as_json=as_json)
    except KeyboardInterrupt:
        _end(ExitCode.INTERRUPTED, "Interrupted", interrupted, {}, as_json=as_json)


def tell_problem(
    problem: str, message: str, attributes: Mapping[str, Any], *, as_json: bool
) -> None:
    """Says on standard error what is wrong."""
    if as_json:
        print_error(json.dumps({"problem": problem, "message": message, **attributes}))
    else:
        tell(message)


def _end(
    code: ExitCode, problem: str, message: str, attributes: Mapping[str, Any], *, as_json: bool
) -> NoReturn:
    tell_problem(problem, message, {"exitCode": code, **attributes}, as_json=as_json)
    raise typer.Exit(code) from None
