"""A workflow's input, as the command is given it."""

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from stepgate.errors import InputInvalid


def read_input(workflow: str, given: str) -> Any:
    """
    Args:
        given: JSON, `@FILE`, or `-` for standard input.

    Raises:
        InputInvalid: the file cannot be read, or it is not JSON.
    """
    source, text = "the argument", given
    try:
        if given == "-":
            source, text = "standard input", sys.stdin.buffer.read()
        elif given.startswith("@"):
            source = given[1:]
            text = Path(source).read_bytes()
        return json.loads(text, parse_constant=_refuse)
    except OSError as error:
        reason = f"cannot be read from {source}: {error.strerror}"
    except (ValueError, RecursionError) as error:
        reason = f"is not JSON, in {source}: {error}"
    raise InputInvalid(workflow, "", reason)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it has no {constant}")
