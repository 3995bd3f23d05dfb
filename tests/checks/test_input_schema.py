"""Input schemas: what is refused, and what only the client checks."""

from typing import Any

import pytest

from stepgate.checks.input_schema import schema_problems, unchecked_schemas
from stepgate.workflow import Workflow
from tests.findings import warning_lines

pytestmark = pytest.mark.rules


def problems(**schema: Any) -> list[str]:
    return [*schema_problems({"type": "object", **schema})]


def with_a(**schema: Any) -> dict[str, Any]:
    return {"properties": {"a": schema}}


def nested(levels: int) -> dict[str, Any]:
    return {"items": nested(levels - 1)} if levels else {}


@pytest.mark.parametrize(
    ("schema", "reported"),
    [
        # What no draft of JSON Schema allows.
        ({"required": []}, "[] at /required; write a list of at least one name"),
        (with_a(required=[]), "[] at /properties/a/required; write a list"),
        ({"required": ["a", "a"]}, '["a", "a"] at /required; write a list'),
        ({"required": True}, "true at /required; write a list"),
        (with_a(type="str"), '"str" at /properties/a/type; write one of array, boolean, '),
        (with_a(type=["string", "none"]), '["string", "none"] at /properties/a/type; write one of'),
        (with_a(type=[]), "[] at /properties/a/type; write one of"),
        (with_a(type=None), "null at /properties/a/type; write one of"),
        (with_a(enum=[]), "[] at /properties/a/enum; write a list of at least one value"),
        (with_a(enum=["x", "x"]), '["x", "x"] at /properties/a/enum; write a list'),
        (with_a(enum="x"), '"x" at /properties/a/enum; write a list'),
        (with_a(maxLength="35"), '"35" at /properties/a/maxLength; write a whole number from 0'),
        (with_a(minLength=-1), "-1 at /properties/a/minLength; write a whole number"),
        (with_a(minItems=True), "true at /properties/a/minItems; write a whole number"),
        (with_a(minimum="1"), '"1" at /properties/a/minimum; write a number'),
        (with_a(exclusiveMaximum="1"), '"1" at /properties/a/exclusiveMaximum; write a number'),
        (with_a(multipleOf=0), "0 at /properties/a/multipleOf; write a number above 0"),
        (with_a(uniqueItems="yes"), '"yes" at /properties/a/uniqueItems; write true or false'),
        (with_a(pattern=1), "1 at /properties/a/pattern; write text"),
        (with_a(title=["A"]), '["A"] at /properties/a/title; write text'),
        (with_a(anyOf=[]), "[] at /properties/a/anyOf; write a list with at least one schema"),
        (with_a(anyOf=["string"]), '"string" at /properties/a/anyOf/0; write an object'),
        (with_a(items=[{}]), "[{}] at /properties/a/items; write an object"),
        ({"properties": [1]}, "[1] at /properties; write an object"),
        ({"properties": {"a": "string"}}, '"string" at /properties/a; write an object'),
        ({"additionalProperties": []}, "[] at /additionalProperties; write an object"),
        ({"$defs": {"A": 1}}, "1 at /$defs/A; write an object"),
        ({"$defs": 1}, "1 at /$defs; write an object"),
        # What has no equal.
        ({"nullable": True}, "/nullable, which API Gateway does not have; write a list of types, "),
        (with_a(prefixItems=[{}]), "/properties/a/prefixItems, which API Gateway does not have; "),
        (with_a(patternProperties={}), "/properties/a/patternProperties, which API Gateway does"),
        (with_a(additionalItems=True), "/additionalItems, which API Gateway does not have; write"),
        (with_a(propertyNames={"maxLength": 3}), "/propertyNames, which API Gateway does not have"),
        (with_a(propertyNames={"enum": 5}), "/propertyNames, which API Gateway does not have"),
        (with_a(propertyNames={"type": "object"}), "/propertyNames, which API Gateway does not ha"),
        (
            with_a(propertyNames={"$ref": "#/$defs/Any"}) | {"$defs": {"Any": True}},
            "/propertyNames, which API Gateway does not have",
        ),
        ({"if": {}}, "/if, which API Gateway does not have; write anyOf"),
        (with_a(minlength=1), "/minlength, which API Gateway does not have; did you mean minLeng"),
        (with_a(colour=1), "/properties/a/colour, which API Gateway does not have; remove it"),
        ({"additionalProperties": {"if": {}}}, "/additionalProperties/if, which"),
        ({"$defs": {"A": {"if": {}}}}, "/$defs/A/if, which"),
        # References.
        (with_a(**{"$ref": "#/$defs/B"}), "there is no 'B' under $defs; known: none"),
        (with_a(**{"$ref": "#/properties/b"}), 'write "#/$defs/NAME", with the schema under $defs'),
        (with_a(**{"$ref": "https://example.com/a"}), 'write "#/$defs/NAME", with the schema'),
        (with_a(**{"$defs": {}}), "/properties/a/$defs; write it at the top of the schema"),
        ({"$defs": {"A": {"$ref": "#/$defs/A"}}}, "the definition 'A', which only refers to itse"),
        # The whole.
        ({"type": "array"}, "the type 'array'; write 'object'"),
        ({"type": ["object", "null"]}, "the type None; write 'object'"),
        (with_a(**nested(300)), "more levels than can be checked; use fewer"),
        # Patterns.
        (with_a(pattern="("), 'the pattern "(" at /properties/a/pattern: Python cannot read it ('),
        (with_a(pattern="[z-a]"), "Python cannot read it (bad character range z-a"),
        (with_a(pattern=r"\p{L}"), "Python cannot read it (bad escape"),
        (with_a(pattern="(?<year>[0-9])"), "Python cannot read it ("),
        (with_a(pattern="(?P<year>[0-9])"), "named groups are written differently in Java"),
        (with_a(pattern=r"(a)?(?(1)b|c)"), "Java has no conditions"),
        (with_a(pattern="a(?#b)"), "Java has no such comments"),
        (with_a(pattern=r"a\Z"), "it also matches before a last line break in Java"),
        (with_a(pattern="a{,3}"), 'in Java "{" begins a number of repetitions'),
        (with_a(pattern="^{.*}$"), 'in Java "{" begins a number of repetitions'),
        (with_a(pattern="[a[b]"), 'Java takes a "[" in a class for another class'),
        (with_a(pattern="[a-z&&[^b]]"), 'Java takes a "[" in a class for another class'),
        (with_a(pattern="[a&&b]"), 'Java takes "&&" in a class for an intersection'),
        (with_a(pattern="[]a]"), 'a "]" that begins a class ends it in some languages'),
    ],
)
def test_what_api_gateway_or_json_schema_does_not_take_is_one_line(
    schema: dict[str, Any], reported: str
) -> None:
    (line,) = problems(**schema)
    assert reported in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {
            "title": "A",
            "description": "…",
            "$schema": "https://json-schema.org/draft/2020-12/schema",
        },
        {"required": ["a"], "additionalProperties": False},
        {"additionalProperties": {"type": "integer"}},
        with_a(type=["string", "null"]),
        {"required": ("a",), **with_a(type=("string", "null"), enum=("x",), anyOf=({},))},
        with_a(items=True, additionalProperties=False),
        {"properties": {"default": {"type": "string"}, "$ref": {}, "required": {"enum": [1]}}},
        with_a(
            default=1, examples=[1, 2], example=3, format="int32", deprecated=True, readOnly=True
        ),
        with_a(**{"x-order": 1, "$comment": "…", "discriminator": {"propertyName": "b"}}),
        with_a(enum=[1, 1.5, True, None, "x"]),
        with_a(exclusiveMinimum=1.5, exclusiveMaximum=True, maximum=3),
        with_a(propertyNames={"enum": ["x"]}),
        with_a(propertyNames={"format": "uuid"}),
        {"$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}, **with_a(**{"$ref": "#/$defs/A"})},
        with_a(**{"$ref": "#"}),
        *(
            with_a(pattern=pattern)
            for pattern in (
                r"^[a-z]+(-[a-z0-9]{2,})*$",
                r"^\{[\[\]&]\}$",
                r"^[^\]]{1,3}?$",
                r"[&][\w.-]+@[^@]+",
                "(?:a|b)(?=c)(?!d)(?<=e)",
                r"\d{3}-\\Z",
            )
        ),
    ],
)
def test_what_can_be_checked_has_no_problems(schema: dict[str, Any]) -> None:
    assert problems(**schema) == []


