"""The ages and times that options have."""

import re
from datetime import UTC, datetime, timedelta

import typer

_AGE = re.compile(r"([0-9]+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_age(text: str) -> timedelta:
    """
    Args:
        text: such as `6h`.

    Raises:
        typer.BadParameter: it is not an age.
    """
    try:
        if found := _AGE.fullmatch(text):
            return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        pass
    raise typer.BadParameter(f"{text!r} is not an age: use for example 30m, 6h or 2d")


def parse_time(text: str, now: datetime | None = None) -> datetime:
    """The time that `--since` means: an age such as `2h`, or a time in ISO 8601.

    Of an age it has whole seconds, so that it can be printed and given again.

    Raises:
        typer.BadParameter: it is neither.
    """
    try:
        since = (
            (now or datetime.now(UTC)).replace(microsecond=0) - parse_age(text)
            if _AGE.fullmatch(text)
            else datetime.fromisoformat(text).astimezone(UTC)
        )
        if since.timestamp() < 0:
            raise ValueError(text)
        return since
    except (OverflowError, ValueError, typer.BadParameter):
        raise typer.BadParameter(
            f"{text!r} is not a time: use an age such as 30m, 2h or 7d, or 2026-11-30T08:00Z"
        ) from None
