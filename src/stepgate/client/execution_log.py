"""The log of a synchronous workflow, which is all that its executions leave behind.

Log events may come late, or never: "The completeness and
timeliness of log entries are not guaranteed."
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal, cast

from stepgate.client.aws import AwsService
from stepgate.client.exchange import Blocking, Exchange, Pause
from stepgate.client.execution import ExecutionStatus
from stepgate.client.history_event import HistoryEvent

_BURST = 5
_PAUSE = 0.2
"""Seconds between two requests behind the first ones: an account has 5 a second.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""
_MAX_PAGES = 100
"""Of one search in all of its logs; a page is what was found in up to 1 MB of a log."""
_FIRST_WINDOW = timedelta(minutes=10)
_MARGIN = timedelta(minutes=5)
"""By which clocks may differ."""
_FACTOR = 4
_LONGEST = timedelta(days=90)
"""As long as Step Functions keeps Standard executions."""
_MAX_DURATION = timedelta(minutes=5)
"""Of an Express execution.

https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
"""
_START = 1
"""The id of an execution's first event, `ExecutionStarted`."""
_ENDS: Mapping[str, ExecutionStatus] = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}

ListedStatus = ExecutionStatus | Literal["UNKNOWN"]
"""UNKNOWN is an execution that has ended for sure, although its log does not have the end."""


@dataclass(frozen=True)
class ExecutionLog:
    """The log group of one workflow.

    Attributes:
        service: CloudWatch Logs.
        arn: the state machine's.
    """

    service: AwsService
    workflow: str
    arn: str
    log_group: str

    def page(
        self, pattern: str, start: datetime, end: datetime, token: str | None
    ) -> Mapping[str, Any]:
        """A response of FilterLogEvents; the earliest events come first.

        Raises:
            AwsAccessDenied, AwsRequestFailed
        """
        more = {"nextToken": token} if token else {}
        with self.service.request(
            f"read the log of {self.workflow}", "logs:FilterLogEvents"
        ) as client:
            return client.filter_log_events(
                logGroupName=self.log_group,
                filterPattern=pattern,
                startTime=_milliseconds(start),
                endTime=_milliseconds(end) - 1,
                interleaved=True,
                **more,
            )

    @property
    def execution_prefix(self) -> str:
        """What the ARNs of its executions begin with; behind it are the name, `:` and a UUID."""
        return f"{self.arn.replace(':stateMachine:', ':express:')}:"

    def name(self, execution_arn: str) -> str:
        """The name of an execution."""
        return execution_arn.removeprefix(self.execution_prefix).partition(":")[0]


@dataclass(frozen=True)
class LoggedEnd:
    """How an execution has ended, as far as its log says it.

    Attributes:
        started: when it was started; if that is not recorded, the first event that is.
        stopped: None if no end is recorded.
        input, output: in JSON; None where they are not recorded.
    """

    status: ListedStatus
    started: datetime
    stopped: datetime | None
    input: str | None
    output: str | None
    error: str | None
    cause: str | None


LoggedEvents = dict[str, dict[int, HistoryEvent]]
"""By the ARN of their execution, and their ids. An event may be delivered twice."""


