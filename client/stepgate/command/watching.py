"""An execution is watched: drawn in place in a terminal, a line for each event elsewhere."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import RenderableType
from rich.live import Live
from rich.text import Text

from stepgate import Execution, PassedState, Status
from stepgate.command.following import Event, Snapshot, events, follow
from stepgate.command.picture import UNREADABLE, picture
from stepgate.command.printing import (
    Screen,
    duration,
    escaped,
    in_one_line,
    print_indented,
    timestamp,
)
from stepgate.command.problems import tell_problem
from stepgate.command.status import conclusion, elapsed, result


@dataclass
class Drawing:
    """The newest picture of an execution."""

    title: str
    snapshot: Snapshot
    screen: Screen

    def __rich__(self) -> RenderableType:
        return picture(self.title, self.snapshot, datetime.now(UTC), self.screen.height)


def watch_live(execution: Execution) -> Status:
    """Draws an execution until it has ended, and leaves the last picture standing."""
    screen = Screen()
    snapshots = follow(execution)
    drawing = Drawing(f"{execution.workflow} {execution.name}", next(snapshots), screen)
    # Whatever else is printed meanwhile goes where it would go otherwise.
    live = Live(drawing, console=screen, redirect_stdout=False, redirect_stderr=False)
    try:  # `with` would leave the cursor hidden if Ctrl-C came while the first is drawn
        live.start(refresh=True)
        for snapshot in snapshots:
            drawing.snapshot = snapshot
    finally:
        live.stop()
    status = drawing.snapshot.status
    succeeded = status.status == "SUCCEEDED"
    screen.print(Text(conclusion(status), "green" if succeeded else "red"))
    if succeeded:
        print_indented(status.output)
    return status


def watch_events(execution: Execution, *, as_json: bool) -> Status:
    """Prints a line for each state that is entered or exited, as it happens, and for the end."""
    screen = Screen()
    event_line, end_line = (event_json, end_json) if as_json else (event_text, end_text)
    states: Sequence[PassedState] = ()
    is_told = False
    for snapshot in follow(execution):
        for event in events(states, snapshot.states):
            screen.print(Text(event_line(execution, event)))
        if snapshot.unreadable and not is_told:
            reason = snapshot.unreadable
            message = f"{UNREADABLE}{reason}"
            tell_problem(type(reason).__name__, message, vars(reason), as_json=as_json)
            is_told = True
        states = snapshot.states
        if not snapshot.status.is_running:
            screen.print(Text(end_line(execution, snapshot.status)))
            return snapshot.status
    raise AssertionError("an execution is followed until it has ended")


def event_text(_: Execution, event: Event) -> str:
    if event.seconds is None:
        return f"{timestamp(event.time)}  entered  {escaped(event.state)}"
    return f"{timestamp(event.time)}  exited   {escaped(event.state)}  {duration(event.seconds)}"


def end_text(_: Execution, status: Status) -> str:
    output = f": {in_one_line(status.output)}" if status.status == "SUCCEEDED" else ""
    return f"{timestamp(ended(status))}  {conclusion(status)}{output}"


def event_json(execution: Execution, event: Event) -> str:
    seconds = {} if event.seconds is None else {"seconds": round(event.seconds, 3)}
    return json.dumps(
        {
            "workflow": execution.workflow,
            "execution": execution.name,
            "state": event.state,
            "status": "EXITED" if seconds else "ENTERED",
            "time": timestamp(event.time),
            **seconds,
        }
    )


def end_json(execution: Execution, status: Status) -> str:
    return json.dumps(
        {
            "workflow": execution.workflow,
            "execution": execution.name,
            "status": status.status,
            "time": timestamp(ended(status)),
            "seconds": round(elapsed(status), 3),
            **result(status),
        }
    )


def ended(status: Status) -> datetime:
    return status.stopped or datetime.now(UTC)
