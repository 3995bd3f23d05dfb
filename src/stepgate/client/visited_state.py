"""The states that an execution has entered, from the events of its history."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, cast

from stepgate.client.history_event import HistoryEvent
from stepgate.progress.sender import is_sending

StateStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]

_FAILURES = ("Failed", "TimedOut")
EXECUTION_ENDS = ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted", "ExecutionSucceeded")


@dataclass(frozen=True)
class Around:
    """The Map or Parallel that a state is in.

    Attributes:
        state: its name.
        index: of the Map's item, or the Parallel's branch.
        kind: which of them `index` is of.
    """

    state: str
    index: int
    kind: Literal["item", "branch"]


@dataclass(frozen=True)
class Attempt:
    """An attempt at what a Task, Map or Parallel state does.

    Attributes:
        started: when, in UTC.
        ended: when, in UTC; None while it goes on, and if it was cut off.
        error, cause: if it has failed, and they are recorded.
        parameters: of a Task's request, in JSON; None where they are not recorded.
        execution: the ARN of the execution that a Task has started, if it is recorded.
    """

    started: datetime
    ended: datetime | None = None
    error: str | None = None
    cause: str | None = None
    parameters: str | None = None
    execution: str | None = None


@dataclass(frozen=True)
class VisitedState:
    """A state that an execution has entered; times are in UTC.

    Attributes:
        name: the state's name in the definition.
        entered: when.
        exited: None while it is a current state, and if it ended the execution or its branch.
        ended: when it was exited, failed, or was cut off; None while it is a current state.
        type: for example "Task"; empty if the event does not say it.
        status: "FAILED" if the error came from it or from inside of it, also if it was caught, in
            which case it was exited. "ABORTED" if it was cut off because of an error elsewhere, a
            stop, or a timeout of the execution.
        is_origin: whether an error came from this state itself.
        around: the Maps and Parallels that it is in, the outermost first.
        attempts: more than one if it was retried; none if its type makes no attempts.
        input, output: in JSON; None where they are not recorded.
        error, cause: of the last attempt, if they are recorded.
    """

    name: str
    entered: datetime
    exited: datetime | None
    ended: datetime | None = None
    type: str = ""
    status: StateStatus = "RUNNING"
    is_origin: bool = False
    around: tuple[Around, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    input: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None

    @property
    def path(self) -> str:
        """Its name behind what it is in: `Each order[2].Charge`."""
        return ".".join([*(f"{each.state}[{each.index}]" for each in self.around), self.name])


def visited_states(events: Iterable[HistoryEvent], definition: Any) -> list[VisitedState]:
    """The states in the order in which they were entered, including branches and items.

    Args:
        events: the history, in its order. Some may be missing, as in a log.
        definition: as it was written, or as it is deployed. States that are not in it, and those
            that send progress messages, are omitted. None keeps all states.
    """
    known = None if definition is None else _authored(definition)
    reader = _Reader(branches(definition))
    for event in events:
        reader.read(event)
    return [each.state for each in reader.visits if known is None or each.state.name in known]


def duration(state: VisitedState, now: datetime) -> float:
    """Seconds from when a state was entered to when it ended, or to `now` if it has not.

    They are never negative, even if clocks differ.

    Args:
        now: or when its execution ended.
    """
    return seconds_between(state.entered, state.ended or state.exited or now)


def seconds_between(start: datetime, end: datetime) -> float:
    """The seconds between two times as they are shown, to the millisecond. Never negative.

    Step Functions keeps milliseconds, and the emulator microseconds.
    """
    return max(0.0, (_cut(end) - _cut(start)).total_seconds())


def _cut(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class LocatedEvent:
    """An event, and where it happened.

    Attributes:
        state: the name of the state that it is of; None if it is of the execution itself.
        around: the Maps and Parallels that the state is in, the outermost first.
        visit: distinguishes the visits of a state.
    """

    event: HistoryEvent
    state: str | None
    around: tuple[Around, ...]
    visit: int | None = None


def located_events(events: Iterable[HistoryEvent], definition: Any) -> list[LocatedEvent]:
    """The events with their states.

    Args:
        events, definition: as for `visited_states`.
    """
    reader = _Reader(branches(definition))
    located: list[LocatedEvent] = []
    for event in events:
        reader.read(event)
        position = reader.positions[event.id]
        if position.visit:
            state = position.visit.state
            located.append(LocatedEvent(event, state.name, state.around, id(position.visit)))
        else:
            left = event.details.get("name") if event.type.endswith("StateExited") else None
            located.append(LocatedEvent(event, left, position.around or ()))
    return located


def _started_execution(event: HistoryEvent) -> str | None:
    """Of `states:startExecution`, which answers at once with the ARN, or again at its end.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """
    if event.details.get("resourceType") != "states":
        return None
    try:
        output: object = json.loads(event.details.get("output") or "null")
    except ValueError:  # truncated
        return None
    arn = cast("dict[str, Any]", output).get("ExecutionArn") if isinstance(output, dict) else None
    return arn if isinstance(arn, str) else None


def state_definitions(definition: Any) -> dict[str, Mapping[str, Any]]:
    """All states of a definition by their names, also those in others."""
    return dict(_states(definition))


def _authored(definition: Any) -> set[str]:
    return {name for name, state in state_definitions(definition).items() if not is_sending(state)}


def _states(definition: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    states: Mapping[str, Any] = definition.get("States", {})
    for name, state in states.items():
        yield name, state
        nested = [*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")]
        for inner in nested:
            if inner:
                yield from _states(inner)


def branches(definition: Any) -> dict[str, int]:
    """The index of its branch by the name of each state that a branch starts at."""
    if definition is None:
        return {}
    return {
        branch["StartAt"]: index
        for state in state_definitions(definition).values()
        for index, branch in enumerate(state.get("Branches", ()))
    }


@dataclass
class _Visit:
    """A state while its events are read.

    Attributes:
        outer: the visit of the Map or Parallel around it.
        is_open: whether an attempt of it goes on.
        begun: how many branches of this attempt have begun.
    """

    state: VisitedState
    outer: "_Visit | None"
    is_open: bool = False
    begun: int = 0

    def change(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    def begin(self, attempt: Attempt) -> None:
        self.is_open, self.begun = True, 0
        attempts = (*self.state.attempts, attempt)
        self.change(status="RUNNING", ended=None, is_origin=False, error=None, cause=None)
        self.change(attempts=attempts)

    def change_attempt(self, **changes: Any) -> None:
        *before, last = self.state.attempts
        self.change(attempts=(*before, replace(last, **changes)))

    @property
    def has_ended(self) -> bool:
        return self.state.ended is not None


@dataclass(frozen=True)
class _Position:
    """Where an event is.

    Attributes:
        visit: the state that it is in; None between two states.
        outer: the visit of the Map or Parallel around that.
        around: what the next state is in; None in a Parallel, before its branch is known.
    """

    visit: _Visit | None
    outer: _Visit | None
    around: tuple[Around, ...] | None


_TOP = _Position(None, None, ())


@dataclass
class _Reader:
    """Reads events in their order.

    Attributes:
        branches: see above.
    """

    branches: Mapping[str, int]
    visits: list[_Visit] = field(default_factory=list["_Visit"])
    positions: dict[int, _Position] = field(default_factory=dict[int, _Position])

    def read(self, event: HistoryEvent) -> None:
        # An execution that is redriven goes on where it has failed.
        previous = event.id - 1 if event.type == "ExecutionRedriven" else event.previous
        before = self.positions.get(previous, _TOP)
        self.positions[event.id] = self._position_after(event, before)

    def _position_after(self, event: HistoryEvent, before: _Position) -> _Position:
        kind = event.type
        read = self._attempt
        if kind.endswith("StateEntered"):
            read = self._enter
        elif kind.endswith("StateExited"):
            read = self._exit
        elif kind in EXECUTION_ENDS:
            read = self._end
        elif kind.startswith("MapIteration"):
            read = self._iterate
        elif kind.startswith(("MapState", "ParallelState")):
            read = self._contain
        return read(event, before)

    def _enter(self, event: HistoryEvent, before: _Position) -> _Position:
        name = event.details["name"]
        around, outer = before.around, before.outer
        if around is None:
            assert outer
            index = self.branches.get(name, outer.begun)
            outer.begun += 1
            around = (*outer.state.around, Around(outer.state.name, index, "branch"))
        kind = event.type.removesuffix("StateEntered")
        visit = _Visit(
            VisitedState(
                name,
                event.time,
                None,
                type=kind,
                around=around,
                input=event.details.get("input"),
            ),
            outer,
        )
        self.visits.append(visit)
        if kind == "Fail":
            self._fail(visit, event)
        return _Position(visit, outer, around)

    def _exit(self, event: HistoryEvent, before: _Position) -> _Position:
        name = event.details["name"]
        visit = self._enclosing(before, lambda each: each.state.name == name)
        if visit is None:  # the log has lost events between
            found = [each for each in self.visits if each.state.name == name]
            visit = next((each for each in found if not each.state.exited), None)
        if visit is None:
            return before
        failed = visit.state.status == "FAILED"
        visit.is_open = False
        visit.change(
            exited=event.time,
            ended=event.time,
            status="FAILED" if failed else "SUCCEEDED",
            output=event.details.get("output"),
        )
        return _Position(None, visit.outer, visit.state.around)

    def _iterate(self, event: HistoryEvent, before: _Position) -> _Position:
        name, index = event.details.get("name"), event.details.get("index", 0)
        if event.type == "MapIterationStarted":
            around_it = self._enclosing(before, lambda each: each.state.name == name)
            if around_it is None:
                return before
            around = (*around_it.state.around, Around(around_it.state.name, index, "item"))
            return _Position(None, around_it, around)
        visit = self._enclosing(before, lambda each: each.state.name == name)
        if event.type == "MapIterationFailed":
            self._fail_to(visit, before, event)
        elif event.type == "MapIterationAborted" and before.visit and before.visit is not visit:
            self._abort(before.visit, event)
        return _Position(visit, visit.outer, visit.state.around) if visit else before

    def _contain(self, event: HistoryEvent, before: _Position) -> _Position:
        container, step = event.type.split("State")
        visit = self._enclosing(
            before,
            lambda each: (
                each.state.type == container and (each.is_open or event.type.endswith("Started"))
            ),
        )
        if visit is None:
            return before
        position = _Position(visit, visit.outer, visit.state.around)
        match step:
            case "Started":
                if visit.is_open:  # retried, and nothing says that the attempt before has failed
                    self._abort_within(visit, event)
                    visit.change_attempt(ended=event.time)
                visit.begin(Attempt(event.time))
                return position if container == "Map" else _Position(visit, visit, None)
            case "Succeeded":
                visit.change_attempt(ended=event.time)
                visit.is_open = False
            case "Failed":
                self._fail_to(visit, before, event)
                self._abort_within(visit, event)
                self._fail(visit, event)
            case "Aborted":
                self._abort(visit, event)
            case _:
                pass
        return position

    def _attempt(self, event: HistoryEvent, before: _Position) -> _Position:
        visit = before.visit
        if visit is None:
            return before
        if event.type.endswith("StateAborted"):
            self._abort(visit, event)
        elif event.type.endswith("Scheduled"):
            parameters = event.details.get("parameters", event.details.get("input"))
            visit.begin(Attempt(event.time, parameters=parameters))
        elif event.type == "TaskSubmitted" and visit.state.attempts:
            visit.change_attempt(execution=_started_execution(event))
        elif event.type.endswith("Succeeded") and visit.state.attempts:
            execution = visit.state.attempts[-1].execution or _started_execution(event)
            visit.change_attempt(ended=event.time, execution=execution)
            visit.is_open = False
        elif event.type.endswith(_FAILURES):
            self._fail(visit, event)
        return before

    def _end(self, event: HistoryEvent, before: _Position) -> _Position:
        if event.type == "ExecutionFailed":
            self._fail_to(None, before, event)
            visit = before.visit
            while visit is not None:
                self._explain(visit, event)
                visit = visit.outer
        for visit in self.visits:
            self._abort(visit, event)
        return before

    def _fail_to(self, outer: _Visit | None, before: _Position, event: HistoryEvent) -> None:
        """Fails the states that the error has come through, up to another one around them.

        A state that fails before it does anything has no event of its own for that.
        """
        visit = before.visit
        while visit is not None and visit is not outer:
            if not visit.has_ended:
                self._fail(visit, event)
            visit = visit.outer

    def _fail(self, visit: _Visit, event: HistoryEvent) -> None:
        error = event.details.get("error") or visit.state.error
        cause = event.details.get("cause") or visit.state.cause
        if visit.is_open:
            visit.change_attempt(ended=event.time, error=error, cause=cause)
        elif visit.state.type == "Task" and not visit.state.attempts:
            visit.change(attempts=(Attempt(event.time, event.time, error, cause),))
        visit.is_open = False
        visit.change(
            status="FAILED",
            ended=visit.state.ended or event.time,
            is_origin=not any(self._failed_inside(visit)),
            error=error,
            cause=cause,
        )

    def _explain(self, visit: _Visit, event: HistoryEvent) -> None:
        """The error of a state, and of those in it that it came from, if they have none yet."""
        if visit.state.status != "FAILED" or visit.state.error is not None:
            return
        visit.change(error=event.details.get("error"), cause=event.details.get("cause"))
        for inner in self._failed_inside(visit):
            self._explain(inner, event)

    def _failed_inside(self, outer: _Visit) -> Iterator[_Visit]:
        """The states within the last attempt of another one that have failed."""
        for visit in self.visits:
            if visit.outer is outer and visit.state.status == "FAILED" and not visit.state.exited:
                attempts = outer.state.attempts
                if not attempts or visit.state.entered >= attempts[-1].started:
                    yield visit

    def _abort(self, visit: _Visit, event: HistoryEvent) -> None:
        if not visit.has_ended:
            visit.is_open = False
            visit.change(status="ABORTED", ended=event.time)

    def _abort_within(self, outer: _Visit, event: HistoryEvent) -> None:
        for visit in self.visits:
            around = visit.outer
            while around is not None and around is not outer:
                around = around.outer
            if around is outer:
                self._abort(visit, event)

    @staticmethod
    def _enclosing(position: _Position, is_wanted: Callable[["_Visit"], bool]) -> _Visit | None:
        """The innermost of the states that an event is in which is wanted."""
        visit = position.visit or position.outer
        while visit is not None and not is_wanted(visit):
            visit = visit.outer
        return visit
