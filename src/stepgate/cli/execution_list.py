"""Lists of executions, as the command prints them."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import typer

from stepgate.cli.printing import format_duration
from stepgate.client.documents import format_timestamp

if TYPE_CHECKING:
    from stepgate.client.executions import ExecutionList, ExecutionSummary

_AGE = re.compile(r"([0-9]+)(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_time(text: str, now: datetime) -> datetime:
    """The time that `--since` means: an age such as `2h`, or a time in ISO 8601.

    Of an age it has whole seconds, so that it can be printed and given again.

    Raises:
        typer.BadParameter: it is neither.
    """
    try:
        age = _AGE.fullmatch(text)
        since = (
            now.replace(microsecond=0) - timedelta(**{_UNITS[age[2]]: int(age[1])})
            if age
            else datetime.fromisoformat(text).astimezone(UTC)
        )
        if since.timestamp() < 0:
            raise ValueError(text)
        return since
    except (OverflowError, ValueError):
        raise typer.BadParameter(
            f"{text!r} is not a time: use an age such as 30m, 2h or 7d, or 2026-11-30T08:00Z"
        ) from None


def list_rows(found: "ExecutionList", now: datetime, *, is_relative: bool) -> list[tuple[str, ...]]:
    """The rows of a table, with its header.

    Args:
        is_relative: whether times are ages, for a person.
    """
    rows = [("WORKFLOW", "EXECUTION", "VERSION", "STATUS", "STARTED", "TOOK", "ERROR")]
    for each in found:
        age = (now - each.started).total_seconds()
        is_known = each.stopped is not None or each.status == "RUNNING"
        took = ((each.stopped or now) - each.started).total_seconds()
        rows.append(
            (
                each.workflow,
                each.name,
                "" if each.version is None else str(each.version),
                each.status,
                f"{format_duration(max(0, age))} ago" if is_relative else _timestamp(each),
                format_duration(max(0, took)) if is_known else "",
                each.error or "",
            )
        )
    return rows


def list_summary(found: "ExecutionList", error: str | None) -> str:
    """What a list leaves open, in one line; empty if nothing."""
    parts: list[str] = []
    if error is not None:
        parts.append(f"{len(found)} of {found.searched} executions have failed with {error}")
    if found.has_more:
        parts.append("there are more: use --since, or a larger --limit")
    return "; ".join(parts)


def _timestamp(execution: "ExecutionSummary") -> str:
    return format_timestamp(execution.started)
