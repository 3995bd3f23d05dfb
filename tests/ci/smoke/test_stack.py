"""Outputs that the smoke tests can work with, and what they say of others."""

from typing import Any

import pytest

from ci.smoke.stack import read_stack

BASE = "https://api.example.com/v1"
OUTPUTS: dict[str, Any] = {
    "routes": {
        "express-instance": {"mode": "sync", "method": "POST", "url": f"{BASE}/express-instance"},
        "standard-instance": {
            "mode": "async",
            "method": "POST",
            "url": f"{BASE}/standard-instance",
            "executionUrl": f"{BASE}/standard-instance/{{execution}}",
        },
    },
    "instanceId": "i-0123456789abcdef0",
    "region": "eu-west-1",
    "authorization": "api-key",
    "apiKey": "a-key-of-twenty-letters",
}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in OUTPUTS.items() if key != name}


def test_a_stack_knows_its_routes_and_never_shows_the_key() -> None:
    stack = read_stack(OUTPUTS)
    assert stack.execution_url("e-1") == f"{BASE}/standard-instance/e-1"
    assert OUTPUTS["apiKey"] not in repr(stack)


@pytest.mark.parametrize(
    ("outputs", "line"),
    [
        (
            dict[str, Any](),
            "lack routes, region, authorization; give what `pulumi stack output",
        ),
        (without("instanceId"), "the outputs lack instanceId"),
        (OUTPUTS | {"region": None}, "they lack region;"),
        (without("apiKey"), "the output apiKey does not show it; write the outputs with"),
        (OUTPUTS | {"apiKey": "[secret]"}, "--show-secrets"),
        (
            OUTPUTS | {"routes": dict[str, Any]()},
            "the stack's routes are none; add express-instance",
        ),
        (
            OUTPUTS | {"routes": {"greet": OUTPUTS["routes"]["express-instance"]}},
            "the stack's routes are greet; add express-instance and standard-instance to WORKFLOWS",
        ),
    ],
)
def test_outputs_that_lack_something_are_refused_in_one_line_that_names_it(
    outputs: dict[str, Any], line: str
) -> None:
    with pytest.raises(pytest.UsageError) as refused:
        read_stack(outputs)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)
