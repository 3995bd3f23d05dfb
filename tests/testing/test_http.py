"""The answer of a workflow's route."""

from typing import Any

import pytest

from stepgate import Route, Workflow
from stepgate.testing import returns, run
from tests.testing.machines import machine, task

ORDER = Workflow(
    "order",
    "sync",
    machine(
        {
            "Which?": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.end", "StringEquals": end, "Next": end}
                    for end in ("Sold out", "Broken", "Slow")
                ],
                "Default": "Save",
            },
            "Save": task(End=True),
            "Sold out": {"Type": "Fail", "Error": "SoldOut", "CausePath": "$.cause"},
            "Broken": {"Type": "Fail", "Error": "Broken", "Cause": "secret"},
            "Slow": {"Type": "Wait", "Seconds": 60, "End": True},
        }
    ),
    errors={"SoldOut": 409},
    route=Route(path="/orders", status=201, headers={"Location": "$.location"}),
)


def http(input_: dict[str, Any], output: Any = None) -> Any:
    return run(ORDER, input_, mocks={"Save": returns(output)}).http


def test_the_output_of_a_synchronous_workflow_is_the_body() -> None:
    output = {"location": "/orders/1", "name": "Zoë's “tea”", "price": 1.5}
    answer = http({"end": ""}, output)
    assert (answer.status, answer.body) == (201, output)
    assert answer.headers["Location"] == "/orders/1"
    assert answer.headers["Content-Type"] == "application/json"


def test_a_declared_error_is_a_problem_with_its_cause() -> None:
    answer = http({"end": "Sold out", "cause": """none's "left" \\ é"""})
    assert answer.status == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["detail"] == """none's "left" \\ é"""
    assert answer.body["error"] == "SoldOut"


@pytest.mark.parametrize(("end", "status"), [("Broken", 502), ("Slow", 504)])
def test_any_other_failure_keeps_its_cause(end: str, status: int) -> None:
    answer = http({"end": end})
    assert (answer.status, answer.body["status"]) == (status, status)
    assert "secret" not in answer.text


def test_an_asynchronous_route_answers_with_the_execution() -> None:
    later = Workflow("later", "async", machine({"Wait": {"Type": "Wait", "Seconds": 60}}))
    answer = run(later).http
    assert (answer.status, answer.body["status"]) == (202, "RUNNING")
    assert answer.body["executionArn"].endswith(":execution:later:test")
    assert answer.headers["Location"] == answer.body["location"] == "later/test"
