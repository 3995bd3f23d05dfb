"""Runs many executions again: which ones, at a bounded rate, and what has become of each."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import typer

from stepgate.cli.exit_codes import ExitCode
from stepgate.cli.printing import Screen, print_json, print_table, spinner
from stepgate.client.errors import ExecutionNotFound, InvalidName, NotRedrivable, StillRunning

if TYPE_CHECKING:
    from stepgate.client.executions import ExecutionSummary
    from stepgate.client.stack import Stack

CALLS_PER_SECOND = 5
"""Of an account's calls of DescribeExecution, which are 10 to 15 a second, and which status routes
need too; RedriveExecution and StartExecution have 150 to 300.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

MOST = 1000
"""How many executions are looked at, if nothing else is said; at this rate it takes minutes."""

ActionName: TypeAlias = Literal["redrive", "restart"]

_OF_ONE = (ExecutionNotFound, InvalidName, NotRedrivable, StillRunning)
"""Errors that say nothing of other executions, so these go on."""


class Unsuccessful(StrEnum):
    """The statuses of executions that have ended without success."""

    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


@dataclass(frozen=True)
class Selection:
    """Which executions of a workflow are run again.

    Attributes:
        error: the name of the error with which they have failed; None takes all.
        limit: how many are looked at, the newest ones.
        again: whether those that were run again before are, too.
    """

    workflow: str
    status: Unsuccessful
    since: datetime | None
    error: str | None
    limit: int
    again: bool


Outcome: TypeAlias = Literal["pending", "redriven", "restarted", "skipped", "failed"]


@dataclass(frozen=True)
class Rerun:
    """What has become of an execution.

    Attributes:
        outcome: "pending" is still to be done, "failed" could not be done.
        detail: the name of its restart, or why nothing was done.
    """

    execution: str
    arn: str
    outcome: Outcome = "pending"
    detail: str = ""


@dataclass(frozen=True)
class Action:
    """One of the two ways to run an execution again.

    Attributes:
        done: the outcome of a success.
        skip_reason: why an execution is not run again; empty if it is.
        run: runs the one with an ARN again; returns the detail.
    """

    name: ActionName
    done: Outcome
    skip_reason: Callable[["ExecutionSummary"], str]
    run: Callable[[str], str]


class Pace:
    """Lets calls pass at a bounded rate."""

    def __init__(self, per_second: float) -> None:
        self._seconds = 1 / per_second
        self._next = time.monotonic()

    def wait(self) -> None:
        time.sleep(max(0, self._next - time.monotonic()))
        self._next = max(self._next, time.monotonic()) + self._seconds


def redrive_action(stack: "Stack", selection: Selection, pace: Pace) -> Action:
    from stepgate.client.reruns import redrive  # noqa: PLC0415 - botocore loads slowly

    machine = stack.machine(selection.workflow)

    def skip_reason(execution: "ExecutionSummary") -> str:
        if execution.redrives and not selection.again:
            return "was redriven before, and ended in the same way; use --again to redrive it again"
        return ""

    def run(arn: str) -> str:
        pace.wait()
        redrive(machine, arn)
        return ""

    return Action("redrive", "redriven", skip_reason, run)


def restart_action(stack: "Stack", selection: Selection, pace: Pace) -> Action:
    from stepgate.client import reruns  # noqa: PLC0415 - botocore loads slowly

    machine = stack.machine(selection.workflow)

    def skip_reason(execution: "ExecutionSummary") -> str:
        if reruns.is_restart(execution.name) and not selection.again:
            return "is itself a restart; use --again to restart it"
        pace.wait()
        before = reruns.find_restart(machine, execution.arn)
        return f"was restarted before, as {before.name}" if before else ""

    def run(arn: str) -> str:
        pace.wait()
        pace.wait()  # it makes two calls
        return reruns.start_restart(machine, arn).name

    return Action("restart", "restarted", skip_reason, run)


ACTIONS = {"redrive": redrive_action, "restart": restart_action}


@dataclass(frozen=True)
class Batch:
    """Executions that are run again by one command, the oldest first.

    Attributes:
        has_more: whether there are more that were not looked at.
    """

    selection: Selection
    action: Action
    reruns: list[Rerun]
    has_more: bool

    @property
    def pending(self) -> list[int]:
        """The indexes of those that are still to be done."""
        return [index for index, each in enumerate(self.reruns) if each.outcome == "pending"]


