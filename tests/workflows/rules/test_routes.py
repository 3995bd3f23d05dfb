"""Rules for workflows as routes, and all rules together."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import pytest

from tests.workflows.definitions import machine, passing, task, wait
from workflows import WORKFLOWS, rules
from workflows.workflow import PLACEHOLDERS, Definition, Values, Workflow

ECHO = Workflow(name="echo", mode="sync", definition=lambda _: machine(Echo=passing()))


def with_definition(definition: Callable[[Values], Definition], **fields: Any) -> Workflow:
    return replace(ECHO, definition=definition, **fields)


def given(value: Any) -> Callable[[Values], Any]:
    return lambda _: value


def breaches(workflows: Sequence[Workflow], prefix: str) -> list[str]:
    return rules.findings(workflows, prefix, PLACEHOLDERS).breaches


def test_the_projects_own_workflows_keep_the_rules_and_need_no_advice() -> None:
    assert rules.findings(WORKFLOWS, "stepgate-dev", PLACEHOLDERS) == ([], [])


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


def test_each_breach_names_the_workflow_and_the_state() -> None:
    lost = with_definition(lambda _: machine(Echo=passing(Next="Nowhere")))
    assert breaches([lost], "stepgate-dev") == [
        "workflow 'echo', state 'Echo': Next leads to 'Nowhere', which is no state there; "
        "write one of 'Echo'"
    ]


def test_a_definition_is_checked_with_what_is_known_before_a_deployment() -> None:
    waiting = with_definition(lambda values: machine(Wait=wait(values.delay_seconds)), mode="async")
    known = replace(PLACEHOLDERS, delay_seconds=20)
    less = replace(known, delay_seconds=19)
    assert rules.findings([waiting], "stepgate-dev", less).breaches == []
    (line,) = rules.findings([waiting], "stepgate-dev", known).breaches
    assert line.startswith("workflow 'echo', state 'Wait': Waits take up to 20 s")


def test_a_definition_that_cannot_be_made_is_one_line() -> None:
    broken = with_definition(lambda values: {"no such": machine(A=passing())}[values.instance_id])
    (line,) = breaches([broken, replace(ECHO, name="other")], "stepgate-dev")
    assert line.startswith("workflow 'echo': its definition cannot be made from placeholders")
    assert "KeyError" in line


def test_a_workflow_declares_what_its_input_chooses_from() -> None:
    choosing = machine(
        Send=task(
            "arn:aws:states:::sqs:sendMessage",
            Parameters={"QueueUrl.$": "$", "MessageBody": "x"},
        )
    )
    plain = with_definition(lambda _: choosing)
    (line,) = breaches([plain], "stepgate-dev")
    assert line.startswith("workflow 'echo', state 'Send': what sqs:SendMessage is called on")
    queue = "arn:aws:sqs:us-east-1:000000000000:queue"
    assert (
        breaches([with_definition(plain.definition, resources=given([queue]))], "stepgate-dev")
        == []
    )
    own = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue}
    assert (
        breaches([with_definition(plain.definition, statements=given([own]))], "stepgate-dev") == []
    )


def test_advice_is_no_breach() -> None:
    calling = with_definition(lambda _: machine(Echo={"Type": "Fail"}))
    found = rules.findings([calling], "stepgate-dev", PLACEHOLDERS)
    assert found.breaches == []
    (line,) = found.advice
    assert line.startswith("workflow 'echo', state 'Echo': fails without a name; write Error")


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
