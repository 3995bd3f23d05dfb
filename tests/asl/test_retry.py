from stepgate.asl.retry import DEFAULT_RETRIER, with_default_retry
from stepgate.asl.states import iter_states
from stepgate.checks.recommendations import recommend_retries
from stepgate.checks.rule import RuleContext
from stepgate.workflow import Definition
from tests.checks.definitions import RETRY, machine, map_of, parallel, passing, task


def without_retry() -> Definition:
    return {key: value for key, value in task().items() if key != "Retry"}


def test_every_task_that_says_nothing_of_retries_is_tried_again() -> None:
    plain = machine(
        A=without_retry(),
        B=parallel(machine(C=map_of(machine(D=without_retry(), E=passing())))),
        F={"Type": "Map", "Iterator": machine(G=without_retry()), "End": True},
        H=task(),
        I=task(Retry=[]),
    )
    retried = with_default_retry(plain)
    assert {s.name: s.retriers for s in iter_states(retried) if s.type == "Task"} == {
        "A": [DEFAULT_RETRIER],
        "D": [DEFAULT_RETRIER],
        "G": [DEFAULT_RETRIER],
        "H": RETRY,
        "I": [],
    }
    assert list(recommend_retries(RuleContext(retried, "sync"))) == []
    assert "Retry" not in plain["States"]["A"], "the given definition stays as it is"
    assert with_default_retry(retried) == retried
