"""What generated workflows cost."""

from hypothesis import HealthCheck, given, settings

from stepgate.cost import cost, states_on_longest_path
from stepgate.workflow import Definition, Workflow
from tests.checks.generated import definitions


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(definitions())
def test_messages_of_every_state_double_the_transitions_in_either_language(
    definition: Definition,
) -> None:
    plain = cost(Workflow("it", "async", definition))
    found = cost(Workflow("it", "async", definition, progress="states"))
    assert plain.transitions == len(states_on_longest_path(definition)) > 0
    assert plain.messages == 0
    assert (found.transitions, found.messages) == (2 * plain.transitions, plain.transitions + 1)
