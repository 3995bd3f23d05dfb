"""What a version of a role's policies allows, and the next does not."""

from collections.abc import Sequence
from typing import Any

import pytest

from stepgate.permissions.lost_permissions import lost_permissions, lost_statements
from stepgate.permissions.policies import policy_document

INVOKE = "lambda:InvokeFunction"
BILL_1, BILL_2, BILLS = (f"arn:aws:lambda:eu-west-1:1:function:bill:{n}" for n in ("1", "2", "*"))
TAGGED = {"StringEquals": {"aws:ResourceTag/Team": "shop"}}


def statement(action: Any, resource: Any, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def lost(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> list[str]:
    return lost_permissions([policy_document(before)], [policy_document(after)])


OLD = statement([INVOKE], [BILL_1])


@pytest.mark.parametrize(
    "after",
    [
        pytest.param([statement([INVOKE], [BILL_1], Sid="Other")], id="the same"),
        pytest.param([statement([INVOKE], [BILL_2, BILL_1])], id="one more resource"),
        pytest.param([statement([INVOKE, "sqs:*"], [BILL_1])], id="one more action"),
        pytest.param([statement(INVOKE, BILL_1)], id="without lists"),
        pytest.param([statement("LAMBDA:invokefunction", BILL_1)], id="other capitals"),
        pytest.param([statement([INVOKE], [BILLS])], id="a pattern that matches the resource"),
        pytest.param([statement(["lambda:Invoke*"], ["*"])], id="patterns that match both"),
        pytest.param([statement(["lambda:InvokeFunctio?"], [BILL_1])], id="one character"),
        pytest.param([statement("*", "*")], id="everything"),
        pytest.param([OLD, statement([INVOKE], "*", Condition=TAGGED)], id="more under conditions"),
    ],
)
def test_nothing_is_lost_that_a_later_statement_still_allows(after: list[dict[str, Any]]) -> None:
    assert lost([OLD], after) == []


@pytest.mark.parametrize(
    "after",
    [
        pytest.param([], id="no statement"),
        pytest.param([statement([INVOKE], [BILL_2])], id="another resource"),
        pytest.param([statement(["lambda:GetFunction"], [BILL_1])], id="another action"),
        pytest.param(
            [statement(["sqs:*"], [BILL_1]), statement([INVOKE], [BILL_2])],
            id="the action here and the resource there",
        ),
        pytest.param([statement([INVOKE], [BILL_1], Condition=TAGGED)], id="a new condition"),
        pytest.param([statement([INVOKE], [BILL_1.upper()])], id="a resource in capitals"),
        pytest.param([statement([INVOKE], [f"{BILL_1}?"])], id="one character too many"),
    ],
)
def test_what_no_later_statement_allows_is_lost(after: list[dict[str, Any]]) -> None:
    assert lost([OLD], after) == [f"{INVOKE} on {BILL_1}"]


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("a:b*", "a:*", True),
        ("a:*", "a:b*", False),
        ("a:b?", "a:b*", True),
        ("a:b*", "a:b?", False),  # what `*` matches may be longer
        ("a:*b*", "a:*b*", True),
        ("a:*b", "*b", True),
    ],
)
def test_a_pattern_is_kept_by_one_that_matches_all_of_it(old: str, new: str, kept: bool) -> None:
    assert lost([statement(old, "*")], [statement(new, "*")]) == ([] if kept else [f"{old} on *"])
    assert lost([statement("*", old)], [statement("*", new)]) == ([] if kept else [f"* on {old}"])


def test_a_condition_is_the_same_in_any_order() -> None:
    one = {"StringLike": {"a": ["x", "y"], "b": "z"}, "Bool": {"c": True}}
    other = {"Bool": {"c": ["True"]}, "StringLike": {"b": ["z"], "a": ["y", "x"]}}
    before, after = (statement(INVOKE, "*", Condition=condition) for condition in (one, other))
    assert lost([before], [after]) == []
    assert lost([before], [statement(INVOKE, "*")]) == []
    assert lost([before], [statement(INVOKE, "*", Condition=TAGGED)]) == [
        f'{INVOKE} on * under the condition {{"Bool": {{"c": ["True"]}}, '
        '"StringLike": {"a": ["x", "y"], "b": ["z"]}}'
    ]


def test_policies_count_together_however_they_are_split() -> None:
    a, b, c = (policy_document([statement(INVOKE, resource)]) for resource in "abc")
    whole = policy_document([statement([INVOKE], ["a", "b", "c"])])
    assert lost_permissions([whole], [a, b, c]) == lost_permissions([a, b, c], [whole]) == []
    assert lost_permissions([whole], [c, a]) == [f"{INVOKE} on b"]


def test_each_action_on_each_resource_is_one() -> None:
    before = statement(["a:B", "a:C"], ["x", "y"])
    assert lost([before], [statement("a:B", "*")]) == ["a:C on x", "a:C on y"]


def test_what_is_newly_denied_is_lost_and_what_is_denied_no_more_is_not() -> None:
    deny = statement(INVOKE, BILLS, "Deny")
    assert lost([OLD], [OLD, deny]) == [f"{INVOKE} on {BILLS}, which is denied"]
    assert lost([OLD, deny], [OLD]) == lost([OLD, deny], [OLD, deny]) == []
    narrower = statement(INVOKE, BILL_2, "Deny")
    assert lost([OLD, deny], [OLD, narrower]) == []
    assert lost([OLD, narrower], [OLD, deny]) == [f"{INVOKE} on {BILLS}, which is denied"]


def test_exceptions_are_compared_as_a_whole() -> None:
    old = {"Effect": "Allow", "NotAction": ["iam:*", "a:b"], "NotResource": "x"}
    assert lost([old], [{**old, "NotAction": ["a:b", "iam:*"]}]) == []
    assert lost([old], [statement("*", "*")]) == []
    for other in ({**old, "NotAction": ["a:*", "iam:*"]}, statement("a*", "*")):
        assert lost([old], [other]) == ["all but a:b, iam:* on all but x"]


def test_the_statements_that_are_lost_are_given_whole() -> None:
    other = statement(["sqs:SendMessage"], ["*"])
    denied = statement([INVOKE], [BILL_1], "Deny")
    wide = statement([INVOKE], [BILL_1, BILL_2], Sid="Bills", Condition=TAGGED)
    before = [policy_document([other, wide]), policy_document([denied])]
    assert lost_statements(before, [policy_document([other])]) == [wide]
    assert lost_statements(before, before) == []
