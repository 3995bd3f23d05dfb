"""The state machine that sends last messages."""

from dataclasses import replace
from typing import Any

import pytest

from workflows.instance import EXPRESS_INSTANCE, STANDARD_INSTANCE
from workflows.language.duration import longest_wait
from workflows.permissions.derivation import derivation
from workflows.permissions.place import Place
from workflows.progress.ending import ENDING, is_followed
from workflows.rules import definition_findings
from workflows.rules.breach import Subject
from workflows.workflow import PLACEHOLDERS


def test_standard_executions_that_tell_of_themselves_are_followed() -> None:
    assert is_followed(STANDARD_INSTANCE)
    assert is_followed(replace(STANDARD_INSTANCE, progress="milestones"))
    assert not is_followed(replace(STANDARD_INSTANCE, progress="off"))
    assert not is_followed(replace(EXPRESS_INSTANCE, progress="states"))


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
    chosen = ENDING.definition(PLACEHOLDERS)["States"][choice(detail)]
    body = chosen["Parameters"]["MessageBody"]
    assert {name: body.get(f"{name}.$") for name in ("error", "cause") if f"{name}.$" in body} == {
        name: f"$.event.detail.{name}" for name in sent
    }


def choice(detail: dict[str, Any]) -> str:
    """The state that is chosen, by a small reading of the Choice's tests."""
    found = ENDING.definition(PLACEHOLDERS)["States"]["Choose what is known"]
    for rule in found["Choices"]:
        tests = {(t["Variable"].split(".")[-1], *(t.keys() - {"Variable"})) for t in rule["And"]}
        names = {name for name, _ in tests}
        assert tests == {(name, test) for name in names for test in ("IsPresent", "IsString")}
        if all(isinstance(detail.get(name), str) for name in names):
            return rule["Next"]
    return found["Default"]


def test_a_last_message_is_in_the_group_of_its_execution_and_sent_once_an_event() -> None:
    state = ENDING.definition(PLACEHOLDERS)["States"]["Send the end"]
    assert state["Parameters"] == {
        "QueueUrl": PLACEHOLDERS.progress_queue_url,
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
    definition = ENDING.definition(PLACEHOLDERS)
    state = definition["States"]["Send the end"]
    attempts = 1 + state["Retry"][0]["MaxAttempts"]
    pauses = longest_wait(definition, with_retries=True).length
    assert attempts * state["TimeoutSeconds"] + pauses < definition["TimeoutSeconds"]


def test_it_keeps_the_rules_and_may_send_to_the_queue_alone() -> None:
    definition = ENDING.definition(PLACEHOLDERS)
    assert definition_findings(Subject(definition, ENDING.mode), "it").breaches == []
    found = derivation(definition, Place("aws", "us-east-1", "000000000000", "end"))
    granted = {tuple(s["Action"]): s["Resource"] for s in found.statements}
    queue = "arn:aws:sqs:us-east-1:000000000000:progress.fifo"
    assert granted.pop(("sqs:SendMessage",)) == [queue]
    assert all(action.startswith("logs:") for actions in granted for action in actions)
