"""All that pages show: one store for each server, changed in its event loop only."""

import asyncio
import json
import time
from bisect import bisect_left, insort
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any, Literal, get_args

from stepgate.client.executions import ExecutionSummary
from stepgate.client.message import Message
from stepgate.dashboard.execution_record import ExecutionRecord, timestamp
from stepgate.dashboard.overview import Overview, overview
from stepgate.dashboard.state_tracker import StateTracker
from stepgate.dashboard.workflows import WorkflowView
from stepgate.diagram.graph import build_graph

MAX_EXECUTIONS = 10_000
"""The oldest of those that have ended are removed first."""
MAX_PAYLOAD_SIZE = 16_000_000
"""Bytes of inputs, outputs and causes that are kept. The oldest are removed first, and requested
from the stack again when their execution is opened."""
MAX_CHANGED = 200
"""Summaries in one change."""
OVERVIEW_SECONDS = 1
"""The overview is made again this often while a page is connected: it looks at every execution."""
MAX_EXPRESS_DURATION = timedelta(minutes=5)
"""No Express execution runs longer.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""
_NO_STATES = StateTracker(build_graph({}))
"""For a workflow that the stack no longer has."""

ProblemKind = Literal["queue", "list", "descriptions", "histories", "logs"]
PROBLEM_KINDS: tuple[ProblemKind, ...] = get_args(ProblemKind)
_Key = tuple[datetime, str]


@dataclass(frozen=True)
class ListFilter:
    """Which executions a page lists.

    Attributes:
        workflows: empty takes all.
        statuses: the same; those that run may also be `WAITING` for an event, or `SLOW`.
        since: when they ended at the earliest; those that run are taken.
        text: a part of the name, the error, the problem or a current state; case does not count.
    """

    workflows: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    since: datetime | None = None
    text: str = ""

    def takes(self, record: ExecutionRecord, *, is_slow: bool) -> bool:
        return (
            (not self.workflows or record.workflow in self.workflows)
            and (not self.statuses or self._has_status(record, is_slow=is_slow))
            and (self.since is None or record.stopped is None or record.stopped >= self.since)
            and (not self.text or self._finds(record))
        )

    def _has_status(self, record: ExecutionRecord, *, is_slow: bool) -> bool:
        return (
            record.status in self.statuses
            or (is_slow and "SLOW" in self.statuses)
            or (bool(record.waiting) and "WAITING" in self.statuses)
        )

    def _finds(self, record: ExecutionRecord) -> bool:
        current = record.states.current if record.is_open else ()
        texts = (record.execution, record.error, record.problem, *current)
        return any(self.text.casefold() in text.casefold() for text in texts if text)


class Store:
    """Execution records, without their histories.

    Attributes:
        revision: the number of the latest change.
        generation: the number of the stack's outputs that are shown.
        is_closed: there will be no more changes.
        is_complete: all executions that the stack still knows are loaded.
        is_listing: some workflows were not yet listed once, so failures may be missing.
    """

    def __init__(self, title: str, region: str, workflows: Mapping[str, WorkflowView]) -> None:
        """
        Args:
            title: what pages call the stack.
        """
        self.revision = 0
        self.generation = 0
        self.is_closed = False
        self._title = title
        self._pages = 0
        self._changed = asyncio.Event()
        self._set(region, workflows)

    def reset(self, region: str, workflows: Mapping[str, WorkflowView]) -> None:
        """Shows another deployment; what was known of the one before is dropped."""
        self._set(region, workflows)
        self.generation += 1
        self._add_revision()

    def _set(self, region: str, workflows: Mapping[str, WorkflowView]) -> None:
        self._region = region
        self._workflows = workflows
        self._problems: dict[ProblemKind, str | None] = dict.fromkeys(PROBLEM_KINDS)
        self.is_complete = False
        self.is_listing = True
        self._records: dict[str, ExecutionRecord] = {}
        self._order: dict[bool, list[_Key]] = {True: [], False: []}
        """The records that are open, and those that are not, each the oldest first."""
        self._payloads: dict[str, int] = {}
        """The size by id, in the order in which they came."""
        self._payload_size = 0
        self._revisions: dict[str, int] = {}
        """By id the revision of a record's latest change, in ascending order."""
        self._overview: tuple[float, Overview, str, int] | None = None

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
        """Updates the record of an execution in a list, or adds one if there is room."""
        workflow = self._workflows[listed.workflow]
        record = self.get(listed.workflow, listed.name)
        if record is None:
            if listed.stopped and not self.has_room_for(listed.started):
                return
            record = ExecutionRecord(
                id=record_id(listed.workflow, listed.name),
                workflow=listed.workflow,
                mode=workflow.mode,
                execution=listed.name,
                started=listed.started,
                tracker=workflow.tracker,
                version=listed.version,
                redrives=listed.redrives,
            )
        self.put(record.apply_listed(listed))

    def put(self, record: ExecutionRecord) -> None:
        """Adds or replaces a record."""
        before = self._records.get(record.id)
        if record == before:
            return
        if before is not None:
            self._remove_key(before)
        insort(self._order[record.is_open], (record.started, record.id))
        self._records[record.id] = record
        self._keep_payload(record)
        self._add_revision(record.id)
        if len(self._records) > MAX_EXECUTIONS:
            self._remove_oldest()

    @property
    def is_full(self) -> bool:
        return len(self._records) >= MAX_EXECUTIONS

    def has_room_for(self, started: datetime) -> bool:
        """Whether one that was started then, and has ended, would be kept."""
        ended = self._order[False]
        return not self.is_full or (bool(ended) and ended[0][0] < started)

    def set_problem(self, kind: ProblemKind, problem: str | None) -> None:
        """What cannot be read, in one line."""
        if problem != self._problems[kind]:
            self._problems[kind] = problem
            self._add_revision()

    @property
    def has_problem(self) -> bool:
        return any(self._problems.values())

    def set_complete(self, *, is_complete: bool) -> None:
        if is_complete != self.is_complete:
            self.is_complete = is_complete
            self._add_revision()

    def end_listing(self) -> None:
        """Each workflow was listed once, as far as that is possible."""
        if self.is_listing:
            self.is_listing = False
            self._add_revision()

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
        for record in self.open_records():
            if now - record.started <= MAX_EXPRESS_DURATION:
                break
            if record.mode == "sync":
                problem = "no end was seen within 5 minutes, the limit of an Express execution"
                self.put(record.mark_unknown(now, problem))

    def close(self) -> None:
        """Ends all event streams."""
        self.is_closed = True
        self._notify()

    def get(self, workflow: str, execution: str) -> ExecutionRecord | None:
        return self._records.get(record_id(workflow, execution))

    def record(self, id_: str) -> ExecutionRecord | None:
        return self._records.get(id_)

    def newest_first(self) -> Iterator[ExecutionRecord]:
        keys = merge(*(reversed(keys) for keys in self._order.values()), reverse=True)
        return (self._records[id_] for _, id_ in keys)

    def open_records(self) -> list[ExecutionRecord]:
        """Those that run, the oldest first."""
        return [self._records[id_] for _, id_ in self._order[True]]

    def summary(self, record: ExecutionRecord) -> dict[str, Any]:
        """As lists show it: see docs/dashboard.md."""
        return {
            **record.summary,
            "isSlow": self._is_slow(record),
            "revision": self._revisions.get(record.id, self.revision),
        }

    def _is_slow(self, record: ExecutionRecord) -> bool:
        return bool(self._overview and record.is_open and record.id in self._overview[1].slow)

    async def wait_for_change(self, revision: int) -> None:
        """Returns once there is a later revision, or the store is closed."""
        while self.revision == revision and not self.is_closed:
            await self._changed.wait()

    def snapshot(self) -> str:
        """The stack and the overview, as JSON."""
        return self._document(
            {
                "stack": self._title,
                "region": self._region,
                "workflows": [each.document for each in self._workflows.values()],
            },
            self._current_overview()[0],
        )

    def changes_since(self, revision: int, overview_revision: int) -> tuple[str, int]:
        """What has changed after that revision, as JSON, and the revision of the overview.

        Args:
            overview_revision: of the one that the page has.
        """
        changed = [
            *islice((id_ for id_, at in self._changed_ids() if at > revision), MAX_CHANGED + 1)
        ]
        text, current = self._current_overview()
        executions = [self.summary(self._records[id_]) for id_ in changed[:MAX_CHANGED]]
        members = {"executions": executions, "isCut": len(changed) > MAX_CHANGED}
        return self._document(members, text if current != overview_revision else "null"), current

    def _changed_ids(self) -> Iterator[tuple[str, int]]:
        """The latest first."""
        return reversed(self._revisions.items())

    def page_of(self, wanted: ListFilter, before: str | None, limit: int) -> dict[str, Any]:
        """A part of the list, the newest first.

        Args:
            before: `next` of the part before it.

        Raises:
            ValueError: `before` is not one.
        """
        last = _cursor_key(before) if before else None
        matched = 0
        found: list[ExecutionRecord] = []
        has_more = False
        for record in self.newest_first():
            if not wanted.takes(record, is_slow=self._is_slow(record)):
                continue
            matched += 1
            if last is None or (record.started, record.id) < last:
                if len(found) < limit:
                    found.append(record)
                else:
                    has_more = True
        return {
            "executions": [self.summary(each) for each in found],
            "next": _cursor(found[-1]) if has_more else None,
            "matched": matched,
        }

    def _document(self, members: dict[str, Any], overview_json: str) -> str:
        """The overview is put in as text: it is the same for all pages."""
        now = timestamp(datetime.now(UTC))
        rest = json.dumps({"now": now, "problems": self._problems, **members})
        return f'{rest[:-1]}, "overview": {overview_json}}}'

    def _current_overview(self) -> tuple[str, int]:
        """As JSON, and its revision."""
        now = time.monotonic()
        if self._overview and now - self._overview[0] < OVERVIEW_SECONDS:
            return self._overview[2], self._overview[3]
        before = self._overview
        made = overview(self.newest_first(), self._workflows, datetime.now(UTC))
        self._overview = (now, made, "", 0)
        text = json.dumps(
            made.document(self.summary)
            | {
                "loaded": {
                    "executions": len(self._records),
                    "oldest": self._oldest(),
                    "isComplete": self.is_complete,
                    "isListing": self.is_listing,
                }
            }
        )
        revision = before[3] if before and before[2] == text else self.revision
        self._overview = (now, made, text, revision)
        for id_ in made.slow - (before[1].slow if before else frozenset()):
            if id_ in self._records:
                self._add_revision(id_)
        return text, revision

    def _oldest(self) -> str | None:
        started = [keys[0][0] for keys in self._order.values() if keys]
        return timestamp(min(started)) if started else None

    def _add_revision(self, id_: str | None = None) -> None:
        self.revision += 1
        if id_ is not None:
            self._revisions.pop(id_, None)
            self._revisions[id_] = self.revision
        self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _remove_key(self, record: ExecutionRecord) -> None:
        keys = self._order[record.is_open]
        del keys[bisect_left(keys, (record.started, record.id))]

    def _remove_oldest(self) -> None:
        """Of those that have ended, if there are any."""
        self.is_complete = False
        keys = self._order[False] or self._order[True]
        record = self._records.pop(keys[0][1])
        self._remove_key(record)
        self._revisions.pop(record.id, None)
        self._payload_size -= self._payloads.pop(record.id, 0)

    def _keep_payload(self, latest: ExecutionRecord) -> None:
        """Removes the oldest inputs, outputs and causes, but not those of the latest record."""
        self._payload_size -= self._payloads.pop(latest.id, 0)
        if size := latest.payload_size:
            self._payloads[latest.id] = size
            self._payload_size += size
        while self._payload_size > MAX_PAYLOAD_SIZE and len(self._payloads) > 1:
            id_ = next(iter(self._payloads))
            self._payload_size -= self._payloads.pop(id_)
            self._records[id_] = self._records[id_].without_payload()
            self._add_revision(id_)


def record_id(workflow: str, execution: str) -> str:
    """Unique, because the name of an execution has no slash."""
    return f"{workflow}/{execution}"


def _cursor(record: ExecutionRecord) -> str:
    return f"{record.started.isoformat()}|{record.id}"


def _cursor_key(cursor: str) -> _Key:
    started, _, id_ = cursor.partition("|")
    return datetime.fromisoformat(started), id_