def test_a_reference_at_the_top_is_what_it_refers_to() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    assert [*schema_problems({"$defs": {"Node": node}, "$ref": "#/$defs/Node"})] == []
    other = {"$defs": {"Node": {"type": "array"}}, "$ref": "#/$defs/Node"}
    assert [*schema_problems(other)] == ["the type 'array'; write 'object'"]


def advice(**schema: Any) -> list[str]:
    workflow = Workflow(
        name="order",
        mode="sync",
        definition=lambda _: {},
        input_schema={"type": "object", **schema},
    )
    return warning_lines(unchecked_schemas([workflow]))


@pytest.mark.parametrize(
    ("schema", "keywords"),
    [
        (with_a(minItems=1), "minItems"),
        (with_a(minProperties=1, uniqueItems=True), "minProperties, uniqueItems"),
        (with_a(type=["string", "null"]), "anyOf"),
        (with_a(type="number", exclusiveMinimum=0), "exclusiveMinimum"),
        (with_a(enum=["x", None]), "enum with null"),
        ({"properties": {"a": False}}, "not"),
        ({"$defs": {"A": {"multipleOf": 5}}}, "multipleOf"),
    ],
)
def test_what_only_the_client_checks_is_advice(schema: dict[str, Any], keywords: str) -> None:
    assert problems(**schema) == []
    (line,) = advice(**schema)
    assert f"API Gateway does not check {keywords} in input_schema (at /" in line


def test_advice_is_one_line_for_each_workflow() -> None:
    properties = {name: {"minItems": 1} for name in "abcdef"}
    (line,) = advice(properties=properties)
    assert "(at /properties/a, /properties/b, /properties/c and 3 more)" in line


@pytest.mark.parametrize(
    "schema",
    [
        with_a(type="integer", exclusiveMinimum=0, maximum=5, default=1, format="int32"),
        with_a(const="x", examples=["x"]),
        with_a(type="array", minItems=0, uniqueItems=False),
        with_a(type="object", minProperties=0),
        {"$defs": {"A": {"type": "string"}}, **with_a(**{"$ref": "#/$defs/A", "default": "x"})},
    ],
)
def test_what_api_gateway_checks_needs_no_advice(schema: dict[str, Any]) -> None:
    assert advice(**schema) == []


def test_a_workflow_without_a_schema_needs_no_advice() -> None:
    assert [*unchecked_schemas([Workflow(name="a", mode="sync", definition={})])] == []
