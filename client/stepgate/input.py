"""A workflow's input, as somebody has written it."""

import json
from collections.abc import Sequence
from decimal import Context, Decimal, localcontext
from typing import Any, NoReturn


def json_value(text: str | bytes) -> Any:
    """The value that a JSON text has, if it would arrive at a workflow as it is.

    Raises:
        ValueError: it is not JSON, or would be changed on its way.
    """
    try:
        return json.loads(
            text, parse_constant=_refuse, parse_float=_number, object_pairs_hook=_object
        )
    except RecursionError as error:
        raise ValueError(str(error)) from None


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
