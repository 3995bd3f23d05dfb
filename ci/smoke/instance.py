"""The stack's instance, toggled over the routes and put back as it was found."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import httpx
import pytest

from ci.smoke.caller import Caller, expect
from ci.smoke.stack import Stack
from local.stack import signals_wait

# The states before and after what the workflow does.
STATES = {"started": ("stopped", "running"), "stopped": ("running", "stopped")}
# Longer than EC2 takes to start or stop an instance.
TRANSITION_SECONDS = 300
TRANSITION_POLL_SECONDS = 5
# Longer than the longest delay and the work: an execution ends by itself before.
EXECUTION_SECONDS = 3700
EXECUTION_POLL_SECONDS = 1
# DescribeExecution is eventually consistent, and may not know an execution that has just started.
UNKNOWN_SECONDS = 30

Given = TypeVar("Given")


class Later(NamedTuple):
    """What the asynchronous route answered, the execution's URL, and how the execution ended."""

    answer: httpx.Response
    url: str
    execution: Any


class Instance:
    """Knows how the instance was found, or that it cannot know, whatever breaks off a call."""

    def __init__(self, stack: Stack, call: Caller) -> None:
        self._stack = stack
        self._call = call
        # By instance, for a route that belongs to another stack toggles another one.
        self._found: dict[str, str] = {}
        self._now: dict[str, str] = {}
        self._acted = False
        self._is_sure = True  # the synchronous route has done nothing unseen
        self._execution: str | None = None  # the URL of one that may act yet

    def toggle(self, instance_id: str | None = None) -> Any:
        """The output of the synchronous route, which is called until it acts.

        While an instance starts or stops, the workflow leaves it.

        Raises:
            pytest.fail.Exception: an answer is not as it should be, or the workflow never acts.
        """
        return self._until_it_acts(lambda: self._toggle(instance_id or self._stack.instance_id))

    def toggle_later(self, body: Any) -> Later:
        """The same over the asynchronous route, after `toggle` has shown how the instance was."""
        return self._until_it_acts(lambda: self._toggle_later(body))

    def put_back(self) -> None:
        """
        Raises:
            pytest.exit.Exception: it may not be as it was found. A failure would be an internal
                error of pytest, if this comes after an interruption.
        """
        with signals_wait():
            try:
                self._put_back()
            except BaseException as error:
                found = [f"{instance_id} was {state}" for instance_id, state in self._found.items()]
                known = " and ".join(found) or f"nobody knows how {self._stack.instance_id} was"
                line = f"{known} before the tests, and it may be otherwise now: {error!r}"
                pytest.exit(line, returncode=pytest.ExitCode.TESTS_FAILED)

    def _put_back(self) -> None:
        try:
            if self._execution:
                self._stop(self._execution)
        finally:
            for instance_id, state in [*self._found.items()]:
                while self._now[instance_id] != state:
                    self.toggle(instance_id)
            assert self._is_sure, "no answer tells what a call did"

    def _until_it_acts(self, call: Callable[[], Given]) -> Given:
        deadline = time.monotonic() + TRANSITION_SECONDS
        while True:
            done = call()
            if self._acted:
                return done
            if time.monotonic() > deadline:
                line = f"the workflow has left {self._stack.instance_id} for {TRANSITION_SECONDS} s"
                pytest.fail(f"{line}, for it neither runs nor is stopped", pytrace=False)
            time.sleep(TRANSITION_POLL_SECONDS)

    def _toggle(self, instance_id: str) -> Any:
        # Without the id, the route of another stack would toggle that one's instance, which this
        # call is refused. A call that is broken off may have acted, so signals wait for its answer.
        with signals_wait():
            self._is_sure = False
            answer = self._call("POST", self._stack.sync_url, {"instance_id": instance_id})
            self._is_sure = answer.is_client_error
            self._note(output := expect(answer, 200))
        return output

    def _toggle_later(self, body: Any) -> Later:
        # It has its name from here, so that it can be stopped if no answer tells the name.
        name = str(uuid4())
        url = self._stack.execution_url(name)
        self._execution = url
        with signals_wait():
            answer = self._call("POST", self._stack.async_url, body, {"Idempotency-Key": name})
        if answer.is_client_error:
            self._execution = None
        expect(answer, 202)
        execution = self._end_of(url)
        if execution["status"] != "SUCCEEDED":
            pytest.fail(f"{url} should have succeeded: {execution}", pytrace=False)
        self._execution = None
        self._note(execution["output"])
        return Later(answer, url, execution)

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
