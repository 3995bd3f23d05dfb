"""The example's instance, toggled over the routes and restored to the state it was found in."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import httpx
import pytest

from stepgate.ci.smoke.caller import Caller, expect
from stepgate.signals import signals_deferred

# The states before and after what the workflow does.
STATES = {"started": ("stopped", "running"), "stopped": ("running", "stopped")}
# Longer than EC2 takes to start or stop an instance.
TRANSITION_SECONDS = 300
TRANSITION_POLL_SECONDS = 5
# Longer than the longest delay and the work: an execution ends before.
EXECUTION_SECONDS = 3700
EXECUTION_POLL_SECONDS = 1
# DescribeExecution is eventually consistent, and may not know an execution that has just started.
UNKNOWN_SECONDS = 30

Given = TypeVar("Given")


@dataclass(frozen=True)
class Example:
    """The example's routes, and the instance behind them.

    Attributes:
        sync_url: where `express-instance` is called.
        async_url: where `standard-instance` is started.
        execution_url: where its executions are, with `{execution}` for the name of one.
    """

    sync_url: str
    async_url: str
    execution_url: str
    instance_id: str


class AsyncToggle(NamedTuple):
    """What the asynchronous route answered, the execution's URL, and how the execution ended."""

    answer: httpx.Response
    url: str
    execution: Any


class Instance:
    """Remembers the state the instance was found in, also if a call is interrupted."""

    def __init__(self, example: Example, call: Caller) -> None:
        self._example = example
        self._call = call
        # By instance: a route that belongs to another stack toggles another one.
        self._found: dict[str, str] = {}
        self._now: dict[str, str] = {}
        self._acted = False
        self._is_sure = True  # every effect of the synchronous route is known
        self._execution: str | None = None  # the URL of one that may still act

    def toggle(self, instance_id: str | None = None) -> Any:
        """The output of the synchronous route, which is called until it acts.

        While an instance starts or stops, the workflow leaves it.

        Raises:
            pytest.fail.Exception: an answer is not as it should be, or the workflow never acts.
        """
        return self._until_it_acts(lambda: self._toggle(instance_id or self._example.instance_id))

    def toggle_async(self, body: Any) -> AsyncToggle:
        """The same over the asynchronous route, after `toggle` has shown how the instance was."""
        return self._until_it_acts(lambda: self._toggle_async(body))

    def restore(self) -> None:
        """
        Raises:
            pytest.exit.Exception: the instance may be in another state. A failure would be an
                internal error of pytest, if this comes after an interruption.
        """
        with signals_deferred():
            try:
                self._restore()
            except BaseException as error:
                found = [f"{instance_id} was {state}" for instance_id, state in self._found.items()]
                known = (
                    " and ".join(found) or f"the state of {self._example.instance_id} was unknown"
                )
                line = f"{known} before the tests, and it may be another now: {error!r}"
                pytest.exit(line, returncode=pytest.ExitCode.TESTS_FAILED)

    def _restore(self) -> None:
        try:
            if self._execution:
                self._stop(self._execution)
        finally:
            for instance_id, state in [*self._found.items()]:
                while self._now[instance_id] != state:
                    self.toggle(instance_id)
            assert self._is_sure, "no answer says what a call did"

    def _until_it_acts(self, call: Callable[[], Given]) -> Given:
        deadline = time.monotonic() + TRANSITION_SECONDS
        while True:
            done = call()
            if self._acted:
                return done
            if time.monotonic() > deadline:
                line = (
                    f"the workflow has left {self._example.instance_id} for {TRANSITION_SECONDS} s"
                )
                pytest.fail(f"{line}, because it is neither running nor stopped", pytrace=False)
            time.sleep(TRANSITION_POLL_SECONDS)

    def _toggle(self, instance_id: str) -> Any:
        # With the id, the route of another stack refuses the call instead of toggling its own
        # instance. An interrupted call may have acted, so signals wait for its answer.
        with signals_deferred():
            self._is_sure = False
            answer = self._call("POST", self._example.sync_url, {"instance_id": instance_id})
            self._is_sure = answer.is_client_error
            self._note(output := expect(answer, 200))
        return output

    def _toggle_async(self, body: Any) -> AsyncToggle:
        # Named here, so that it can be stopped if no answer comes.
        name = str(uuid4())
        url = self._example.execution_url.replace("{execution}", name)
        self._execution = url
        with signals_deferred():
            answer = self._call("POST", self._example.async_url, body, {"Idempotency-Key": name})
        if answer.is_client_error:
            self._execution = None
        expect(answer, 202)
        execution = self._end_of(url)
        if execution["status"] != "SUCCEEDED":
            pytest.fail(f"{url} should have succeeded: {execution}", pytrace=False)
        self._execution = None
        self._note(execution["output"])
        return AsyncToggle(answer, url, execution)

    def _note(self, output: Any) -> None:
        self._acted = output["action"] in STATES
        if self._acted:
            before, after = STATES[output["action"]]
            self._found.setdefault(output["instanceId"], before)
            self._now[output["instanceId"]] = after
        self._is_sure = True

    def _end_of(self, url: str) -> Any:
        started = time.monotonic()
        while (waited := time.monotonic() - started) < EXECUTION_SECONDS:
            answer = self._call("GET", url)
            if answer.status_code != HTTPStatus.NOT_FOUND or waited > UNKNOWN_SECONDS:
                execution = expect(answer, 200)
                if execution["status"] != "RUNNING":
                    return execution
            time.sleep(EXECUTION_POLL_SECONDS)
        return pytest.fail(f"{url} still runs after {EXECUTION_SECONDS} s", pytrace=False)

    def _stop(self, url: str) -> None:
        answer = self._call("DELETE", url)
        if answer.status_code != HTTPStatus.NOT_FOUND:
            expect(answer, 202)
