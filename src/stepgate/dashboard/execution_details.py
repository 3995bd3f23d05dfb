"""An opened execution, as pages show it, from the states of its history."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from stepgate.client.visited_state import Around, Attempt, LocatedEvent, VisitedState
from stepgate.dashboard.execution_record import timestamp
from stepgate.dashboard.state_tracker import Transition

MAX_STATES = 5_000
MAX_CAUSE = 500
"""Characters of a cause beside a state's name; its data have all of it."""

_Items = dict[tuple[str, int, int], str]
"""The status of each item, by the name of its Map, which visit of that, and its index."""


def state_documents(
    states: Sequence[VisitedState], workflows_by_machine: dict[str, str]
) -> tuple[list[dict[str, Any]], int]:
    """The last states, and how many were left out before.

    Args:
        workflows_by_machine: the stack's workflows by the ARNs of their state machines.
    """
    omitted = max(len(states) - MAX_STATES, 0)
    caught = {index for index, _ in _caught(states)}
    documents = [
        {
            "index": index,
            "name": state.name,
            "type": state.type,
            "status": state.status,
            "isOrigin": state.is_origin,
            "isCaught": index in caught,
            "entered": timestamp(state.entered),
            "ended": timestamp(state.ended) if state.ended else None,
            "around": around_document(state.around),
            "attempts": [_attempt(each) for each in state.attempts],
            "error": state.error,
            "cause": _beginning(state.cause),
            "hasData": any(text is not None for text in (state.input, state.output, state.cause)),
            "child": _child(state, workflows_by_machine),
        }
        for index, state in enumerate(states)
        if index >= omitted
    ]
    return documents, omitted


def around_document(around: Iterable[Around]) -> list[dict[str, Any]]:
    return [{"state": a.state, "index": a.index, "kind": a.kind} for a in around]


def taken_transitions(
    states: Iterable[VisitedState], transitions: set[Transition]
) -> list[Transition]:
    """The transitions of the diagram that were taken, in order."""
    by_place: dict[tuple[Around, ...], list[VisitedState]] = defaultdict(list)
    for state in states:
        by_place[state.around].append(state)
    taken: dict[Transition, None] = {}
    for visits in by_place.values():
        for state, following in zip(visits, [*visits[1:], None], strict=True):
            if state.exited is None:
                continue
            target = following.name if following else ""
            # After the end of its machine the next visit of the Map or Parallel begins.
            for transition in ((state.name, target), (state.name, "")):
                if transition in transitions:
                    taken[transition] = None
                    break
    return [*taken]


def item_counts(
    states: Sequence[VisitedState], events: Iterable[LocatedEvent]
) -> dict[str, dict[str, int | None]]:
    """How many items of each Map have ended how, over all its visits."""
    items = _items(states)
    lengths: dict[tuple[str, int | None], int] = {}
    for each in events:
        if each.event.type == "MapStateStarted" and each.state:
            lengths[each.state, each.visit] = each.event.details.get("length", 0)
    totals: Counter[str] = Counter()
    for (name, _), length in lengths.items():
        totals[name] += length
    counts: dict[str, dict[str, int | None]] = {}
    for name in dict.fromkeys([*(each.name for each in states if each.type == "Map")]):
        own = Counter(status for (map_, _, _), status in items.items() if map_ == name)
        counts[name] = {
            "total": totals.get(name),
            "succeeded": own["SUCCEEDED"],
            "failed": own["FAILED"],
            "running": own["RUNNING"],
            "aborted": own["ABORTED"],
        }
    return counts


def _items(states: Iterable[VisitedState]) -> _Items:
    visits: Counter[tuple[tuple[Around, ...], str]] = Counter()
    items: _Items = {}
    for state in states:
        if state.type == "Map":
            visits[state.around, state.name] += 1
        for depth, each in enumerate(state.around):
            if each.kind == "item":
                outer = state.around[:depth]
                # These distinguish Maps within other items.
                visit = hash((visits[outer, each.state], outer))
                key = (each.state, visit, each.index)
                items[key] = _item_status(items.get(key), state, is_own=depth == _last(state))
    return items


def _last(state: VisitedState) -> int:
    return len(state.around) - 1


def _item_status(before: str | None, state: VisitedState, *, is_own: bool) -> str:
    """The status of an item behind one more of its states; those inside of others do not count."""
    if not is_own and before is not None:
        return before
    return "SUCCEEDED" if state.exited is not None else state.status


def _caught(states: Sequence[VisitedState]) -> Iterator[tuple[int, VisitedState]]:
    """The failed states whose error went no further than a catch."""
    exited: dict[tuple[tuple[Around, ...], str], VisitedState] = {}
    for index, state in enumerate(states):
        exited[state.around, state.name] = state
        if state.status != "FAILED":
            continue
        containers = (
            exited.get((state.around[:depth], each.state))
            for depth, each in enumerate(state.around)
        )
        if state.exited or any(each and each.exited for each in containers):
            yield index, state


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "started": timestamp(attempt.started),
        "ended": timestamp(attempt.ended) if attempt.ended else None,
        "error": attempt.error,
        "cause": _beginning(attempt.cause),
    }


def _beginning(text: str | None) -> str | None:
    return text if text is None or len(text) <= MAX_CAUSE else f"{text[:MAX_CAUSE]}…"


def awaited_item(state: VisitedState) -> str | None:
    """Which item of a Map waits for an event of its own, from the request of `wait_for`."""
    request = _object(state.attempts[-1].parameters) if state.attempts else {}
    match request:
        case {"Item": {"event": {"S": str(event)}}}:
            _, separator, item = event.partition("/")
            return item if separator else None
        case _:
            return None


def _child(state: VisitedState, workflows_by_machine: dict[str, str]) -> dict[str, str] | None:
    """The execution that the state has started, if its workflow is one of this stack.

    Its name is in the request, or in the ARN that it was answered with.
    """
    for attempt in reversed(state.attempts):
        request = _object(attempt.parameters)
        machine = request.get("StateMachineArn")
        if not isinstance(machine, str):
            continue
        # A version or an alias follows the ARN of its state machine.
        own = workflows_by_machine.get(":".join(machine.split(":")[:7]))
        name = request.get("Name") or _execution_name(attempt.execution)
        if own and isinstance(name, str):
            return {"workflow": own, "execution": name}
    return None


def _execution_name(arn: str | None) -> str | None:
    return arn.split(":")[7] if arn and arn.count(":") >= 7 else None  # noqa: PLR2004


def _object(text: str | None) -> dict[str, Any]:
    try:
        value: object = json.loads(text or "null")
    except (RecursionError, ValueError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
