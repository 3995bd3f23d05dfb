"""Watches an execution: a live view in a terminal, a line for each event elsewhere."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import RenderableType
from rich.live import Live
from rich.text import Text

from stepgate.cli.errors import print_problem
from stepgate.cli.live_view import NO_HISTORY, render_snapshot
from stepgate.cli.printing import (
    Screen,
    compact_json,
    escape,
    format_duration,
    print_indented,
)
from stepgate.cli.snapshots import Event, Snapshot, events_between, take_snapshots
from stepgate.cli.status import elapsed, format_conclusion, result_members
from stepgate.client.documents import around_document, format_timestamp
from stepgate.client.execution import Execution, Status
from stepgate.client.visited_state import VisitedState


@dataclass
class LiveView:
    """The newest snapshot of an execution."""

    title: str
    snapshot: Snapshot
    screen: Screen

    def __rich__(self) -> RenderableType:
        return render_snapshot(self.title, self.snapshot, datetime.now(UTC), self.screen.height)


def watch_live(execution: Execution) -> Status:
    """Shows an execution until it has ended, and leaves the last view on the screen."""
    screen = Screen()
    snapshots = take_snapshots(execution)
    view = LiveView(f"{execution.workflow} {execution.name}", next(snapshots), screen)
    # Other output meanwhile goes where it would go otherwise.
    live = Live(view, console=screen, redirect_stdout=False, redirect_stderr=False)
    try:  # `with` would leave the cursor hidden after Ctrl-C during the first refresh
        live.start(refresh=True)
        for snapshot in snapshots:
            view.snapshot = snapshot
    finally:
        live.stop()
    status = view.snapshot.status
    succeeded = status.status == "SUCCEEDED"
    screen.print(Text(format_conclusion(status), "green" if succeeded else "red"))
    if succeeded:
        print_indented(status.output)
    return status


def watch_events(execution: Execution, *, as_json: bool) -> Status:
    """Prints a line for each state when it is entered or exited, and one for the end."""
    screen = Screen()
    event_line, end_line = (event_to_json, end_to_json) if as_json else (format_event, format_end)
    states: Sequence[VisitedState] = ()
    is_reported = False
    for snapshot in take_snapshots(execution):
        for event in events_between(states, snapshot.states):
            screen.print(Text(event_line(execution, event)))
        if snapshot.history_error and not is_reported:
            reason = snapshot.history_error
            message = f"{NO_HISTORY}{reason}"
            print_problem(type(reason).__name__, message, vars(reason), as_json=as_json)
            is_reported = True
        states = snapshot.states
        if not snapshot.status.is_running:
            screen.print(Text(end_line(execution, snapshot.status)))
            return snapshot.status
    raise AssertionError("snapshots are taken until the execution has ended")


def format_event(_: Execution, event: Event) -> str:
    line = f"{format_timestamp(event.time)}  {event.status.lower():7}  {escape(event.state.path)}"
    if event.seconds is not None:
        line += f"  {format_duration(event.seconds)}"
    if event.status != "FAILED":
        return line
    return ": ".join([line, *(escape(t) for t in (event.state.error, event.state.cause) if t)])


def format_end(_: Execution, status: Status) -> str:
    output = f": {compact_json(status.output)}" if status.status == "SUCCEEDED" else ""
    return f"{format_timestamp(end_time(status))}  {format_conclusion(status)}{output}"


def event_to_json(execution: Execution, event: Event) -> str:
    state = event.state
    has_failed = event.status == "FAILED"
    members = {
        "workflow": execution.workflow,
        "execution": execution.name,
        "state": state.name,
        "around": around_document(state) or None,
        "status": event.status,
        "time": format_timestamp(event.time),
        "seconds": None if event.seconds is None else round(event.seconds, 3),
        "error": state.error if has_failed else None,
        "cause": state.cause if has_failed else None,
    }
    return json.dumps({name: value for name, value in members.items() if value is not None})


def end_to_json(execution: Execution, status: Status) -> str:
    return json.dumps(
        {
            "workflow": execution.workflow,
            "execution": execution.name,
            "status": status.status,
            "time": format_timestamp(end_time(status)),
            "seconds": round(elapsed(status), 3),
            **result_members(status),
        }
    )


def end_time(status: Status) -> datetime:
    return status.stopped or datetime.now(UTC)
