"""What the dashboard knows of one execution."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Self

from stepgate import Message, PassedState, Status
from stepgate.dashboard.trace import Places, Trace

LONGEST_PATH = 200
"""States of a path that are kept: a loop may enter thousands."""
MOST_INDENTED = 20_000
"""Characters: within a hundred arrays each of them may become two hundred."""

Mode = Literal["sync", "async"]


@dataclass(frozen=True)
class Entered:
    """A state that was entered; `time` is in UTC."""

    state: str
    time: datetime


@dataclass(frozen=True)
class Record:
    """An execution as far as messages, the status route and the history tell; or a call.

    Attributes:
        id: unique among records.
        execution: its name; None for a call of a synchronous workflow, as only a failed one tells
            the name of what it ran.
        status: as `Status` has it, or `UNKNOWN` for what may never have run, or ended unnoticed.
        places: the states of its workflow.
        path: the states that it has entered, at most `LONGEST_PATH`.
        earlier: how many more there were before those.
        trace: where it is in its state machine.
        input, output: JSON as text; None while they are not known.
        problem: what went wrong beside the workflow, in a line.
        is_told: messages come of it.
        is_complete: all that the status route can tell is known.
    """

    id: str
    workflow: str
    mode: Mode
    execution: str | None
    started: datetime
    places: Places = field(repr=False)
    trace: Trace = field(default_factory=Trace)
    status: str = "RUNNING"
    stopped: datetime | None = None
    path: tuple[Entered, ...] = ()
    earlier: int = 0
    input: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    problem: str | None = None
    is_told: bool = False
    is_complete: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may still be running."""
        return self.stopped is None

    def told(self, message: Message) -> Self:
        """With what a message tells."""
        record = replace(self, is_told=True)
        if message.state is None:
            return record.ended(message.status, message.time, message.error, message.cause)
        if self.stopped and (message.time > self.stopped or self.status == "UNKNOWN"):
            record = record.redriven()
        return record.entered(message.state, message.time)

    def entered(self, state: str, time: datetime) -> Self:
        """In that state too. What is known already, from another source, changes nothing.

        A message is sent before its state is entered, so the history's time is the later one.
        """
        if any(each.state == state and each.time >= time for each in self.path):
            return self
        path = sorted((*self.path, Entered(state, time)), key=lambda each: each.time)
        kept = path[-LONGEST_PATH:]
        trace = self.places.entered(self.trace, state)
        return replace(
            self,
            path=tuple(kept),
            earlier=self.earlier + len(path) - len(kept),
            started=min(self.started, time),
            trace=trace if self.is_open else self._ended(trace, self.status),
        )

    def ended(
        self, status: str, stopped: datetime, error: str | None = None, cause: str | None = None
    ) -> Self:
        return replace(
            self,
            status=status,
            stopped=stopped,
            error=error or self.error,
            cause=cause or self.cause,
            trace=self._ended(self.trace, status),
            problem=None,
        )

    def _ended(self, trace: Trace, status: str) -> Trace:
        return self.places.ended(trace, succeeded=status == "SUCCEEDED")

    def lost(self, time: datetime, problem: str) -> Self:
        """Nobody can tell how it has ended."""
        return replace(self, status="UNKNOWN", stopped=time, problem=problem)

    def redriven(self) -> Self:
        """Started again by somebody, after it had ended."""
        return replace(
            self,
            status="RUNNING",
            stopped=None,
            output=None,
            error=None,
            cause=None,
            problem=None,
            is_complete=False,
        )

    def described(self, status: Status) -> Self:
        """With what the status route tells."""
        record = replace(self, started=status.started, input=json_text(status.input), problem=None)
        if status.is_running or status.stopped is None:
            # It may be older than what a message has told, or newer, of one that was redriven.
            if self.stopped and self.path and self.path[-1].time > self.stopped:
                record = record.redriven()
            return replace(record, status=status.status) if record.is_open else record
        if self.is_open and self.path and self.path[-1].time > status.stopped:
            return record  # it was started again since
        record = record.ended(status.status, status.stopped, status.error, status.cause)
        output = json_text(status.output) if status.status == "SUCCEEDED" else None
        return replace(record, output=output, is_complete=True)

    def retraced(self, states: Iterable[PassedState]) -> Self:
        """With the path that the history tells, and what messages have told since."""
        record = replace(self, path=(), earlier=0, trace=Trace())
        for state in states:
            record = record.entered(state.name, state.entered)
        for each in self.path:
            record = record.entered(each.state, each.time)
        return replace(record, started=self.started)

    @cached_property
    def json(self) -> str:
        """As pages are sent it: see docs/dashboard.md."""
        return json.dumps(
            {
                "id": self.id,
                "workflow": self.workflow,
                "mode": self.mode,
                "execution": self.execution,
                "status": self.status,
                "started": timestamp(self.started),
                "stopped": timestamp(self.stopped) if self.stopped else None,
                "path": [{"state": e.state, "time": timestamp(e.time)} for e in self.path],
                "earlier": self.earlier,
                "current": self.trace.current,
                "passed": self.trace.passed,
                "taken": self.trace.taken,
                "input": self.input,
                "output": self.output,
                "error": self.error,
                "cause": self.cause,
                "problem": self.problem,
                "isComplete": self.is_complete,
            }
        )


def json_text(value: Any) -> str:
    """JSON for a person: indented, unless that would make it many times as long."""
    compact = json.dumps(value, ensure_ascii=False)
    if len(compact) > MOST_INDENTED:
        return compact
    try:
        return json.dumps(value, ensure_ascii=False, indent=2)
    except RecursionError:
        return compact


def timestamp(time: datetime) -> str:
    """ISO 8601 to the millisecond, as Step Functions keeps times."""
    return time.isoformat(timespec="milliseconds")
