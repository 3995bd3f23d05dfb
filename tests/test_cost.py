"""What workflows cost."""

import pytest

from stepgate.cost import cost, express_cost, states_on_longest_path
from stepgate.events.waiting import wait_for
from stepgate.workflow import Definition, Values, Workflow
from tests.checks.definitions import choice, machine, map_of, parallel, passing, task, wait


def two_states(_: object) -> Definition:
    return machine(A=task(Next="B"), B=passing())


def entered(**states: dict[str, object]) -> list[str]:
    return [state.name for state in states_on_longest_path(machine(**states))]


def test_the_longest_path_counts_without_what_is_caught() -> None:
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "C"}]
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "D"}
    assert entered(
        A=task(Catch=caught, Next="B"),
        B=choice(rule, Default="E"),
        C=wait(1, Next="D"),
        D=wait(1, Next="E"),
        E=wait(1),
    ) == ["A", "B", "D", "E"]


def test_all_branches_count_and_a_map_has_one_item() -> None:
    branches = [machine(B=wait(1)), machine(C=wait(1, Next="D"), D=wait(1))]
    definition = {"A": parallel(*branches, Next="E"), "E": map_of(machine(F=wait(1)))}
    assert entered(**definition) == ["A", "B", "C", "D", "E", "F"]


def test_a_standard_execution_pays_for_its_states_and_its_messages() -> None:
    found = cost(Workflow("it", "async", two_states, progress="states"))
    assert (found.transitions, found.messages) == (4, 3)
    last_messages = 1_000 * (1 / 1e6 + 0.0625 * 0.00001667)
    assert found.step_functions == pytest.approx(4 * 25 / 1_000 + last_messages)
    assert found.sqs == pytest.approx(3 * 3 * 0.5 / 1_000)


def test_a_wait_pays_for_its_seconds() -> None:
    assert express_cost(20) == pytest.approx(1 / 1e6 + 20 * 0.0625 * 0.00001667)


def test_an_express_execution_pays_for_none_of_its_states() -> None:
    found = cost(Workflow("it", "sync", two_states))
    assert (found.transitions, found.messages, found.sqs) == (2, 0, 0)
    assert found.step_functions == pytest.approx(1_000 * (1 / 1e6 + 0.0625 * 0.00001667))


def test_a_wait_pays_for_its_item_and_for_what_continues_it() -> None:
    waiting = {
        name: wait_for(name.lower(), Values(), timeout_seconds=60, next=following)
        for name, following in (("A", "B"), ("B", "C"))
    }
    found = cost(Workflow("it", "async", lambda _: machine(**waiting, C=passing())))
    assert (found.transitions, found.waits) == (3, 2)
    express = 1 / 1e6 + 0.0625 * 0.00001667
    assert found.step_functions == pytest.approx(3 * 25 / 1_000 + 2 * 1_000 * express)
    assert found.dynamodb == pytest.approx(2 * 6 * 0.625 / 1_000)
