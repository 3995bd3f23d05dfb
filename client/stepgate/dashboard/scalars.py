"""Texts and numbers that may fit a JSON Schema, those that people like to see first."""

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from math import ceil, floor
from typing import Any

from rstr import Rstr

from stepgate.schema import Schema

VARIANTS = 20
"""How many there are of each kind: the items of an array may have to differ."""
LONGEST_TEXT = 10_000
HIGHEST = 1e300
"""Beyond it floats do not reckon, and nobody has such a limit."""

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


def texts(schema: Schema) -> Iterator[str]:
    """By the format, by the pattern, by the length."""
    if isinstance(known := schema.get("format"), str) and known in FORMATS:
        yield FORMATS[known]
    least = size(schema, "minLength", LONGEST_TEXT)
    most = size(schema, "maxLength", LONGEST_TEXT) if "maxLength" in schema else LONGEST_TEXT
    if isinstance(pattern := schema.get("pattern"), str):
        sized = (text for text in _matching(pattern) if least <= len(text) <= most)
        yield from islice(sized, VARIANTS)
    text = "text".ljust(least, "x")[:most]
    yield text
    yield from (f"{text[: -len(str(number))]}{number}" for number in range(VARIANTS))


def _matching(pattern: str) -> Iterator[str]:
    """Texts of growing length, the first one of a length that is pleasant."""
    for repetitions in (3, *range(3), *range(4, 100)):
        try:
            yield Rstr(_Legible(repetitions)).xeger(pattern)
        except Exception:  # it is no pattern, or has what rstr does not know
            return


class _Legible(random.Random):
    """Draws letters and digits where it may; the same ones each time.

    Args:
        repetitions: how many there are beyond those that are needed, at most; the seed, too.
    """

    def __init__(self, repetitions: int) -> None:
        super().__init__(repetitions)
        self._repetitions = repetitions

    def randint(self, a: int, b: int) -> int:
        return max(a, min(b, a + self._repetitions))

    def choice(self, seq: Any) -> Any:
        # Sorted, for rstr takes `[^a]` from a set, whose order is another one in each process.
        plain = sorted(each for each in seq if isinstance(each, str) and each.isalnum())
        return super().choice(plain or sorted(seq, key=repr))


def numbers(schema: Schema, *, is_whole: bool) -> Iterator[int | float]:
    """Multiples of 1, or of what the schema asks for: about 1, 0, from its lowest, its highest."""
    step = abs(_number(schema, "multipleOf") or Fraction(1))
    if is_whole:
        step = Fraction(step.numerator)  # the least of its multiples that is whole
    lowest, highest = _number(schema, "minimum"), _number(schema, "maximum")
    if lowest is None:
        lowest = Fraction(0) if highest is None else highest
    if highest is None:
        highest = lowest + 1
    up, down = ceil(lowest / step), floor(highest / step)
    multiples = (ceil(1 / step), 0, *range(up, up + VARIANTS), *range(down, down - VARIANTS, -1))
    for number in (*(multiple * step for multiple in multiples), (lowest + highest) / 2):
        yield int(number) if number.denominator == 1 else float(number)


def size(schema: Schema, key: str, most: int) -> int:
    """A keyword such as `minItems`, from 0 to `most`."""
    return min(max(floor(_number(schema, key) or 0), 0), most)


def _number(schema: Schema, key: str) -> Fraction | None:
    """A number as its decimal digits have it; None if it is none."""
    value = schema.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < HIGHEST:
        return None
    return Fraction(str(value))
