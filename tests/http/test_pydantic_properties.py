"""Models of Pydantic's as input schemas: what is valid for one is valid for the other."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from openapi_spec_validator import OpenAPIV30SpecValidator
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stepgate.checks.input_schema import schema_problems
from stepgate.client.schema import input_schema
from stepgate.client.validation import validate_input
from stepgate.example_input import generate_example_input
from stepgate.http.input_models import input_models
from stepgate.http.json_schema import written_schema
from tests.http.test_input_models import documents, workflow


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Level(Enum):
    LOW = 1
    HIGH = 2


class Strict(BaseModel):
    """Pydantic takes the text "1" for a number otherwise."""

    model_config = ConfigDict(strict=True)


class Line(Strict):
    sku: str = Field(min_length=1, max_length=4, pattern="^[A-Z]+$")
    count: int = Field(gt=0, lt=10)
    price: float = Field(gt=0, le=100, default=1)


class Cat(Strict):
    kind: Literal["cat"]
    lives: int = Field(ge=1, le=9)


class Dog(Strict):
    kind: Literal["dog"]
    name: str


class Node(Strict):
    name: str
    children: "list[Node]" = []


class Order(Strict):
    model_config = ConfigDict(extra="forbid")

    id: UUID
    at: datetime
    lines: list[Line] = Field(min_length=1, max_length=3)
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    node: Node
    level: Level
    color: Color = Color.RED
    size: Literal["s", "m"] = "s"
    only: Literal["x"] = "x"
    note: str | None = None
    best: Line | None = None
    rank: int | None = Field(default=None, ge=1, examples=[4])
    either: int | str | Line = 1
    counts: dict[str, int] = Field(default={}, max_length=2)
    by_color: dict[Color, int] = {}
    stock: dict[str, int] = Field(min_length=1)
    tags: list[str] = []
    fives: int = Field(default=5, multiple_of=5)
    anything: Any = None


MODELS: list[type[BaseModel]] = [Order, Node, Line]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_of_pydantics_is_an_input_schema(model: type[BaseModel]) -> None:
    by_class, by_schema = workflow("order", model), workflow("order", model.model_json_schema())
    written = written_schema(by_class)
    assert written is not None
    assert [*schema_problems(written)] == []
    assert input_models([by_class]) == input_models([by_schema])
    _, api = documents(by_class)
    OpenAPIV30SpecValidator(api).validate()


@pytest.mark.parametrize("model", MODELS)
def test_the_example_of_a_model_is_valid_for_it(model: type[BaseModel]) -> None:
    _, api = documents(workflow("order", model))
    example = generate_example_input(input_schema(api, api["paths"]["/order"]["post"]), api)
    model.model_validate(example, strict=False)


VALID: dict[str, Any] = {
    "id": "123e4567-e89b-42d3-a456-426614174000",
    "at": "2030-01-31T12:00:00Z",
    "lines": [{"sku": "A", "count": 1}],
    "pet": {"kind": "cat", "lives": 9},
    "node": {"name": "n", "children": [{"name": "m", "children": []}]},
    "level": 1,
    "stock": {"tea": 1},
}
LINES: list[Any] = [
    *({"sku": "A", "count": 9}, {"sku": "ABCD", "count": 1, "price": 0.5}),
    *({"sku": "a", "count": 1}, {"sku": "A", "count": 0}, {"sku": "A", "count": 10}, {"sku": "A"}),
    *({"sku": "", "count": 1}, {"sku": "ABCDE", "count": 1}, {"sku": "A", "count": 1, "price": 0}),
    *({"sku": "A", "count": 1, "price": 100.5}, {"sku": "A", "count": "1"}, "A", None),
]
VALUES: dict[str, list[Any]] = {
    "lines": [[], [LINES[0]] * 3, [LINES[0]] * 4, *([line] for line in LINES), "A", None],
    "pet": [
        *({"kind": "dog", "name": "d"}, {"kind": "cat", "lives": 1}, {"kind": "cat", "lives": 0}),
        *({"kind": "dog"}, {"kind": "dog", "lives": 1}, {"kind": "cow", "name": "c"}, {}, None),
    ],
    "node": [{"name": "n"}, {"name": "n", "children": [{"name": 1}]}, {"name": None}, {}, []],
    "level": [1, 2, 3, "1", None],
    "color": ["red", "blue", "green", 1, None],
    "size": ["s", "m", "l", None],
    "only": ["x", "y", None],
    "note": ["text", "", None, 1, ["x"]],
    "best": [*LINES],
    "rank": [1, 7, 0, -1, None, "1"],
    "either": [1, "x", None, [], LINES[0], LINES[2]],
    "counts": [{}, {"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}, {"a": "x"}, {"a": None}, [], None],
    "by_color": [{}, {"red": 1}, {"red": 1, "blue": 2}, {"green": 1}, {"red": "x"}, None],
    "stock": [{}, {"tea": 1, "milk": 2}, {"tea": "x"}, None],
    "tags": [[], ["a"], ["a", "a"], [1], "a", None],
    "fives": [0, 5, -10, 6, None],
    "anything": [None, 1, "x", [], {"a": [None]}],
    "extra": [1],
}
orders = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}
).map(lambda given: VALID | given)


def is_valid_for_model(value: Any) -> bool:
    try:
        # As JSON, which has text for an ID and a time.
        Order.model_validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


def is_valid(value: Any, api: Mapping[str, Any]) -> bool:
    schema = {
        **(input_schema(api, api["paths"]["/order"]["post"]) or {}),
        "components": api["components"],
    }
    return cast("Any", Draft4Validator(schema)).is_valid(value)


GATEWAY, CLIENT = documents(workflow("order", Order))


@given(orders)
def test_the_clients_schema_accepts_what_the_model_accepts(order: dict[str, Any]) -> None:
    assert is_valid(order, CLIENT) == is_valid_for_model(order)


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n, values in VALUES.items() for v in values]
)
def test_each_value_is_valid_for_the_model_and_for_the_client_or_for_neither(
    name: str, value: Any
) -> None:
    order = VALID | {name: value}
    assert is_valid(order, CLIENT) == is_valid_for_model(order)
    # What API Gateway cannot check, it accepts.
    assert is_valid(order, GATEWAY) or not is_valid(order, CLIENT)


def test_api_gateway_checks_what_it_can() -> None:
    wrong = {
        "lines": [[LINES[2]], [LINES[3]], [LINES[5]]],
        "level": [3],
        "by_color": [{"green": 1}],
    }
    for name, values in wrong.items():
        for value in values:
            assert not is_valid(VALID | {name: value}, GATEWAY), (name, value)


def test_the_client_validates_with_all_of_the_schema() -> None:
    schema = input_schema(CLIENT, CLIENT["paths"]["/order"]["post"])
    assert schema is not None
    validate_input("order", VALID, schema, CLIENT)
