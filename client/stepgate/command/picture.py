"""An execution that is watched in a terminal, as it is drawn."""

from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stepgate import PassedState, Status
from stepgate.command.following import Snapshot
from stepgate.command.printing import duration, escaped
from stepgate.command.status import elapsed

UNREADABLE = "for now only the status is watched, as the states cannot be read: "
LINES_AROUND = 5
"""What a picture has around its states at most, the cursor's line included."""


def picture(title: str, snapshot: Snapshot, now: datetime, height: int) -> RenderableType:
    """The states that it has passed, the current one, and for how long it runs.

    Args:
        height: lines of the terminal; while it runs, only the newest states that fit are drawn.
    """
    status, states = snapshot.status, snapshot.states
    hidden = max(0, len(states) - max(1, height - LINES_AROUND)) if status.is_running else 0
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column()  # the one that gives way in a narrow terminal
    table.add_column(no_wrap=True, justify="right")
    for state in states[hidden:]:
        table.add_row(*_row(state, status, now))
    lines: list[RenderableType] = [_line(title, "bold")]
    if hidden:
        lines.append(_line(f"… {hidden} earlier states", "dim"))
    if states:
        lines.append(table)
    if snapshot.unreadable:
        reason = escaped(f"{UNREADABLE}{snapshot.unreadable}")
        lines.append(Text(reason, "dim", no_wrap=False, overflow="fold"))
    if status.is_running:
        lines.append(_line(f"{status.status} {duration(elapsed(status, now))}", "cyan"))
    return Group(*lines)


def _row(state: PassedState, status: Status, now: datetime) -> tuple[Text, Text, Text]:
    if state.exited or status.status == "SUCCEEDED":
        mark = Text("✓", "green")
    elif status.is_running:
        mark = Text("▸", "cyan")
    else:
        mark = Text("✗", "red")
    until = state.exited or status.stopped or now
    took = duration(max(0, (until - state.entered).total_seconds()))
    return mark, _line(state.name), Text(took, "dim")


def _line(text: str, style: str = "") -> Text:
    return Text(escaped(text), style, no_wrap=True, overflow="ellipsis")
