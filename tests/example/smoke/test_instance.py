"""An instance that takes its time, behind routes that break off, and how it is left."""

import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from smoke.instance import Example, Instance
from stepgate.ci.smoke.caller import Caller
from tests.ci.smoke.conftest import Clock

BASE = "https://api.example.com/v1"
EXAMPLE = Example(
    f"{BASE}/express-instance",
    f"{BASE}/standard-instance",
    f"{BASE}/standard-instance/{{execution}}",
    "i-0123456789abcdef0",
)
STATES = pytest.mark.parametrize("state", ["running", "stopped"])
DELAY_SECONDS = 29

Do = Callable[[], httpx.Response]


class Routes:
    """The example's routes, with the instance and the executions behind them.

    Attributes:
        state: the instance's, or the one that it is on its way to.
        breaks: called with each request and what does it, in place of doing it.
    """

    def __init__(self, clock: Clock, state: str, transition_seconds: float = 0) -> None:
        self.state = state
        self.executions: dict[str, dict[str, Any]] = {}
        self.breaks: Callable[[str, Do], httpx.Response] = lambda _, do: do()
        self._clock = clock
        self._transition_seconds = transition_seconds
        self._in_transition_until = 0.0

    def instance(self) -> Instance:
        return Instance(EXAMPLE, Caller(httpx.Client(transport=httpx.MockTransport(self._answer))))

    def wait(self) -> None:
        """Until every execution has ended."""
        self._clock.sleep(DELAY_SECONDS)
        self._work()

    def acted(self) -> bool:
        return any(e["status"] == "SUCCEEDED" for e in self.executions.values())

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self._work()
        return self.breaks(f"{request.method} {request.url.path}", lambda: self._do(request))

    def _do(self, request: httpx.Request) -> httpx.Response:
        workflow, _, name = request.url.path.removeprefix("/v1/").partition("/")
        if workflow == "express-instance":
            return httpx.Response(200, json=self._toggle())
        if not name:
            name = request.headers["Idempotency-Key"]
            self.executions[name] = {"status": "RUNNING", "due": self._clock.now + DELAY_SECONDS}
            return httpx.Response(202, json={"execution": name})
        if name not in self.executions:
            return httpx.Response(404)
        if request.method == "DELETE":
            self.executions[name]["status"] = "ABORTED"
            return httpx.Response(202, json={})
        return httpx.Response(200, json=self.executions[name])

    def _work(self) -> None:
        for execution in self.executions.values():
            if execution["status"] == "RUNNING" and execution["due"] <= self._clock.now:
                execution |= {"status": "SUCCEEDED", "output": self._toggle()}

    def _toggle(self) -> dict[str, str]:
        if self._clock.now < self._in_transition_until:
            return {"instanceId": EXAMPLE.instance_id, "action": "none"}
        self.state, action = {"running": ("stopped", "stopped"), "stopped": ("running", "started")}[
            self.state
        ]
        self._in_transition_until = self._clock.now + self._transition_seconds
        return {"instanceId": EXAMPLE.instance_id, "action": action}


def lost(request: str, *, done: bool) -> Callable[[str, Do], httpx.Response]:
    """The first such request comes to no answer, whether it was done or not."""
    left = [request]

    def breaks(asked: str, do: Do) -> httpx.Response:
        if asked.startswith(tuple(left)):
            left.clear()
            if done:
                do()
            raise httpx.ReadTimeout("no answer in time")
        return do()

    return breaks


def always(answer: httpx.Response) -> Callable[[str, Do], httpx.Response]:
    def breaks(_: str, __: Do) -> httpx.Response:
        return answer

    return breaks


def restore(instance: Instance) -> None:
    """What it raises would end the run of these tests."""
    try:
        instance.restore()
    except pytest.exit.Exception as left:
        pytest.fail(str(left))


@STATES
def test_a_call_is_repeated_until_the_workflow_acts(clock: Clock, state: str) -> None:
    routes = Routes(clock, state, transition_seconds=63)
    instance = routes.instance()
    instance.toggle()
    before = clock.now
    instance.toggle()
    assert 63 <= clock.now - before <= 70
    assert instance.toggle_async({}).execution["output"]["action"] != "none"
    assert len(routes.executions) > 1
    assert routes.state != state
    routes.breaks = lost("DELETE", done=False)  # what has ended is not stopped
    restore(instance)
    assert routes.state == state


def test_an_instance_that_is_in_transition_for_ever_fails_within_minutes(clock: Clock) -> None:
    routes = Routes(clock, "running", transition_seconds=10_000)
    instance = routes.instance()
    instance.toggle()
    with pytest.raises(pytest.fail.Exception, match="has left i-0123456789abcdef0 for 300 s"):
        instance.toggle()
    assert clock.now <= 310
    with pytest.raises(pytest.exit.Exception, match="i-0123456789abcdef0 was running before the"):
        instance.restore()


@pytest.mark.parametrize("times", [0, 2])
def test_an_instance_that_is_as_it_was_found_is_left_alone(clock: Clock, times: int) -> None:
    routes = Routes(clock, "running")
    instance = routes.instance()
    for _ in range(times):
        instance.toggle()
    restore(instance)
    assert routes.state == "running"


