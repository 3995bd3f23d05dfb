"""What a test sees of a run."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal


@dataclass(frozen=True)
class Call:
    """What a Task called.

    Attributes:
        state: the state, in its place, as in the result's path.
        resource: the Task's `Resource`.
        arguments: what AWS would get: `Parameters` or `Arguments`, evaluated; the state's input if
            it has none.
    """

    state: str
    resource: str
    arguments: Any


@dataclass(frozen=True)
class HttpAnswer:
    """What the route would answer.

    Attributes:
        status: the HTTP status.
        headers: those that its templates set; API Gateway adds others.
        text: the body.
    """

    status: int
    headers: Mapping[str, str]
    text: str

    @cached_property
    def body(self) -> Any:
        """The body's JSON."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Result:
    """How an execution ended, and what it did.

    Attributes:
        status: how it ended.
        output: its output; None if it did not succeed.
        error: the error's name, if it failed.
        cause: the text with it.
        path: the states in the order in which they were entered. Those of a Map's items and a
            Parallel's branches follow it, item by item: `Each order[0].Charge`.
        retries: how often each state was retried, by its name in the path.
        calls: the calls of each Task, in their order; an empty list for one that was not reached.
            The names are those of the definition; a nested workflow's begin with the state that
            runs it, as in the path.
        seconds: the time that passed on the test's clock.
    """

    status: Literal["SUCCEEDED", "FAILED", "TIMED_OUT"]
    output: Any
    error: str | None
    cause: str | None
    path: Sequence[str]
    retries: Mapping[str, int]
    calls: Mapping[str, Sequence[Call]]
    seconds: float
    _render: Callable[["Result"], HttpAnswer] = field(repr=False, compare=False)

    @cached_property
    def http(self) -> HttpAnswer:
        """The answer of the workflow's route, by its own templates.

        A synchronous route answers with how the execution ended, an asynchronous one with the
        execution that it started.

        Raises:
            Unusable: what was run is a definition alone, which has no route.
        """
        return self._render(self)
