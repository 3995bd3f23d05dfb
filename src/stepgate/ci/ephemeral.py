"""Ephemeral stacks: created, tested, and removed whatever happens."""

import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from stepgate.ci.errors import CiError, LeftBehindError, StoppedError
from stepgate.ci.interruption import Interruption
from stepgate.ci.stacks import Stacks
from stepgate.local.steps import Steps

NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,86}")
"""With `tmp-TIME-` in front, the 100 characters that Pulumi allows. What the program creates may
need shorter ones, which it says itself."""
EPHEMERAL = re.compile("tmp-([0-9a-z]{8})-.+")
EPHEMERAL_PATTERN = "tmp-????????-*"
"""The same as a pattern of IAM."""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
FIRST_CREATED = 1_795_000_000
"""Before the first of them was created: what looks like an earlier time is a word."""


def ephemeral_name(name: str, seconds: float) -> str:
    """The stack's name: that it is ephemeral, since when, and what the user calls it.

    The name says all of this because it exists as soon as the stack does, on every backend and for
    every machine. Two stacks of one `name` differ by the time.

    Args:
        seconds: now, since 1970; kept to the millisecond.

    Raises:
        CiError: `name` cannot be part of a stack's name.
    """
    if not NAME.fullmatch(name):
        raise CiError(
            f"{name!r} cannot be part of a stack's name: use 1 to 87 letters, digits, "
            '"-" or "_", for example pr-123'
        )
    digits, rest = "", int(seconds * 1000)
    while rest:
        rest, digit = divmod(rest, len(DIGITS))
        digits = DIGITS[digit] + digits
    return f"tmp-{digits}-{name}"


def created_at(stack: str) -> float | None:
    """When an ephemeral stack was created, in seconds since 1970; None for any other stack."""
    # Pulumi Cloud may put an organization in front.
    found = EPHEMERAL.fullmatch(stack.rpartition("/")[2])
    seconds = int(found[1], len(DIGITS)) / 1000 if found else 0
    return seconds if FIRST_CREATED <= seconds <= time.time() else None


def run_ephemeral(
    stacks: Stacks,
    interruption: Interruption,
    name: str,
    config: Mapping[str, str],
    tests: Callable[[Mapping[str, Any]], bool],
) -> bool:
    """Tests a stack of its own, which is removed afterwards; returns whether the tests passed.

    Args:
        config: settings on top of its own, by the paths of `pulumi config set --path`.
        tests: from the stack's outputs to whether they passed.

    Raises:
        LeftBehindError: the stack could not be removed; its cause is what came before.
    """
    stack = ephemeral_name(name, time.time())
    passed = True
    try:
        stacks.create(stack, config)
        stacks.up(stack)
        passed = tests(stacks.outputs(stack))
    finally:
        before = sys.exception()
        with interruption.held():
            try:
                stacks.remove(stack)
            except Exception as error:  # whatever it is, the run is not clean
                raise LeftBehindError(_reason(error), tests_failed=not passed) from before
    return passed


def sweep(stacks: Stacks, steps: Steps, older_than: float) -> None:
    """Removes the ephemeral stacks that killed runs have left.

    Args:
        older_than: their least age, in seconds. A younger one may still be in use.

    Raises:
        LeftBehindError: some could not be removed, and why. The others are gone.
        StoppedError: a signal came; its cause is what could not be removed until then.
    """
    failed: list[str] = []
    try:
        for stack in stacks.names():
            if _is_old(stack, steps, older_than):
                try:
                    stacks.remove(stack)
                except Exception as error:  # the others are removed all the same
                    failed.append(_reason(error))
    except StoppedError as stopped:
        raise stopped from (LeftBehindError("\n".join(failed)) if failed else None)
    if failed:
        raise LeftBehindError("\n".join(failed))


def _is_old(stack: str, steps: Steps, older_than: float) -> bool:
    """Whether a stack is an ephemeral one of that age; a younger one is named."""
    created = created_at(stack)
    if created is None:
        return False
    age = time.time() - created
    if age < older_than:
        steps.tell(f"{stack} is {age / 60:.0f} minutes old, and stays")
        return False
    return True


def _reason(error: Exception) -> str:
    """In lines."""
    return str(error) if isinstance(error, CiError) else repr(error)
