"""The routes of the example; what changes nothing comes first."""

from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

import httpx

from ci.smoke.caller import Caller, expect, shown
from ci.smoke.instance import STATES, Instance
from ci.smoke.stack import Stack

NO_INSTANCE = "i-00000000000000000"
# Without an instance's id it is the stack's own. What else is in it has to arrive unchanged.
INPUT = {"note": 'it\'s a "smoke" test: ü, \\, </script>', "numbers": [0, -1.5, 10**12]}


def problem(answer: httpx.Response, status: int) -> Any:
    document = expect(answer, status)
    assert answer.headers["Content-Type"] == "application/problem+json", shown(answer)
    assert document["status"] == status, shown(answer)
    return document


def check_toggle(output: Any, stack: Stack) -> None:
    before, _ = STATES[output["action"]]
    assert output == {
        "instanceId": stack.instance_id,
        "action": output["action"],
        "previousState": before,
        "currentState": output["currentState"],
    }, f"{stack.instance_id} should have been toggled: {output}"


def test_a_failed_workflow_is_a_failed_request(stack: Stack, call: Caller) -> None:
    answer = call("POST", stack.sync_url, {"instance_id": NO_INSTANCE})
    assert problem(answer, 404)["error"] == "InstanceNotFound", shown(answer)


def test_an_execution_that_nobody_started_is_not_found(stack: Stack, call: Caller) -> None:
    problem(call("GET", stack.execution_url(str(uuid4()))), 404)


def test_the_synchronous_route_toggles_the_instance_and_answers_with_the_output(
    stack: Stack, instance: Instance
) -> None:
    check_toggle(instance.toggle(), stack)


def test_the_asynchronous_route_answers_at_once_and_its_execution_toggles_the_instance_back(
    stack: Stack, instance: Instance
) -> None:
    answer, url, execution = instance.toggle_later(INPUT)
    started = answer.json()
    assert urljoin(stack.async_url, answer.headers["Location"]) == url, shown(answer)
    assert urljoin(stack.async_url, started["location"]) == url, shown(answer)
    assert url.endswith(f"/{started['execution']}"), shown(answer)
    assert started["status"] == "RUNNING", shown(answer)
    assert execution["executionArn"] == started["executionArn"], execution
    assert execution["input"] == INPUT, f"the input has changed on its way: {execution}"
    check_toggle(execution["output"], stack)
