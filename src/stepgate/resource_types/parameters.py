"""The parameters of AWS's calls, from inputs under the provider's names.

The models of AWS's APIs that botocore has say what a parameter is called, and what it can be.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from botocore.validate import ParamValidator

from stepgate.resource_types.inputs import Inputs, argument, missing, wrong

Shape = Any
"""What botocore's model says of an operation's input or of a part of it; it has no types."""

UNKNOWN = "the local engine cannot use it; leave it out on the stack local"

FORMS = {
    "structure": "an object",
    "map": "an object",
    "list": "a list",
    "string": "text",
    "blob": "text in Base64",
    "boolean": "True or False",
    "integer": "a whole number",
    "long": "a whole number",
    "double": "a number",
    "float": "a number",
}

PAIRS = ({"key", "value"}, {"tagkey", "tagvalue"}, {"name", "value"})
"""Members of what is a list on AWS where the provider has an object, tags above all."""


@dataclass(frozen=True)
class _Place:
    """Where a value stands: by the provider's names, and as the program has it."""

    path: str = ""
    shown: str = ""

    def member(self, key: str) -> "_Place":
        return _Place(
            ".".join(filter(None, (self.path, key))),
            ".".join(filter(None, (self.shown, argument(key)))),
        )

    def item(self, key: object) -> "_Place":
        return _Place(self.path, f"{self.shown}[{key!r}]")


def parameters(
    inputs: Inputs, shape: Shape, renamed: Mapping[str, str], inside: str = ""
) -> dict[str, Any]:
    """Each input under its parameter's name, which differs in its case alone, or is in `renamed`.

    Numbers are text and text is numbers where AWS has the other one, as with the provider.

    Args:
        shape: a structure.
        renamed: by an input, with dots before one inside another (`metricQueries.label`).
        inside: the input that these are inside of.

    Raises:
        InputError: there is no such parameter, or it cannot have this value.
    """
    found: dict[str, Any] = {}
    for key, value in inputs.items():
        place = _Place("", argument(inside)).member(key)
        name = _member(shape, place, value, renamed)
        found[name] = _converted(value, shape.members[name], place, renamed)
        # What is missing inside, or too short.
        report = cast("Any", ParamValidator()).validate(found[name], shape.members[name])
        if report.has_errors():
            reasons = " ".join(report.generate_report().split())
            raise wrong(place.shown, value, reasons.replace(" for parameter input, value", ""))
    return found


def require(parameters: Mapping[str, Any], shape: Shape, renamed: Mapping[str, str]) -> None:
    """Raises InputError for an input that AWS needs and the program does not give."""
    keys = {name: key for key, name in renamed.items()}
    required: list[str] = shape.required_members
    for name in required:
        if name not in parameters:
            raise missing(keys.get(name, name[0].lower() + name[1:]))


def require_json(key: str, value: object) -> None:
    """Raises InputError for what is not JSON as text."""
    if not isinstance(value, str):
        raise wrong(argument(key), value, "write JSON as text, for example with json.dumps")
    try:
        json.loads(value)
    except ValueError as error:
        raise wrong(argument(key), value, f"it is not JSON: {error}") from None


def text(value: object) -> str:
    """A value as AWS has it where it takes text alone."""
    match value:
        case str():
            return value
        case bool() | dict() | list():
            return json.dumps(value)
        case _:
            return str(value)


def _member(shape: Shape, place: _Place, value: object, renamed: Mapping[str, str]) -> str:
    names: dict[str, str] = {member.lower(): member for member in shape.members}
    key = place.path.rpartition(".")[2]
    name = renamed.get(place.path) or names.get(key.lower(), "")
    if name not in shape.members:
        raise wrong(place.shown, value, UNKNOWN)
    return name


def _converted(value: Any, shape: Shape, place: _Place, renamed: Mapping[str, str]) -> Any:
    match shape.type_name, value:
        case "structure", Inputs():
            return {
                (name := _member(shape, place.member(key), item, renamed)): _converted(
                    item, shape.members[name], place.member(key), renamed
                )
                for key, item in value.items()
            }
        case "map", Inputs():
            return {
                key: _converted(item, shape.value, place.item(key), renamed)
                for key, item in value.items()
            }
        case "list", list():
            return [
                _converted(item, shape.member, place.item(index), renamed)
                for index, item in enumerate(cast("list[Any]", value))
            ]
        case "list", Inputs() if pair := _pair(shape.member):
            key_name, value_name = pair
            of_value = shape.member.members[value_name]
            return [
                {
                    key_name: key,
                    value_name: _converted(item, of_value, place.item(key), renamed),
                }
                for key, item in value.items()
            ]
        case _:
            scalar = _scalar(value, shape.type_name, place)
            # What is newer than the model, the emulator does not know either.
            if (known := getattr(shape, "enum", [])) and scalar not in known:
                raise wrong(place.shown, value, f"write {' or '.join(known)}")
            return scalar


def _scalar(value: Any, form: str, place: _Place) -> Any:
    try:
        match form, value:
            case ("string", str() | int() | float()) | ("boolean", bool()):
                return text(value) if form == "string" else value
            case "boolean", "true" | "false":
                return value == "true"
            case "integer" | "long", int() | str() if not isinstance(value, bool):
                return int(value)
            case "double" | "float", int() | float() | str() if not isinstance(value, bool):
                return float(value)
            case "blob", str():
                return base64.b64decode(value, validate=True)
            case _:
                pass
    except (ValueError, binascii.Error):
        pass
    raise wrong(place.shown, value, f"write {FORMS.get(form, form)}")


def _pair(shape: Shape) -> list[str] | None:
    """The members of a structure that holds a key and its value; None if it is another one."""
    members = getattr(shape, "members", {})
    is_pair = {member.lower() for member in members} in PAIRS
    return sorted(members, key=lambda member: "value" in member.lower()) if is_pair else None
