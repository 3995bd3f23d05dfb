"""A definition as the interpreter reads it.

It is older than some fields of a distributed Map, and reads no objects of S3: the test gives the
items. So what says how they are read and written is left out.
"""

from collections.abc import Mapping
from typing import Any, cast

from stepgate.workflow import Definition

_ITEMS = ("MaxItems", "MaxItemsPath")


def as_interpreted(definition: Definition) -> Definition:
    """The definition without what the interpreter does not know, and a test does not need."""
    states: dict[str, Any] = definition.get("States", {})
    return definition | {"States": {name: _state(fields) for name, fields in states.items()}}


def _state(fields: dict[str, Any]) -> dict[str, Any]:
    match fields.get("Type"):
        case "Parallel":
            return fields | {"Branches": [as_interpreted(each) for each in fields["Branches"]]}
        case "Map":
            return {key: value for key, value in _map(fields).items() if value is not None}
        case _:
            return fields


def _map(fields: dict[str, Any]) -> Mapping[str, Any]:
    changed: dict[str, Any] = {
        name: _processor(fields[name]) for name in _PROCESSORS if name in fields
    }
    if "ToleratedFailurePercentage" in fields:
        percentage = fields["ToleratedFailurePercentage"]
        # It knows only numbers with a decimal point.
        changed["ToleratedFailurePercentage"] = (
            float(percentage) if isinstance(percentage, int) else percentage
        )
    if isinstance(fields.get("ItemReader"), dict):
        changed["ItemReader"] = _reader(cast("dict[str, Any]", fields["ItemReader"]))
    if isinstance(fields.get("ResultWriter"), dict):
        writer = cast("dict[str, Any]", fields["ResultWriter"])
        written = {key: value for key, value in writer.items() if key != "WriterConfig"}
        changed["ResultWriter"] = written or None
    return fields | changed


_PROCESSORS = ("ItemProcessor", "Iterator")


def _processor(fields: dict[str, Any]) -> dict[str, Any]:
    made = as_interpreted(fields)
    config = made.get("ProcessorConfig")
    if isinstance(config, dict) and "ExecutionType" in config:
        made |= {"ProcessorConfig": {**config, "ExecutionType": "STANDARD"}}
    return made


def _reader(fields: dict[str, Any]) -> dict[str, Any]:
    config = fields.get("ReaderConfig")
    if not isinstance(config, dict):
        return fields
    kept = {key: value for key, value in cast("dict[str, Any]", config).items() if key in _ITEMS}
    return fields | {"ReaderConfig": {"InputType": "JSON", **kept}}
