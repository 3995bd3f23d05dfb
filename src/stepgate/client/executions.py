"""The executions of a stack, found in Step Functions."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, repeat
from typing import Any, overload

from stepgate.client.aws import AwsService
from stepgate.client.errors import AwsRequestFailed
from stepgate.client.exchange import Blocking, Exchange, Pause
from stepgate.client.execution import ExecutionStatus, Status
from stepgate.client.execution_log import (
    ExecutionLog,
    ListedStatus,
    LoggedEnd,
    RequestBudget,
    logged_exchange,
)
from stepgate.client.task_tokens import strike

_PAGE_SIZE = 1000
"""Executions in one response, the maximum of ListExecutions."""
_BURST = 10
_PAUSE = 0.5
"""Seconds between two requests for a list behind the first ones: an account has 100 at once, and
2 more each second; in the three largest Regions 200 and 5.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""
_DESCRIBE_BURST = 50
_DESCRIBE_PAUSE = 0.2
"""The same for descriptions: 250 at once, and 10 more each second, which the status routes need."""
_UNSUCCESSFUL = ("FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE")


@dataclass(frozen=True)
class ExecutionSummary:
    """An execution, as a list of executions has it; times are in UTC.

    Attributes:
        workflow: the workflow's name.
        name: the execution's name, with its owner's part if its route is private.
        status: "UNKNOWN" only for a synchronous workflow, if its log lacks the end.
        arn: its ARN.
        started: when.
        stopped: when it ended; None while it runs.
        version: the number of the state machine's version that it runs; None if it was not started
            from a version.
        redrives: how often it was redriven.
        error, cause: if it has failed, and they are known: of a synchronous workflow from its log,
            of an asynchronous one if the list was searched for an error.
    """

    workflow: str
    name: str
    arn: str
    status: ListedStatus
    started: datetime
    stopped: datetime | None
    version: int | None = None
    redrives: int = 0
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True)
class ExecutionList(Sequence[ExecutionSummary]):
    """Executions, the newest first.

    Attributes:
        found: the executions; the list itself is a sequence of these.
        has_more: whether there are more than the limit, or than were looked at.
        searched: how many were looked at for the error; if none was searched for, all that were
            found.
        problems: why those of a workflow are missing, by its name, in a list of several workflows.
    """

    found: tuple[ExecutionSummary, ...]
    has_more: bool
    searched: int
    problems: Mapping[str, AwsRequestFailed] = field(default_factory=dict[str, AwsRequestFailed])

    @overload
    def __getitem__(self, index: int) -> ExecutionSummary: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ExecutionSummary]: ...
    def __getitem__(self, index: int | slice) -> ExecutionSummary | Sequence[ExecutionSummary]:
        return self.found[index]

    def __len__(self) -> int:
        return len(self.found)


@dataclass(frozen=True)
class ExecutionFilter:
    """
    Attributes:
        status: None takes every status.
        since: when an execution was started at the earliest; None takes every time.
        limit: the most executions that are fetched, the newest first.
        error: the name of the error, which is looked for in the executions that were fetched. None
            takes all.
    """

    status: ExecutionStatus | None
    since: datetime | None
    limit: int
    error: str | None = None

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError(f"limit should be at least 1, not {self.limit}")


@dataclass(frozen=True)
class StandardMachine:
    """The state machine of an asynchronous workflow.

    Attributes:
        service: Step Functions.
    """

    service: AwsService
    workflow: str
    arn: str

    def execution_arn(self, name: str) -> str:
        return f"{self.arn.replace(':stateMachine:', ':execution:', 1)}:{name}"

    def page(self, status: ExecutionStatus | None, size: int, token: str | None) -> Any:
        """A response of ListExecutions.

        Args:
            token: of the page; the first page comes if it has expired, which it does in a day.

        Raises:
            AwsAccessDenied, AwsRequestFailed
        """
        more = {"statusFilter": status, "nextToken": token}
        with self.service.request(
            f"list the executions of {self.workflow}", "states:ListExecutions"
        ) as client:
            try:
                return client.list_executions(
                    stateMachineArn=self.arn,
                    maxResults=size,
                    **{name: value for name, value in more.items() if value is not None},
                )
            except client.exceptions.InvalidToken:
                if token is None:
                    raise
        return self.page(status, size, None)

    def describe(self, arn: str) -> Mapping[str, Any] | None:
        """A response of DescribeExecution; None if there is no such execution.

        Raises:
            AwsAccessDenied, AwsRequestFailed
        """
        with self.service.request(f"describe {arn}", "states:DescribeExecution") as client:
            try:
                return client.describe_execution(executionArn=arn)
            except client.exceptions.ExecutionDoesNotExist:
                return None

    def stop(self, arn: str) -> None:
        """Stops an execution; one that has ended is not changed.

        Raises:
            AwsAccessDenied, AwsRequestFailed
        """
        with self.service.request(f"stop {arn}", "states:StopExecution") as client:
            client.stop_execution(executionArn=arn)


def described_status(item: Mapping[str, Any]) -> Status:
    """The status in a response of DescribeExecution."""
    found = execution_summary("", item)
    input_, output = item.get("input"), item.get("output")
    return Status(
        status=item["status"],
        execution_arn=found.arn,
        execution=found.name,
        started=found.started,
        stopped=found.stopped,
        input=None if input_ is None else json.loads(input_),
        output=None if output is None else json.loads(output),
        error=item.get("error"),
        cause=item.get("cause"),
        version=found.version,
    )


