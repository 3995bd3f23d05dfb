"""The state machine behind the wait routes."""

import json
from dataclasses import replace

from stepgate.checks.quotas import longest_values
from stepgate.compiled import compile_workflow
from stepgate.http.execution_wait import MOST_SECONDS, wait_definition, wait_workflow
from stepgate.route import INTEGRATION_TIMEOUT, Route
from stepgate.workflow import Values
from tests.project.state_machines import LATER, NOW, PARTS

WAITING = replace(LATER, route=Route(wait=True))
MACHINE = "arn:aws-us-gov:states:us-isof-south-1:000000000000:execution:p-later-0000000:*"


def test_there_is_one_only_where_a_route_waits() -> None:
    assert wait_workflow([NOW, LATER]) is None
    found = wait_workflow([NOW, WAITING, PARTS])
    assert found
    assert found.uses == ("later",)


def test_it_may_describe_the_executions_of_workflows_that_wait_and_nothing_else() -> None:
    workflows = [NOW, WAITING, PARTS]
    wait = wait_workflow(workflows)
    assert wait
    values = longest_values(Values(), "p", wait.uses)
    compiled = compile_workflow(wait, values, f"p-{wait.name}", workflows)
    assert not [*compiled.errors, *compiled.warnings]
    logs, describe = compiled.policy["Statement"]
    assert (describe["Action"], describe["Resource"]) == (["states:DescribeExecution"], [MACHINE])
    assert {action.partition(":")[0] for action in logs["Action"]} == {"logs"}


def test_it_ends_before_its_route() -> None:
    assert MOST_SECONDS < wait_definition(Values())["TimeoutSeconds"] < INTEGRATION_TIMEOUT


def test_no_state_passes_on_what_an_execution_has() -> None:
    states = wait_definition(Values())["States"]
    assert states["Look"]["Arguments"]["IncludedData"] == "METADATA_ONLY"
    assert states["Look"]["Output"] == {}
    text = json.dumps(states)
    assert text.count("$states.result.") == 2
    assert "$states.result.Status" in text
    assert "$states.result.StartDate" in text
