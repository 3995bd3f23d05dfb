"""How many examples a test takes in `make proof`, and how many in `make bench`."""

import pytest


def counts(proof: int, *, bench: int) -> pytest.MarkDecorator:
    """The test's parameter `count`, with a number for each of the two commands."""
    return pytest.mark.parametrize("count", [proof, pytest.param(bench, marks=pytest.mark.bench)])
