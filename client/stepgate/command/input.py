"""A workflow's input, as the command is given it."""

import json
import sys
from collections.abc import Sequence
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any, NoReturn

import typer

from stepgate.errors import InputInvalid


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
        return json.loads(
            text, parse_constant=_refuse, parse_float=_number, object_pairs_hook=_object
        )
    except OSError as error:
        raise typer.BadParameter(
            f"the input cannot be read from {source}: {error.strerror}"
        ) from None
    except (ValueError, RecursionError) as error:
        reason = f"cannot be taken as JSON from {source}: {error}"
        raise InputInvalid(workflow, "", reason) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it has no {constant}")


def _number(text: str) -> float:
    """The number, if it is sent with the same value.

    Raises:
        ValueError: a double has not all of its digits.
    """
    number = float(text)
    with localcontext(Context(traps=[])):  # where an exponent is too large, it equals nothing
        is_kept = Decimal(repr(number)) == Decimal(text)
    if not is_kept:
        raise ValueError(f"the number {text} would be sent as {number}; give it as a string")
    return number


def _object(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """
    Raises:
        ValueError: two members have one name.
    """
    found: dict[str, Any] = {}
    for name, value in members:
        if name in found:
            raise ValueError(f"an object has two members {name!r}")
        found[name] = value
    return found
