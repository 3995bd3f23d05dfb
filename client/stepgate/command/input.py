"""A workflow's input, as the command is given it."""

import sys
from pathlib import Path
from typing import Any

import typer

from stepgate.errors import InputInvalid
from stepgate.input import json_value


def read_input(workflow: str, given: str) -> Any:
    """
    Args:
        given: JSON, `@FILE`, or `-` for standard input.

    Raises:
        typer.BadParameter: the file cannot be read.
        InputInvalid: it is not JSON, or would not arrive as it is.
    """
    if given == "@":
        raise typer.BadParameter("@ needs the name of a file behind it")
    source, text = "the argument", given
    try:
        if given == "-":
            source, text = "standard input", sys.stdin.buffer.read()
        elif given.startswith("@"):
            source = given[1:]
            text = Path(source).read_bytes()
        return json_value(text)
    except OSError as error:
        raise typer.BadParameter(
            f"the input cannot be read from {source}: {error.strerror}"
        ) from None
    except ValueError as error:
        reason = f"cannot be taken as JSON from {source}: {error}"
        raise InputInvalid(workflow, "", reason) from None
