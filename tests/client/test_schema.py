"""Input against a route's schema: what is wrong is named by its path."""

import socket
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import pytest

from stepgate import InvalidInput, OutputsUnusable, Stack
from stepgate.client.outputs import parse_outputs
from tests.client.routes import Routes

ITEM = {
    "type": "object",
    "required": ["price"],
    "additionalProperties": False,
    "properties": {"price": {"type": "number", "minimum": 0}, "sku": {"type": "string"}},
}
ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["order"],
    "properties": {
        "order": {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
                "a b": {"enum": ["x", "y"]},
            },
        }
    },
}
SCHEMAS = {"NowInput": ORDER, "LaterInput": ORDER, "Item": ITEM}
REFERENCE = {"$ref": "#/components/schemas/NowInput"}


def openapi(schema: Any) -> dict[str, Any]:
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    paths = {f"/{name}": {"post": {"operationId": name, **body}} for name in ("now", "later")}
    return {"paths": paths, "components": {"schemas": SCHEMAS}}


@pytest.fixture
def routes() -> Generator[Routes]:
    with Routes().serving() as routes:
        yield routes


def stack_of(routes: Routes, schema: Any) -> Stack:
    return Stack(parse_outputs(routes.outputs(openapi=openapi(schema))))


@pytest.mark.parametrize("schema", [ORDER, REFERENCE], ids=["in place", "by reference"])
@pytest.mark.parametrize(
    ("value", "field", "reason"),
    [
        (list[Any](), "", "is invalid: [] is not of type 'object'"),
        ("text", "", "is invalid: 'text' is not of type 'object'"),
        (dict[str, Any](), "order", "is missing"),
        (None, "order", "is missing"),
        ({"order": list[Any]()}, "order", "is invalid: [] is not of type 'object'"),
        (
            {"order": {"items": [{"price": 1}, {"price": 2.5}, {"price": "3"}]}},
            "order.items[2].price",
            "is invalid: '3' is not of type 'number'",
        ),
        (
            {"order": {"items": ({"price": -1},)}},
            "order.items[0].price",
            "is invalid: -1 is less than the minimum of 0",
        ),
        ({"order": {"items": [dict[str, Any]()]}}, "order.items[0].price", "is missing"),
        (
            {"order": {"items": [{"price": 1, "prise": 1}]}},
            "order.items[0].prise",
            "is unknown; known: price, sku",
        ),
        ({"order": {"a b": "z"}}, 'order["a b"]', "is invalid: 'z' is not one of ['x', 'y']"),
    ],
)
def test_what_breaks_the_schema_is_named_and_nothing_is_sent(
    routes: Routes, schema: Any, value: Any, field: str, reason: str
) -> None:
    with stack_of(routes, schema) as stack:
        for ask in (stack.call, stack.start):
            workflow = {"call": "now", "start": "later"}[ask.__name__]
            with pytest.raises(InvalidInput) as refused:
                ask(workflow, value)
            assert (refused.value.field, refused.value.reason) == (field, reason)
            assert str(refused.value) == f"{workflow}: {field or 'the input'} {reason}"
    assert not routes.received


def test_a_long_value_does_not_make_a_long_line(routes: Routes) -> None:
    with stack_of(routes, ORDER) as stack, pytest.raises(InvalidInput) as refused:
        stack.call("now", ["x" * 10_000])
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "value", [{"order": {"items": [{"price": 1}]}}, {"order": {"else": {1: 2}}, "more": "ü"}]
)
def test_what_keeps_the_schema_is_sent_as_it_is(routes: Routes, value: Any) -> None:
    with stack_of(routes, REFERENCE) as stack:
        execution = stack.start("later", value)
    assert routes.executions[execution.name].decode().replace('"1"', "1").replace('"', "'") == str(
        value
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"at": datetime.now(UTC)}, "Object of type datetime is not JSON serializable"),
        ({"a": {1, 2}}, "Object of type set is not JSON serializable"),
        ({"a": float("nan")}, "Out of range float values are not JSON compliant"),
        ({"a": "\ud800"}, "surrogates not allowed"),
    ],
)
def test_what_json_cannot_hold_is_not_sent(routes: Routes, value: Any, reason: str) -> None:
    with stack_of(routes, {}) as stack, pytest.raises(InvalidInput) as refused:
        stack.call("now", value)
    assert str(refused.value).startswith("now: the input is not a JSON value: ")
    assert reason in str(refused.value)
    assert not routes.received


