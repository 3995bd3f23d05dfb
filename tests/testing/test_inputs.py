"""Inputs from a workflow's schema, and workflows that do not end as they say."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from pydantic import BaseModel, Field

from stepgate import Workflow
from stepgate.http.json_schema import draft4_schema, written_schema
from stepgate.testing import check_always_ends, inputs, returns
from stepgate.testing.endings import UndeclaredEnd
from tests.testing.machines import machine, task

pytestmark = pytest.mark.proof

PASS = machine({"A": {"Type": "Pass"}})
NODE: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 4},
        "inner": {"type": "array", "items": {"$ref": "#/definitions/node"}, "maxItems": 2},
    },
    "additionalProperties": False,
}


class Order(BaseModel):
    sku: str = Field(pattern="^[a-z]{3}$")
    count: int = Field(ge=1, lt=10, multiple_of=3)
    price: float | None = None


SCHEMAS: list[Any] = [
    None,
    Order,
    {"type": "object"},
    {"type": "object", "required": ["a"], "properties": {"b": {"enum": [1, "x"]}}},
    {"$ref": "#/definitions/node", "definitions": {"node": NODE}},
    {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "string", "pattern": "^a+$"}]},
    {"allOf": [{"properties": {"a": {"type": "null"}}}, {"required": ["a"]}], "type": "object"},
    {"type": ["boolean", "number"], "maximum": 2},
    {"type": "object", "minProperties": 2, "additionalProperties": {"type": "boolean"}},
    {"type": "array", "items": {"type": "string", "format": "date-time"}, "minItems": 1},
    {"type": "integer", "minimum": 0, "maximum": 100, "not": {"enum": [0]}},
]


@pytest.mark.parametrize("schema", SCHEMAS)
@settings(
    max_examples=20, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(data=st.data())
def test_inputs_are_valid(schema: Any, data: st.DataObject) -> None:
    workflow = Workflow("any", "async", PASS, input_schema=schema)
    drawn = data.draw(inputs(workflow))
    if written := written_schema(workflow):
        assert Draft4Validator(draft4_schema(written)).is_valid(drawn)  # pyright: ignore[reportUnknownMemberType]


def workflow(schema: Any) -> Workflow:
    definition = machine(
        {
            "Large?": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.count", "NumericGreaterThan": 100, "Next": "Too large"},
                    {"Variable": "$.note", "IsPresent": True, "Next": "Note"},
                ],
                "Default": "Order",
            },
            "Note": {"Type": "Pass", "InputPath": "$.note.text", "End": True},
            "Order": task(End=True),
            "Too large": {"Type": "Fail", "Error": "TooLarge"},
        }
    )
    return Workflow("order", "async", definition, input_schema=schema, errors={"TooLarge": 400})


COUNT = {"type": "integer"}


def test_a_workflow_that_always_ends_passes() -> None:
    note = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    schema = {
        "type": "object",
        "required": ["count"],
        "properties": {"count": COUNT, "note": note},
        "additionalProperties": False,
    }
    check_always_ends(workflow(schema), mocks={"Order": returns(1)})


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": "object", "properties": {"count": COUNT}}, "for the input {}"),
        (
            {
                "type": "object",
                "required": ["count"],
                "properties": {"count": COUNT, "note": {"type": "object", "properties": {}}},
                "additionalProperties": False,
            },
            'in \'Note\' for the input {"count": 0, "note": {}}',
        ),
    ],
)
def test_a_path_that_leads_nowhere_is_found(schema: Any, shown: str) -> None:
    with pytest.raises(UndeclaredEnd) as found:
        check_always_ends(workflow(schema), mocks={"Order": returns(1)})
    assert "workflow 'order'" in str(found.value)
    assert "ends with States.Runtime" in str(found.value)
    assert shown in str(found.value)


def test_an_error_that_is_not_declared_is_found() -> None:
    failing = Workflow("failing", "sync", machine({"A": {"Type": "Fail", "Error": "Odd"}}))
    with pytest.raises(UndeclaredEnd, match=r"ends with Odd in 'A' for the input \{\}; narrow its"):
        check_always_ends(failing)
