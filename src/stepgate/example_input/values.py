"""Strings and numbers that may be valid for a JSON Schema, the most readable ones first."""

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from math import ceil, floor
from typing import Any

from rstr import Rstr

from stepgate.client.schema import Schema

VARIANTS = 20
"""How many there are of each kind: the items of an array may have to be unique."""
MAX_STRING_LENGTH = 10_000
MAX_NUMBER = 1e300
"""Floats beyond it overflow, and no schema has such a limit."""

FORMATS = {
    "byte": "dGV4dA==",
    "date": "2030-01-31",
    "date-time": "2030-01-31T12:00:00Z",
    "email": "somebody@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "time": "12:00:00Z",
    "uri": "https://example.com/",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
}


def example_strings(schema: Schema) -> Iterator[str]:
    """For the format, then for the pattern, then of the right length."""
    if isinstance(known := schema.get("format"), str) and known in FORMATS:
        yield FORMATS[known]
    least = size_keyword(schema, "minLength", MAX_STRING_LENGTH)
    most = (
        size_keyword(schema, "maxLength", MAX_STRING_LENGTH)
        if "maxLength" in schema
        else MAX_STRING_LENGTH
    )
    if isinstance(pattern := schema.get("pattern"), str):
        sized = (text for text in _matching(pattern) if least <= len(text) <= most)
        yield from islice(sized, VARIANTS)
    text = "text".ljust(least, "x")[:most]
    yield text
    yield from (f"{text[: -len(str(number))]}{number}" for number in range(VARIANTS))


def _matching(pattern: str) -> Iterator[str]:
    """Strings of growing length, after one of a readable length."""
    for repetitions in (3, *range(3), *range(4, 100)):
        try:
            yield Rstr(_ReadableRandom(repetitions)).xeger(pattern)
        except Exception:  # not a valid pattern, or not supported by rstr
            return


class _ReadableRandom(random.Random):
    """Prefers letters and digits; makes the same choices each time.

    Args:
        repetitions: at most this many more than required; it is also the seed.
    """

    def __init__(self, repetitions: int) -> None:
        super().__init__(repetitions)
        self._repetitions = repetitions

    def randint(self, a: int, b: int) -> int:
        return max(a, min(b, a + self._repetitions))

    def choice(self, seq: Any) -> Any:
        # Sorted because rstr takes `[^a]` from a set, whose order differs between processes.
        plain = sorted(each for each in seq if isinstance(each, str) and each.isalnum())
        return super().choice(plain or sorted(seq, key=repr))


def example_numbers(schema: Schema, *, is_integer: bool) -> Iterator[int | float]:
    """Multiples of `multipleOf`, or of 1: about 1, 0, then up from the minimum and down from the
    maximum."""
    step = abs(_number(schema, "multipleOf") or Fraction(1))
    if is_integer:
        step = Fraction(step.numerator)  # its smallest integer multiple
    lowest, highest = _number(schema, "minimum"), _number(schema, "maximum")
    if lowest is None:
        lowest = Fraction(0) if highest is None else highest
    if highest is None:
        highest = lowest + 1
    up, down = ceil(lowest / step), floor(highest / step)
    multiples = (ceil(1 / step), 0, *range(up, up + VARIANTS), *range(down, down - VARIANTS, -1))
    for number in (*(multiple * step for multiple in multiples), (lowest + highest) / 2):
        yield int(number) if number.denominator == 1 else float(number)


def size_keyword(schema: Schema, key: str, most: int) -> int:
    """The value of a keyword such as `minItems`, from 0 to `most`."""
    return min(max(floor(_number(schema, key) or 0), 0), most)


def _number(schema: Schema, key: str) -> Fraction | None:
    """Exactly the number that was written; None if it is not a number."""
    value = schema.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < MAX_NUMBER:
        return None
    return Fraction(str(value))
