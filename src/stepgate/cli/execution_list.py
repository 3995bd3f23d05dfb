"""Lists of executions, as the command prints them."""

from datetime import datetime
from typing import TYPE_CHECKING

from stepgate.cli.printing import format_duration
from stepgate.client.documents import format_timestamp
from stepgate.client.visited_state import seconds_between

if TYPE_CHECKING:
    from stepgate.client.executions import ExecutionList, ExecutionSummary


def list_rows(found: "ExecutionList", now: datetime, *, is_relative: bool) -> list[tuple[str, ...]]:
    """The rows of a table, with its header.

    Args:
        is_relative: whether times are ages, for a person.
    """
    rows = [("WORKFLOW", "EXECUTION", "VERSION", "STATUS", "STARTED", "TOOK", "ERROR")]
    for each in found:
        age = (now - each.started).total_seconds()
        is_known = each.stopped is not None or each.status == "RUNNING"
        took = seconds_between(each.started, each.stopped or now)
        rows.append(
            (
                each.workflow,
                each.name,
                "" if each.version is None else str(each.version),
                each.status,
                f"{format_duration(max(0, age))} ago" if is_relative else _timestamp(each),
                format_duration(took) if is_known else "",
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
