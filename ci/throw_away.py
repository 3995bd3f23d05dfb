"""Throw-away stacks: made, tested, and gone whatever happens."""

import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from ci.errors import CiError, LeftBehindError
from ci.interruption import Interruption
from ci.stacks import Stacks
from local.steps import Steps

NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,10}")
"""What is longer leaves no room for the example's workflows in the names of roles."""
THROW_AWAY = re.compile("tmp-([0-9a-z]{8})-.+")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
FIRST_MADE = 1_795_000_000
"""Before the first of them was made: what looks like an earlier time is a word."""


def throw_away_name(name: str, seconds: float) -> str:
    """The stack's name: that it is to be thrown away, since when, and what somebody calls it.

    All of it stands in the name, since that is there from the moment at which there is a stack,
    on every backend and for every machine. Two stacks of one `name` differ by the time.

    Args:
        seconds: now, since 1970; kept to the millisecond.

    Raises:
        CiError: `name` cannot be part of a stack's name.
    """
    if not NAME.fullmatch(name):
        raise CiError(
            f"{name!r} cannot be part of a stack's name; write such as pr-123, "
            "with at most 11 of A-Z a-z 0-9 _ -"
        )
    digits, rest = "", int(seconds * 1000)
    while rest:
        rest, digit = divmod(rest, len(DIGITS))
        digits = DIGITS[digit] + digits
    return f"tmp-{digits}-{name}"


def made_at(stack: str) -> float | None:
    """When a throw-away stack was made, in seconds since 1970; None for any other stack."""
    # Pulumi Cloud may put an organization in front.
    found = THROW_AWAY.fullmatch(stack.rpartition("/")[2])
    seconds = int(found[1], len(DIGITS)) / 1000 if found else 0
    return seconds if FIRST_MADE <= seconds <= time.time() else None


def ephemeral(
    stacks: Stacks,
    interruption: Interruption,
    name: str,
    config: Mapping[str, str],
    tests: Callable[[Mapping[str, Any]], int],
) -> int:
    """Tests a stack of its own, which is gone afterwards; returns the tests' exit code.

    Args:
        config: settings on top of its own, by the paths of `pulumi config set --path`.
        tests: from the stack's outputs to an exit code.

    Raises:
        LeftBehindError: the stack could not be destroyed; its cause is what came before.
    """
    stack = throw_away_name(name, time.time())
    code = 0
    try:
        stacks.make(stack, config)
        stacks.up(stack)
        code = tests(stacks.outputs(stack))
    finally:
        before = sys.exception()
        with interruption.held():
            try:
                stacks.dispose(stack)
            except Exception as error:  # whatever it is, the run is not clean
                raise LeftBehindError(left(error), code) from before
    return code


def left(error: Exception) -> str:
    """Why something is left, in lines."""
    return str(error) if isinstance(error, CiError) else repr(error)


def sweep(stacks: Stacks, steps: Steps, older_than: float) -> None:
    """Removes the throw-away stacks that killed runs have left.

    Args:
        older_than: their least age, in seconds. A younger one may belong to a run at work.

    Raises:
        LeftBehindError: what could not be removed, and why. The others are gone.
    """
    failed: list[str] = []
    for stack, made in [(stack, made_at(stack)) for stack in stacks.names()]:
        if made is None:
            continue
        age = time.time() - made
        if age < older_than:
            steps.tell(f"{stack} is {age / 60:.0f} minutes old, and stays")
            continue
        try:
            stacks.dispose(stack)
        except Exception as error:  # the others are swept all the same
            failed.append(left(error))
    if failed:
        raise LeftBehindError("\n".join(failed))
