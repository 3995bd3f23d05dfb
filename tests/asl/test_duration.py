import math
from typing import Any

import pytest

from stepgate.asl.duration import (
    limit_seconds,
    longest_wait,
    retry_seconds,
)
from stepgate.asl.states import iter_states
from stepgate.workflow import Definition
from tests.checks.definitions import END, choice, machine, map_of, parallel, task, wait

ASK = {"Variable": "$.a", "IsPresent": True}


def waited_seconds(definition: Definition) -> float:
    return longest_wait(definition, with_retries=False).length


def delays(**retrier: Any) -> float:
    (state,) = iter_states(machine(A=task(Retry=[retrier])))
    return retry_seconds(state)


def test_the_longest_of_all_paths_counts() -> None:
    definition = machine(
        A=wait(1, Next="B"),
        B=choice({**ASK, "Next": "C"}, {**ASK, "Next": "D"}, Default="F"),
        C=wait(2, Next="F"),
        D=wait(3, Next="E"),
        E=wait(4, Next="F"),
        F=wait(5),
    )
    assert longest_wait(definition, with_retries=False) == (13, ("A", "D", "E", "F"))


def test_a_loop_is_gone_through_once() -> None:
    again = choice({**ASK, "Next": "A"}, Default="C")
    assert waited_seconds(machine(A=wait(5, Next="B"), B=again, C=wait(1))) == 6
    assert waited_seconds(machine(A=wait(5, Next="A"))) == 5


def test_the_longest_branch_and_the_processor_count() -> None:
    branches = parallel(machine(B=wait(2)), machine(C=wait(3)), Next="D")
    assert waited_seconds(machine(A=branches, D=wait(4))) == 7
    assert waited_seconds(machine(A=map_of(machine(B=wait(2))))) == 2


def test_a_failure_that_is_caught_leads_on_too() -> None:
    caught = task(Catch=[{"ErrorEquals": ["E"], "Next": "B"}], Next="C")
    assert waited_seconds(machine(A=caught, B=wait(9), C=END)) == 9


def test_what_only_the_run_knows_is_no_time() -> None:
    for field in ({"SecondsPath": "$.s"}, {"Timestamp": "2026-01-01T00:00:00Z"}):
        assert waited_seconds(machine(A={"Type": "Wait", "End": True, **field})) == 0
    assert waited_seconds(machine(A={"Type": "Wait", "Seconds": "{% $s %}", "End": True})) == 0


def test_retries_count_where_they_are_asked_for() -> None:
    definition = machine(A=task(Retry=[{"MaxAttempts": 2, "IntervalSeconds": 3}]))
    assert longest_wait(definition, with_retries=True).length == 3 + 6
    assert waited_seconds(definition) == 0


def test_a_thousand_states_in_a_row_are_added_up() -> None:
    chain: dict[str, Definition] = {f"S{i}": wait(1, Next=f"S{i + 1}") for i in range(5_000)}
    assert waited_seconds(machine(**chain, S5000=wait(1))) == 5_001


def test_a_retrier_has_the_languages_defaults() -> None:
    assert delays() == 1 + 2 + 4
    assert delays(MaxAttempts=0) == 0


def test_retries_without_end_take_infinitely_long() -> None:
    assert delays(MaxAttempts=99_999_999) == math.inf
    assert delays(MaxAttempts=99_999_999, BackoffRate=1.0) == 99_999_999


def test_what_cannot_be_waited_is_no_time() -> None:
    assert delays(IntervalSeconds=0, MaxDelaySeconds=5) == 0
    assert delays(IntervalSeconds=-1) == 0
    assert waited_seconds(machine(A=wait(-5))) == 0


@pytest.mark.parametrize(
    ("value", "seconds"), [(60, 60), (0.5, 0.5), (0, None), (-1, None), ("60", None), (True, None)]
)
def test_only_a_positive_number_is_a_limit(value: object, seconds: float | None) -> None:
    assert limit_seconds({"TimeoutSeconds": value}, "TimeoutSeconds") == seconds
    assert limit_seconds({}, "TimeoutSeconds") is None
