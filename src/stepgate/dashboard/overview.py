"""What needs attention, from what is known of all executions."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from stepgate.dashboard.execution_record import ExecutionRecord, timestamp

PERIOD = timedelta(hours=1)
"""Of the executions that have ended, those that are counted."""
BUCKET = timedelta(minutes=5)
BUCKETS = PERIOD // BUCKET + 1
"""The period begins within the first one, and ends within the last one."""
LISTED = 20
"""Executions of each kind that need attention."""
SLOW_FACTOR = 3
SLOW_AFTER = timedelta(seconds=10)
MIN_DURATIONS = 5
MAX_DURATIONS = 50
"""The last executions that succeeded, of which a median is taken."""
_FAILED = ("FAILED", "TIMED_OUT")


@dataclass
class _Counts:
    running: int = 0
    waiting: int = 0
    slow: int = 0
    failed: int = 0
    succeeded: int = 0
    aborted: int = 0
    buckets: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in range(BUCKETS)])


@dataclass
class _Attention:
    total: int = 0
    newest: list[ExecutionRecord] = field(default_factory=list[ExecutionRecord])

    def add(self, record: ExecutionRecord) -> None:
        self.total += 1
        if len(self.newest) < LISTED:
            self.newest.append(record)


@dataclass(frozen=True)
class Overview:
    """
    Attributes:
        since: when the first bucket begins.
        slow: the ids of the executions that are slow.
        attention: the executions of each kind, at most `LISTED`.
    """

    since: datetime
    counts: dict[str, _Counts]
    attention: dict[str, _Attention]
    slow: frozenset[str]

    def document(self, summary: Callable[[ExecutionRecord], Any]) -> dict[str, Any]:
        """As it is sent to pages.

        Args:
            summary: what makes the summary of a record.
        """
        return {
            "bucketSeconds": int(BUCKET.total_seconds()),
            "since": timestamp(self.since),
            "workflows": [{"name": name, **vars(each)} for name, each in self.counts.items()],
            "attention": {
                kind: {"total": each.total, "executions": [summary(r) for r in each.newest]}
                for kind, each in self.attention.items()
            },
        }


def overview(
    records: Iterable[ExecutionRecord], workflows: Iterable[str], now: datetime
) -> Overview:
    """
    Args:
        records: the newest first.
        workflows: their names.
    """
    records = [*records]
    bucket = BUCKET.total_seconds()
    last = int(now.timestamp() // bucket)
    since = datetime.fromtimestamp((last - BUCKETS + 1) * bucket, now.tzinfo)
    counts = {name: _Counts() for name in workflows}
    kinds = {kind: _Attention() for kind in ("failed", "slow", "waiting", "running")}
    slow = slow_executions(records, now)
    for record in records:
        own = counts.setdefault(record.workflow, _Counts())
        if record.stopped is None:
            _count_running(record, own, kinds, is_slow=record.id in slow)
        elif record.stopped >= now - PERIOD:
            _count_ended(record, own, kinds, int(record.stopped.timestamp() // bucket) - last - 1)
    return Overview(since, counts, kinds, slow)


def _count_running(
    record: ExecutionRecord, own: _Counts, kinds: dict[str, _Attention], *, is_slow: bool
) -> None:
    own.running += 1
    kinds["running"].add(record)
    if record.waiting:
        own.waiting += 1
        kinds["waiting"].add(record)
    if is_slow:
        own.slow += 1
        kinds["slow"].add(record)


def _count_ended(
    record: ExecutionRecord, own: _Counts, kinds: dict[str, _Attention], index: int
) -> None:
    """
    Args:
        index: of its bucket, from the end: -1 is the last one.
    """
    index = min(index, -1)  # clocks differ
    if record.status == "SUCCEEDED":
        own.succeeded += 1
        own.buckets[index][0] += 1
    elif record.status in _FAILED:
        own.failed += 1
        own.buckets[index][1] += 1
        kinds["failed"].add(record)
    elif record.status == "ABORTED":
        own.aborted += 1


def slow_executions(records: Sequence[ExecutionRecord], now: datetime) -> frozenset[str]:
    """The ids of those that run much longer than the last ones of their workflow that succeeded."""
    durations: dict[str, deque[float]] = defaultdict(deque)
    for record in records:
        own = durations[record.workflow]
        if record.status == "SUCCEEDED" and record.stopped and len(own) < MAX_DURATIONS:
            own.append((record.stopped - record.started).total_seconds())
    limits = {
        name: max(SLOW_FACTOR * median(own), SLOW_AFTER.total_seconds())
        for name, own in durations.items()
        if len(own) >= MIN_DURATIONS
    }
    return frozenset(
        record.id
        for record in records
        if record.stopped is None
        and record.workflow in limits
        and (now - record.started).total_seconds() > limits[record.workflow]
    )
