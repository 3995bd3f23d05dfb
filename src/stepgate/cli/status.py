"""An execution's status, as the command prints it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepgate.cli.printing import compact_json, escape, format_duration
from stepgate.client.documents import format_timestamp
from stepgate.client.events import WaitingEvent
from stepgate.client.visited_state import seconds_between

if TYPE_CHECKING:
    from stepgate.client.execution import Status


def result_members(status: "Status") -> dict[str, Any]:
    """The result of an execution: its `output`, or its `error` and `cause` if known."""
    if status.status == "SUCCEEDED":
        return {"output": status.output}
    return {k: v for k, v in (("error", status.error), ("cause", status.cause)) if v is not None}


def status_document(status: "Status") -> dict[str, Any]:
    """The status as the status route returns it: see docs/http.md."""
    stopped = {"stopDate": status.stopped.timestamp()} if status.stopped else {}
    return {
        "executionArn": status.execution_arn,
        "execution": status.execution,
        "status": status.status,
        "startDate": status.started.timestamp(),
        **stopped,
        **({} if status.version is None else {"version": status.version}),
        "input": status.input,
        **result_members(status),
    }


def status_rows(status: "Status") -> list[tuple[str, str]]:
    """The rows of a table."""
    stopped = [("stopped", format_timestamp(status.stopped))] if status.stopped else []
    version = [] if status.version is None else [("version", str(status.version))]
    return [
        ("execution", status.execution),
        ("status", status.status),
        ("started", format_timestamp(status.started)),
        *stopped,
        *version,
        ("input", compact_json(status.input)),
        *(
            (name, compact_json(v) if name == "output" else v)
            for name, v in result_members(status).items()
        ),
    ]


def waiting_document(waiting: Sequence[WaitingEvent]) -> dict[str, Any]:
    """The events as the route returns them: see docs/events.md."""
    return {
        "events": [
            {
                "event": _event_key(each),
                "since": each.since.timestamp(),
                "until": each.until.timestamp(),
            }
            for each in waiting
        ]
    }


def waiting_rows(waiting: Sequence[WaitingEvent]) -> list[tuple[str, str, str]]:
    """The rows of a table."""
    return [
        (_event_key(each), format_timestamp(each.since), format_timestamp(each.until))
        for each in waiting
    ]


def _event_key(waiting: WaitingEvent) -> str:
    return waiting.name if waiting.item is None else f"{waiting.name}/{waiting.item}"


def format_conclusion(status: "Status") -> str:
    """How an execution has ended, in one line and without its output."""
    parts = [
        f"{status.status} after {format_duration(elapsed(status))}",
        status.error,
        status.cause,
    ]
    return escape(": ".join(part for part in parts if part))


def elapsed(status: "Status", now: datetime | None = None) -> float:
    """Seconds since it was started, or that it took. Never negative, even if clocks differ."""
    until = status.stopped or now or datetime.now(UTC)
    return seconds_between(status.started, until)