def rerun_many(
    name: ActionName,
    stack: "Stack",
    selection: Selection,
    *,
    confirm: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Runs executions again, and prints a report, also if it is interrupted.

    The same again does what is left.

    Args:
        confirm: how many there are to be; None asks in a terminal.

    Raises:
        StepgateError: of AWS; executions are left.
        KeyboardInterrupt: executions are left.
        typer.BadParameter: the number is another one, or is missing.
        typer.Exit: an execution could not be run again.
    """
    pace = Pace(CALLS_PER_SECOND)
    with spinner("looking for executions") as show:
        batch = _plan(stack, selection, ACTIONS[name](stack, selection, pace), show)
    if dry_run:
        _report(batch, as_json=as_json)
        return
    if batch.pending:
        _confirm(batch, confirm, as_json=as_json)
    try:
        with spinner(name) as show:
            _run(batch, show)
    except KeyboardInterrupt:
        since = f"--since {_since(selection)} and " if selection.since else ""
        raise KeyboardInterrupt(
            "interrupted; the pending executions were not run again: repeat the command with "
            f"{since}--confirm {len(batch.pending)}"
        ) from None
    finally:
        _report(batch, as_json=as_json)
    if any(rerun.outcome == "failed" for rerun in batch.reruns):
        raise typer.Exit(ExitCode.FAILED)


def _plan(
    stack: "Stack", selection: Selection, action: Action, show: Callable[[str], None]
) -> Batch:
    found = stack.executions(
        selection.workflow,
        status=selection.status.value,
        since=selection.since,
        limit=selection.limit,
        error=selection.error,
    )
    reruns: list[Rerun] = []
    for number, execution in enumerate(reversed(found), 1):
        show(f"looking at {number} of {len(found)}")
        rerun = Rerun(execution.name, execution.arn)
        try:
            if reason := action.skip_reason(execution):
                rerun = replace(rerun, outcome="skipped", detail=reason)
        except _OF_ONE as error:
            rerun = replace(rerun, outcome="failed", detail=str(error))
        reruns.append(rerun)
    return Batch(selection, action, reruns, found.has_more)


def _confirm(batch: Batch, confirm: int | None, *, as_json: bool) -> None:
    count = len(batch.pending)
    what = f"{_counted(count)} of {batch.selection.workflow} would be {batch.action.done}"
    if confirm is None and sys.stdin.isatty() and not as_json:
        answer = typer.prompt(
            f"{what}. Type {count} to continue", default="", show_default=False, err=True
        )
        confirm = int(answer) if str(answer).isdecimal() else 0
    if confirm is None:
        raise typer.BadParameter(f"{what}; list them with --dry-run, then add --confirm {count}")
    if confirm != count:
        raise typer.BadParameter(f"{what}, not {confirm}; list them with --dry-run")


def _run(batch: Batch, show: Callable[[str], None]) -> None:
    """Replaces each that is pending by what has become of it."""
    action, pending = batch.action, batch.pending
    for number, index in enumerate(pending, 1):
        rerun = batch.reruns[index]
        show(f"{action.name} {number} of {len(pending)}: {rerun.execution}")
        try:
            rerun = replace(rerun, outcome=action.done, detail=action.run(rerun.arn))
        except _OF_ONE as error:
            rerun = replace(rerun, outcome="failed", detail=str(error))
        batch.reruns[index] = rerun


def _report(batch: Batch, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(batch))
        return
    if batch.reruns:
        rows = ((each.execution, each.outcome, each.detail) for each in batch.reruns)
        print_table(("EXECUTION", "OUTCOME", "DETAIL"), *rows)
    counts = Counter(each.outcome for each in batch.reruns)
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    more = f"; only the newest {batch.selection.limit} were looked at, see --limit"
    since = f"; started since {_since(batch.selection)}" if batch.selection.since else ""
    Screen().print(
        f"{_counted(len(batch.reruns))}{': ' if outcomes else ''}{outcomes}{since}"
        f"{more if batch.has_more else ''}"
    )


def _since(selection: Selection) -> str | None:
    """The time as `--since` takes it: an age would be another time in the next command."""
    return selection.since and selection.since.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _counted(count: int) -> str:
    return f"{count} execution{'' if count == 1 else 's'}"


def _document(batch: Batch) -> dict[str, Any]:
    return {
        "workflow": batch.selection.workflow,
        "action": batch.action.name,
        **({"since": since} if (since := _since(batch.selection)) else {}),
        "hasMore": batch.has_more,
        "executions": [
            {"execution": each.execution, "outcome": each.outcome, "detail": each.detail}
            for each in batch.reruns
        ],
    }
