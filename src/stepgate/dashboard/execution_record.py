"""What the dashboard knows about one execution."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from sys import getsizeof, intern
from typing import Any, Literal, Self

from stepgate.client.execution import Status
from stepgate.client.executions import ExecutionSummary
from stepgate.client.message import Message
from stepgate.client.task_tokens import strike
from stepgate.client.visited_state import StateStatus, VisitedState
from stepgate.dashboard.state_tracker import StateTracker, TrackedStates, Transition

MAX_PATH_LENGTH = 50
"""States: a loop may enter thousands."""
MAX_INDENTED_LENGTH = 20_000
"""Characters. Inside a hundred nested arrays, indenting makes two hundred of each."""

Mode = Literal["sync", "async"]


@dataclass(frozen=True, slots=True)
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
        states: which states are current, and which transitions it has made.
        input, output: JSON as text; None while they are not known.
        version: the version of its state machine; None while it is not known.
        problem: what went wrong outside the workflow, in one line.
        waiting: the events that it waits for.
        redrives: how often it was redriven, as far as a list has said.
        redriven: when it was redriven from this dashboard the last time.
        is_cut: whether its input, output and cause were removed since they were read.
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
    waiting: tuple[str, ...] = ()
    redrives: int = 0
    redriven: datetime | None = None
    is_cut: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may still be running."""
        return self.stopped is None

    def apply_message(self, message: Message) -> Self:
        record = self
        if message.state is None:
            return record.end(message.status, message.time, message.error, message.cause)
        if self.stopped and (message.time > self.stopped or self.status == "UNKNOWN"):
            record = record.redrive()
        return record.enter(message.state, message.time)

    def apply_listed(self, listed: ExecutionSummary) -> Self:
        """With what a list or a description has; it may be older than what is known."""
        record = self
        if listed.redrives < self.redrives:
            return record
        if listed.redrives > self.redrives:
            record = replace(self.redrive(), redrives=listed.redrives)
        if listed.stopped is None:
            return record
        if record.path and record.path[-1].time > listed.stopped:
            return record  # it was redriven since
        is_known = record.stopped and record.stopped >= listed.stopped
        if is_known and record.status != "UNKNOWN":
            error = listed.error if record.status == listed.status else None
            return replace(record, error=record.error or error)
        record = replace(record, version=listed.version)
        return record.end(listed.status, listed.stopped, listed.error, listed.cause)

    def apply_status(self, status: Status) -> Self:
        """With what the status route answers."""
        record = replace(
            self,
            started=status.started,
            version=status.version,
            input=strike(json_text(status.input)),
            is_cut=False,
            problem=None,
        )
        if status.is_running or status.stopped is None:
            # The answer may be older than a message that was applied, or newer after a redrive.
            if self.stopped and self.path and self.path[-1].time > self.stopped:
                record = record.redrive()
            return replace(record, status=status.status) if record.is_open else record
        # DescribeExecution is eventually consistent: the end may be the one before a redrive.
        is_before_redrive = self.redriven is not None and status.stopped < self.redriven
        is_before_state = self.is_open and self.path and self.path[-1].time > status.stopped
        if is_before_redrive or is_before_state:
            return record
        record = record.end(status.status, status.stopped, status.error, status.cause)
        output = strike(json_text(status.output)) if status.status == "SUCCEEDED" else None
        return replace(record, output=output)

    def apply_states(
        self, states: Sequence[VisitedState], events: Mapping[str, str], taken: Sequence[Transition]
    ) -> Self:
        """With what its history or log says, which is more exact than messages.

        Args:
            events: by the names of the states that wait for one.
            taken: the transitions.
        """
        current = [*dict.fromkeys(each.name for each in states if each.status == "RUNNING")]
        return replace(
            self,
            states=TrackedStates(tuple(current), tuple(taken)),
            waiting=tuple(events[name] for name in current if name in events)
            if self.is_open
            else (),
        )

    def enter(self, state: str, time: datetime) -> Self:
        """With that state entered. What is already known from another source changes nothing.

        A message is sent before its state is entered, so the time in the history is later.
        """
        if any(each.state == state and each.time >= time for each in self.path):
            return self
        path = sorted((*self.path, PathEntry(intern(state), time)), key=lambda each: each.time)
        kept = path[-MAX_PATH_LENGTH:]
        states = self.tracker.enter(self.states, state)
        return replace(
            self,
            path=tuple(kept),
            earlier=self.earlier + len(path) - len(kept),
            started=min(self.started, time),
            states=states if self.is_open else self._ended_states(states, self.status),
            waiting=(),
        )

    def end(
        self, status: str, stopped: datetime, error: str | None = None, cause: str | None = None
    ) -> Self:
        return replace(
            self,
            status=status,
            stopped=stopped,
            error=strike(error) or self.error,
            cause=strike(cause) or self.cause,
            states=self._ended_states(self.states, status),
            waiting=(),
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
        )

    @property
    def payload_size(self) -> int:
        """The bytes of its input, output and cause."""
        texts = (self.input, self.output, self.cause)
        return sum(getsizeof(text) for text in texts if text)

    def without_payload(self) -> Self:
        """With what the stack can be asked for again left out."""
        problem = None if self.execution else "the dashboard no longer has its input and output"
        return replace(
            self,
            input=None,
            output=None,
            cause=None,
            is_cut=True,
            problem=self.problem or problem,
        )

    @property
    def visited(self) -> list[VisitedState]:
        """Its states as messages have named them, where neither history nor log can be read.

        Messages do not say when a state was left: it ends where the next one begins, and the last
        one is open until the execution has ended. Nor do they say where an error came from: the
        last one may be in another branch.
        """
        times = [*(each.time for each in self.path[1:]), self.stopped]
        visited: list[VisitedState] = []
        for each, following in zip(self.path, times, strict=bool(self.path)):
            status: StateStatus = "SUCCEEDED"
            if each is self.path[-1] and self.status != "SUCCEEDED":
                status = "ABORTED" if self.stopped else "RUNNING"
            visited.append(
                VisitedState(each.state, each.time, None, ended=following, status=status)
            )
        return visited

    @property
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
            "current": [*self.states.current] if self.is_open else [],
            "waiting": [*self.waiting],
            "error": self.error,
            "problem": self.problem,
            "version": self.version,
            "redrives": self.redrives,
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