def list_exchange(
    machines: Iterable[StandardMachine], logs: Iterable[ExecutionLog], wanted: ExecutionFilter
) -> Exchange[ExecutionList]:
    """The newest executions of state machines.

    Args:
        logs: those of Express state machines.

    Raises:
        AwsAccessDenied, AwsRequestFailed: of the first one, if none can be listed.
    """
    machines, logs = list(machines), list(logs)
    pauses, budget = _pauses(_BURST, _PAUSE), RequestBudget(len(logs))
    found: list[ExecutionSummary] = []
    problems: dict[str, AwsRequestFailed] = {}
    has_more = False
    lists = [
        *((each.workflow, _machine_exchange(each, wanted, pauses)) for each in machines),
        *((each.workflow, _log_exchange(each, wanted, budget)) for each in logs),
    ]
    for workflow, exchange in lists:
        try:
            own, is_cut = yield from exchange
        except AwsRequestFailed as problem:
            problems[workflow] = problem
        else:
            found += own
            has_more |= is_cut
    if problems and len(problems) == len(lists):
        raise next(iter(problems.values()))
    found.sort(key=lambda each: each.started, reverse=True)
    has_more |= len(found) > wanted.limit
    fetched = found[: wanted.limit]
    if wanted.error is None:
        return ExecutionList(tuple(fetched), has_more, len(fetched), problems)
    described = yield from _describe_exchange(fetched, machines)
    failed = tuple(each for each in described if each.error == wanted.error)
    return ExecutionList(failed, has_more, len(fetched), problems)


def _log_exchange(
    log: ExecutionLog, wanted: ExecutionFilter, budget: RequestBudget
) -> Exchange[tuple[list[ExecutionSummary], bool]]:
    """The newest executions of a synchronous workflow, and whether there are more."""
    own, is_cut = yield from logged_exchange(log, wanted.status, wanted.since, wanted.limit, budget)
    return [logged_summary(log, *each) for each in own], is_cut


def logged_summary(log: ExecutionLog, arn: str, end: LoggedEnd) -> ExecutionSummary:
    return ExecutionSummary(
        log.workflow,
        log.name(arn),
        arn,
        end.status,
        end.started,
        end.stopped,
        error=strike(end.error),
        cause=strike(end.cause),
    )


def _describe_exchange(
    found: Iterable[ExecutionSummary], machines: Iterable[StandardMachine]
) -> Exchange[list[ExecutionSummary]]:
    """The executions with their errors, which a list of Step Functions does not have."""
    by_workflow = {machine.workflow: machine for machine in machines}
    pauses = _pauses(_DESCRIBE_BURST, _DESCRIBE_PAUSE)
    described: list[ExecutionSummary] = []
    for each in found:
        machine = by_workflow.get(each.workflow)
        if machine is None or each.status not in _UNSUCCESSFUL:
            described.append(each)
            continue
        if pause := next(pauses):
            yield Pause(pause)
        item: Mapping[str, Any] = (yield Blocking(partial(machine.describe, each.arn))) or {}
        error, cause = strike(item.get("error")), strike(item.get("cause"))
        described.append(replace(each, error=error, cause=cause))
    return described


def _machine_exchange(
    machine: StandardMachine, wanted: ExecutionFilter, pauses: Iterator[float]
) -> Exchange[tuple[list[ExecutionSummary], bool]]:
    """The newest executions of one state machine, and whether there are more."""
    found: list[ExecutionSummary] = []
    token: str | None = None
    while True:
        if pause := next(pauses):
            yield Pause(pause)
        size = min(wanted.limit - len(found), _PAGE_SIZE)
        page = yield Blocking(partial(machine.page, wanted.status, size, token))
        items: list[Mapping[str, Any]] = page["executions"]
        summaries = (execution_summary(machine.workflow, item) for item in items)
        found += [each for each in summaries if _is_recent(each.started, wanted.since)]
        token = page.get("nextToken")
        # What is listed behind an execution that ended too early was started too early.
        is_complete = token is None or not all(
            _is_recent(sorted_by(item), wanted.since) for item in items
        )
        if is_complete or len(found) >= wanted.limit:
            return found, not is_complete


def execution_summary(workflow: str, item: Mapping[str, Any]) -> ExecutionSummary:
    """The execution in an item of ListExecutions."""
    version = str(item.get("stateMachineVersionArn", "")).rpartition(":")[2]
    stopped: datetime | None = item.get("stopDate")
    return ExecutionSummary(
        workflow,
        item["name"],
        item["executionArn"],
        item["status"],
        item["startDate"].astimezone(UTC),
        stopped.astimezone(UTC) if stopped else None,
        int(version) if version.isdecimal() else None,
        item.get("redriveCount", 0),
    )


def sorted_by(item: Mapping[str, Any]) -> datetime:
    """The time by which AWS sorts a list, the most recent first: of running executions the start or
    the redrive, of others the end.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
    """
    return item.get("stopDate") or item.get("redriveDate") or item["startDate"]


def _is_recent(time: datetime, since: datetime | None) -> bool:
    return since is None or time >= since.astimezone(UTC)


def _pauses(burst: int, pause: float) -> Iterator[float]:
    """The seconds before each request."""
    return chain(repeat(0, burst), repeat(pause))
