"""What all pages show: one for the server, changed in its event loop only."""

import asyncio
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from stepgate import Message
from stepgate.dashboard.record import Record, timestamp
from stepgate.dashboard.trace import Places
from stepgate.dashboard.workflows import ShownWorkflow
from stepgate.diagram.graph import machine

MOST_ENDED = 500
"""Records of ended executions that are kept; the oldest go first."""
MOST_OPEN = 1000
"""Of those that have not ended, as far as is known."""
MOST_REMOVED = 1000
"""Removals that a page which lags behind is still told."""
UNKNOWN = Places(machine({}))
"""Of a workflow that the stack has no more."""
LONGEST_EXPRESS = timedelta(minutes=5)
"""After which no Express execution runs any more.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""


@dataclass(frozen=True)
class InstanceView:
    """The EC2 instance: its state as EC2 names it, or why it is not known."""

    id: str
    state: str | None = None
    problem: str | None = None


class Board:
    """Records, the instance and the queue's problem; each change has a number.

    Attributes:
        number: of the newest change.
        is_closed: no more changes come.
    """

    def __init__(
        self, title: str, region: str, workflows: Mapping[str, ShownWorkflow], instance: str | None
    ) -> None:
        """
        Args:
            title: what the stack is called.
            instance: the id of the EC2 instance, if there is one.
        """
        self.number = 0
        self.is_closed = False
        self._title = title
        self._region = region
        self._workflows = workflows
        self._instance = None if instance is None else InstanceView(instance)
        self._queue_problem: str | None = None
        self._records: dict[str, Record] = {}
        self._changed: dict[str, int] = {}
        """The number of each record's newest change, in their order; of removed ones too."""
        self._news = asyncio.Event()
        self._watchers = 0
        self._watched = asyncio.Event()

    # What happens

    def tell(self, message: Message) -> None:
        """A message has come."""
        workflow = self._workflows.get(message.workflow)
        record = self.record(message.workflow, message.execution)
        if record is None:
            record = Record(
                id=record_id(message.workflow, message.execution),
                workflow=message.workflow,
                mode=workflow.mode if workflow else "async",
                execution=message.execution,
                started=message.time,
                places=workflow.places if workflow else UNKNOWN,
            )
        self.put(record.told(message))

    def put(self, record: Record) -> None:
        """A record is new, or has changed."""
        if record == self._records.get(record.id):
            return
        self._records[record.id] = record
        self._note(record.id)
        self._prune(record.is_open)

    def see_instance(self, state: str | None, problem: str | None) -> None:
        if self._instance:
            seen = InstanceView(self._instance.id, state, problem)
            if seen != self._instance:
                self._instance = seen
                self._note("")

    def see_queue(self, problem: str | None) -> None:
        if problem != self._queue_problem:
            self._queue_problem = problem
            self._note("")

    def give_up_express(self) -> None:
        """Of an Express execution that ends by an error which nothing catches no message comes."""
        now = datetime.now(UTC)
        for record in list(self._records.values()):
            if record.mode == "sync" and record.is_open and now - record.started > LONGEST_EXPRESS:
                problem = "no message tells how it ended; an Express execution runs five minutes"
                self.put(record.lost(now, problem))

    def close(self) -> None:
        """Ends all streams."""
        self.is_closed = True
        self._wake()

    # Who looks

    @contextmanager
    def watched(self) -> Generator[None]:
        """While a page is connected."""
        self._watchers += 1
        self._watched.set()
        try:
            yield
        finally:
            self._watchers -= 1
            if not self._watchers:
                self._watched.clear()

    async def until_watched(self) -> None:
        """Waits until a page is connected."""
        await self._watched.wait()

    # What is there

    @property
    def is_busy(self) -> bool:
        """Whether an execution may be running."""
        return any(record.is_open for record in self._records.values())

    def record(self, workflow: str, execution: str) -> Record | None:
        return self._records.get(record_id(workflow, execution))

    async def news(self, number: int) -> None:
        """Waits until there was a change after that one, or the board is closed."""
        while self.number == number and not self.is_closed:
            await self._news.wait()

    def snapshot(self) -> str:
        """Everything, as JSON."""
        newest_first = sorted(self._records.values(), key=lambda each: each.started, reverse=True)
        stack = {
            "stack": self._title,
            "region": self._region,
            "workflows": [each.document for each in self._workflows.values()],
        }
        return self._document(json.dumps(stack)[1:-1], newest_first)

    def changes(self, number: int) -> str:
        """What has changed after that change, as JSON."""
        ids: list[str] = []
        for id_, changed in reversed(self._changed.items()):
            if changed <= number:
                break
            ids.append(id_)
        removed = [id_ for id_ in ids if id_ and id_ not in self._records]
        records = [self._records[id_] for id_ in ids if id_ in self._records]
        return self._document(f'"removed": {json.dumps(removed)}', records)

    def _document(self, members: str, records: list[Record]) -> str:
        instance = json.dumps(self._instance and asdict(self._instance))
        queue = json.dumps({"problem": self._queue_problem})
        executions = ", ".join(record.json for record in records)
        return (
            f'{{"now": "{timestamp(datetime.now(UTC))}", {members}, "instance": {instance}, '
            f'"queue": {queue}, "executions": [{executions}]}}'
        )

    def _note(self, id_: str) -> None:
        self.number += 1
        self._changed.pop(id_, None)
        self._changed[id_] = self.number
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _prune(self, is_open: bool) -> None:
        """Forgets the oldest of its kind, if there is one too many."""
        alike = [each for each in self._records.values() if each.is_open is is_open]
        if len(alike) > (MOST_OPEN if is_open else MOST_ENDED):
            oldest = min(alike, key=lambda each: each.started).id
            del self._records[oldest]
            self._note(oldest)
            removed = [id_ for id_ in self._changed if id_ not in self._records]
            for id_ in removed[:-MOST_REMOVED]:
                del self._changed[id_]


def record_id(workflow: str, execution: str) -> str:
    """No execution's name has a slash in it."""
    return f"{workflow}/{execution}"
