"""Input schemas in draft 4: the same meaning, and what API Gateway checks of them."""

from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from stepgate.http.json_schema import checked_part, draft4_schema

STRING, NULL = {"type": "string"}, {"enum": [None]}
VALUES: list[Any] = [
    *(None, True, False, "", "x", "xyz", -1, 0, 0.5, 1, 1.5, 2, 3, 9),
    *([], [1], ["x"], [1, 1], [1, 2, 3]),
    *({}, {"a": 1}, {"a": "x"}, {"b": None}, {"a": 1, "b": 2}, {"a": {"a": {"a": 1}}}),
]


def accepted(schema: dict[str, Any], draft: Any = Draft4Validator) -> list[Any]:
    return [value for value in VALUES if draft(schema).is_valid(value)]


TRANSLATED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "string", "minLength": 1}, {"type": "string", "minLength": 1}),
    ({"const": "x"}, {"enum": ["x"]}),
    ({"const": None}, NULL),
    ({"type": "null"}, NULL),
    ({"type": ["string"]}, STRING),
    ({"type": ["string", "null"], "maxLength": 1}, {"anyOf": [STRING, NULL], "maxLength": 1}),
    (
        {"type": ["string", "null"], "anyOf": [{"const": "x"}, {}]},
        {"anyOf": [{"enum": ["x"]}, {}], "allOf": [{"anyOf": [STRING, NULL]}]},
    ),
    ({"anyOf": [STRING, {"type": "null"}]}, {"anyOf": [STRING, NULL]}),
    ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}),
    ({"type": "integer", "exclusiveMinimum": 0.5}, {"type": "integer", "minimum": 1}),
    ({"type": "integer", "exclusiveMaximum": 2}, {"type": "integer", "maximum": 1}),
    ({"type": "integer", "exclusiveMaximum": 1.5}, {"type": "integer", "maximum": 1}),
    (
        {"type": "integer", "exclusiveMinimum": 0, "minimum": 2},
        {"type": "integer", "minimum": 2},
    ),
    (
        {"type": "number", "exclusiveMinimum": 1, "minimum": 1},
        {"type": "number", "minimum": 1, "exclusiveMinimum": True},
    ),
    ({"exclusiveMaximum": 1, "maximum": 3}, {"maximum": 1, "exclusiveMaximum": True}),
    ({"items": True}, {"items": {}}),
    ({"items": False}, {"items": {"not": {}}}),
    ({"properties": {"a": False}}, {"properties": {"a": {"not": {}}}}),
    ({"additionalProperties": False}, {"additionalProperties": False}),
    ({"not": {"const": 1}}, {"not": {"enum": [1]}}),
    ({"examples": [1, 2], "readOnly": True, "$id": "a"}, {"example": 1}),
    ({"examples": []}, {}),
    (
        {"additionalProperties": {"type": "integer"}, "propertyNames": {"enum": ["a", "c"]}},
        {
            "properties": {"a": {"type": "integer"}, "c": {"type": "integer"}},
            "additionalProperties": False,
        },
    ),
    ({"additionalProperties": STRING, "propertyNames": {}}, {"additionalProperties": STRING}),
    (
        {"$defs": {"A": {"const": "x"}}, "properties": {"a": {"$ref": "#/$defs/A"}}},
        {
            "definitions": {"A": {"enum": ["x"]}},
            "properties": {"a": {"$ref": "#/definitions/A"}},
        },
    ),
    (
        {
            "$defs": {"A": {"enum": ["a"]}},
            "propertyNames": {"$ref": "#/$defs/A"},
        },
        {
            "definitions": {"A": {"enum": ["a"]}},
            "properties": {"a": {}},
            "additionalProperties": False,
        },
    ),
    (
        {"$defs": {"A": STRING}, "items": {"$ref": "#/$defs/A", "maxLength": 1}},
        {
            "definitions": {"A": STRING},
            "items": {"allOf": [{"$ref": "#/definitions/A"}], "maxLength": 1},
        },
    ),
    (
        {"$defs": {"a/b~c": STRING}, "items": {"$ref": "#/$defs/a~1b~0c"}},
        {"definitions": {"a/b~c": STRING}, "items": {"$ref": "#/definitions/a~1b~0c"}},
    ),
    (
        {"$defs": {"A": STRING}, "$ref": "#/$defs/A", "title": "T"},
        {"definitions": {"A": STRING}, **STRING, "title": "T"},
    ),
    (
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
    ),
]


@pytest.mark.parametrize(("written", "translated"), TRANSLATED)
def test_a_schema_is_translated_to_draft_4_with_the_same_meaning(
    written: dict[str, Any], translated: dict[str, Any]
) -> None:
    schema = draft4_schema(written)
    assert schema == translated
    Draft4Validator.check_schema(schema)
    assert accepted(schema) == accepted(written, Draft202012Validator)


def test_the_limits_of_draft_4_keep_their_meaning() -> None:
    written = {"maximum": 2, "exclusiveMaximum": True, "minimum": 0, "exclusiveMinimum": False}
    assert draft4_schema(written) == {"maximum": 2, "exclusiveMaximum": True, "minimum": 0}
    assert draft4_schema({"type": "integer", **written}) == {
        "type": "integer",
        "maximum": 1,
        "minimum": 0,
    }


@pytest.mark.parametrize(
    ("schema", "checked"),
    [
        ({"type": "array", "minItems": 1, "title": "A"}, {"type": "array", "title": "A"}),
        ({"anyOf": [STRING, NULL], "description": "D"}, {"description": "D"}),
        ({"enum": ["x", None]}, {}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"minimum": 1}),
        ({"allOf": [{"$ref": "#/definitions/A"}], "default": "x"}, {"$ref": "#/definitions/A"}),
        ({"allOf": [{"$ref": "#/definitions/A"}], "maxLength": 1}, {"maxLength": 1}),
        ({"properties": {"a": {"not": {}}}}, {"properties": {"a": {}}}),
        ({"additionalProperties": {"minItems": 1}}, {"additionalProperties": {}}),
    ],
)
def test_api_gateway_gets_what_it_checks(schema: dict[str, Any], checked: dict[str, Any]) -> None:
    assert checked_part(schema) == checked


@pytest.mark.parametrize("written", [written for written, _ in TRANSLATED])
def test_api_gateway_accepts_whatever_is_valid(written: dict[str, Any]) -> None:
    schema = draft4_schema(written)
    checked = {"definitions": schema.get("definitions", {}), **checked_part(schema)}
    refused = [value for value in accepted(schema) if value not in accepted(checked)]
    assert refused == []
