"""Short texts of what a state does, and of when a choice is taken."""

from typing import Any

import pytest

from stepgate.diagram.labels import rule_label, state_detail

LONG = "$.described.Reservations[0].Instances[0].State.Name"
A = {"Variable": "$.a", "NumericGreaterThan": 3}
B = {"Variable": "$.b", "IsNull": True}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (A, "$.a > 3"),
        ({"Variable": "$.a", "NumericLessThanEquals": 3}, "$.a ≤ 3"),
        ({"Variable": "$.a", "NumericGreaterThanEqualsPath": "$.b"}, "$.a ≥ $.b"),
        ({"Variable": "$.a", "StringEquals": "x"}, '$.a = "x"'),
        ({"Variable": "$.a", "StringMatches": "x*"}, '$.a matches "x*"'),
        ({"Variable": "$.a", "BooleanEquals": True}, "$.a = true"),
        ({"Variable": "$.a", "TimestampLessThan": "2026"}, '$.a < "2026"'),
        ({"Variable": "$.a", "IsPresent": True}, "$.a is present"),
        ({"Variable": "$.a", "IsNull": False}, "$.a is not null"),
        ({"Variable": LONG, "StringEquals": "x"}, '$…State.Name = "x"'),
        ({"Not": A}, "not ($.a > 3)"),
        ({"And": [A, {"Variable": "$.a", "NumericLessThan": 5}]}, "$.a > 3 and < 5"),
        ({"Or": [A, {"And": [A, B]}]}, "$.a > 3 or ($.a > 3 and $.b is null)"),
        ({"Condition": "{% $states.input.a > 3 %}"}, "$states.input.a > 3"),
        ({"Condition": True}, "true"),
        ({}, ""),
    ],
)
def test_a_choice_rule_is_told_in_short(rule: dict[str, Any], text: str) -> None:
    assert rule_label(rule) == text


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"Type": "Wait", "Seconds": 29}, "29 s"),
        ({"Type": "Wait", "Seconds": "{% $n %}"}, "$n"),
        ({"Type": "Wait", "SecondsPath": "$.n"}, "$.n"),
        ({"Type": "Wait", "TimestampPath": "$.t"}, "until $.t"),
        ({"Type": "Wait", "Timestamp": "2026-11-22T00:00:00Z"}, "until 2026-11-22T00:00:00Z"),
        ({"Type": "Fail", "Error": "NotFound", "Cause": "It is long."}, "NotFound"),
        ({"Type": "Fail"}, ""),
        ({"Type": "Map", "ItemsPath": "$.orders"}, "each of $.orders"),
        ({"Type": "Map", "Items": "{% $orders %}"}, "each of $orders"),
        ({"Type": "Pass", "Result": {"a": 1}}, ""),
    ],
)
def test_a_state_says_in_short_what_it_does(state: dict[str, Any], text: str) -> None:
    assert state_detail(state) == text


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        ("arn:aws:states:::aws-sdk:ec2:stopInstances", "ec2:stopInstances"),
        ("arn:aws:states:::lambda:invoke.waitForTaskToken", "lambda:invoke.waitForTaskToken"),
        ("arn:aws-cn:states:::sns:publish", "sns:publish"),
        ("arn:aws:lambda:us-east-1:000000000000:function:f", "function f"),
        ("arn:aws:states:us-east-1:000000000000:activity:a", "activity a"),
        ("something else", "something else"),
    ],
)
def test_a_task_says_what_it_calls(resource: str, text: str) -> None:
    assert state_detail({"Type": "Task", "Resource": resource}) == text
