"""Executions and their states as JSON, with the names that the status route has.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepgate.client.visited_state import Attempt, VisitedState, duration

if TYPE_CHECKING:
    from stepgate.client.executions import ExecutionList, ExecutionSummary
    from stepgate.client.recorded_outcome import RecordedOutcome


def format_timestamp(time: datetime) -> str:
    """ISO 8601 in UTC, to the millisecond, as Step Functions keeps times."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def list_document(found: "ExecutionList") -> dict[str, Any]:
    problems = [
        {"workflow": workflow, "problem": type(error).__name__, "message": str(error)}
        for workflow, error in found.problems.items()
    ]
    return {
        "executions": [summary_document(each) for each in found],
        "searched": found.searched,
        "hasMore": found.has_more,
        **({"problems": problems} if problems else {}),
    }


def summary_document(execution: "ExecutionSummary") -> dict[str, Any]:
    """An execution with the names that the status route has; absent members are left out."""
    stopped = execution.stopped.timestamp() if execution.stopped else None
    members = {
        "workflow": execution.workflow,
        "execution": execution.name,
        "executionArn": execution.arn,
        "status": execution.status,
        "startDate": execution.started.timestamp(),
        "stopDate": stopped,
        "error": execution.error,
        "cause": execution.cause,
        "version": execution.version,
        "redrives": execution.redrives or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def history_document(outcome: "RecordedOutcome", now: datetime) -> dict[str, Any]:
    return outcome_document(outcome) | {
        "states": [state_document(state, now) for state in outcome.states]
    }


def outcome_document(outcome: "RecordedOutcome") -> dict[str, Any]:
    """The execution with the names that the status route has; absent members are left out."""
    members = {
        "workflow": outcome.workflow,
        "execution": outcome.name,
        "executionArn": outcome.execution_arn,
        "status": outcome.status,
        "startDate": outcome.started.timestamp() if outcome.started else None,
        "stopDate": outcome.stopped.timestamp() if outcome.stopped else None,
        "error": outcome.error,
        "cause": outcome.cause,
        "cutOff": True if outcome.is_cut_off else None,
    }
    return _known(members) | _data(input=outcome.input, output=outcome.output)


def state_document(state: VisitedState, now: datetime) -> dict[str, Any]:
    members = {
        "state": state.name,
        "type": state.type,
        "status": state_status(state),
        "origin": True if state.is_origin else None,
        "around": around_document(state) or None,
        "entered": format_timestamp(state.entered),
        "ended": format_timestamp(state.ended) if state.ended else None,
        "seconds": round(duration(state, now), 3),
        "attempts": [_attempt_document(each) for each in state.attempts] or None,
        "error": state.error,
        "cause": state.cause,
    }
    return _known(members) | _data(input=state.input, output=state.output)


def around_document(state: VisitedState) -> list[dict[str, Any]]:
    """The Maps and Parallels that a state is in, the outermost first."""
    return [{"state": each.state, each.kind: each.index} for each in state.around]


def _attempt_document(attempt: Attempt) -> dict[str, Any]:
    members = {
        "started": format_timestamp(attempt.started),
        "ended": format_timestamp(attempt.ended) if attempt.ended else None,
        "error": attempt.error,
        "cause": attempt.cause,
    }
    return _known(members) | _data(parameters=attempt.parameters)


def _known(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _data(**texts: str | None) -> dict[str, Any]:
    """What is recorded, as JSON; as text if the record was cut off."""
    found: dict[str, Any] = {}
    for name, text in texts.items():
        if text is not None:
            try:
                found[name] = json.loads(text)
            except (RecursionError, ValueError):
                found[name] = text
    return found


def state_status(state: VisitedState) -> str:
    is_caught = state.status == "FAILED" and state.exited is not None
    return "CAUGHT" if is_caught else state.status
