"""Which state machines a rollback without a name puts back."""

from datetime import UTC, datetime

import pytest

from stepgate.ci.errors import CiError
from stepgate.ci.last_deployment import UPDATES, Update, killed_updates, last_deployed
from stepgate.ci.state_machines import StateMachine


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(1_795_000_000 + seconds, UTC)


def good(seconds: float) -> Update:
    return Update(at(seconds), succeeded=True)


def failed(seconds: float) -> Update:
    return Update(at(seconds), succeeded=False)


@pytest.mark.parametrize(
    ("changed", "updates", "last"),
    [
        pytest.param([5, 25], [good(30), good(10)], "b", id="one of two"),
        pytest.param([24, 29.9], [good(30), good(10)], "ab", id="both"),
        pytest.param([5, 25], [good(50), good(30), good(10)], "b", id="later ones changed neither"),
        pytest.param([5, 9], [good(10)], "ab", id="the first"),
        pytest.param([5, 25], [good(10)], "b", id="it was killed"),
        pytest.param([5, 25], [failed(30), good(10)], "b", id="it failed"),
        pytest.param([5, 9], [failed(30), good(10)], "", id="it failed and changed neither"),
        pytest.param([5, 9], [failed(30), good(20), good(10)], "", id="failed after no change"),
        pytest.param([24, 45], [good(50), failed(30), good(10)], "ab", id="it failed at first"),
        pytest.param([5, 9], [failed(10)], "ab", id="the first failed"),
        pytest.param([5, 25], [], "ab", id="without a history"),
    ],
)
def test_those_of_the_last_deployment_that_changed_any(
    changed: list[float], updates: list[Update], last: str
) -> None:
    machines = {
        StateMachine(name, name, name, "role", 1, at(when), None): at(when)
        for name, when in zip("ab", changed, strict=True)
    }
    found = last_deployed(machines, updates)
    assert "".join(machine.name for machine in found) == last


def test_with_nothing_but_later_updates_it_is_not_known() -> None:
    machine = StateMachine("a", "a", "a", "role", 1, at(5), None)
    updates = [good(10 + number) for number in range(UPDATES)]
    with pytest.raises(CiError, match="name a workflow with --workflow"):
        last_deployed({machine: at(5)}, updates)


def test_an_update_that_was_killed_during_a_change_is_read_from_the_state() -> None:
    state = {"manifest": {"time": "2026-11-18T10:00:30.123456+01:00"}}
    assert killed_updates(state) == []
    (killed,) = killed_updates({**state, "pending_operations": [{"type": "updating"}]})
    assert killed == Update(datetime(2026, 11, 18, 9, 0, 30, 123456, UTC), succeeded=False)
