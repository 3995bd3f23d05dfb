"""Mistakes in workflows, as Pulumi's engine reports them."""

import pytest

from tests.engine.pulumi_stack import Engine

pytestmark = pytest.mark.proof

MISTAKES = """
from dataclasses import replace
WORKFLOWS = (
    replace(NOW, mode="asynch"),
    replace(FREE, definition="machines/free.json"),
    replace(LATER, definition=lambda values: {"StartAt": values.start_at}),
)
"""


def test_mistakes_are_a_line_each_without_a_traceback(engine: Engine) -> None:
    stack = engine.stack("mistakes")
    stack.put_workflows("now", "free", "later")
    stack.append("state_machines.py", *MISTAKES.splitlines())
    run = stack.failed_up()
    assert {request.type for request in run.requests} <= {"aws:sqs/queue:Queue"}, "its own queue"
    assert "Traceback" not in run.text
    for said in (
        "): mode is 'asynch'; did you mean 'async'?",
        "): machines/free.json: there is no such file in ",
        "): its definition cannot be made: state_machines.py:",
    ):
        assert said in run.text
