"""Which state machines a rollback without a name puts back."""

from datetime import UTC, datetime

import pytest

from stepgate.ci.rollback import last_deployed
from stepgate.ci.state_machines import StateMachine

FIRST, SECOND = (0, 10), (20, 30)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(1_795_000_000 + seconds, UTC)


@pytest.mark.parametrize(
    ("modified", "updates", "newest", "changed"),
    [
        pytest.param([5, 25], [SECOND, FIRST], {}, "b", id="one of two"),
        pytest.param([10.4, 25], [SECOND, FIRST], {}, "b", id="times are cut to the second"),
        pytest.param([24, 30.4], [SECOND, FIRST], {}, "ab", id="both"),
        pytest.param([5, 25], [(40, 50), SECOND, FIRST], {}, "b", id="later ones changed neither"),
        pytest.param([5, 9], [FIRST], {}, "ab", id="the first"),
        pytest.param([5, 25], [FIRST], {}, "b", id="it was killed"),
        pytest.param([5, 9], [FIRST], {"a": 2}, "ab", id="killed before the state knew"),
        pytest.param([5, 25], [], {}, "ab", id="without a history"),
    ],
)
def test_those_of_the_last_deployment_that_changed_any(
    modified: list[float],
    updates: list[tuple[float, float]],
    newest: dict[str, int],
    changed: str,
) -> None:
    machines = [
        StateMachine(name, name, name, "role", 1, at(when), None)
        for name, when in zip("ab", modified, strict=True)
    ]
    found = last_deployed(
        machines,
        [(at(began), at(ended)) for began, ended in updates],
        lambda machine: newest.get(machine.name, 1),
    )
    assert "".join(machine.name for machine in found) == changed
