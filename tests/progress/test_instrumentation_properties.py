"""What instrumentation leaves as it is, in any definition."""

import json

from hypothesis import HealthCheck, given, settings

from stepgate.asl.states import iter_machines, iter_states
from stepgate.checks import lint_definition
from stepgate.checks.rule import RuleContext
from stepgate.workflow import Definition
from tests.checks.generated import definitions
from tests.progress.test_instrumentation import told, told_states, without_sending

slowly = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])


@slowly
@given(definitions())
def test_without_the_sending_states_a_definition_is_what_it_was(definition: Definition) -> None:
    before = json.dumps(definition)
    found = told(definition)
    assert without_sending(found) == definition
    assert json.dumps(definition) == before, "it is not changed in place"
    assert sorted(told_states(found)) == sorted(state.name for state in iter_states(definition))
    names = [name for each in iter_machines(found) for name in each.names]
    assert len(names) == len({*names}), "a state's name is unique in a whole definition"


@slowly
@given(definitions(mode="sync"))
def test_what_keeps_the_rules_keeps_them(definition: Definition) -> None:
    found = told(definition, reports_completion=True)
    assert lint_definition(RuleContext(found, "sync"), "it").errors == []
