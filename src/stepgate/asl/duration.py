"""How long a definition waits, in seconds, as far as the definition shows it."""

import math
import sys

from stepgate.asl.longest_path import Path, longest_path
from stepgate.asl.states import Fields, State, root_machine


def longest_wait(definition: Fields, *, with_retries: bool) -> Path:
    """The path that waits the longest: its length in seconds, and the states that wait on it.

    Only literal seconds count: a `SecondsPath`, a `Timestamp` or a JSONata expression is only known
    when the workflow runs, and counts as no time.

    Args:
        with_retries: whether to include the delays of a path's retries.
    """

    def seconds(state: State) -> float:
        return _wait_seconds(state) + (retry_seconds(state) if with_retries else 0)

    return longest_path(root_machine(definition), seconds)


def retry_seconds(state: State) -> float:
    """The delays before a state's retries, if all of them are needed; may be infinite.

    https://states-language.net/spec.html#errors
    """
    return sum(_retrier_seconds(retrier) for retrier in state.retriers)


def _retrier_seconds(retrier: Fields) -> float:
    attempts = _number(retrier, "MaxAttempts", 3)
    interval = _number(retrier, "IntervalSeconds", 1)
    rate = max(_number(retrier, "BackoffRate", 2), 1)
    longest = _number(retrier, "MaxDelaySeconds", math.inf)
    if min(attempts, interval, longest) <= 0:  # no retry, or none that waits
        return 0
    if rate == 1 or interval >= longest:
        return attempts * min(interval, longest)
    growing = attempts
    try:
        if longest < math.inf:
            growing = min(attempts, math.ceil(math.log(longest / interval, rate)))
        delays = interval * (rate**growing - 1) / (rate - 1)
    except OverflowError:
        return math.inf
    return delays + ((attempts - growing) * longest if growing < attempts else 0)


def limit_seconds(fields: Fields, name: str) -> float | None:
    """The value of a field like `TimeoutSeconds`; None if it is not a positive number."""
    limit = _number(fields, name, 0)
    return limit if limit > 0 else None


def _wait_seconds(state: State) -> float:
    return max(_number(state.fields, "Seconds", 0), 0) if state.type == "Wait" else 0


def _number(fields: Fields, name: str, otherwise: float) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    return float(value) if abs(value) <= sys.float_info.max else otherwise
