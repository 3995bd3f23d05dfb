"""Names of resources: how long they may be, and of what."""

import re
from collections.abc import Sequence
from dataclasses import replace

import botocore.session
import pytest

from stepgate import checks
from stepgate.checks.resource_names import (
    EVENT_RULE,
    LOG_GROUP,
    POLICY,
    ROLE,
    STATE_MACHINE,
    NameRule,
    require_allowed_characters,
)
from stepgate.workflow import Mode, Workflow
from tests.checks.definitions import machine, passing
from tests.findings import error_lines
from tests.located import without_places

ECHO = Workflow(name="echo", mode="sync", definition=lambda _: machine(Echo=passing()))


def errors(workflows: Sequence[Workflow], prefix: str) -> list[str]:
    return without_places(error_lines(checks.lint_routes(workflows, prefix)))


def test_a_name_is_as_long_as_its_roles_name_can_be() -> None:
    # stepgate-dev-…-role-0123456 has 26 characters around it, of IAM's 64.
    assert errors([replace(ECHO, name="a" * 38)], "stepgate-dev") == []
    (line,) = errors([replace(ECHO, name="a" * 39)], "stepgate-dev")
    assert "use at most 38" in line


@pytest.mark.parametrize(("mode", "most"), [("sync", 49), ("async", 38)])
def test_a_prefix_is_as_long_as_the_roles_that_there_are_allow(mode: Mode, most: int) -> None:
    # Only where EventBridge reports an execution's end there is a role …-completion-events.
    workflow = replace(ECHO, name="w", mode=mode, progress="states")
    assert errors([workflow], "p" * most) == []
    (line,) = errors([workflow], "p" * (most + 1))
    assert "which is 1 characters too long for an IAM role" in line


@pytest.mark.parametrize("name", ["stepgate", "Shop_2", "dev-eu"])
def test_a_name_of_letters_digits_dashes_and_underscores_is_allowed(name: str) -> None:
    assert [*require_allowed_characters([ECHO], name, name)] == []


def test_a_stack_with_dots_is_reported_with_what_to_name_it() -> None:
    assert error_lines(require_allowed_characters([ECHO], "shop", "dev.eu.1")) == [
        "stack 'dev.eu.1': the name of a state machine begins with it, and takes letters, digits, "
        "- and _ alone; rename the stack, for example to 'dev-eu-1'"
    ]


def test_a_projects_name_is_reported_with_each_resource_that_refuses_it() -> None:
    telling = replace(ECHO, mode="async", progress="states")
    (line,) = error_lines(require_allowed_characters([telling], "my.shop", "dev"))
    assert line.startswith("project 'my.shop': the name of a state machine or an SQS queue begins")
    (line,) = error_lines(require_allowed_characters([telling], "shop", "dév"))
    assert "a log group" in line
    assert "an IAM role" in line
    assert "an EventBridge rule" in line


@pytest.mark.parametrize(
    ("rule", "service", "operation", "argument"),
    [
        (ROLE, "iam", "CreateRole", "RoleName"),
        (POLICY, "iam", "CreatePolicy", "PolicyName"),
        (POLICY, "iam", "PutRolePolicy", "PolicyName"),
        (STATE_MACHINE, "stepfunctions", "CreateStateMachine", "name"),
        (LOG_GROUP, "logs", "CreateLogGroup", "logGroupName"),
        (EVENT_RULE, "events", "PutRule", "Name"),
    ],
)
def test_the_lengths_and_characters_are_those_of_awss_models(
    rule: NameRule, service: str, operation: str, argument: str
) -> None:
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    shape = model.input_shape
    assert shape is not None
    said = shape.members[argument].metadata
    assert rule.length == said["max"]
    if pattern := said.get("pattern"):
        ascii_ = [chr(code) for code in range(33, 127)]
        assert [c for c in ascii_ if re.fullmatch(pattern, c, re.ASCII)] == [
            c for c in ascii_ if re.fullmatch(f"[{rule.allowed}]", c)
        ]