def test_a_number_that_is_too_large_to_be_checked_is_not_sent(routes: Routes) -> None:
    schema = {"properties": {"a": {"multipleOf": 0.1}}}
    with stack_of(routes, schema) as stack, pytest.raises(InvalidInput, match="too large"):
        stack.call("now", {"a": 10**400})


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize("depth", [300, 100_000])
def test_an_input_that_is_nested_too_deeply_is_not_sent(routes: Routes, depth: int) -> None:
    document = openapi(REFERENCE)
    document["components"] = {"schemas": {"NowInput": {"properties": {"a": REFERENCE}}}}
    with (
        Stack(parse_outputs(routes.outputs(openapi=document))) as stack,
        pytest.raises(InvalidInput, match="now: the input is "),
    ):
        stack.call("now", nested(depth))
    assert not routes.received


@pytest.mark.parametrize("components", [None, {"schemas": None}, {"schemas": {"NowInput": None}}])
def test_components_of_another_form_are_told(routes: Routes, components: Any) -> None:
    document = openapi(REFERENCE) | {"components": components}
    with pytest.raises(OutputsUnusable, match="which is missing"):
        parse_outputs(routes.outputs(openapi=document))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nothing"},
        {"properties": 5},
        {"properties": {"a": 5}},
        {"id": 5},
        {"properties": {"a": {"multipleOf": 0}}},
    ],
)
def test_a_schema_that_is_none_is_told(routes: Routes, schema: Any) -> None:
    with (
        stack_of(routes, schema) as stack,
        pytest.raises(OutputsUnusable, match='"openapi" is inv'),
    ):
        stack.call("now", {"a": 1})


def test_a_schema_that_draft_4_does_not_know_is_left_to_the_route(routes: Routes) -> None:
    with stack_of(routes, True) as stack:
        assert stack.call("now", {"a": 1}) == {"runs": 1}


@pytest.mark.parametrize("paths", [{}, {"/now": {}}, {"/now": {"post": {"requestBody": {}}}}])
def test_a_route_without_a_schema_takes_anything(routes: Routes, paths: Any) -> None:
    outputs = parse_outputs(routes.outputs(openapi={"paths": paths}))
    with Stack(outputs) as stack:
        assert stack.routes["now"].schema is None
        assert stack.call("now", ["anything"]) == {"runs": 1}


@pytest.mark.parametrize(
    "reference",
    ["#/components/schemas/Gone", "http://127.0.0.1:{port}/schema.json", "file:///etc/hostname"],
)
@pytest.mark.parametrize("nested", [False, True])
def test_no_reference_leads_out_of_the_document(
    routes: Routes, reference: str, nested: bool
) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    with listening:
        listening.setblocking(False)
        schema: Any = {"$ref": reference.format(port=listening.getsockname()[1])}
        if nested:
            schema = {"properties": {"a": schema}}
        with pytest.raises(OutputsUnusable, match=r"refers to '.*', which is missing"):
            stack_of(routes, schema).call("now", {"a": 1})
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert not routes.received


def test_a_pattern_that_python_cannot_read_is_left_to_the_route(routes: Routes) -> None:
    with stack_of(routes, {"properties": {"a": {"pattern": r"\p{L}"}}}) as stack:
        assert stack.call("now", {"a": "x"}) == {"runs": 1}
