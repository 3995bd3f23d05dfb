"""Rules for workflows as routes, and all rules together."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from stepgate import checks
from stepgate.workflow import Definition, Values, Workflow
from tests.checks.definitions import machine, passing
from tests.findings import error_lines
from tests.located import without_places
from tests.project.state_machines import LATER, NOW

ECHO = Workflow(name="echo", mode="sync", definition=lambda _: machine(Echo=passing()))


def with_definition(definition: Callable[[Values], Definition], **fields: Any) -> Workflow:
    return replace(ECHO, definition=definition, **fields)


def given(value: Any) -> Callable[[Values], Any]:
    return lambda _: value


def errors(workflows: Sequence[Workflow], prefix: str) -> list[str]:
    return without_places(error_lines(checks.lint_routes(workflows, prefix)))


def test_workflows_that_keep_the_rules_need_no_advice() -> None:
    assert errors((NOW, LATER), "stepgate-dev") == []


@pytest.mark.parametrize(
    "name", ["Echo", "echo_it", "echo/it", "1st", "echo-", "a--b", "", "écho", "echo\n"]
)
def test_a_name_that_is_not_a_path_is_rejected(name: str) -> None:
    (line,) = errors([replace(ECHO, name=name)], "stepgate-dev")
    assert line.startswith(f"workflow {name!r}: ")
    assert "use lower-case letters" in line


@pytest.mark.parametrize("name", ["ping", "sping", "completion", "completion-events"])
def test_a_reserved_name_is_rejected(name: str) -> None:
    (line,) = errors([replace(ECHO, name=name)], "stepgate-dev")
    assert line.startswith(f"workflow {name!r}: the name is reserved; ")


def test_two_workflows_of_one_name_are_rejected() -> None:
    assert errors([ECHO, replace(ECHO, mode="async")], "stepgate-dev") == [
        "workflow 'echo': 2 workflows have this name; rename all but one"
    ]


@pytest.mark.parametrize("status", [200, 399, 499, 600])
def test_an_error_has_an_error_status(status: int) -> None:
    (line,) = errors([replace(ECHO, errors={"NotFound": status})], "stepgate-dev")
    assert f"errors has 'NotFound': {status}; write an HTTP error status" in line


@pytest.mark.parametrize("error", ["it's", 'a"b', "$error", "two words", ""])
def test_an_error_name_that_a_template_cannot_hold_is_rejected(error: str) -> None:
    (line,) = errors([replace(ECHO, errors={error: 404})], "stepgate-dev")
    assert repr(error) in line


def test_all_violations_of_all_workflows_are_reported_at_once() -> None:
    lines = errors([replace(ECHO, name="A"), replace(ECHO, errors={"E": 200})], "stepgate-dev")
    assert [line.split(":")[0] for line in lines] == ["workflow 'A'", "workflow 'echo'"]


def test_an_input_schema_is_checked() -> None:
    schema: dict[str, Any] = {"type": "object", "required": []}
    assert errors([replace(ECHO, input_schema=schema)], "stepgate-dev") == [
        "workflow 'echo': input_schema has [] at /required; write a list of at least one name, "
        "each once, or leave it out"
    ]
