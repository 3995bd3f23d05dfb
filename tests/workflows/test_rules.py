from dataclasses import replace
from typing import Any, Literal

import pytest

from workflows import WORKFLOWS
from workflows.rules import breaches
from workflows.workflow import Workflow

PASS: dict[str, Any] = {"StartAt": "Echo", "States": {"Echo": {"Type": "Pass", "End": True}}}
ECHO = Workflow(name="echo", mode="sync", definition=lambda _: PASS)


def with_state(**fields: Any) -> Workflow:
    state = {"Type": "Pass", "End": True} | fields
    definition = {"StartAt": "Echo", "States": {"Echo": state}}
    return Workflow(name="echo", mode="sync", definition=lambda _: definition)


def test_the_projects_own_workflows_keep_the_rules() -> None:
    assert breaches(WORKFLOWS, "stepgate-dev") == []


@pytest.mark.parametrize(
    "name", ["Echo", "echo_it", "echo/it", "1st", "echo-", "a--b", "", "ping", "écho", "echo\n"]
)
def test_a_name_that_is_no_path_is_refused(name: str) -> None:
    (line,) = breaches([replace(ECHO, name=name)], "stepgate-dev")
    assert line.startswith(f"workflow {name!r}: ")
    assert "write lower-case letters" in line


def test_a_name_is_as_long_as_its_roles_name_can_be() -> None:
    # stepgate-dev-…-role-0123456 has 26 characters around it, of IAM's 64.
    assert breaches([replace(ECHO, name="a" * 38)], "stepgate-dev") == []
    (line,) = breaches([replace(ECHO, name="a" * 39)], "stepgate-dev")
    assert "write at most 38" in line


def test_two_workflows_of_one_name_are_refused() -> None:
    assert breaches([ECHO, replace(ECHO, mode="async")], "stepgate-dev") == [
        "workflow 'echo': 2 workflows have this name; rename all but one"
    ]


@pytest.mark.parametrize("status", [200, 399, 499, 600])
def test_an_error_is_answered_with_a_status_for_errors_only(status: int) -> None:
    (line,) = breaches([replace(ECHO, errors={"NotFound": status})], "stepgate-dev")
    assert f"error 'NotFound' is answered with {status}" in line


@pytest.mark.parametrize("error", ["it's", 'a"b', "$error", "two words", ""])
def test_an_error_name_that_a_template_cannot_hold_is_refused(error: str) -> None:
    (line,) = breaches([replace(ECHO, errors={error: 404})], "stepgate-dev")
    assert repr(error) in line


def test_a_state_that_leads_nowhere_is_refused_by_name() -> None:
    lines = breaches([with_state(End=False, Next="Nowhere")], "stepgate-dev")
    assert any('No state found named "Nowhere"' in line for line in lines)
    assert all(line.startswith("workflow 'echo': ") for line in lines)


def test_what_the_language_has_and_statelint_lacks_is_no_breach() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "BackoffRate": 2}]
    task = with_state(Type="Task", Resource="arn:aws:states:::sqs:sendMessage", Retry=retry)
    assert breaches([with_state(Assign={"x": 1})], "stepgate-dev") == []
    assert breaches([task], "stepgate-dev") == []


def test_all_breaches_of_all_workflows_are_told_at_once() -> None:
    lines = breaches([replace(ECHO, name="A"), replace(ECHO, errors={"E": 200})], "stepgate-dev")
    assert [line.split(":")[0] for line in lines] == ["workflow 'A'", "workflow 'echo'"]


UNSUPPORTED: list[tuple[dict[str, Any], str]] = [
    ({"type": "object", "nullable": True}, "/nullable"),
    ({"type": "object", "oneOf": [{}]}, "/oneOf"),
    ({"type": "object", "properties": {"a": {"default": 1}}}, "/properties/a/default"),
    ({"type": "object", "properties": {"a": {"items": {"$ref": "#"}}}}, "a/items/$ref"),
    ({"type": "object", "additionalProperties": {"example": 1}}, "Properties/example"),
    ({"type": "array"}, "the type 'array'; write 'object'"),
    ({}, "the type None; write 'object'"),
]


@pytest.mark.parametrize(("schema", "told"), UNSUPPORTED)
def test_a_schema_that_api_gateway_would_ignore_in_part_is_refused_by_keyword(
    schema: dict[str, Any], told: str
) -> None:
    (line,) = breaches([replace(ECHO, input_schema=schema)], "stepgate-dev")
    assert told in line


def test_a_property_may_have_a_keywords_name() -> None:
    schema = {"type": "object", "properties": {"default": {"type": "string", "pattern": "^a"}}}
    assert breaches([replace(ECHO, input_schema=schema)], "stepgate-dev") == []


@pytest.mark.parametrize(("mode", "most"), [("sync", 299), ("async", 149)])
def test_more_routes_than_an_api_can_hold_are_refused(
    mode: Literal["sync", "async"], most: int
) -> None:
    many = [replace(ECHO, mode=mode, name=f"echo{i}") for i in range(most + 1)]
    assert breaches(many[:most], "stepgate-dev") == []
    (line,) = breaches(many, "stepgate-dev")
    assert line.startswith(f"{most + 1} workflows: ")
