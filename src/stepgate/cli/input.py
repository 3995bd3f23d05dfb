"""A workflow's input, read from the command's arguments."""

import sys
from pathlib import Path
from typing import Any

import typer

from stepgate.client.errors import InvalidInput
from stepgate.strict_json import exact_float, parse_json


def read_input(workflow: str, given: str) -> Any:
    """
    Args:
        given: JSON, `@FILE`, or `-` for standard input.

    Raises:
        typer.BadParameter: the file cannot be read.
        InvalidInput: it is not JSON, or would not arrive unchanged.
    """
    if given == "@":
        raise typer.BadParameter("@ needs a file's name after it")
    source, text = "the argument", given
    try:
        if given == "-":
            source, text = "standard input", sys.stdin.buffer.read()
        elif given.startswith("@"):
            source = given[1:]
            text = Path(source).read_bytes()
        return parse_json(text, parse_float=exact_float)
    except OSError as error:
        raise typer.BadParameter(f"cannot read the input from {source}: {error.strerror}") from None
    except ValueError as error:
        reason = f"cannot be read as JSON from {source}: {error}"
        raise InvalidInput(workflow, "", reason) from None
