"""An execution's status, as it is told."""

from datetime import UTC, datetime
from typing import Any

from stepgate import Status
from stepgate.command.printing import duration, escaped, in_one_line, timestamp


def result(status: Status) -> dict[str, Any]:
    """What came of an execution: its `output`, or `error` and `cause`, as far as they are known."""
    if status.status == "SUCCEEDED":
        return {"output": status.output}
    return {k: v for k, v in (("error", status.error), ("cause", status.cause)) if v is not None}


def document(status: Status) -> dict[str, Any]:
    """The status as the status route answers it: see docs/http.md."""
    stopped = {"stopDate": status.stopped.timestamp()} if status.stopped else {}
    return {
        "executionArn": status.execution_arn,
        "execution": status.execution,
        "status": status.status,
        "startDate": status.started.timestamp(),
        **stopped,
        "input": status.input,
        **result(status),
    }


def rows(status: Status) -> list[tuple[str, str]]:
    """What is known of it, a row each."""
    stopped = [("stopped", timestamp(status.stopped))] if status.stopped else []
    return [
        ("execution", status.execution),
        ("status", status.status),
        ("started", timestamp(status.started)),
        *stopped,
        ("input", in_one_line(status.input)),
        *((name, in_one_line(v) if name == "output" else v) for name, v in result(status).items()),
    ]


def conclusion(status: Status) -> str:
    """How an execution has ended, in one line but for its output."""
    parts = [f"{status.status} after {duration(elapsed(status))}", status.error, status.cause]
    return escaped(": ".join(part for part in parts if part))


def elapsed(status: Status, now: datetime | None = None) -> float:
    """Seconds since it was started, or that it took. Never negative, though clocks may differ."""
    until = status.stopped or now or datetime.now(UTC)
    return max(0, (until - status.started).total_seconds())
