"""A resource's inputs, and how they become the parameters of AWS's calls."""

import re
from collections.abc import Mapping
from textwrap import shorten
from typing import Any, cast

SECRETS = ("secretBinary", "secretString", "secretStringWo", "value", "valueWo")
"""Inputs that no error shows."""

DOCUMENTS = ("assumeRolePolicy", "policy")
"""Inputs that may be data, and are text as outputs."""


class InputError(Exception):
    """An input that cannot be used: which one, and what to write instead, in one line.

    Attributes:
        argument: the argument that it is, or is inside of; empty if it is about all of them.
    """

    def __init__(self, message: str, argument: str = "") -> None:
        super().__init__(message)
        self.argument = argument


class Inputs(dict[str, Any]):
    """Inputs, or an object inside them, under the provider's names; see `read_inputs`.

    Reading one that is missing, or that is not what it should be, raises InputError.
    """

    def __missing__(self, key: str) -> Any:
        raise missing(key)

    def object(self, key: str) -> "Inputs":
        """The object under a key; an empty one if it is not given."""
        match self.get(key, Inputs()):
            case Inputs() as found:
                return found
            case value:
                raise wrong(argument(key), value, "write an object")

    def objects(self, key: str) -> list["Inputs"]:
        """The objects in a list under a key; none if it is not given."""
        match self.get(key, []):
            case [*found] if all(isinstance(each, Inputs) for each in found):
                return found
            case value:
                raise wrong(argument(key), value, "write a list of objects")

    def text(self, key: str, default: str = "") -> str:
        """The text under a key."""
        if not isinstance(value := self.get(key, default), str):
            raise wrong(argument(key), value, "write text")
        return value

    def texts(self, key: str) -> list[str]:
        """The texts in a list under a key; none if it is not given."""
        match self.get(key, []):
            case [*found] if all(isinstance(each, str) for each in found):
                return found
            case value:
                raise wrong(argument(key), value, "write a list of texts")

    def whole(self, key: str, allowed: range) -> int:
        """The whole number under a key, which may be text."""
        try:
            if (number := int(self[key])) in allowed:
                return number
        except (TypeError, ValueError):
            pass
        cure = f"write a whole number from {allowed[0]} to {allowed[-1]}"
        raise wrong(argument(key), self[key], cure)

    def only(self, *keys: str) -> "Inputs":
        """Those of these that are given."""
        return Inputs({key: self[key] for key in keys if key in self})

    def without(self, *keys: str) -> "Inputs":
        return Inputs({key: value for key, value in self.items() if key not in keys})


def argument(key: str) -> str:
    """An input as the argument that a program in Python gives it as."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()


def missing(key: str) -> InputError:
    return InputError(f"the input {argument(key)} is missing; give it a value", argument(key))


def wrong(where: str, value: object, cure: str) -> InputError:
    first = where.partition(".")[0].partition("[")[0]
    shown = shorten(repr(value), 100, placeholder="…")
    if first in map(argument, SECRETS):
        shown = "a secret of another form"
    return InputError(f"the input {where} is {shown}; {cure}", first)


def read_inputs(inputs: Mapping[str, Any]) -> Inputs:
    """Inputs as Pulumi hands them over, but with whole numbers as integers: it makes all floats."""
    return _read(inputs)


def _read(value: Any) -> Any:
    match value:
        case dict():
            items = cast("dict[str, Any]", value).items()
            return Inputs({key: _read(item) for key, item in items})
        case list():
            return [_read(item) for item in cast("list[Any]", value)]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def given(inputs: Inputs, *same: str, **renamed: str) -> Any:
    """A dict of AWS's parameters for those inputs that are given.

    Args:
        same: inputs that AWS calls the same.
        renamed: by AWS's names, the inputs that it calls otherwise.
    """
    names = {name: name for name in same} | renamed
    return {name: inputs[key] for name, key in names.items() if key in inputs}
