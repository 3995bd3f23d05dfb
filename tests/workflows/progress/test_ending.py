"""The state machine that sends last messages."""

from dataclasses import replace

from workflows.instance import EXPRESS_INSTANCE, STANDARD_INSTANCE
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


def test_it_keeps_the_rules_and_may_send_to_the_queue_alone() -> None:
    definition = ENDING.definition(PLACEHOLDERS)
    assert definition_findings(Subject(definition, ENDING.mode), "it").breaches == []
    found = derivation(definition, Place("aws", "us-east-1", "000000000000", "end"))
    granted = {tuple(s["Action"]): s["Resource"] for s in found.statements}
    queue = "arn:aws:sqs:us-east-1:000000000000:progress.fifo"
    assert granted.pop(("sqs:SendMessage",)) == [queue]
    assert all(action.startswith("logs:") for actions in granted for action in actions)