@pytest.mark.parametrize(("unknown", "ends"), [(3, True), (1000, False)])
def test_an_execution_may_be_unknown_for_a_moment(clock: Clock, unknown: int, ends: bool) -> None:
    routes = Routes(clock, "running")
    unknowns = [httpx.Response(404)] * unknown

    def breaks(asked: str, do: Do) -> httpx.Response:
        return unknowns.pop() if asked.startswith("GET") and unknowns else do()

    routes.breaks = breaks
    if ends:
        assert routes.instance().toggle_async({}).execution["status"] == "SUCCEEDED"
    else:
        with pytest.raises(pytest.fail.Exception, match="answered 404"):
            routes.instance().toggle_async({})
        assert clock.now == 31


@STATES
@pytest.mark.parametrize(
    ("request_", "done"),
    [
        ("POST /v1/standard-instance", True),
        ("POST /v1/standard-instance", False),
        ("GET /v1/standard-instance", True),
    ],
)
def test_an_execution_that_cannot_be_followed_is_stopped_and_the_instance_restored(
    clock: Clock, state: str, request_: str, done: bool
) -> None:
    routes = Routes(clock, state, transition_seconds=40)
    instance = routes.instance()
    instance.toggle()
    routes.breaks = lost(request_, done=done)
    with pytest.raises(pytest.fail.Exception, match="got no answer"):
        instance.toggle_async({})
    restore(instance)
    routes.wait()
    assert routes.state == state


@STATES
def test_an_execution_that_has_acted_unseen_is_undone(clock: Clock, state: str) -> None:
    routes = Routes(clock, state)
    instance = routes.instance()
    instance.toggle()
    gone = httpx.Response(502, json={"error": "InternalError"})
    routes.breaks = lambda asked, do: gone if asked.startswith("GET") and routes.acted() else do()
    with pytest.raises(pytest.fail.Exception, match="answered 502"):
        instance.toggle_async({})
    restore(instance)
    assert routes.state == state


def test_a_failed_execution_is_shown_and_the_instance_restored(clock: Clock) -> None:
    routes = Routes(clock, "running")
    instance = routes.instance()
    instance.toggle()
    failed = httpx.Response(200, json={"status": "FAILED", "error": "InstanceForbidden"})
    routes.breaks = lambda asked, do: failed if asked.startswith("GET") else do()
    with pytest.raises(pytest.fail.Exception, match=r"should have succeeded: .*InstanceForbidden"):
        instance.toggle_async({})
    restore(instance)
    assert routes.state == "running"


@pytest.mark.parametrize(
    "breaks",
    [
        lost("POST", done=True),
        lost("POST", done=False),
        always(httpx.Response(504)),
        always(httpx.Response(200, text="<html>")),
    ],
)
def test_a_first_call_that_is_not_answered_is_reported_because_nobody_knows_what_it_did(
    clock: Clock, breaks: Callable[[str, Do], httpx.Response]
) -> None:
    routes = Routes(clock, "running")
    routes.breaks = breaks
    instance = routes.instance()
    with pytest.raises(pytest.fail.Exception):
        instance.toggle()
    with pytest.raises(pytest.exit.Exception) as left:
        instance.restore()
    assert left.value.returncode == 1
    line = "the state of i-0123456789abcdef0 was unknown before the tests,"
    assert str(left.value).startswith(line)


@pytest.mark.parametrize("later", [False, True])
def test_a_first_call_that_is_refused_leaves_nothing_to_restore(clock: Clock, later: bool) -> None:
    instance = (routes := Routes(clock, "running")).instance()
    routes.breaks = always(httpx.Response(403))
    with pytest.raises(pytest.fail.Exception, match="answered 403"):
        instance.toggle_async({}) if later else instance.toggle()
    restore(instance)


def test_an_instance_that_cannot_be_restored_is_reported_with_its_state_and_the_reason(
    clock: Clock,
) -> None:
    routes = Routes(clock, "running")
    instance = routes.instance()
    instance.toggle()
    routes.breaks = always(httpx.Response(502, text="no capacity"))
    with pytest.raises(pytest.exit.Exception) as left:
        instance.restore()
    assert left.value.returncode == 1
    line = str(left.value)
    assert line.startswith(
        "i-0123456789abcdef0 was running before the tests, and it may be another"
    )
    assert "answered 502: no capacity" in line


def test_an_execution_that_cannot_be_stopped_is_reported_and_the_instance_restored(
    clock: Clock,
) -> None:
    routes = Routes(clock, "running")
    instance = routes.instance()
    instance.toggle()
    routes.breaks = lost("GET", done=False)
    with pytest.raises(pytest.fail.Exception):
        instance.toggle_async({})
    routes.breaks = lost("DELETE", done=False)
    with pytest.raises(pytest.exit.Exception, match=r"DELETE .* got no answer"):
        instance.restore()
    assert routes.state == "running"


@pytest.mark.parametrize("later", [False, True])
def test_a_signal_waits_for_the_answer_of_a_call_that_toggles(clock: Clock, later: bool) -> None:
    routes = Routes(clock, "running")
    instance = routes.instance()
    if later:
        instance.toggle()

    def breaks(asked: str, do: Do) -> httpx.Response:
        if asked.startswith("POST"):
            signal.raise_signal(signal.SIGINT)
        return do()

    routes.breaks = breaks
    with pytest.raises(KeyboardInterrupt):
        instance.toggle_async({}) if later else instance.toggle()
    assert len(routes.executions) == later
    routes.breaks = lambda _, do: do()
    restore(instance)
    routes.wait()
    assert routes.state == "running"
