"""What the server does for all pages while one is open: it follows the stack's executions.

An account has 100 lists at once and 2 to 5 more a second, and 10 to 15 descriptions.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, islice, product, repeat, zip_longest
from typing import Any

from stepgate.client.errors import StepgateError
from stepgate.client.execution import ExecutionStatus
from stepgate.client.executions import StandardMachine, execution_summary, sorted_by
from stepgate.client.task_tokens import strike
from stepgate.dashboard.background_tasks import RETRY_SECONDS
from stepgate.dashboard.deployment import Deployment
from stepgate.dashboard.execution_record import ExecutionRecord
from stepgate.dashboard.executions import CONSISTENCY_DELAY, Executions
from stepgate.dashboard.store import ProblemKind, Store
from stepgate.dashboard.threads import run_in_thread

LIST_SECONDS = 1
"""Between two lists."""
NEWEST = 100
"""Executions in a list of the newest ones."""
PAGE = 1_000
"""In a list of older ones, the maximum of ListExecutions."""
DESCRIBED = 2
"""Executions that are described after each list."""
READ_AGAIN_SECONDS = 10
"""Before the history of an execution that may wait for an event is read again."""
MAX_WITHOUT_ERROR = 1_000
"""Failed executions that are known to have no error's name; there are few."""
LOG_SECONDS = 15
"""Between two searches of one log. A search is several requests, of the 5 a second of an account.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""
LOG_TIME = timedelta(hours=1)
"""How far back a log is searched."""
LISTED: tuple[ExecutionStatus | None, ...] = ("FAILED", "RUNNING", None)
"""What needs attention is listed for all workflows before the rest."""

_Read = Callable[[], Awaitable[None]]


class Poller:
    """Follows one deployment; the next one has another poller."""

    def __init__(self, deployment: Deployment, store: Store, executions: Executions) -> None:
        self._deployment = deployment
        self._store = store
        self._executions = executions
        self._machines = {each.workflow: each for each in deployment.machines}
        self._older: dict[str, str | None] = dict.fromkeys(self._machines)
        """The workflows whose older executions are not all loaded, with the token of the page."""
        self._may_have_ended: dict[str, None] = {}
        """The ids of executions that a list of running ones lacks, the first ones first."""
        self._unnamed: dict[str, datetime] = {}
        """When those were started that have failed with an error that lists do not name."""
        self._without_error: set[tuple[str, int]] = set()
        """The id and redrives of those that were described, and have none."""
        self._described: dict[str, float] = {}
        """When those that run were described."""
        self._read: dict[str, float] = {}
        """When the histories of those were read that may wait for an event."""
        self._whole: set[str] = set()
        """The workflows of which one list has all executions: no others are needed."""
        self._searched: dict[str, float] = dict.fromkeys(deployment.logged, -LOG_SECONDS)
        self._failures: dict[tuple[ProblemKind, str], tuple[float, str]] = {}
        """When what was read of a workflow failed, and why."""

    async def run(self) -> None:
        """Updates the store until it is closed."""
        for workflow, list_ in self._lists():
            await self._store.wait_for_page()
            if self._store.is_closed:
                return
            await self._try("list", workflow, list_)
            for record in [*islice(self.to_describe(), DESCRIBED)]:
                await self._try("descriptions", record.workflow, partial(self._describe, record))
            if waiting := next(self._waiting(), None):
                look_up = partial(self._look_for_event, waiting)
                await self._try("histories", waiting.workflow, look_up)
            if logged := self._due_log():
                await self._try("logs", logged, partial(self._search_log, logged))
            await asyncio.sleep(LIST_SECONDS)

    def _lists(self) -> Iterator[tuple[str, _Read]]:
        """The newest of all workflows at first, then older ones in between."""
        for has_newest in chain([False], repeat(True)):
            if has_newest and all(searched > 0 for searched in self._searched.values()):
                self._store.end_listing()
            for status, machine in product(LISTED, self._machines.values()):
                if has_newest and status and machine.workflow in self._whole:
                    continue
                yield machine.workflow, partial(self._list_newest, machine, status)
                if has_newest and self._older:
                    older = next(iter(self._older))
                    self._older[older] = self._older.pop(older)  # it is the last next time
                    yield older, partial(self._list_older, older)
            if not self._machines:
                yield "", self._end_of_lists

    def _is_due(self, kind: ProblemKind, workflow: str) -> bool:
        failed = self._failures.get((kind, workflow))
        return failed is None or time.monotonic() - failed[0] >= RETRY_SECONDS

    async def _try(self, kind: ProblemKind, workflow: str, read: _Read) -> None:
        """Reads it, unless this has failed a moment ago. Other workflows, and other kinds, need
        other permissions."""
        if not self._is_due(kind, workflow):
            return
        self._failures.pop((kind, workflow), None)
        try:
            await read()
        except StepgateError as error:
            self._failures[kind, workflow] = (time.monotonic(), str(error))
        texts = (text for (each, _), (_, text) in self._failures.items() if each == kind)
        self._store.set_problem(kind, next(texts, None))

    async def _list_newest(self, machine: StandardMachine, status: ExecutionStatus | None) -> None:
        workflow = machine.workflow
        running = [each for each in self._store.open_records() if each.workflow == workflow]
        page = await run_in_thread(partial(machine.page, status, NEWEST, None))
        is_whole = status is None and not page.get("nextToken")
        if status is None:
            (self._whole.add if is_whole else self._whole.discard)(workflow)
        if status == "RUNNING" or is_whole:
            self._may_have_ended |= dict.fromkeys(unlisted(running, page))
        elif status is None and self._has_gap(workflow, page):
            self._older.setdefault(workflow, None)
            self._store.set_complete(is_complete=False)
        self._apply(workflow, page["executions"])
        if is_whole and workflow in self._older:
            del self._older[workflow]
            if not self._older:
                await self._end_of_lists()

    def _has_gap(self, workflow: str, page: Mapping[str, Any]) -> bool:
        """Whether there may be unknown ones after this page, for example after a while without a
        page of the dashboard."""
        if not page.get("nextToken") or not page["executions"]:
            return False
        last = page["executions"][-1]
        known = self._store.get(workflow, last["name"])
        if known is None:
            return self._store.has_room_for(last["startDate"])
        return known.is_open != (last.get("stopDate") is None)

    async def _list_older(self, workflow: str) -> None:
        """A page more of those that were not listed yet."""
        token = self._older[workflow]
        page = await run_in_thread(partial(self._machines[workflow].page, None, PAGE, token))
        items = page["executions"]
        self._apply(workflow, items)
        del self._older[workflow]
        token = page.get("nextToken")
        if token and (not items or self._store.has_room_for(items[-1]["startDate"])):
            self._older[workflow] = token  # after the other workflows
        elif not self._older:
            await self._end_of_lists()

    async def _end_of_lists(self) -> None:
        self._store.set_complete(is_complete=not self._store.is_full)

    def _apply(self, workflow: str, items: list[Mapping[str, Any]]) -> None:
        for item in reversed(items):
            self._store.apply_listed(execution_summary(workflow, item))
            record = self._store.get(workflow, item["name"])
            if record is None or record.status != "FAILED" or record.error is not None:
                continue
            if (record.id, record.redrives) not in self._without_error:
                self._unnamed[record.id] = record.started

    def to_describe(self) -> Iterator[ExecutionRecord]:
        """Those that run, so that their end is seen soon, and in turn with them those whose error
        is not known."""
        running = chain(self._missing(), self._running())
        turns = chain.from_iterable(zip_longest(running, self._failed()))
        return (each for each in turns if each and self._is_due("descriptions", each.workflow))

    def _missing(self) -> Iterator[ExecutionRecord]:
        records = {id_: self._store.record(id_) for id_ in self._may_have_ended}
        missing = [record for record in records.values() if record and record.is_open]
        self._may_have_ended = dict.fromkeys(each.id for each in missing)
        yield from missing

    def _running(self) -> Iterator[ExecutionRecord]:
        """The one that was described longest ago first."""
        running = [
            each
            for each in self._store.open_records()
            if each.workflow in self._machines and each.id not in self._may_have_ended
        ]
        self._described = {each.id: self._described.get(each.id, 0) for each in reversed(running)}
        for id_, _ in sorted(self._described.items(), key=lambda item: item[1]):
            if record := self._store.record(id_):
                yield record

    def _failed(self) -> Iterator[ExecutionRecord]:
        """The newest ones first."""
        for id_ in sorted(self._unnamed, key=self._unnamed.__getitem__, reverse=True):
            record = self._store.record(id_)
            if record and record.error is None:
                yield record
            else:
                del self._unnamed[id_]

    def _waiting(self) -> Iterator[ExecutionRecord]:
        """Those that may wait for an event, the one whose history was read longest ago first."""
        workflows = self._deployment.workflows
        records = [
            each
            for each in self._store.open_records()
            if each.workflow in self._machines and workflows[each.workflow].waiting_states
        ]
        now = time.monotonic()
        self._read = {each.id: self._read.get(each.id, 0) for each in reversed(records)}
        for id_, read in sorted(self._read.items(), key=lambda item: item[1]):
            record = self._store.record(id_)
            is_again = read and now - read <= READ_AGAIN_SECONDS
            if record and not is_again and self._is_due("histories", record.workflow):
                yield record

    async def _describe(self, record: ExecutionRecord) -> None:
        """Adds what lists do not have: how it has ended, if they lack it, and the error."""
        self._described[record.id] = time.monotonic()
        machine = self._machines[record.workflow]
        arn = machine.execution_arn(record.execution or "")
        found = await run_in_thread(partial(machine.describe, arn))
        self._may_have_ended.pop(record.id, None)
        self._unnamed.pop(record.id, None)
        if found:
            # The cause, which may be long, is read when the execution is opened.
            error = strike(found.get("error"))
            summary = execution_summary(record.workflow, found)
            self._store.apply_listed(replace(summary, error=error))
            if error is None and summary.status == "FAILED":
                self._note_without_error(record)
        elif datetime.now(UTC) - record.started > CONSISTENCY_DELAY:
            latest = self._store.record(record.id)
            if latest and latest.is_open:
                problem = "Step Functions does not have this execution (any more)"
                self._store.put(latest.mark_unknown(datetime.now(UTC), problem))

    def _note_without_error(self, record: ExecutionRecord) -> None:
        if len(self._without_error) >= MAX_WITHOUT_ERROR:
            self._without_error.clear()
        self._without_error.add((record.id, record.redrives))

    async def _look_for_event(self, record: ExecutionRecord) -> None:
        self._read[record.id] = time.monotonic()
        arn = self._machines[record.workflow].execution_arn(record.execution or "")
        await self._executions.refresh_states(record, arn)

    def _due_log(self) -> str | None:
        """A synchronous workflow, the one that was searched longest ago."""
        searched = min(self._searched, key=self._searched.__getitem__, default=None)
        if searched is None or time.monotonic() - self._searched[searched] < LOG_SECONDS:
            return None
        return searched

    async def _search_log(self, workflow: str) -> None:
        """Executions of synchronous workflows are in logs only."""
        self._searched[workflow] = time.monotonic()
        search = partial(
            self._deployment.stack.executions,
            workflow,
            since=datetime.now(UTC) - LOG_TIME,
            limit=NEWEST,
        )
        for found in reversed(await run_in_thread(search)):
            self._store.apply_listed(found)


def unlisted(running: Iterable[ExecutionRecord], page: Mapping[str, Any]) -> Iterator[str]:
    """The ids of those that a list of running executions would have if they did run.

    Args:
        running: what was thought to run before the list was requested.
        page: the first page of that list. One that is cut says nothing of those before its last.
    """
    items: list[Mapping[str, Any]] = page["executions"]
    names = {item["name"] for item in items}
    last = sorted_by(items[-1]) if items and page.get("nextToken") else None
    for record in running:
        is_covered = last is None or record.started > last
        if record.execution not in names and is_covered:
            yield record.id
