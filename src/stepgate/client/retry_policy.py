"""Timeouts and backoff of a client's requests."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import SystemRandom

from stepgate.backoff import exponential_backoff

_RANDOM = SystemRandom()


@dataclass(frozen=True)
class RetryPolicy:
    """All in seconds.

    Attributes:
        response_timeout: for one response. API Gateway gives up after 29, unless its quota was
            raised.
        retry_timeout: from the first attempt at a request until the last one may begin.
        initial_backoff: between two attempts, or two polls of an execution; each pause is longer.
        max_backoff: the longest pause, unless `Retry-After` asks for a longer one. Step Functions
            allows all callers in an account 10 to 15 polls of executions a second.
        not_found_timeout: how long the status route may return 404 for an execution that was just
            started.
    """

    response_timeout: float = 35
    retry_timeout: float = 60
    initial_backoff: float = 0.5
    max_backoff: float = 10
    not_found_timeout: float = 30

    def pauses(self) -> Iterator[float]:
        """Growing pauses, each with jitter, so that clients do not retry all at once."""
        for pause in exponential_backoff(self.initial_backoff, self.max_backoff, factor=1.5):
            yield pause * _RANDOM.uniform(0.5, 1)


DEFAULT_RETRY_POLICY = RetryPolicy()
