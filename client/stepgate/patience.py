"""How long a client waits for what."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import SystemRandom

_RANDOM = SystemRandom()
_GROWTH = 1.5


@dataclass(frozen=True)
class Patience:
    """All in seconds.

    Attributes:
        answer: for one answer. API Gateway gives up after 29, unless its quota was raised.
        retries: after the first attempt at a request, until the last one may begin.
        first_pause: between two attempts, or two looks at an execution; each pause is longer.
        longest_pause: up to which pauses grow, unless `Retry-After` asks for more. Of all callers
            in an account Step Functions takes 10 to 15 looks at executions a second.
        unknown: how long the status route may not know an execution that was just started.
    """

    answer: float = 35
    retries: float = 60
    first_pause: float = 0.5
    longest_pause: float = 10
    unknown: float = 30

    def pauses(self) -> Iterator[float]:
        """Growing, and each shortened by chance, so that clients do not come all at once."""
        pause = self.first_pause
        while True:
            yield pause * _RANDOM.uniform(0.5, 1)
            pause = min(pause * _GROWTH, self.longest_pause)


PATIENCE = Patience()
