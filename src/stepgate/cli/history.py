"""The history of an execution, as the command prints it: a table, a timeline."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from stepgate.cli.printing import escape, format_duration
from stepgate.client.documents import format_timestamp, state_status
from stepgate.client.visited_state import VisitedState, duration

if TYPE_CHECKING:
    from stepgate.client.recorded_outcome import RecordedOutcome

STYLES = {"SUCCEEDED": "green", "FAILED": "red", "ABORTED": "dim", "RUNNING": "cyan"}
MIN_BAR = 10
MAX_LABEL = 40
_ENDS = 14
"""Columns for a duration, and the spaces between."""
_RECORDED = 5
"""Columns that every state has."""
_SHORT = 60
"""Characters of an input or output in a terminal."""


def history_rows(
    states: Sequence[VisitedState], now: datetime, *, is_short: bool
) -> list[tuple[str, ...]]:
    """The rows of a table, with its header; columns in which nothing is recorded are left out.

    Args:
        is_short: whether long inputs and outputs are shortened.
    """
    header = ("STATE", "STATUS", "ENTERED", "TOOK", "ATTEMPTS", "ERROR", "INPUT", "OUTPUT")
    rows = [
        (
            state.path,
            state_status(state),
            format_timestamp(state.entered),
            format_duration(duration(state, now)),
            str(len(state.attempts) or 1),
            ": ".join(text for text in (state.error, state.cause) if text),
            _compact(state.input),
            _compact(state.output),
        )
        for state in states
    ]
    if is_short:
        rows = [(*row[:_RECORDED], *map(_shorten, row[_RECORDED:])) for row in rows]
    used = [
        index
        for index in range(len(header))
        if index < _RECORDED or any(row[index] for row in rows)
    ]
    return [tuple(row[index] for index in used) for row in [header, *rows]]


def timeline(states: Sequence[VisitedState], now: datetime, width: int) -> Group:
    """A bar for each state, from when it was entered to when it ended, on one scale.

    Args:
        width: columns of the terminal.
    """
    if not states:
        return Group()
    labels = [_label(escape(state.path)) for state in states]
    label_width = max(map(len, labels))
    columns = max(MIN_BAR, width - label_width - _ENDS)
    first = min(state.entered for state in states)
    last = max(max(state.ended or now, state.entered) for state in states)
    scale = columns / max((last - first).total_seconds(), 0.001)
    lines: list[Text] = []
    for state, label in zip(states, labels, strict=True):
        seconds = duration(state, now)
        begin = min(int((state.entered - first).total_seconds() * scale), columns - 1)
        length = max(1, min(round(seconds * scale), columns - begin))
        line = Text(f"{label.ljust(label_width)}  {' ' * begin}", no_wrap=True)
        line.append("█" * length, STYLES[state.status])
        line.append(" " * (columns - begin - length))
        line.append(f"  {format_duration(seconds):>10}", "dim")
        lines.append(line)
    return Group(*lines)


def outcome_rows(outcome: "RecordedOutcome") -> list[tuple[str, str]]:
    """The rows of a table."""
    rows = (
        ("execution", outcome.name),
        ("status", outcome.status),
        ("started", outcome.started and format_timestamp(outcome.started)),
        ("stopped", outcome.stopped and format_timestamp(outcome.stopped)),
        ("input", outcome.input),
        ("output", outcome.output),
        ("error", outcome.error),
        ("cause", outcome.cause),
    )
    return [(name, str(value)) for name, value in rows if value is not None]


def _compact(text: str | None) -> str:
    return " ".join((text or "").split())


def _shorten(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _label(text: str) -> str:
    return text if len(text) <= MAX_LABEL else f"…{text[1 - MAX_LABEL :]}"
