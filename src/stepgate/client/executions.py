"""The executions of a stack, found in Step Functions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, overload

from stepgate.client.aws import AwsService
from stepgate.client.exchange import Blocking, Exchange, Pause
from stepgate.client.execution import ExecutionStatus

_PAGE_SIZE = 1000
"""Executions in one response, the maximum of ListExecutions."""
_BURST = 10
_PAUSE = 0.5
"""Seconds between two requests for a list behind the first ones: an account has 100 at once, and
2 more each second; in the three largest Regions 200 and 5.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""


@dataclass(frozen=True)
class ExecutionSummary:
    """An execution, as a list of executions has it; `started` and `stopped` are in UTC.

    Attributes:
        name: the execution's name, with its owner's part if its route is private.
        stopped: None while it runs.
        version: the number of the state machine's version that it runs; None if it was not started
            from a version.
        redrives: how often it was redriven.
    """

    workflow: str
    name: str
    arn: str
    status: ExecutionStatus
    started: datetime
    stopped: datetime | None
    version: int | None
    redrives: int


@dataclass(frozen=True)
class ExecutionList(Sequence[ExecutionSummary]):
    """Executions, the newest first.

    Attributes:
        found: the executions; the list itself is a sequence of these.
        has_more: whether there are more than the limit.
    """

    found: tuple[ExecutionSummary, ...]
    has_more: bool

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
    """

    status: ExecutionStatus | None
    since: datetime | None
    limit: int


@dataclass(frozen=True)
class StandardMachine:
    """The state machine of an asynchronous workflow.

    Attributes:
        service: Step Functions.
    """

    service: AwsService
    workflow: str
    arn: str

    def page(self, status: ExecutionStatus | None, size: int, token: str | None) -> Any:
        """A response of ListExecutions.

        Raises:
            AwsAccessDenied, AwsRequestFailed
        """
        more = {"statusFilter": status, "nextToken": token}
        with self.service.request(
            f"list the executions of {self.workflow}", "states:ListExecutions"
        ) as client:
            return client.list_executions(
                stateMachineArn=self.arn,
                maxResults=size,
                **{name: value for name, value in more.items() if value is not None},
            )


def list_exchange(
    machines: Iterable[StandardMachine], wanted: ExecutionFilter
) -> Exchange[ExecutionList]:
    """The newest executions of state machines.

    Raises:
        AwsAccessDenied, AwsRequestFailed
        ValueError: the limit is below 1.
    """
    if wanted.limit < 1:
        raise ValueError(f"limit should be at least 1, not {wanted.limit}")
    pauses = _pauses()
    found: list[ExecutionSummary] = []
    has_more = False
    for machine in machines:
        own, is_cut = yield from _machine_exchange(machine, wanted, pauses)
        found += own
        has_more |= is_cut
    found.sort(key=lambda each: each.started, reverse=True)
    has_more |= len(found) > wanted.limit
    return ExecutionList(tuple(found[: wanted.limit]), has_more)


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
        # The most recent execution comes first.
        # https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
        summaries = [execution_summary(machine.workflow, item) for item in page["executions"]]
        recent = [each for each in summaries if _is_recent(each, wanted.since)]
        found += recent
        token = page.get("nextToken")
        is_complete = token is None or len(recent) < len(summaries)
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


def _is_recent(execution: ExecutionSummary, since: datetime | None) -> bool:
    return since is None or execution.started >= since.astimezone(UTC)


def _pauses() -> Iterator[float]:
    """The seconds before each request."""
    for _ in range(_BURST):
        yield 0
    while True:
        yield _PAUSE
