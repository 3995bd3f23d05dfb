"""Grants become statements that allow the same, in the same text."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stepgate.permissions.grant import Grant, merge_grants

grants = st.lists(
    st.builds(
        Grant,
        st.sampled_from(["a:X", "a:Y", "b:X"]),
        st.sets(st.sampled_from(["arn:1", "arn:2", "*"]), min_size=1).map(tuple),
        st.sampled_from([None, {"StringEquals": {"k": "v"}}]),
        st.just(""),
    ),
    max_size=8,
)


@given(grants, st.randoms(use_true_random=False))
def test_the_same_grants_give_the_same_text_in_whatever_order(
    given_: list[Grant], order: Any
) -> None:
    shuffled = order.sample(given_ * 2, len(given_) * 2)
    assert json.dumps(merge_grants(shuffled)) == json.dumps(merge_grants(given_))


@given(grants)
def test_merged_statements_allow_the_grants_and_nothing_else(given_: list[Grant]) -> None:
    def each(action: str, condition: Any, arn: str) -> tuple[str, str, str]:
        return action, json.dumps(condition), arn

    wanted = {each(g.action, g.condition, arn) for g in given_ for arn in g.arns}
    everywhere = {(action, condition) for action, condition, arn in wanted if arn == "*"}
    found = {
        each(action, statement.get("Condition"), arn)
        for statement in merge_grants(given_)
        for action in statement["Action"]
        for arn in statement["Resource"]
    }
    assert found == {w for w in wanted if w[2] == "*" or w[:2] not in everywhere}
