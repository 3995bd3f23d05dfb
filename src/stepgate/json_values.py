"""What JSON can hold, and where in a value something is."""

import math
import re
import reprlib
from collections.abc import Iterator
from typing import Any, cast

_PLAIN_NAME = re.compile(r"[A-Za-z_]\w{0,79}")
# What to write instead of a value of a type that JSON does not have.
_INSTEAD = {
    "set": "write a list",
    "frozenset": "write a list",
    "date": "write text, for example from isoformat()",
    "datetime": "write text, for example from isoformat()",
    "time": "write text, for example from isoformat()",
    "Decimal": "write a number, or text",
    "bytes": "write text",
    "Output": "give the Output itself to the WorkflowApi in values, and use the workflow's value",
}
# What Pulumi makes of an Output in an f-string or by str().
_TEXT_OF_OUTPUT = "Calling __str__ on an Output[T]"


class _Repr(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        # A little more than the longest name of a state, which has 80 characters.
        self.maxstring = self.maxother = 100

    def repr_int(self, x: int, level: int) -> str:
        try:
            return super().repr_int(x, level)
        except ValueError:  # "Exceeds the limit (4300 digits) for integer string conversion"
            return "an int of too many digits"


_REPR = _Repr()


def member_path(path: str, member: str | int) -> str:
    """The path of a member: `States.Charge.Parameters`, `States["Two words"].Retry[0]`."""
    if isinstance(member, int):
        return f"{path}[{member}]"
    if _PLAIN_NAME.fullmatch(member):
        return f"{path}.{member}" if path else member
    # Not json.dumps: names are shown as they are written.
    return f'{path}["{shown(member)[1:-1]}"]'


def shown(value: object) -> str:
    """A value for an error: in one line, and shortened."""
    return " ".join(_REPR.repr(value).split())


def json_problems(value: object, path: str = "") -> Iterator[str]:
    """A line for each part that JSON does not have: where it is, what it is, what to write instead.

    Args:
        path: where the value is, see `member_path`.

    Raises:
        RecursionError: it is nested too deeply, or contains itself.
    """
    where = path or "its top level"
    if isinstance(value, dict):
        for key, member in cast("dict[object, Any]", value).items():
            if isinstance(key, str):
                inner = member_path(path, key)
                yield from _text_problems(key, inner)
                yield from json_problems(member, inner)
            else:
                text = shown(shown(key))
                yield f"{where} has the key {shown(key)}; write text, for example {text}"
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("list[object]", value)):
            yield from json_problems(item, member_path(path, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{where} is {value}; write a finite number"
    elif isinstance(value, str):
        yield from _text_problems(value, where)
    elif isinstance(value, int):
        try:
            str(value)
        except ValueError:
            yield f"{where} is {shown(value)}; write a smaller number, or text"
    elif not isinstance(value, float | None):
        type_ = type(value).__name__
        instead = _INSTEAD.get(type_, "write text, a number, a bool, None, a list or a dict")
        what = "" if type_ == "Output" else f"{shown(value)}, "
        yield f"{where} is {what}of the type {type_}; {instead}"


def _text_problems(text: str, where: str) -> Iterator[str]:
    if _TEXT_OF_OUTPUT in text:
        yield f"{where} has the text of an Output; {_INSTEAD['Output']}"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = shown(text[error.start])
        yield f"{where} has {half}, which is half of a character; write the whole one"
