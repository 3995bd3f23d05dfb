"""Tests of any deployed stack: they know its outputs and nothing else."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from stepgate.authentication import authentication
from stepgate.errors import CredentialsUnusable

from ci.smoke.caller import AUTHENTICATION
from ci.smoke.stack import STACK, read_stack

FOLDER = Path(__file__).parent


def run_tests(outputs: Mapping[str, Any]) -> int:
    """Runs the smoke tests in this process, and leaves the instance as they found it.

    The first failure ends them, for a stack in doubt is better left alone. So does
    KeyboardInterrupt from a signal's handler; either way the instance is put back first.

    Args:
        outputs: the stack's outputs, secrets in plain text.

    Returns:
        pytest's exit code: 0 if all is well, 1 if a test failed or the instance could not be put
        back, 2 if they were interrupted, 4 if a stack with these outputs cannot be tested.
    """
    options = (
        # pyproject.toml has what the project's own tests need.
        f"--config-file={os.devnull}",
        f"--rootdir={FOLDER}",
        "-pno:cacheprovider",
        "--exitfirst",
        "--verbose",
        "--no-header",
        "--tb=short",
        "--no-showlocals",  # the key is among them
    )
    return int(pytest.main([*options, str(FOLDER)], plugins=[_Given(outputs)]))


class _Given:
    """What the tests are given."""

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        self._outputs = outputs

    def pytest_configure(self, config: pytest.Config) -> None:
        """What is refused here is a line of its own, and no failure of a test."""
        config.stash[STACK] = stack = read_stack(self._outputs)
        try:
            config.stash[AUTHENTICATION] = authentication(stack.outputs)
        except CredentialsUnusable as error:
            raise pytest.UsageError(str(error)) from None
