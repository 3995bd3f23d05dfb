"""The names that distinguish ephemeral stacks from all others."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepgate.ci.ephemeral import FIRST_CREATED, created_at, ephemeral_name
from stepgate.ci.errors import CiError

NOW = int(time.time() * 1000)
NAMES = st.from_regex("[A-Za-z0-9][A-Za-z0-9_-]{0,86}", fullmatch=True)


@given(NAMES, st.integers(FIRST_CREATED * 1000, NOW))
def test_a_name_says_when_the_stack_was_created(name: str, milliseconds: int) -> None:
    stack = ephemeral_name(name, milliseconds / 1000)
    assert re.fullmatch("[A-Za-z0-9_-]{1,100}", stack)
    assert stack.endswith(f"-{name}")
    assert abs((created_at(stack) or 0) - milliseconds / 1000) < 0.002
    assert created_at(f"some-organization/{stack}") == created_at(stack)


@given(NAMES)
def test_no_other_stack_is_taken_for_an_ephemeral_one(name: str) -> None:
    assert created_at(name) is None
    assert created_at(f"tmp-{name}") is None or re.match("m[w-z]", name)
    assert created_at(f"x-{ephemeral_name(name, NOW / 1000)}") is None
    assert created_at(ephemeral_name(name, FIRST_CREATED - 1)) is None
    assert created_at(ephemeral_name(name, time.time() + 60)) is None


@pytest.mark.parametrize("name", ["", "-", "a b", "a/b", "pr#1", "é", "x" * 88])
def test_what_cannot_be_part_of_a_name_is_refused(name: str) -> None:
    with pytest.raises(CiError, match=f"^{re.escape(repr(name))} cannot be part"):
        ephemeral_name(name, NOW / 1000)
