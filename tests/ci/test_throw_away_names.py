"""The names that tell throw-away stacks from all others."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci.errors import CiError
from ci.throw_away import FIRST_MADE, made_at, throw_away_name

NOW = int(time.time() * 1000)
NAMES = st.from_regex("[A-Za-z0-9][A-Za-z0-9_-]{0,10}", fullmatch=True)


@given(NAMES, st.integers(FIRST_MADE * 1000, NOW))
def test_a_name_tells_when_the_stack_was_made(name: str, milliseconds: int) -> None:
    stack = throw_away_name(name, milliseconds / 1000)
    assert re.fullmatch("[A-Za-z0-9_-]+", stack)
    assert stack.endswith(f"-{name}")
    assert abs((made_at(stack) or 0) - milliseconds / 1000) < 0.002
    assert made_at(f"some-organization/{stack}") == made_at(stack)


@given(NAMES)
def test_no_other_stack_is_taken_for_one_to_be_thrown_away(name: str) -> None:
    assert made_at(name) is None
    assert made_at(f"tmp-{name}") is None or re.match("m[w-z]", name)
    assert made_at(f"x-{throw_away_name(name, NOW / 1000)}") is None
    assert made_at(throw_away_name(name, FIRST_MADE - 1)) is None
    assert made_at(throw_away_name(name, time.time() + 60)) is None


@pytest.mark.parametrize("name", ["", "-", "a b", "a/b", "pr#1", "é", "twelve-signs"])
def test_what_cannot_be_part_of_a_name_is_told(name: str) -> None:
    with pytest.raises(CiError, match=f"^{re.escape(repr(name))} cannot be part"):
        throw_away_name(name, NOW / 1000)
