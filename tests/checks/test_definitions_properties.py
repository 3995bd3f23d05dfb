"""Rules on definitions made at random: valid ones pass, and a fault is found by its state."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepgate.checks import lint_definition
from stepgate.checks.rule import RuleContext
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.derived_permissions import derive_permissions
from stepgate.workflow import Definition, Mode
from tests.checks.definitions import machine, task
from tests.checks.generated import (
    FAULT,
    FAULTS,
    changed_definitions,
    definitions,
    faulty_definitions,
    json_values,
)
from tests.checks.test_definitions import INVOKE, lines_of
from tests.counts import counts
from tests.findings import error_lines

PLACE = ArnContext("aws", "us-east-1", "000000000000", "machine")
slowly = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])


def lines(definition: Definition, mode: Mode = "async") -> list[str]:
    return error_lines(lint_definition(RuleContext(definition, mode), "it").errors)


def check_valid(definition: Definition, mode: Mode) -> None:
    assert lines(definition, mode) == []
    found = derive_permissions(definition, PLACE)
    assert found.unresolved == []
    again = derive_permissions(json.loads(json.dumps(definition)), PLACE)
    assert json.dumps(again.statements) == json.dumps(found.statements)


def check_named(definition: Definition, name: str) -> None:
    assert any(f"state {name!r}: " in line for line in lines(definition)), lines(definition)


@slowly
@given(definitions(mode="async"))
def test_valid_asynchronous_definitions_pass(definition: Definition) -> None:
    check_valid(definition, "async")


@slowly
@given(definitions(mode="sync"))
def test_valid_synchronous_definitions_pass(definition: Definition) -> None:
    check_valid(definition, "sync")


@pytest.mark.parametrize("fault", FAULTS)
@settings(slowly, max_examples=5)
@given(data=st.data())
def test_each_fault_is_found_by_its_state(fault: str, data: st.DataObject) -> None:
    check_named(data.draw(faulty_definitions(fault)), FAULT)


@slowly
@given(changed_definitions())
def test_a_change_that_breaks_a_definition_is_found_by_its_state(
    changed: tuple[Definition, str],
) -> None:
    check_named(*changed)


@pytest.mark.proof
@counts(400, bench=1_000)
def test_many_valid_definitions_pass(count: int) -> None:
    @settings(slowly, max_examples=count)
    @given(definitions(mode="async"), definitions(mode="sync"))
    def holds(first: Definition, second: Definition) -> None:
        check_valid(first, "async")
        check_valid(second, "sync")

    holds()


@pytest.mark.proof
@counts(700, bench=2_000)
def test_many_faults_are_found_by_their_states(count: int) -> None:
    @settings(slowly, max_examples=count)
    @given(st.sampled_from(list(FAULTS)).flatmap(faulty_definitions))
    def holds(definition: Definition) -> None:
        check_named(definition, FAULT)

    holds()


@given(json_values)
def test_no_definition_is_so_wrong_that_a_rule_fails(value: object) -> None:
    """Whatever JSON there is in a definition, and in its states."""
    for definition in (
        {"StartAt": value, "States": value, "TimeoutSeconds": value},
        machine(A={"Type": "Task", "Resource": value, "Retry": value, "Catch": value}),
        machine(A=task(Retry=[value], Catch=[value], TimeoutSeconds=value, HeartbeatSeconds=value)),
        machine(A={"Type": value, "Choices": value, "Next": value, "Seconds": value}),
        machine(A={"Type": "Map", "ItemProcessor": value, "ItemReader": value}),
        machine(A={"Type": "Map", "ItemProcessor": {"ProcessorConfig": value}}),
        machine(A={"Type": "Parallel", "Branches": value}),
        machine(A=task(Parameters=value, Credentials=value)),
        machine(A=task(f"{INVOKE}.waitForTaskToken", Parameters=value)),
        machine(A={"Type": "Map", "ItemReader": {"ReaderConfig": value}, "ResultWriter": value}),
        machine(A={"Type": "Map", "ItemReader": {"Parameters": value}, "Label": value}),
        machine(A={"Type": "Wait", "Timestamp": value, "Assign": value, "QueryLanguage": value}),
        machine(A=task(QueryLanguage="JSONata", Arguments=value, Credentials=value, Catch=value)),
        machine(A={"Type": "Choice", "Choices": [{"Not": value, "And": value}], "Output": value}),
    ):
        assert all("\n" not in line for line in lines_of(definition))
