"""What generated workflows cost."""

from hypothesis import HealthCheck, given, settings

from stepgate.cost import states_on_longest_path, usage
from stepgate.workflow import Definition, Workflow
from tests.checks.generated import definitions


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(definitions())
def test_messages_of_every_state_double_the_transitions_in_either_language(
    definition: Definition,
) -> None:
    plain = usage(Workflow("it", "async", definition))
    found = usage(Workflow("it", "async", definition, progress="states"))
    assert plain.transitions == len(states_on_longest_path(definition)) > 0
    assert plain.messages == 0
    assert (found.transitions, found.messages) == (2 * plain.transitions, plain.transitions + 1)
