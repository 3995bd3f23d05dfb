"""How long retries take, whatever a retrier says."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.asl.test_duration import delays


@given(
    st.integers(0, 12),
    st.integers(1, 20),
    st.sampled_from([1.0, 1.5, 2, 3.0]),
    st.none() | st.integers(1, 60),
)
def test_delays_grow_until_they_are_as_long_as_they_may_be(
    attempts: int, interval: int, rate: float, longest: int | None
) -> None:
    retrier = {"MaxAttempts": attempts, "IntervalSeconds": interval, "BackoffRate": rate}
    if longest is not None:
        retrier["MaxDelaySeconds"] = longest
    each = (min(interval * rate**i, longest or math.inf) for i in range(attempts))
    assert delays(**retrier) == pytest.approx(sum(each))
