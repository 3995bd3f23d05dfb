"""What agents see of a stack's workflows."""

from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from stepgate.client.outputs import DeployedEvent, DeployedRoute
from stepgate.mcp.tools import (
    ALLOWED,
    HISTORY,
    LIST,
    REDRIVE,
    RESTART,
    SEND,
    STATUS,
    STOP,
    request_parts,
    stack_tools,
)

NOW = DeployedRoute("now", "sync", "https://a/now", None, None)
LATER = DeployedRoute("later", "async", "https://a/later", "https://a/later/{execution}", None)
ORDER = {"type": "object", "properties": {"sku": {"$ref": "#/components/schemas/Sku"}}}
PART = {"type": "object", "properties": {"parts": {"items": {"$ref": "#/components/schemas/Sku"}}}}
DOCUMENT: dict[str, Any] = {"components": {"schemas": {"Sku": PART, "Other": {}}}}
PLACED = replace(NOW, schema=ORDER, path=("shop",), query=("dry_run",), headers=("X-Trace",))


def schema_of(route: DeployedRoute) -> dict[str, Any]:
    tool, *_ = stack_tools([route], DOCUMENT, ())
    jsonschema.Draft202012Validator.check_schema(tool.input_schema)
    return tool.input_schema


def test_the_members_of_a_body_are_the_arguments() -> None:
    schema = schema_of(replace(NOW, schema=ORDER))
    assert schema == {
        "type": "object",
        "properties": {"sku": {"$ref": "#/$defs/Sku"}},
        "$defs": {
            "Sku": {"type": "object", "properties": {"parts": {"items": {"$ref": "#/$defs/Sku"}}}}
        },
    }
    nested: dict[str, Any] = {"sku": {"parts": [{}]}}
    jsonschema.validate(nested, schema)
    assert schema_of(NOW) == {"type": "object"}
    assert request_parts(NOW, {"a": 1}) == {"input": {"a": 1}}


@pytest.mark.parametrize(
    ("route", "arguments"),
    [
        (PLACED, {"input": {"sku": {}}, "path": {"shop": "a"}, "query": {"dry_run": "1"}}),
        (replace(PLACED, has_body=False), {"path": {"shop": "a"}, "headers": {"X-Trace": "t"}}),
        (replace(NOW, schema={"type": "array"}), {"input": [1]}),
    ],
)
def test_parameters_and_other_bodies_are_arguments_of_their_own(
    route: DeployedRoute, arguments: dict[str, Any]
) -> None:
    schema = schema_of(route)
    jsonschema.validate(arguments, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**arguments, "other": 1}, schema)
    for name in schema["required"]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in arguments.items() if k != name}, schema)
    assert request_parts(route, arguments) == arguments


def test_a_tool_says_what_its_workflow_does() -> None:
    said, default, *_ = stack_tools(
        [replace(NOW, description="Tells the time."), NOW], DOCUMENT, ()
    )
    assert (said.description, default.description) == ("Tells the time.", "Runs the workflow now.")


def test_executions_have_tools_where_there_are_any_and_only_those_allowed() -> None:
    def names(*routes: DeployedRoute, allowed: tuple[str, ...] = ()) -> list[str]:
        return [tool.name for tool in stack_tools(routes, DOCUMENT, allowed)]

    many = [LIST, HISTORY]
    operations = [STOP, REDRIVE, RESTART]
    assert names(NOW, allowed=ALLOWED) == ["now", *many]
    assert names(NOW, LATER) == ["now", "later", LIST, STATUS]
    assert names(NOW, LATER, allowed=ALLOWED) == ["now", "later", *many, STATUS, *operations]
    assert names(LATER, allowed=("restart",)) == ["later", LIST, STATUS, RESTART]
    waits = replace(LATER, name="b", events={"paid": DeployedEvent(None, per_item=False)})
    expected = ["later", "b", *many, STATUS, SEND, *operations]
    assert names(LATER, waits, allowed=ALLOWED) == expected
    *_, send = stack_tools([LATER, waits], DOCUMENT, ("send",))
    sent = {"workflow": "b", "execution": "e", "event": "paid", "body": [1]}
    jsonschema.validate(sent, send.input_schema)
    for name, value in (("workflow", "later"), ("event", "other")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**sent, name: value}, send.input_schema)
    *_, status = stack_tools([LATER, replace(LATER, name="b", path=("id",))], DOCUMENT, ())
    jsonschema.validate({"workflow": "later", "execution": "e"}, status.input_schema)
    jsonschema.validate(
        {"workflow": "b", "execution": "e", "path": {"id": "1"}}, status.input_schema
    )
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"workflow": "now", "execution": "e"}, status.input_schema)
