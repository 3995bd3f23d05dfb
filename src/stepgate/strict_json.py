"""JSON read strictly: nothing is dropped, and nothing is accepted that is not JSON."""

import json
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, localcontext
from typing import Any, NoReturn

from stepgate.json_values import shown


def parse_json(text: str | bytes, *, parse_float: Callable[[str], float] = float) -> Any:
    """The value of a JSON text.

    Args:
        parse_float: as for `json.loads`; `exact_float` rejects a number that would be rounded.

    Raises:
        ValueError: it is not JSON, a name appears twice in one object, or it is nested too deeply.
    """
    try:
        return json.loads(
            text,
            parse_constant=_reject_constant,
            parse_float=parse_float,
            parse_int=parse_int,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise ValueError("nested too deeply; use fewer levels") from None


def parse_int(text: str) -> int:
    """
    Raises:
        ValueError: the number has more digits than Python reads, 4,300.
    """
    try:
        return int(text)
    except ValueError:
        digits = len(text.lstrip("+-"))
        raise ValueError(f"a number of {digits:,} digits; write a smaller one, or text") from None


def exact_float(text: str) -> float:
    """
    Raises:
        ValueError: a double cannot hold all of the number's digits.
    """
    number = float(text)
    with localcontext(Context(traps=[])):  # an exponent that is too large becomes NaN
        is_exact = Decimal(repr(number)) == Decimal(text)
    if not is_exact:
        raise ValueError(
            f"the number {shown(text)[1:-1]} would be sent as {number}; use a string instead"
        )
    return number


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number; use a finite one")


def _object(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in members:
        if name in found:
            raise ValueError(f"{name!r} appears twice in one object; rename or remove one")
        found[name] = value
    return found
