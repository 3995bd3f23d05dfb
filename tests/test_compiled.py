"""A workflow made ready: checked, with what reports its progress, and with its role's policy."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from stepgate.compiled import CompiledWorkflow, compile_workflow
from stepgate.route import Route
from stepgate.workflow import Definition, DefinitionSource, Values, Workflow
from tests.checks.definitions import machine, passing, task, wait
from tests.findings import error_lines, warning_lines


@dataclass(frozen=True)
class WaitValues(Values):
    delay_seconds: int = 1


ECHO = Workflow(name="echo", mode="sync", definition=lambda _: machine(Echo=passing()))


def with_definition(definition: DefinitionSource, **fields: Any) -> Workflow:
    return replace(ECHO, definition=definition, **fields)


def compiled(workflow: Workflow, **values: Any) -> CompiledWorkflow:
    return compile_workflow(workflow, workflow.values(**values), f"shop-dev-{workflow.name}")


def given(value: Any) -> Callable[[Values], Any]:
    return lambda _: value


def test_each_violation_names_the_workflow_and_the_state() -> None:
    lost = with_definition(lambda _: machine(Echo=passing(Next="Nowhere")))
    assert error_lines(compiled(lost).errors) == [
        "workflow 'echo', state 'Echo': Next leads to 'Nowhere', which does not exist; "
        "write one of 'Echo'"
    ]


def test_a_definition_is_checked_with_the_values_that_it_is_given() -> None:
    waiting = with_definition(
        lambda values: machine(Wait=wait(values.delay_seconds)), mode="async", values=WaitValues
    )
    assert compiled(waiting, delay_seconds=19).errors == []
    (line,) = error_lines(compiled(waiting, delay_seconds=20).errors)
    assert line.startswith("workflow 'echo', state 'Wait': Waits take up to 20 s")


def test_a_workflow_declares_what_its_input_chooses_from() -> None:
    choosing = machine(
        Send=task(
            "arn:aws:states:::sqs:sendMessage",
            Parameters={"QueueUrl.$": "$", "MessageBody": "x"},
        )
    )
    plain = with_definition(lambda _: choosing)
    (line,) = error_lines(compiled(plain).errors)
    assert line.startswith("workflow 'echo', state 'Send': the resources for sqs:SendMessage")
    queue = "arn:aws:sqs:us-east-1:000000000000:queue"
    assert compiled(with_definition(plain.definition, resources=given([queue]))).errors == []
    own = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue}
    assert compiled(with_definition(plain.definition, statements=given([own]))).errors == []


def test_a_warning_is_not_an_error() -> None:
    calling = with_definition(lambda _: machine(Echo={"Type": "Fail"}))
    found = compiled(calling)
    assert found.errors == []
    (line,) = warning_lines(found.warnings)
    assert line.startswith("workflow 'echo', state 'Echo': has no error name; write Error")


def test_what_sends_messages_is_in_what_is_deployed_and_not_in_what_was_written() -> None:
    reporting = replace(ECHO, mode="async", progress="states")
    found = compiled(reporting)
    assert found.written == machine(Echo=passing())
    assert found.deployed["States"].keys() == {"Echo", "Echo (message)"}
    (_, send) = found.policy["Statement"]
    assert send["Action"] == ["sqs:SendMessage"]


def test_without_progress_what_is_deployed_is_what_was_written() -> None:
    assert compiled(ECHO).deployed == compiled(ECHO).written


def test_a_route_that_waits_longer_gives_its_workflow_more_time() -> None:
    slow = with_definition(given({"StartAt": "Wait", "States": {"Wait": wait(60)}}))
    assert compiled(slow).errors
    found = compiled(replace(slow, route=Route(timeout_seconds=120)))
    assert found.errors == []
    assert found.deployed["TimeoutSeconds"] == 119
    late = machine(Echo=passing()) | {"TimeoutSeconds": 120}
    found = compiled(with_definition(given(late), route=Route(timeout_seconds=120)))
    (error,) = error_lines(found.errors)
    assert "its route responds within 120 s; write less than 120" in error


def test_a_synchronous_workflow_without_a_timeout_is_deployed_with_its_routes() -> None:
    untimed = {"StartAt": "Echo", "States": {"Echo": passing()}}
    found = compiled(with_definition(given(untimed)))
    assert (found.errors, found.warnings, found.written) == ([], [], untimed)
    assert found.deployed == untimed | {"TimeoutSeconds": 28}
    asynchronous = compiled(with_definition(given(untimed), mode="async"))
    assert asynchronous.deployed == untimed
    assert warning_lines(asynchronous.warnings)[0].startswith("workflow 'echo': no TimeoutSeconds")


def test_a_workflow_that_only_fails_can_report_that() -> None:
    fails: Definition = machine(Fail={"Type": "Fail", "Error": "Never"})
    assert compiled(with_definition(given(fails), progress="states")).errors == []


def test_tuples_are_lists_as_they_are_once_deployed() -> None:
    found = compiled(with_definition(given(machine(Echo=passing(Result=(1, 2))))))
    assert found.written == json.loads(json.dumps(machine(Echo=passing(Result=(1, 2)))))
