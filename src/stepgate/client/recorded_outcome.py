"""What AWS itself has recorded of an execution, for example of one whose response was lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from stepgate.client.errors import NotRecorded
from stepgate.client.exchange import Blocking, Exchange
from stepgate.client.execution_log import (
    ExecutionLog,
    ListedStatus,
    RequestBudget,
    events_exchange,
    logged_end,
)
from stepgate.client.executions import StandardMachine, execution_summary
from stepgate.client.history import Histories
from stepgate.client.history_event import HistoryEvent
from stepgate.client.task_tokens import strike
from stepgate.client.visited_state import VisitedState


@dataclass(frozen=True)
class RecordedOutcome:
    """What is recorded of an execution: by Step Functions, or of a call in its workflow's log.

    Times are in UTC.

    Attributes:
        kind: "ended" if the workflow ran, and `status` says how it ended. "started" if no end is
            recorded, or not yet. "not recorded" proves nothing: a log may be late, incomplete, or
            switched off, and Step Functions knows an execution some time after its start.
        name: the execution's name.
        workflow: the workflow's name; None if it is not recorded.
        execution_arn: its ARN; None if nothing is recorded.
        started: when; None if that is not recorded.
        stopped: when it ended; None if that is not recorded.
        status: "UNKNOWN" if it was started too long ago to run, and its end is not recorded. None
            if nothing is recorded.
        input, output: in JSON; None where they are not recorded. Those of a call are not, unless
            its state machine's log includes the data of executions.
        error, cause: if it has failed.
        states: the states that are recorded.
        events: what the log has of a call, in the order of the ids.
        is_cut_off: whether a log is too long to be searched in full, so that more may be recorded.
    """

    kind: Literal["ended", "started", "not recorded"]
    name: str
    workflow: str | None = None
    execution_arn: str | None = None
    status: ListedStatus | None = None
    started: datetime | None = None
    stopped: datetime | None = None
    input: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    states: tuple[VisitedState, ...] = ()
    events: tuple[HistoryEvent, ...] = ()
    is_cut_off: bool = False


def require_recorded(outcome: RecordedOutcome) -> RecordedOutcome:
    """The outcome itself.

    Raises:
        NotRecorded: nothing is recorded, or was found.
    """
    if outcome.kind != "not recorded":
        return outcome
    if outcome.is_cut_off:
        raise NotRecorded(
            f"execution {outcome.name} was not found, but the log is too long to be searched in "
            "full; limit the search to the time of the call, with since and until"
        )
    raise NotRecorded(
        f"nothing is recorded of execution {outcome.name}, which does not prove that it did not "
        "run: logs may be late or incomplete; check the name, or try again in a minute"
    )


def outcome_exchange(
    machines: Iterable[StandardMachine],
    logs: Iterable[ExecutionLog],
    name: str,
    since: datetime | None,
    until: datetime | None,
    *,
    histories: Histories,
) -> Exchange[RecordedOutcome]:
    """What the first of the state machines, or of the logs, that knows the execution says of it.

    Raises:
        AwsAccessDenied, AwsRequestFailed
    """
    for machine in machines:
        item = yield Blocking(partial(machine.describe, machine.execution_arn(name)))
        if item is not None:
            return (yield Blocking(partial(_described, machine, item, histories)))
    logs = list(logs)
    budget = RequestBudget(len(logs))
    was_cut_off = False
    for log in logs:
        found, is_cut_off = yield from events_exchange(log, name, since, until, budget)
        if found is not None:
            return replace(_logged(log, name, *found, histories), is_cut_off=is_cut_off)
        was_cut_off |= is_cut_off
    return RecordedOutcome("not recorded", name, is_cut_off=was_cut_off)


def _described(
    machine: StandardMachine, item: Mapping[str, Any], histories: Histories
) -> RecordedOutcome:
    found = execution_summary(machine.workflow, item)
    return RecordedOutcome(
        kind="ended" if found.stopped else "started",
        name=found.name,
        workflow=found.workflow,
        execution_arn=found.arn,
        status=found.status,
        started=found.started,
        stopped=found.stopped,
        input=strike(item.get("input")),
        output=strike(item.get("output")),
        error=strike(item.get("error")),
        cause=strike(item.get("cause")),
        states=tuple(
            histories.states(found.workflow, found.arn, version=found.version, with_data=True)
        ),
    )


def _logged(
    log: ExecutionLog, name: str, arn: str, events: Sequence[HistoryEvent], histories: Histories
) -> RecordedOutcome:
    end = logged_end(events, datetime.now(UTC))
    return RecordedOutcome(
        kind="ended" if end.stopped else "started",
        name=name,
        workflow=log.workflow,
        execution_arn=arn,
        status=end.status,
        started=end.started,
        stopped=end.stopped,
        input=strike(end.input),
        output=strike(end.output),
        error=strike(end.error),
        cause=strike(end.cause),
        states=tuple(histories.states_of(log.workflow, events)),
        events=tuple(events),
    )
