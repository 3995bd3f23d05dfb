"""A workflow's input and the parameters of its route, read from the command's arguments."""

import json
import sys
from pathlib import Path
from typing import Any

import typer

from stepgate.client.errors import InvalidInput
from stepgate.strict_json import exact_float, parse_json

ARGUMENT = "the argument"
EXAMPLE = """'{"name": "Ada"}'"""


def read_input(workflow: str, given: str | None) -> Any:
    """
    Args:
        given: JSON, `@FILE`, or `-` for standard input; None for no input.

    Raises:
        typer.BadParameter: the file cannot be read.
        InvalidInput: it is not JSON, or would not arrive unchanged.
    """
    if given is None:
        return None
    if given == "@":
        raise typer.BadParameter("@ needs a file's name after it")
    source, text = ARGUMENT, given
    try:
        if given == "-":
            source, text = "standard input", sys.stdin.buffer.read()
        elif given.startswith("@"):
            source = given[1:]
            text = Path(source).read_bytes()
        return parse_json(text, parse_float=exact_float)
    except OSError as error:
        raise typer.BadParameter(f"cannot read the input from {source}: {error.strerror}") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno} of {source}"
        cure = f"; write it in quotes, for example {EXAMPLE}" if source == ARGUMENT else ""
        raise InvalidInput(workflow, "", f"is not JSON: {error.msg} at {place}{cure}") from None
    except ValueError as error:
        raise InvalidInput(workflow, "", f"from {source} cannot be sent: {error}") from None


def read_parameters(
    path: list[str] | None, query: list[str] | None, header: list[str] | None
) -> dict[str, dict[str, str]]:
    """The parameters of a route, as `Stack.call` takes them.

    Raises:
        typer.BadParameter: one is not `NAME=VALUE`.
    """
    return {
        "path": read_options("--path", path),
        "query": read_options("--query", query),
        "headers": read_options("--header", header),
    }


def read_options(option: str, given: list[str] | None) -> dict[str, str]:
    """The values by name of an option that may be repeated.

    Raises:
        typer.BadParameter: one is not `NAME=VALUE`.
    """
    values: dict[str, str] = {}
    for text in given or ():
        name, separator, value = text.partition("=")
        if not name or not separator:
            raise typer.BadParameter(f"{option} {text}: write {option} NAME=VALUE")
        values[name] = value
    return values
