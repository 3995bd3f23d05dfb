"""Exponential backoff."""

from collections.abc import Iterator


def exponential_backoff(initial: float, maximum: float, factor: float = 2) -> Iterator[float]:
    """Seconds to pause after each attempt, without end: each `factor` times the one before."""
    pause = initial
    while True:
        yield pause
        pause = min(pause * factor, maximum)
