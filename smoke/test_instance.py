"""The example's workflows: a failure, then the instance toggled over both routes."""

from typing import Any
from urllib.parse import urljoin

from smoke.instance import STATES, Example, Instance
from stepgate.ci.smoke.caller import Caller, expect_problem, shown

NO_INSTANCE = "i-00000000000000000"
# Without an instance's id it is the stack's own. What else is in it has to arrive unchanged.
INPUT = {"note": 'it\'s a "smoke" test: ü, \\, </script>', "numbers": [0, -1.5, 10**12]}


def check_toggle(output: Any, example: Example) -> None:
    before, _ = STATES[output["action"]]
    assert output == {
        "instanceId": example.instance_id,
        "action": output["action"],
        "previousState": before,
        "currentState": output["currentState"],
    }, f"{example.instance_id} should have been toggled: {output}"


def test_a_failed_workflow_is_a_failed_request(example: Example, call: Caller) -> None:
    answer = call("POST", example.sync_url, {"instance_id": NO_INSTANCE})
    assert expect_problem(answer, 404)["error"] == "InstanceNotFound", shown(answer)


def test_the_synchronous_route_toggles_the_instance_and_answers_with_the_output(
    example: Example, instance: Instance
) -> None:
    check_toggle(instance.toggle(), example)


def test_the_asynchronous_route_answers_at_once_and_its_execution_toggles_the_instance_back(
    example: Example, instance: Instance
) -> None:
    answer, url, execution = instance.toggle_async(INPUT)
    started = answer.json()
    assert urljoin(example.async_url, answer.headers["Location"]) == url, shown(answer)
    assert urljoin(example.async_url, started["location"]) == url, shown(answer)
    assert url.endswith(f"/{started['execution']}"), shown(answer)
    assert started["status"] == "RUNNING", shown(answer)
    assert execution["executionArn"] == started["executionArn"], execution
    assert execution["input"] == INPUT, f"the input has changed on its way: {execution}"
    check_toggle(execution["output"], example)
