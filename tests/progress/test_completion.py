"""The state machine that sends last messages."""

from dataclasses import replace
from typing import Any

import pytest

from stepgate.asl.duration import longest_wait
from stepgate.checks import lint_definition
from stepgate.checks.rule import RuleContext
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.derived_permissions import derive_permissions
from stepgate.progress.completion import COMPLETION, completion_definition, has_completion_rule
from stepgate.workflow import Values
from tests.project.state_machines import TOLD_LATER, TOLD_NOW


def test_standard_executions_that_tell_of_themselves_are_followed() -> None:
    assert has_completion_rule(TOLD_LATER)
    assert has_completion_rule(replace(TOLD_LATER, progress="milestones"))
    assert not has_completion_rule(replace(TOLD_LATER, progress="off"))
    assert not has_completion_rule(replace(TOLD_NOW, progress="states"))


@pytest.mark.parametrize(
    ("detail", "sent"),
    [
        ({"error": "E", "cause": "c"}, ("error", "cause")),
        ({"error": "E", "cause": None}, ("error",)),
        ({"error": "E"}, ("error",)),
        ({"error": None, "cause": "c"}, ("cause",)),
        ({"cause": "c"}, ("cause",)),
        ({"error": None, "cause": None}, ()),
        ({}, ()),
    ],
)
def test_what_is_known_of_a_failure_is_sent(detail: dict[str, Any], sent: tuple[str, ...]) -> None:
    chosen = completion_definition(Values())["States"][choice(detail)]
    body = chosen["Parameters"]["MessageBody"]
    assert {name: body.get(f"{name}.$") for name in ("error", "cause") if f"{name}.$" in body} == {
        name: f"$.event.detail.{name}" for name in sent
    }


def choice(detail: dict[str, Any]) -> str:
    """The state that is chosen, by a small reading of the Choice's tests."""
    found = completion_definition(Values())["States"]["Choose the fields"]
    for rule in found["Choices"]:
        tests = {(t["Variable"].split(".")[-1], *(t.keys() - {"Variable"})) for t in rule["And"]}
        names = {name for name, _ in tests}
        assert tests == {(name, test) for name in names for test in ("IsPresent", "IsString")}
        if all(isinstance(detail.get(name), str) for name in names):
            return rule["Next"]
    return found["Default"]


def test_a_last_message_is_in_the_group_of_its_execution_and_sent_once_an_event() -> None:
    state = completion_definition(Values())["States"]["Send status"]
    assert state["Parameters"] == {
        "QueueUrl": Values().progress_queue_url,
        "MessageGroupId.$": "States.Hash($.event.detail.executionArn, 'SHA-256')",
        "MessageDeduplicationId.$": "$.event.id",
        "MessageBody": {
            "workflow.$": "$.workflow",
            "execution.$": "$.event.detail.name",
            "executionArn.$": "$.event.detail.executionArn",
            "status.$": "$.event.detail.status",
            "time.$": "$$.State.EnteredTime",
        },
    }


def test_all_attempts_fit_into_its_time() -> None:
    definition = completion_definition(Values())
    state = definition["States"]["Send status"]
    attempts = 1 + state["Retry"][0]["MaxAttempts"]
    pauses = longest_wait(definition, with_retries=True).length
    assert attempts * state["TimeoutSeconds"] + pauses < definition["TimeoutSeconds"]


def test_it_keeps_the_rules_and_may_send_to_the_queue_alone() -> None:
    definition = completion_definition(Values())
    assert lint_definition(RuleContext(definition, COMPLETION.mode), "it").errors == []
    found = derive_permissions(definition, ArnContext("aws", "us-east-1", "000000000000", "end"))
    granted = {tuple(s["Action"]): s["Resource"] for s in found.statements}
    queue = "arn:aws:sqs:us-east-1:000000000000:progress.fifo"
    assert granted.pop(("sqs:SendMessage",)) == [queue]
    assert all(action.startswith("logs:") for actions in granted for action in actions)
