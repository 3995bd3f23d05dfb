"""What a test answers the calls of a workflow's Tasks with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from stepgate.json_values import json_problems, shown
from stepgate.workflow import Workflow


@dataclass(frozen=True)
class Returns:
    """The call succeeds; see `returns`."""

    value: Any
    after: float
    strict: bool


@dataclass(frozen=True)
class Fails:
    """The call fails; see `fails`."""

    error: str
    cause: str
    after: float


@dataclass(frozen=True)
class Continues:
    """Somebody continues the execution; see `continues`."""

    value: Any
    after: float


@dataclass(frozen=True)
class Runs:
    """The call runs another workflow; see `runs`."""

    workflow: Workflow
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    mocks: "Mocks" = field(default_factory=dict[str, Any])


Answer: TypeAlias = Returns | Fails | Continues | Runs

Mocks: TypeAlias = Mapping[str, Answer | Sequence[Answer]]
"""The answers by the names of states: one for every call, or a list with one for each call."""


def returns(value: Any = None, *, after: float = 0, strict: bool = True) -> Returns:
    """The call succeeds with a value, as the state gets it from AWS.

    Args:
        value: the result of an action as Step Functions spells it: its members in PascalCase. Of a
            Lambda function that a Task names by its ARN, what the function returns. Of a
            distributed Map with an `ItemReader`, the list of items.
        after: the seconds that the call takes, on the test's clock. More than the Task's
            `TimeoutSeconds` make it fail with `States.Timeout`.
        strict: whether the value must have the members and types that AWS's model of the action
            has. Lambda functions, HTTP endpoints and jobs (`.sync`) have no model.

    Raises:
        ValueError: it is not JSON.
    """
    return Returns(_json("returns", value), _seconds(after), strict)


def fails(error: str, cause: str = "", *, after: float = 0) -> Fails:
    """The call, or the system that should continue the execution, fails with an error.

    Args:
        error: its name, as a Catch would have it, for example `Sqs.QueueDoesNotExistException`.
        cause: the text with it.
        after: see `returns`.

    Raises:
        ValueError: the error or the cause is not text.
    """
    for value in cast("tuple[object, ...]", (error, cause)):
        if not isinstance(value, str):
            raise ValueError(f'fails: {shown(value)} is not text; write fails("NAME", "cause")')
    return Fails(error, cause, _seconds(after))


def continues(value: Any = None, *, after: float = 0) -> Continues:
    """A Task that waits for a callback, an event or an activity is continued with a value.

    Args:
        value: what it is continued with, the state's result.
        after: the seconds until then, on the test's clock; no heartbeat comes before.

    Raises:
        ValueError: it is not JSON.
    """
    return Continues(_json("continues", value), _seconds(after))


def runs(
    workflow: Workflow,
    *,
    values: Mapping[str, Any] | None = None,
    mocks: Mocks | None = None,
) -> Runs:
    """A call that starts another workflow's execution runs that workflow.

    Its states are in the result's path and calls, behind the name of the state that starts it:
    `Ship the order.Pack`.

    Args:
        workflow: the one that is started.
        values: see `run`.
        mocks: the answers to the calls of its own Tasks.
    """
    return Runs(workflow, values or {}, mocks or {})


def _json(function: str, value: Any) -> Any:
    for problem in json_problems(value):
        raise ValueError(f"{function}: the value is not JSON: {problem}")
    return value


def _seconds(after: float) -> float:
    if after < 0:
        raise ValueError(f"after is {after}; write 0 or more seconds")
    return after
