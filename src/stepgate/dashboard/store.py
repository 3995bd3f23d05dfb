"""All that pages show: one store for each server, changed in its event loop only."""

import asyncio
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from stepgate.client.executions import ExecutionSummary
from stepgate.client.message import Message
from stepgate.dashboard.execution_record import ExecutionRecord, timestamp
from stepgate.dashboard.state_tracker import StateTracker
from stepgate.dashboard.workflows import WorkflowView
from stepgate.diagram.graph import build_graph

MAX_ENDED = 500
"""Records of ended executions that are kept; the oldest are removed first."""
MAX_OPEN = 1000
"""Records of executions that have not ended, as far as is known."""
MAX_PAYLOAD_SIZE = 32_000_000
"""Characters of inputs and outputs that are kept. The oldest are removed first, and requested from
the stack again when their execution is opened."""
MAX_REMOVED = 1000
"""Removals that are still sent to a page that is behind."""
MAX_EXPRESS_DURATION = timedelta(minutes=5)
"""No Express execution runs longer.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""
_NO_STATES = StateTracker(build_graph({}))
"""For a workflow that the stack no longer has."""


class Store:
    """Execution records and the problem of the queue.

    Attributes:
        revision: the number of the latest change.
        is_closed: there will be no more changes.
    """

    def __init__(self, title: str, region: str, workflows: Mapping[str, WorkflowView]) -> None:
        """
        Args:
            title: what pages call the stack.
        """
        self.revision = 0
        self.is_closed = False
        self._title = title
        self._region = region
        self._workflows = workflows
        self._queue_problem: str | None = None
        self._list_problem: str | None = None
        self._pages = 0
        self._records: dict[str, ExecutionRecord] = {}
        self._payload_size = 0
        self._revisions: dict[str, int] = {}
        """By id the revision of a record's latest change, in ascending order; of removed records
        too."""
        self._changed = asyncio.Event()

    def apply(self, message: Message) -> None:
        """Updates the record of the message's execution, or adds one."""
        workflow = self._workflows.get(message.workflow)
        record = self.get(message.workflow, message.execution)
        if record is None:
            record = ExecutionRecord(
                id=record_id(message.workflow, message.execution),
                workflow=message.workflow,
                mode=workflow.mode if workflow else "async",
                execution=message.execution,
                started=message.time,
                tracker=workflow.tracker if workflow else _NO_STATES,
            )
        self.put(record.apply_message(message))

    def apply_listed(self, listed: ExecutionSummary) -> None:
        """Updates the record of an execution in a list, or adds one."""
        workflow = self._workflows[listed.workflow]
        record = self.get(listed.workflow, listed.name) or ExecutionRecord(
            id=record_id(listed.workflow, listed.name),
            workflow=listed.workflow,
            mode=workflow.mode,
            execution=listed.name,
            started=listed.started,
            tracker=workflow.tracker,
            is_listed=True,
            redrives=listed.redrives,
        )
        record = record.apply_listed(listed)
        if record.id in self._records or not self._is_full(record):
            self.put(record)

    def put(self, record: ExecutionRecord) -> None:
        """Adds or replaces a record."""
        if record == self._records.get(record.id):
            return
        self._replace(record)
        self._prune(record)
        self._prune_payload(record.id)

    def set_queue_problem(self, problem: str | None) -> None:
        if problem != self._queue_problem:
            self._queue_problem = problem
            self._add_revision("")

    def set_list_problem(self, problem: str | None) -> None:
        if problem != self._list_problem:
            self._list_problem = problem
            self._add_revision("")

    @contextmanager
    def page(self) -> Generator[None]:
        """While a page is connected."""
        self._pages += 1
        self._notify()
        try:
            yield
        finally:
            self._pages -= 1

    async def wait_for_page(self) -> None:
        """Returns once a page is connected, or the store is closed."""
        while not self._pages and not self.is_closed:
            await self._changed.wait()

    def expire_express_executions(self) -> None:
        """Ends the records of Express executions that cannot be running any more.

        One that fails with an error that no state catches sends no last message.
        """
        now = datetime.now(UTC)
        for record in list(self._records.values()):
            age = now - record.started
            if record.mode == "sync" and record.is_open and age > MAX_EXPRESS_DURATION:
                problem = "no last message within 5 minutes, the limit of an Express execution"
                self.put(record.mark_unknown(now, problem))

    def close(self) -> None:
        """Ends all event streams."""
        self.is_closed = True
        self._notify()

    def get(self, workflow: str, execution: str) -> ExecutionRecord | None:
        return self._records.get(record_id(workflow, execution))

    def details(self, id_: str) -> dict[str, Any] | None:
        """All about a record; None if there is none of that id."""
        record = self._records.get(id_)
        return {**self._summary(record), **record.details} if record else None

    async def wait_for_change(self, revision: int) -> None:
        """Returns once there is a later revision, or the store is closed."""
        while self.revision == revision and not self.is_closed:
            await self._changed.wait()

    def snapshot(self) -> str:
        """Everything, as JSON."""
        newest_first = sorted(self._records.values(), key=lambda each: each.started, reverse=True)
        stack = {
            "stack": self._title,
            "region": self._region,
            "workflows": [each.document for each in self._workflows.values()],
        }
        return self._document(stack, newest_first)

    def changes_since(self, revision: int) -> str:
        """What has changed after that revision, as JSON."""
        ids: list[str] = []
        for id_, changed in reversed(self._revisions.items()):
            if changed <= revision:
                break
            ids.append(id_)
        removed = [id_ for id_ in ids if id_ and id_ not in self._records]
        records = [self._records[id_] for id_ in ids if id_ in self._records]
        return self._document({"removed": removed}, records)

    def _document(self, members: dict[str, Any], records: list[ExecutionRecord]) -> str:
        return json.dumps(
            {
                "now": timestamp(datetime.now(UTC)),
                **members,
                "queue": {"problem": self._queue_problem},
                "list": {"problem": self._list_problem},
                "executions": [self._summary(record) for record in records],
            }
        )

    def _summary(self, record: ExecutionRecord) -> dict[str, Any]:
        return {**record.summary, "revision": self._revisions[record.id]}

    def _replace(self, record: ExecutionRecord) -> None:
        before = self._records.get(record.id)
        self._payload_size += record.payload_size - (before.payload_size if before else 0)
        self._records[record.id] = record
        self._add_revision(record.id)

    def _add_revision(self, id_: str) -> None:
        self.revision += 1
        self._revisions.pop(id_, None)
        self._revisions[id_] = self.revision
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _is_full(self, record: ExecutionRecord) -> bool:
        """Whether as many newer records as are kept are alike."""
        newer = [
            each
            for each in self._records.values()
            if each.is_open is record.is_open and each.started > record.started
        ]
        return len(newer) >= (MAX_OPEN if record.is_open else MAX_ENDED)

    def _prune(self, latest: ExecutionRecord) -> None:
        """Removes the oldest record but the latest, of open or ended ones, if they are too many."""
        others = [
            each
            for each in self._records.values()
            if each.is_open is latest.is_open and each is not latest
        ]
        if len(others) >= (MAX_OPEN if latest.is_open else MAX_ENDED):
            oldest = min(others, key=lambda each: each.started).id
            self._payload_size -= self._records.pop(oldest).payload_size
            self._add_revision(oldest)
            removed = [id_ for id_ in self._revisions if id_ not in self._records]
            for id_ in removed[:-MAX_REMOVED]:
                del self._revisions[id_]

    def _prune_payload(self, latest: str) -> None:
        """Removes the oldest inputs and outputs, but those of the latest record."""
        if self._payload_size <= MAX_PAYLOAD_SIZE:
            return
        for record in sorted(self._records.values(), key=lambda each: each.started):
            if record.payload_size and record.id != latest:
                self._replace(record.without_payload())
            if self._payload_size <= MAX_PAYLOAD_SIZE:
                return


def record_id(workflow: str, execution: str) -> str:
    """Unique, because the name of an execution has no slash."""
    return f"{workflow}/{execution}"