@dataclass
class RequestBudget:
    """The requests that one search may make, in all of its logs.

    Attributes:
        logs: how many are still to be searched.
        made: how many requests were made.
    """

    logs: int
    made: int = 0

    def pauses(self) -> Iterator[float]:
        """The seconds before each request to the next log; they end with its share."""
        share = max(1, (_MAX_PAGES - self.made) // self.logs)
        self.logs -= 1
        for _ in range(share):
            self.made += 1
            yield 0 if self.made <= _BURST else _PAUSE


def logged_exchange(
    log: ExecutionLog,
    status: ExecutionStatus | None,
    since: datetime | None,
    limit: int,
    budget: RequestBudget,
) -> Exchange[tuple[list[tuple[str, LoggedEnd]], bool]]:
    """The newest executions in a log, by their ARNs, and whether there are more."""
    now = datetime.now(UTC)
    known: LoggedEvents = {}
    whole: LoggedEvents = {}
    pauses = budget.pauses()
    if status == "PENDING_REDRIVE":  # only Standard executions are redriven
        return [], False
    first = since.astimezone(UTC) if since else now - _LONGEST
    if status == "RUNNING":
        first = max(first, now - _MAX_DURATION - _MARGIN)
    for window in windows(first, now + _MARGIN):
        found, is_complete = yield from window_exchange(log, _pattern(status), window, pauses)
        add_events(known, found)
        # Those without a start were started before this window.
        whole = {arn: events for arn, events in known.items() if _START in events}
        newest = _newest(whole, now, status, limit)
        if not is_complete or len(newest) >= limit:
            return newest, True
    return _newest(known if since is None else whole, now, status, limit), False


def _pattern(status: ExecutionStatus | None) -> str:
    """A filter that takes the starts, and the ends that matter.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    for end, ended in _ENDS.items():
        if status == ended:
            return f'{{ $.type = "ExecutionStarted" || $.type = "{end}" }}'
    return '{ $.type = "Execution*" }'


def events_exchange(
    log: ExecutionLog,
    name: str,
    since: datetime | None,
    until: datetime | None,
    budget: RequestBudget,
) -> Exchange[tuple[tuple[str, list[HistoryEvent]] | None, bool]]:
    """The ARN of the newest execution with a name, and its events; None if none was found.

    And whether the search was cut off, so that there may be more.

    Args:
        since, until: when it was started at the earliest and at the latest.
    """
    now = datetime.now(UTC)
    first = since.astimezone(UTC) - _MARGIN if since else now - _LONGEST
    last = min(now, until.astimezone(UTC) + _MAX_DURATION) if until else now
    pattern = f'{{ $.execution_arn = "{log.execution_prefix}{name}:*" }}'
    known: LoggedEvents = {}
    pauses = budget.pauses()
    is_cut_off = False
    for window in windows(first, last + _MARGIN):
        was_found = bool(known)
        found, is_complete = yield from window_exchange(log, pattern, window, pauses)
        add_events(known, found)
        is_cut_off = not is_complete
        # None is longer than a window.
        if not is_complete or was_found or any(_START in events for events in known.values()):
            break
    by_time = sorted(
        ((arn, _in_order(events)) for arn, events in known.items()),
        key=lambda item: item[1][0].time,
    )
    return by_time[-1] if by_time else None, is_cut_off


def logged_end(events: Sequence[HistoryEvent], now: datetime) -> LoggedEnd:
    """How an execution has ended, from its events in the order of their ids."""
    ends = [event for event in events if event.type in _ENDS]
    end = ends[-1] if ends else None
    started = events[0].time
    is_young = now - started < _MAX_DURATION
    details: Mapping[str, Any] = end.details if end else {}
    return LoggedEnd(
        _ENDS[end.type] if end else "RUNNING" if is_young else "UNKNOWN",
        started,
        end.time if end else None,
        events[0].details.get("input"),
        details.get("output"),
        details.get("error"),
        details.get("cause"),
    )


def _newest(
    known: LoggedEvents, now: datetime, status: ExecutionStatus | None, limit: int
) -> list[tuple[str, LoggedEnd]]:
    ends = [(arn, logged_end(_in_order(events), now)) for arn, events in known.items()]
    wanted = [each for each in ends if status in {None, each[1].status}]
    return sorted(wanted, key=lambda each: each[1].started, reverse=True)[:limit]


def _in_order(events: Mapping[int, HistoryEvent]) -> list[HistoryEvent]:
    return [events[id_] for id_ in sorted(events)]


def windows(first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Times to search one after another: each before the one before it, and longer.

    A log is read from its earliest event on, but the newest executions are searched.
    """
    end, length = last, _FIRST_WINDOW
    while end > first:
        start = max(first, end - length)
        yield start, end
        end, length = start, length * _FACTOR


def window_exchange(
    log: ExecutionLog,
    pattern: str,
    window: tuple[datetime, datetime],
    pauses: Iterator[float],
) -> Exchange[tuple[list[tuple[str, HistoryEvent]], bool]]:
    """The events in one window, each with its execution's ARN, and whether these are all."""
    found: list[tuple[str, HistoryEvent]] = []
    token: str | None = None
    for pause in pauses:
        if pause:
            yield Pause(pause)
        page = yield Blocking(partial(log.page, pattern, *window, token))
        found += logged_events(page["events"])
        token = page.get("nextToken")
        if token is None:
            return found, True
    return found, False


def add_events(known: LoggedEvents, found: Iterable[tuple[str, HistoryEvent]]) -> None:
    """Adds events of a window to those of later ones."""
    for arn, event in found:
        known.setdefault(arn, {})[event.id] = event


def logged_events(items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, HistoryEvent]]:
    """The events of executions in the log, each with its execution's ARN; other lines are left out.

    A log event has the members `id`, `type`, `details`, `previous_event_id` and `execution_arn`.
    """
    for item in items:
        try:
            message: object = json.loads(item["message"])
        except (RecursionError, ValueError):
            continue
        match message:
            case {"id": str(id_), "type": str(type_), "execution_arn": str(arn)}:
                document = cast("dict[str, Any]", message)
                yield (
                    arn,
                    HistoryEvent(
                        int(id_),
                        int(document.get("previous_event_id", 0)),
                        datetime.fromtimestamp(item["timestamp"] / 1000, UTC),
                        type_,
                        document.get("details") or {},
                    ),
                )
            case _:
                pass


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
