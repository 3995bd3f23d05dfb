"""What the server does for all pages while one is open: it follows the stack's executions.

An account has 100 lists at once and 2 to 5 more a second, and 10 to 15 descriptions.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, islice, product, repeat
from typing import Any

from stepgate.client.errors import StepgateError
from stepgate.client.execution import ExecutionStatus
from stepgate.client.executions import StandardMachine, execution_summary
from stepgate.client.task_tokens import strike
from stepgate.dashboard.background_tasks import RETRY_SECONDS
from stepgate.dashboard.deployment import Deployment
from stepgate.dashboard.execution_record import ExecutionRecord
from stepgate.dashboard.executions import Executions
from stepgate.dashboard.store import ProblemKind, Store
from stepgate.dashboard.threads import run_in_thread

LIST_SECONDS = 1
"""Between two lists."""
NEWEST = 100
"""Executions in a list of the newest ones."""
PAGE = 1_000
"""In a list of older ones, the maximum of ListExecutions."""
LOOKED_UP = 2
"""Executions that are looked up behind each list: those that have failed, for their error, and
those that run and may wait for an event."""
LOOK_AGAIN_SECONDS = 10
"""Before an execution that may wait for an event is looked up again."""
LOG_SECONDS = 15
"""Between two searches of one log. A search is several requests, of the 5 a second of an account.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""
LOG_TIME = timedelta(hours=1)
"""How far back a log is searched."""
LISTED: tuple[ExecutionStatus | None, ...] = ("FAILED", "RUNNING", None)
"""What needs attention is listed for all workflows before the rest."""


class Poller:
    """Follows one deployment; the next one has another poller."""

    def __init__(self, deployment: Deployment, store: Store, executions: Executions) -> None:
        self._deployment = deployment
        self._store = store
        self._executions = executions
        self._looked_up: dict[tuple[str, int], float] = {}
        self._searched: dict[str, float] = dict.fromkeys(deployment.logged, -LOG_SECONDS)
        self._machines = {each.workflow: each for each in deployment.machines}
        self._older: dict[str, str | None] = dict.fromkeys(self._machines)
        """The workflows whose older executions are not all loaded, with the token of the page."""

    async def run(self) -> None:
        """Updates the store until it is closed."""
        for list_ in self._lists():
            await self._store.wait_for_page()
            if self._store.is_closed:
                return
            if await self._try("list", list_) and await self._try("list", self._look_up):
                if workflow := self._due_log():
                    await self._try("logs", partial(self._search_log, workflow))
                await asyncio.sleep(LIST_SECONDS)
            else:
                await asyncio.sleep(RETRY_SECONDS)

    def _lists(self) -> Iterator[Callable[[], Awaitable[None]]]:
        """The newest of all workflows at first, then older ones in between."""
        for has_newest in chain([False], repeat(True)):
            for status, machine in product(LISTED, self._machines.values()):
                yield partial(self._list_newest, machine, status)
                if has_newest and self._older:
                    yield self._list_older
            if not self._machines:
                yield self._end_of_lists

    async def _try(self, kind: ProblemKind, read: Callable[[], Awaitable[None]]) -> bool:
        try:
            await read()
        except StepgateError as error:
            self._store.set_problem(kind, str(error))
            return False
        self._store.set_problem(kind, None)
        return True

    async def _list_newest(self, machine: StandardMachine, status: ExecutionStatus | None) -> None:
        page = await run_in_thread(partial(machine.page, status, NEWEST, None))
        self._apply(machine.workflow, page["executions"])

    async def _list_older(self) -> None:
        """A page more of those that were not listed yet."""
        workflow, token = next(iter(self._older.items()))
        page = await run_in_thread(partial(self._machines[workflow].page, None, PAGE, token))
        self._apply(workflow, page["executions"])
        del self._older[workflow]
        if token := page.get("nextToken"):
            self._older[workflow] = token  # behind the other workflows
        if self._store.is_full:
            self._older.clear()
        elif not self._older:
            await self._end_of_lists()

    async def _end_of_lists(self) -> None:
        self._store.set_complete()

    def _apply(self, workflow: str, items: list[Mapping[str, Any]]) -> None:
        for item in reversed(items):
            self._store.apply_listed(execution_summary(workflow, item))

    async def _look_up(self) -> None:
        """Adds what lists do not have: errors, and the events that running ones wait for."""
        now = time.monotonic()
        for record in islice(self._unknown(now), LOOKED_UP):
            if record.is_open:
                await self._executions.look_at_history(record)
            else:
                await self._describe(record)
            self._looked_up[record.id, record.redrives] = now

    def _unknown(self, now: float) -> Iterator[ExecutionRecord]:
        workflows = self._deployment.workflows
        for record in self._store.newest_first():
            looked_up = self._looked_up.get((record.id, record.redrives))
            if record.workflow not in self._machines:
                continue
            if record.is_open:
                is_due = looked_up is None or now - looked_up > LOOK_AGAIN_SECONDS
                if is_due and workflows[record.workflow].waiting_states:
                    yield record
            elif record.status == "FAILED" and record.error is None and looked_up is None:
                yield record

    async def _describe(self, record: ExecutionRecord) -> None:
        machine = self._machines[record.workflow]
        arn = machine.execution_arn(record.execution or "")
        found = await run_in_thread(partial(machine.describe, arn))
        latest = self._store.record(record.id)
        if found and latest and not latest.is_open:
            # The cause, which may be long, is read when the execution is opened.
            self._store.put(replace(latest, error=strike(found.get("error"))))

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
