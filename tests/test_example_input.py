"""Inputs to begin with, made of a schema."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepgate.client.schema import Schema
from stepgate.client.validation import validate_input
from stepgate.example_input import generate_example_input

NODE: Schema = {
    "type": "object",
    "required": ["name", "next"],
    "properties": {
        "name": {"type": "string"},
        "next": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
    },
}
COMPONENTS: dict[str, Any] = {
    "Node": NODE,
    "Tree": {
        "type": "object",
        "required": ["leaves"],
        "properties": {"leaves": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    },
    "Color": {"type": "string", "enum": ["red", "green"]},
    "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
    "Endless": {"required": ["e"], "properties": {"e": {"$ref": "#/components/schemas/Endless"}}},
    "Itself": {"$ref": "#/components/schemas/Itself"},
    "Circle": {"allOf": [{"$ref": "#/components/schemas/Circle"}, {"type": "string"}]},
}
OPENAPI = {"components": {"schemas": COMPONENTS}}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def with_a(schema: Any, *required: str) -> dict[str, Any]:
    return {"type": "object", "required": [*required], "properties": {"a": schema}}


EXAMPLES: list[tuple[Any, Any]] = [
    ({}, {}),
    ({"type": "object"}, {}),
    ({"example": {"a": 1}, "default": {"a": 2}}, {"a": 1}),
    ({"type": "integer", "default": 7}, 7),
    ({"type": "integer", "example": "seven", "default": 7}, 7),
    ({"enum": ["b", "a"]}, "b"),
    ({"type": "string", "enum": [1, "a"]}, "a"),
    (with_a({"type": "string"}), {}),
    (with_a({"type": "string"}, "a"), {"a": "text"}),
    (with_a({"type": "string", "default": "d"}), {"a": "d"}),
    (with_a({"type": "string", "enum": ["e", "f"]}), {"a": "e"}),
    (with_a(ref("Color")), {"a": "red"}),
    (with_a({"type": "string"}, "b"), {"b": {}}),
    ({**with_a(True, "b"), "additionalProperties": {"type": "null"}}, {"b": None}),
    ({**with_a({"type": "null"}), "minProperties": 1}, {"a": None}),
    ({"properties": {"a": {"enum": [1]}, "b": {}}, "required": ["b"]}, {"a": 1, "b": {}}),
    ({"type": ["null", "object"]}, None),
    ({"type": "boolean"}, False),
    ({"type": "boolean", "enum": [True]}, True),
    ({"type": "boolean", "not": {"enum": [False]}}, True),
    ({"type": "integer"}, 1),
    ({"type": "integer", "minimum": 5}, 5),
    ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6),
    ({"type": "integer", "maximum": -5}, -5),
    ({"type": "integer", "maximum": 0}, 0),
    ({"type": "integer", "maximum": 0, "exclusiveMaximum": True}, -1),
    ({"type": "integer", "minimum": 2.5}, 3),
    ({"type": "integer", "minimum": 21, "multipleOf": 10}, 30),
    ({"type": "integer", "multipleOf": 2.5}, 5),
    ({"type": "number", "minimum": 0.2, "maximum": 0.4}, 0.3),
    ({"type": "number", "multipleOf": 0.25, "minimum": 5, "exclusiveMinimum": True}, 5.25),
    ({"type": "integer", "minimum": 10**18}, 10**18),
    ({"minimum": 2}, 2),
    ({"type": "string", "minLength": 6}, "textxx"),
    ({"type": "string", "maxLength": 2}, "te"),
    ({"type": "string", "maxLength": 0}, ""),
    ({"type": "string", "format": "date"}, "2030-01-31"),
    ({"type": "string", "format": "unheard of"}, "text"),
    ({"type": "string", "format": "email", "maxLength": 3}, "tex"),
    (
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
        {"name1": 1, "name2": 1},
    ),
    ({**with_a({"type": "null"}), "minProperties": 2}, {"a": None, "name1": {}}),
    ({"type": "array"}, []),
    ({"type": "array", "minItems": 2}, [{}, {}]),
    ({"type": "array", "items": {"type": "integer"}}, [1]),
    ({"type": "array", "items": {"type": "integer"}, "maxItems": 0}, []),
    ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["text", "text"]),
    (
        {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "uniqueItems": True},
        [False, True],
    ),
    (
        {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
        ["text", "tex0", "tex1"],
    ),
    (
        {
            "items": [{"type": "integer"}, {"type": "null"}],
            "minItems": 3,
            "additionalItems": {"type": "string"},
        },
        [1, None, "text"],
    ),
    ({"allOf": [ref("Base"), {"required": ["name"]}]}, {"id": 1, "name": {}}),
    (
        {"allOf": [with_a({"type": "string"}, "a"), with_a({"minLength": 5})]},
        {"a": "textx"},
    ),
    ({"type": "integer", "allOf": [{"minimum": 5}]}, 5),
    ({"allOf": [with_a({"type": "integer"}, "a"), with_a({"description": "d"})]}, {"a": 1}),
    ({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": {}, "b": {}}),
    ({"anyOf": [{"type": "string", "enum": []}, {"type": "null"}]}, None),
    ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, 0.5),
    ({**with_a({"type": "null"}), "anyOf": [{"required": ["a"]}]}, {"a": None}),
    ({"not": {"type": "object"}}, []),
    ({"type": "string", "not": {"enum": ["text"]}}, "tex0"),
    (ref("Color"), "red"),
    (ref("Node"), {"name": "text", "next": None}),
    (NODE, {"name": "text", "next": {"name": "text", "next": None}}),
    (ref("Tree"), {"leaves": []}),
]


@pytest.mark.parametrize(("schema", "expected"), EXAMPLES)
def test_an_example_fits_and_is_what_people_like_to_see(schema: Schema, expected: Any) -> None:
    found = generate_example_input(schema, OPENAPI)
    assert json.dumps(found) == json.dumps(expected), "1 is not True"
    validate_input("w", found, schema, OPENAPI)


@pytest.mark.parametrize(
    "pattern",
    [
        "^i-([0-9a-f]{8}|[0-9a-f]{17})$",
        r"^\d{4}-\d{2}$",
        "^[a-z]+$",
        "x{200}",
        ".",
        r"^[^\s@]+@[^\s@]+$",
        "^(?!x)[a-z]{3}$",
        r"(\w)\1",
        r"\.json$",
        "^arn:aws[a-z-]*:s3:::.+",
    ],
)
def test_a_text_fits_its_pattern_and_is_legible(pattern: str) -> None:
    schema = {"type": "string", "pattern": pattern}
    found = generate_example_input(schema, {})
    validate_input("w", found, schema, {})
    assert found.isascii()
    assert found.isprintable()
    assert len(found) <= 205


def test_a_text_has_letters_and_digits_where_it_may() -> None:
    assert generate_example_input({"type": "string", "pattern": "^[^x]{30}$"}, {}).isalnum()


@pytest.mark.parametrize(("least", "most"), [(0, 1), (2, 2), (20, 20), (60, 200)])
def test_a_text_fits_its_pattern_and_its_length(least: int, most: int) -> None:
    schema = {"type": "string", "pattern": "^[a-c]+$", "minLength": least, "maxLength": most}
    validate_input("w", generate_example_input(schema, {}), schema, {})


@pytest.mark.parametrize("format_", ["date-time", "date", "email", "uuid", "ipv4", "ipv6", "uri"])
def test_a_format_is_kept(format_: str) -> None:
    assert generate_example_input({"type": "string", "format": format_}, {}) != "text"


def test_a_workflow_without_a_schema_begins_with_an_empty_object() -> None:
    assert generate_example_input(None, {}) == {}


def test_an_optional_property_without_a_value_is_left_out() -> None:
    schema = with_a({"type": "string", "pattern": "^o-[0-9]{8}$"})
    assert generate_example_input(schema, {}) == {}
    assert generate_example_input({**schema, "required": ["a"]}, {})["a"].startswith("o-")


ODD: list[Any] = [
    *({"type": "nothing"}, {"type": 5}, {"type": []}, {"type": [["string"]]}, {"type": {}}),
    *({"properties": 5}, {"properties": {"a": 5}}, {"required": "a"}, {"required": [5, "a"]}),
    *({"enum": []}, {"enum": 5}, {"examples": {"a": {"value": 5}}}, {"items": 5}),
    *({"multipleOf": 0}, {"multipleOf": -3}, {"minimum": "5"}, {"minimum": True}),
    *({"minimum": float("nan")}, {"maximum": float("inf")}, {"minimum": 10**400}),
    *({"minimum": 1e299, "multipleOf": 1e-299}, {"minimum": 5, "maximum": 3}),
    *({"minLength": 10**12}, {"minLength": -1}, {"minLength": 5, "maxLength": 3}),
    *({"minItems": 10**12}, {"minItems": 2.5}, {"minProperties": 10**12}),
    *({"pattern": "("}, {"pattern": 5}, {"pattern": r"\p{L}"}, {"pattern": "(?>a)b"}),
    *({"pattern": "a{9}" * 50}, {"pattern": "^a$b"}, {"format": []}, {"format": {}}),
    *({"$ref": 5}, {"$ref": "http://["}, {"$ref": "#/components/schemas/Gone"}),
    *({"allOf": 5}, {"allOf": []}, {"anyOf": []}, {"oneOf": [5]}, {"not": {}}, {"not": 5}),
    *({"id": []}, {"$schema": 5}, {"allOf": [{"type": "null"}, {"type": "string"}]}),
]


@pytest.mark.parametrize("kind", [None, "array", "string", "number"])
@pytest.mark.parametrize("schema", ODD, ids=str)
def test_an_odd_schema_breaks_nothing(schema: Any, kind: str | None) -> None:
    typed = schema if kind is None else {"type": kind, **schema}
    for each in (typed, with_a(typed, "a"), {"type": "array", "items": typed, "minItems": 3}):
        json.dumps(generate_example_input(each, OPENAPI))


@pytest.mark.parametrize("components", [None, 5, {"schemas": 5}, {"schemas": {"A": 5}}])
def test_components_of_another_form_break_nothing(components: Any) -> None:
    assert generate_example_input(ref("A"), {"components": components}) == {}


def test_what_nothing_fits_begins_with_the_first_that_was_tried() -> None:
    assert (
        generate_example_input({"type": "integer", "default": "x", "minimum": 5, "maximum": 3}, {})
        == "x"
    )
    assert generate_example_input({**with_a({"type": "null"}, "a"), "not": {}}, {}) == {"a": None}
    assert generate_example_input({"type": "string", "anyOf": []}, {}) == "text"


@pytest.mark.proof
def test_a_schema_that_goes_on_without_end_comes_to_one() -> None:
    wide = {name: ref(f"W{n}") for n, name in enumerate("abcdefghij")}
    components = {f"W{n}": {"required": [*wide], "properties": wide} for n in range(10)}
    for endless in ({"$ref": "#"}, ref("Endless"), ref("Itself"), ref("Circle")):
        generate_example_input(endless, OPENAPI)
    generate_example_input(ref("W0"), {"components": {"schemas": components}})
    deep: Any = {"type": "null"}
    for _ in range(200):
        deep = with_a(deep, "a")
    generate_example_input(deep, {})
    many: Any = {"type": "null"}
    for _ in range(6):
        many = {"type": "array", "minItems": 100, "items": many}
    assert len(json.dumps(generate_example_input(many, {}))) < 100_000


def test_an_example_is_the_same_in_each_process() -> None:
    schema = {"type": "string", "pattern": "^[^a-z]{5}[^A-Za-z0-9]{9}(x|y|z).*$"}
    program = (
        "import json, sys; from stepgate.example_input import generate_example_input;"
        "print(json.dumps(generate_example_input(json.loads(sys.argv[1]), {})))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, json.dumps(schema)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert found == {json.dumps(generate_example_input(schema, {})).encode() + b"\n"}


@st.composite
def schemas(draw: Any, depth: int = 0) -> dict[str, Any]:
    """One that something fits, of what API Gateway knows and some more."""
    least, more = draw(st.integers(-1_000, 1_000)), draw(st.integers(0, 50))
    match draw(st.integers(0, 5 if depth < 3 else 2)):
        case 0:
            return {"type": "integer", "minimum": least, "maximum": least + more}
        case 1:
            return {"type": "string", "minLength": abs(least), "maxLength": abs(least) + more}
        case 2:
            known = [{"type": "boolean"}, {"enum": ["a", 1]}, ref("Color"), ref("Node")]
            return draw(st.sampled_from(known))
        case 3:
            item = draw(schemas(depth + 1))
            return {"type": "array", "items": item, "minItems": draw(st.integers(0, 3))}
        case 4:
            nothing = {"type": "string", "enum": list[str]()}
            return {"anyOf": [nothing, draw(schemas(depth + 1))]}
        case _:
            names = draw(st.lists(st.sampled_from(["a", "b", "c"]), unique=True))
            return {
                "type": "object",
                "properties": {name: draw(schemas(depth + 1)) for name in names},
                "required": [name for name in names if draw(st.booleans())],
                "additionalProperties": False,
            }


@given(schemas())
def test_an_example_fits_whatever_the_schema(schema: dict[str, Any]) -> None:
    validate_input("w", generate_example_input(schema, OPENAPI), schema, OPENAPI)


WORDS = [
    *("type", "properties", "required", "items", "enum", "minimum", "multipleOf", "minLength"),
    *("pattern", "minItems", "uniqueItems", "allOf", "anyOf", "oneOf", "not", "$ref", "default"),
    *("additionalProperties", "format", "id", "maxLength", "additionalItems", "example"),
]


def nonsense() -> st.SearchStrategy[Any]:
    """JSON with the words of JSON Schema in wrong places."""
    leaf = st.sampled_from(
        [
            *("object", "string", "array", "integer", "number", "a", "[", ref("A")["$ref"]),
            *(None, True, 0, -1, 2, 0.1, 1e300, float("inf"), 10**400),
        ]
    )
    return st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*WORDS, "a"]), inner, max_size=4)
        ),
        max_leaves=15,
    )


@pytest.mark.proof
@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(WORDS), nonsense(), max_size=5), nonsense())
def test_nonsense_breaks_nothing(schema: dict[str, Any], component: Any) -> None:
    openapi = {"components": {"schemas": {"A": component}}}
    generate_example_input(schema, openapi)
