"""A resource's inputs, and how they become the parameters of AWS's calls."""

from collections.abc import Mapping
from typing import Any, cast


class InputError(Exception):
    """An input that cannot be used: which one, and what to write instead, in one line."""


class Inputs(dict[str, Any]):
    """Inputs, or an object inside them, under the provider's names; see `read_inputs`.

    Reading one that is missing, or that is not what it should be, raises InputError.
    """

    def __missing__(self, key: str) -> Any:
        raise InputError(f"the input {key} is missing; give it a value")

    def object(self, key: str) -> "Inputs":
        """The object under a key; an empty one if it is not given."""
        match self.get(key, Inputs()):
            case Inputs() as found:
                return found
            case wrong:
                raise InputError(f"the input {key} is {wrong!r}; write an object")

    def objects(self, key: str) -> list["Inputs"]:
        """The objects in a list under a key; none if it is not given."""
        match self.get(key, []):
            case [*found] if all(isinstance(each, Inputs) for each in found):
                return found
            case wrong:
                raise InputError(f"the input {key} is {wrong!r}; write a list of objects")


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


def tag_list(inputs: Inputs, key: str = "tags") -> list[Any]:
    """Tags in the form that most services ask for."""
    return [{"Key": key, "Value": value} for key, value in inputs.object(key).items()]
