"""The fields of a Workflow, each of another type or value than it may be."""

import re
from typing import Any

import pytest

from stepgate.checks.workflow_fields import field_errors
from stepgate.route import Route, request
from stepgate.workflow import Workflow
from tests.checks.definitions import machine, passing
from tests.findings import error_lines


class Order:
    """As a model of Pydantic's."""

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        return {"type": "object"}


class Unwritable:
    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        raise ValueError("Cannot generate a JsonSchema\nfor Callable")


RIGHT: dict[str, Any] = {
    "name": "echo",
    "mode": "sync",
    "definition": machine(Echo=passing()),
}


def errors(**fields: Any) -> list[str]:
    return error_lines(field_errors(Workflow(**{**RIGHT, **fields})))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"mode": "async", "progress": "states", "errors": {"NotFound": 404}},
        {"definition": "machines/echo.asl.json", "input_schema": {"type": "object"}},
        {"definition": str, "resources": list, "statements": list},
        {"input_schema": Order},
    ],
)
def test_right_fields_have_no_errors(fields: dict[str, Any]) -> None:
    assert errors(**fields) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mode": "asynch"}, "mode is 'asynch'; did you mean 'async'?"),
        ({"mode": "ASYNC"}, "mode is 'ASYNC'; did you mean 'async'?"),
        ({"mode": "asynchronous"}, "mode is 'asynchronous'; did you mean 'async'?"),
        ({"mode": "synchronous"}, "mode is 'synchronous'; did you mean 'sync'?"),
        ({"mode": "EXPRESS"}, "mode is 'EXPRESS'; write one of 'sync', 'async'"),
        ({"mode": None}, "mode is None; write one of 'sync', 'async'"),
        ({"mode": ["sync"]}, "mode is ['sync']; write one of 'sync', 'async'"),
        ({"progress": "milestone"}, "progress is 'milestone'; did you mean 'milestones'?"),
        ({"progress": True}, "progress is True; write one of 'off', 'milestones', 'states'"),
        ({"name": 5}, "name is 5; write text"),
        ({"description": ["a"]}, "description is ['a']; write text"),
        ({"definition": None}, "definition is None; write a function of the values, a dict, or"),
        ({"definition": [1]}, "definition is [1]; write a function of the values, a dict, or"),
        ({"definition": ' {"StartAt": "A"}'}, "definition is the text of a definition; write json"),
        ({"definition": "StartAt: A\nStates:"}, "definition is the text of a definition; "),
        ({"route": "/orders"}, "route is '/orders'; write for example Route(path="),
        ({"route": Route(path=None)}, "the route's path is None; write text"),  # pyright: ignore
        ({"route": Route(input=["a"])}, "the route's input is ['a']; write a dict"),  # pyright: ignore
        ({"route": Route(input={"a": "$.a"})}, "the route's input has 'a': '$.a'; write"),  # pyright: ignore
        ({"route": Route(headers=None)}, "the route's headers is None; write a dict"),  # pyright: ignore
        ({"route": Route(headers={"a": 1})}, "the route's headers has 'a': 1; write"),  # pyright: ignore
        ({"route": Route(method=["GET"])}, "the route's method is ['GET']; write text"),  # pyright: ignore
        ({"route": Route(status=["201"])}, "the route's status is ['201']; write a whole number"),  # pyright: ignore
        ({"route": Route(timeout_seconds=None)}, "the route's timeout_seconds is None; write a w"),  # pyright: ignore
        (
            {"route": Route(input={"a": request.query(None)})},  # pyright: ignore
            "the route's input has 'a': request.query(None); write the name as text",
        ),
        ({"errors": ["NotFound"]}, "errors is ['NotFound']; write a dict"),
        ({"errors": {"NotFound": "404"}}, "errors has 'NotFound': '404'; write an error's name"),
        ({"errors": {404: 404}}, "errors has 404: 404; write an error's name and its HTTP status"),
        ({"input_schema": True}, "input_schema is True; write a dict"),
        ({"input_schema": dict}, "input_schema is <class 'dict'>; write a dict, for example"),
        (
            {"input_schema": Unwritable},
            "input_schema is a model without a JSON schema: Cannot generate a JsonSchema for Call",
        ),
        ({"input_schema": {"enum": {1}}}, "input_schema is not JSON: enum is {1}, of the type set"),
        (
            {"resources": ["arn"]},
            "resources is ['arn']; write a function of the values that",
        ),
        (
            {"statements": {}},
            "statements is {}; write a function of the values that",
        ),
    ],
)
def test_a_wrong_field_is_one_line_with_the_place_of_the_workflow(
    fields: dict[str, Any], said: str
) -> None:
    (line,) = errors(**fields)
    start, _, problem = line.partition(": ")
    name = fields.get("name", "echo")
    assert re.fullmatch(rf"workflow {name!r} \(tests/checks/\w+\.py:\d+\)", start)
    assert problem.startswith(said)


def test_all_wrong_fields_are_reported_at_once() -> None:
    assert len(errors(mode="x", progress="x", definition=1, errors=1)) == 4


def test_a_schema_that_contains_itself_is_one_line() -> None:
    schema: dict[str, Any] = {}
    schema["properties"] = schema
    (line,) = errors(input_schema=schema)
    assert line.endswith("input_schema is nested too deeply, or contains itself; use fewer levels")
