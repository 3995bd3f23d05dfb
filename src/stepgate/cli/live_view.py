"""The live view of an execution in a terminal."""

from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stepgate.cli.printing import escape, format_duration
from stepgate.cli.snapshots import Snapshot
from stepgate.cli.status import elapsed
from stepgate.client.execution import Status
from stepgate.client.visited_state import VisitedState, duration

NO_HISTORY = "showing only the status, because the states cannot be read: "
LINES_AROUND = 5
"""The most lines around the states, including the cursor's."""


def render_snapshot(title: str, snapshot: Snapshot, now: datetime, height: int) -> RenderableType:
    """The states that it has entered, and how long it has been running.

    Args:
        height: lines of the terminal; while it runs, only the newest states that fit are shown.
    """
    status, states = snapshot.status, snapshot.states
    hidden = max(0, len(states) - max(1, height - LINES_AROUND)) if status.is_running else 0
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column()  # the one that is shortened in a narrow terminal
    table.add_column(no_wrap=True, justify="right")
    for state in states[hidden:]:
        table.add_row(*_row(state, status, now))
    lines: list[RenderableType] = [_line(title, "bold")]
    if hidden:
        lines.append(_line(f"… {hidden} earlier states", "dim"))
    if states:
        lines.append(table)
    if snapshot.history_error:
        reason = escape(f"{NO_HISTORY}{snapshot.history_error}")
        lines.append(Text(reason, "dim", no_wrap=False, overflow="fold"))
    if status.is_running:
        lines.append(_line(f"{status.status} {format_duration(elapsed(status, now))}", "cyan"))
    return Group(*lines)


def _row(state: VisitedState, status: Status, now: datetime) -> tuple[Text, Text, Text]:
    if state.status == "FAILED":
        mark = Text("✗", "red")
    elif state.status == "ABORTED":
        mark = Text("■", "dim")
    elif state.exited or status.status == "SUCCEEDED":
        mark = Text("✓", "green")
    elif status.is_running:
        mark = Text("▸", "cyan")
    else:
        mark = Text("✗", "red")
    took = format_duration(duration(state, status.stopped or now))
    return mark, _line(state.path), Text(took, "dim")


def _line(text: str, style: str = "") -> Text:
    return Text(escape(text), style, no_wrap=True, overflow="ellipsis")
