"""The state in which an execution waits for an event.

It puts its task token into the table of events, where only the events' state machine reads it. The
state is in JSONata in a definition of either query language, because JSONPath cannot compute when
the item expires.
"""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from stepgate.asl import dynamodb_errors
from stepgate.asl.integration import parse_integration

if TYPE_CHECKING:
    from stepgate.asl.states import State
    from stepgate.workflow import Values

OWN_EXECUTION = "{% $states.context.Execution.Id %}"
TOKEN = "{% $states.context.Task.Token %}"  # noqa: S105 - where it is

KEPT_SECONDS = 7 * 86_400
"""How long an item stays after the wait has ended, so that a repeated event is a 409 or a 410. A
provider of webhooks usually repeats one for some days."""

MAX_SECONDS = 365 * 86_400
"""A Standard execution runs for a year at most.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

# What fails when DynamoDB is busy or cannot be reached. Not States.ALL, which a missed heartbeat is
# one of, nor States.Timeout: both end the wait.
RETRY = [
    {
        "ErrorEquals": [*dynamodb_errors.BUSY],
        "IntervalSeconds": 1,
        "MaxAttempts": 3,
        "BackoffRate": 2.0,
        "JitterStrategy": "FULL",
    }
]

_RESULT_PATH = re.compile(r"\$(?:\.(?P<member>[A-Za-z_][A-Za-z0-9_-]*))?")
_EXPRESSION = re.compile(r"{%(.+)%}", re.DOTALL)
_ATTRIBUTES = {
    *("event", "execution", "expires", "name", "since", "status", "taskToken", "until"),
}


def wait_for(
    event: str,
    values: "Values",
    *,
    timeout_seconds: int,
    heartbeat_seconds: int | None = None,
    result_path: str = "$",
    next: str | None = None,  # noqa: A002 - the field's name
    end: bool = False,
    catch: Mapping[str, str] | None = None,
    item: str | None = None,
    execution: str = OWN_EXECUTION,
) -> dict[str, Any]:
    """A Task state that waits until an event is sent to the execution's route.

    `POST {path}/{execution}/events/{event}` continues it; the request's body is its result. The
    workflow has to declare the event: `Workflow(events={"approval": Event()})`.

    The state is in JSONata, which a definition in JSONPath may contain. Other fields are added as
    to any dict: `wait_for(…) | {"Assign": {…}}`.

    Args:
        event: the event's name.
        values: the workflow's values.
        timeout_seconds: how long it waits, 1 second to 365 days; then it fails with
            `States.Timeout`.
        heartbeat_seconds: a shorter limit, after which it fails with `States.HeartbeatTimeout`. No
            route sends heartbeats, so it is for telling one limit from the other.
        result_path: where the body goes in the state's input, which is an object: `$.approval` for
            its member `approval`. Default: the body is the output.
        next: the state that follows.
        end: whether none follows.
        catch: for each error's name, such as `States.Timeout`, the state that goes on with this
            state's input.
        item: within a Map, an expression for what identifies the item's event: its index,
            handed down in `ItemSelector`, as in `{% $states.input.index %}`, or an id.
        execution: an expression for the ARN of the execution whose route the event comes to. Needed
            in a distributed Map, whose items run as executions without a route: hand it down in
            `ItemSelector`, and write `{% $states.input.execution %}`.

    Raises:
        ValueError: an argument is wrong; the message says which, and what to write.
    """
    _check_times(event, timeout_seconds, heartbeat_seconds)
    if (next is None) is not end:
        raise ValueError(f"wait_for({event!r}): give either next, a state's name, or end=True")
    limit = min(timeout_seconds, heartbeat_seconds or timeout_seconds)
    key = event
    if item is not None:
        key = f"{{% '{event}/' & $string({_expression(event, 'item', item)}) %}}"
    _expression(event, "execution", execution)
    state: dict[str, Any] = {
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": f"arn:{values.partition}:states:::aws-sdk:dynamodb:putItem.waitForTaskToken",
        "Arguments": {
            "TableName": values.events_table_name,
            "Item": {
                "execution": {"S": execution},
                "event": {"S": key},
                "name": {"S": event},
                "taskToken": {"S": TOKEN},
                "status": {"S": "WAITING"},
                "since": {"N": _seconds(0)},
                "until": {"N": _seconds(limit)},
                "expires": {"N": _seconds(limit + KEPT_SECONDS)},
            },
        },
        "TimeoutSeconds": timeout_seconds,
    }
    if heartbeat_seconds is not None:
        state["HeartbeatSeconds"] = heartbeat_seconds
    if member := _result_member(event, result_path):
        state["Output"] = (
            f"{{% $merge([$states.input, {{{json.dumps(member)}: $states.result}}]) %}}"
        )
    state["Retry"] = RETRY
    if catch:
        state["Catch"] = [
            {"ErrorEquals": [error], "Output": "{% $states.input %}", "Next": target}
            for error, target in catch.items()
        ]
    return state | ({"End": True} if end else {"Next": next})


def waited_event(state: "State") -> str | None:
    """The name of the event that a state waits for, if `wait_for` made it."""
    call = parse_integration(state.resource)
    if not call or (call.action, call.pattern) != ("putItem", "waitForTaskToken"):
        return None
    item = _member(state.arguments(), "Item")
    if not isinstance(item, Mapping) or {*cast("Mapping[str, Any]", item)} != _ATTRIBUTES:
        return None
    name = _written(state, "name")
    return name if isinstance(name, str) else None


def waits_per_item(state: "State") -> bool:
    """Whether such a state gives each item of a Map an event of its own."""
    return _written(state, "event") != waited_event(state)


def waits_as_itself(state: "State") -> bool:
    """Whether the event comes to the route of the execution that waits."""
    return _written(state, "execution") == OWN_EXECUTION


def _written(state: "State", attribute: str) -> object:
    return _member(_member(_member(state.arguments(), "Item"), attribute), "S")


def _member(value: object, name: str) -> object:
    return cast("Mapping[str, object]", value).get(name) if isinstance(value, Mapping) else None


def _seconds(later: int) -> str:
    """So many seconds after now, as DynamoDB takes a number: as text."""
    return f"{{% $string($floor($millis() / 1000) + {later}) %}}"


def _check_times(event: str, timeout_seconds: int, heartbeat_seconds: int | None) -> None:
    for name, seconds in (
        ("timeout_seconds", timeout_seconds),
        ("heartbeat_seconds", 1 if heartbeat_seconds is None else heartbeat_seconds),
    ):
        if type(seconds) is not int or not 1 <= seconds <= MAX_SECONDS:
            raise ValueError(
                f"wait_for({event!r}): {name} is {seconds!r}; write a whole number from 1 to "
                f"{MAX_SECONDS}"
            )
    if heartbeat_seconds is not None and heartbeat_seconds >= timeout_seconds:
        raise ValueError(
            f"wait_for({event!r}): heartbeat_seconds is {heartbeat_seconds}, not below "
            f"timeout_seconds, {timeout_seconds}; write a shorter one, or leave it out"
        )


def _result_member(event: str, result_path: str) -> str:
    """The member of the input that the body becomes; empty if the body is the output."""
    match = _RESULT_PATH.fullmatch(result_path)
    if not match:
        example = event.replace("-", "_")
        raise ValueError(
            f"wait_for({event!r}): result_path is {result_path!r}; write $ or one member, such as "
            f"$.{example}"
        )
    return match["member"] or ""


def _expression(event: str, argument: str, text: str) -> str:
    """What is between the delimiters of a JSONata expression."""
    match = _EXPRESSION.fullmatch(text)
    if not match:
        raise ValueError(
            f"wait_for({event!r}): {argument} is {text!r}; write an expression, such as "
            f"{{% $states.input.{argument} %}}"
        )
    return match[1].strip()
