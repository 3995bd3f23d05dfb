"""Rules on definitions made at random: valid ones pass, and a fault is found by its state."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflows.generated import (
    FAULT,
    FAULTS,
    changed_definitions,
    definitions,
    faulty_definitions,
)
from workflows.permissions.derivation import derivation
from workflows.permissions.place import Place
from workflows.rules import definition_findings
from workflows.rules.breach import Subject
from workflows.workflow import Definition, Mode

PLACE = Place("aws", "us-east-1", "000000000000", "machine")
slowly = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])


def lines(definition: Definition, mode: Mode = "async") -> list[str]:
    return definition_findings(Subject(definition, mode), "it").breaches


def check_valid(definition: Definition, mode: Mode) -> None:
    assert lines(definition, mode) == []
    found = derivation(definition, PLACE)
    assert found.gaps == []
    again = derivation(json.loads(json.dumps(definition)), PLACE)
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
@settings(slowly, max_examples=1_000)
@given(definitions(mode="async"), definitions(mode="sync"))
def test_2000_valid_definitions_pass(first: Definition, second: Definition) -> None:
    check_valid(first, "async")
    check_valid(second, "sync")


@pytest.mark.proof
@settings(slowly, max_examples=2_000)
@given(st.sampled_from(list(FAULTS)).flatmap(faulty_definitions))
def test_2000_faults_are_found_by_their_states(definition: Definition) -> None:
    check_named(definition, FAULT)
