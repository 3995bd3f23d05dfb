"""What the dashboard knows about one execution."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Self

from stepgate.client.execution import Status
from stepgate.client.executions import ExecutionSummary
from stepgate.client.message import Message
from stepgate.client.visited_state import VisitedState
from stepgate.dashboard.state_tracker import StateTracker, TrackedStates

MAX_PATH_LENGTH = 200
"""States: a loop may enter thousands."""
MAX_INDENTED_LENGTH = 20_000
"""Characters. Inside a hundred nested arrays, indenting makes two hundred of each."""

Mode = Literal["sync", "async"]


@dataclass(frozen=True)
class PathEntry:
    """A state that the execution entered; `time` is in UTC."""

    state: str
    time: datetime


@dataclass(frozen=True)
class ExecutionRecord:
    """An execution as messages, the status route and the history describe it, or a call.

    A record is not changed; its methods return another one.

    Attributes:
        id: unique among records.
        execution: its name; None for a call of a synchronous workflow, because only the answer to
            a failed call names the execution.
        status: one of `Status`, or `UNKNOWN` if it may never have run, or its end was not noticed.
        tracker: knows the states of its workflow.
        path: the states that it has entered, at most `MAX_PATH_LENGTH`.
        earlier: how many states it entered before those.
        states: which states are current, and which it has passed.
        input, output: JSON as text; None while they are not known.
        version: the version of its state machine; None while it is not known.
        problem: what went wrong outside the workflow, in one line.
        has_messages: it sends messages.
        is_listed: nothing is known of it but what a list has.
        redrives: how often it was redriven, as far as a list has said.
        is_complete: there is nothing more to learn from the status route.
    """

    id: str
    workflow: str
    mode: Mode
    execution: str | None
    started: datetime
    tracker: StateTracker = field(repr=False)
    states: TrackedStates = field(default_factory=TrackedStates)
    status: str = "RUNNING"
    stopped: datetime | None = None
    path: tuple[PathEntry, ...] = ()
    earlier: int = 0
    input: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    version: int | None = None
    problem: str | None = None
    has_messages: bool = False
    is_listed: bool = False
    redrives: int = 0
    is_complete: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may still be running."""
        return self.stopped is None

    def apply_message(self, message: Message) -> Self:
        record = replace(self, has_messages=True, is_listed=False)
        if message.state is None:
            return record.end(message.status, message.time, message.error, message.cause)
        if self.stopped and (message.time > self.stopped or self.status == "UNKNOWN"):
            record = record.redrive()
        return record.enter(message.state, message.time)

    def apply_listed(self, listed: ExecutionSummary) -> Self:
        """With what a list has; it may be older than what is known."""
        record = self
        if listed.redrives > self.redrives:
            record = replace(self.redrive(), redrives=listed.redrives)
        if not record.is_open or listed.stopped is None:
            return record
        if record.path and record.path[-1].time > listed.stopped:
            return record  # it was redriven since
        return replace(record, version=listed.version).end(listed.status, listed.stopped)

    def apply_status(self, status: Status) -> Self:
        """With what the status route answers."""
        record = replace(
            self,
            started=status.started,
            version=status.version,
            input=json_text(status.input),
            problem=None,
            is_listed=False,
        )
        if status.is_running or status.stopped is None:
            # The answer may be older than a message that was applied, or newer after a redrive.
            if self.stopped and self.path and self.path[-1].time > self.stopped:
                record = record.redrive()
            return replace(record, status=status.status) if record.is_open else record
        if self.is_open and self.path and self.path[-1].time > status.stopped:
            return record  # it was redriven since
        record = record.end(status.status, status.stopped, status.error, status.cause)
        output = json_text(status.output) if status.status == "SUCCEEDED" else None
        return replace(record, output=output, is_complete=True)

    def apply_history(self, states: Iterable[VisitedState]) -> Self:
        """With the path from the history, and what messages have added since."""
        record = replace(self, path=(), earlier=0, states=TrackedStates())
        for state in states:
            record = record.enter(state.name, state.entered)
        for each in self.path:
            record = record.enter(each.state, each.time)
        return replace(record, started=self.started)

    def enter(self, state: str, time: datetime) -> Self:
        """With that state entered. What is already known from another source changes nothing.

        A message is sent before its state is entered, so the time in the history is later.
        """
        if any(each.state == state and each.time >= time for each in self.path):
            return self
        path = sorted((*self.path, PathEntry(state, time)), key=lambda each: each.time)
        kept = path[-MAX_PATH_LENGTH:]
        states = self.tracker.enter(self.states, state)
        return replace(
            self,
            path=tuple(kept),
            earlier=self.earlier + len(path) - len(kept),
            started=min(self.started, time),
            states=states if self.is_open else self._ended_states(states, self.status),
        )

    def end(
        self, status: str, stopped: datetime, error: str | None = None, cause: str | None = None
    ) -> Self:
        return replace(
            self,
            status=status,
            stopped=stopped,
            error=error or self.error,
            cause=cause or self.cause,
            states=self._ended_states(self.states, status),
            problem=None,
        )

    def _ended_states(self, states: TrackedStates, status: str) -> TrackedStates:
        return self.tracker.end(states, succeeded=status == "SUCCEEDED")

    def mark_unknown(self, time: datetime, problem: str) -> Self:
        """Ended, but how is not known."""
        return replace(self, status="UNKNOWN", stopped=time, problem=problem)

    def redrive(self) -> Self:
        """Running again after it had ended.

        https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
        """
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

    @property
    def payload_size(self) -> int:
        """Characters of its input and output."""
        return len(self.input or "") + len(self.output or "")

    def without_payload(self) -> Self:
        """With what the stack can be asked for again left out."""
        problem = None if self.execution else "the dashboard no longer has its input and output"
        return replace(
            self, input=None, output=None, is_complete=False, problem=self.problem or problem
        )

    @cached_property
    def summary(self) -> dict[str, Any]:
        """As lists show it: see docs/dashboard.md."""
        return {
            "id": self.id,
            "workflow": self.workflow,
            "mode": self.mode,
            "execution": self.execution,
            "status": self.status,
            "started": timestamp(self.started),
            "stopped": timestamp(self.stopped) if self.stopped else None,
            "current": self.states.current,
            "error": self.error,
            "problem": self.problem,
            "isListed": self.is_listed,
            "isComplete": self.is_complete,
        }

    @property
    def details(self) -> dict[str, Any]:
        """What is sent when it is opened, in addition to the summary."""
        return {
            "path": [{"state": e.state, "time": timestamp(e.time)} for e in self.path],
            "earlier": self.earlier,
            "passed": self.states.passed,
            "taken": self.states.taken,
            "input": self.input,
            "output": self.output,
            "cause": self.cause,
            "version": self.version,
        }


def json_text(value: Any) -> str:
    """JSON for people: indented, unless that would make it many times as long."""
    compact = json.dumps(value, ensure_ascii=False)
    if len(compact) > MAX_INDENTED_LENGTH:
        return compact
    try:
        return json.dumps(value, ensure_ascii=False, indent=2)
    except RecursionError:
        return compact


def timestamp(time: datetime) -> str:
    """ISO 8601 with milliseconds, the precision of Step Functions."""
    return time.isoformat(timespec="milliseconds")
