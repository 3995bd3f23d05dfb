"""Routes that throttle, fail, and lose requests and answers: never a second execution."""

import math
import threading
import time
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from stepgate import (
    AccessDenied,
    Execution,
    ExecutionNotFound,
    IdempotencyKeyUsed,
    NoResponse,
    OutcomeUnknown,
    RetryPolicy,
    RouteFailed,
    Stack,
    StepgateError,
    Throttled,
    WaitTimedOut,
    WorkflowFailed,
)
from stepgate.client.outcome import retry_after
from stepgate.client.outputs import parse_outputs
from tests.client.routes import (
    Answer,
    Do,
    Fault,
    Routes,
    after,
    half,
    header_trickles,
    instead,
    problem,
    trickles,
)

POLICY = RetryPolicy(
    response_timeout=1,
    retry_timeout=10,
    initial_backoff=0.01,
    max_backoff=0.05,
    not_found_timeout=2,
)
BRIEF = replace(POLICY, retry_timeout=0.3, not_found_timeout=0.3)
IN_TIME = 5
"""Seconds that a busy machine may take for what takes under two, and that a route which never
answers (`tests.client.routes.SECONDS`) exceeds."""

HTML = Answer(502, "<html>\n<h1>Bad Gateway</h1>", {"Content-Type": "text/html"})
THROTTLED = problem(429, "ThrottlingException")

THROTTLES = {
    "429": instead(THROTTLED),
    "429 of a proxy": instead(HTML._replace(status=429)),
}
LATER = instead(Answer(429, "", {"Retry-After": "3600"}))
NOT_STARTED = {
    "the connection is dropped": instead(None),
    "500": instead(problem(500, "API_CONFIGURATION_ERROR")),
    "502 of a proxy": instead(HTML),
    "503, come back now": instead(Answer(503, "", {"Retry-After": "0"})),
}
STARTED: dict[str, Fault] = {
    "the connection is dropped": after(None),
    "half an answer": half,
    "500": after(problem(500, "DEFAULT_5XX")),
    "504": after(problem(504, "INTEGRATION_TIMEOUT")),
    "502 of a proxy": after(HTML),
}


def cases(faults: dict[str, Fault]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", faults.values(), ids=faults.keys())


@pytest.fixture
def routes() -> Generator[Routes]:
    with Routes().serving() as routes:
        yield routes


@pytest.fixture
def stack(routes: Routes) -> Generator[Stack]:
    with stack_of(routes) as stack:
        yield stack


def stack_of(routes: Routes, retry_policy: RetryPolicy = POLICY) -> Stack:
    return Stack(parse_outputs(routes.outputs()), retry_policy=retry_policy)


def started_once(routes: Routes, execution: Execution) -> bool:
    """One execution, whatever was sent; and what was sent again was the same."""
    starts = routes.requests("POST")
    assert len({(start.headers["Idempotency-Key"], start.body) for start in starts}) == 1
    return [*routes.executions] == [execution.name]


# Starts


@cases(THROTTLES | NOT_STARTED | {f"{name}, but it runs": f for name, f in STARTED.items()})
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("key", [None, "a-key"])
def test_a_start_is_sent_again_until_it_is_known_to_run(
    routes: Routes, stack: Stack, fault: Fault, times: int, key: str | None
) -> None:
    routes.faults = [fault] * times
    execution = stack.start("later", {"a": 1}, idempotency_key=key)
    assert started_once(routes, execution)
    assert len(routes.requests("POST")) == times + 1
    assert execution.status().input == {"a": 1}


@pytest.mark.parametrize("key", [None, "a-key"])
def test_a_start_whose_answer_comes_too_late_is_sent_again(
    routes: Routes, stack: Stack, key: str | None
) -> None:
    routes.faults = [routes.slow]
    assert started_once(routes, stack.start("later", {"a": 1}, idempotency_key=key))
    assert len(routes.requests("POST")) == 2


@cases(STARTED)
@pytest.mark.parametrize("key", [None, "a-key"])
def test_an_execution_that_ends_before_the_start_is_sent_again_was_started(
    routes: Routes, stack: Stack, fault: Fault, key: str | None
) -> None:
    routes.ends_at_once = True
    routes.faults = [instead(THROTTLED), fault]
    execution = stack.start("later", {"a": 1, "b": [True, 1.0, "ü"]}, idempotency_key=key)
    assert started_once(routes, execution)
    assert execution.wait() == {"a": 1, "b": [True, 1.0, "ü"]}


def test_a_key_of_the_clients_own_is_nobody_elses(routes: Routes, stack: Stack) -> None:
    """A proxy may have sent the request twice; the status route is not asked, and may refuse."""

    def sent_twice(do: Do) -> Answer:
        do()
        return do()

    routes.ends_at_once = True
    routes.faults = [sent_twice]
    assert started_once(routes, stack.start("later"))
    routes.faults = [sent_twice]
    with pytest.raises(IdempotencyKeyUsed):
        stack.start("later", idempotency_key="a-key")
    assert not routes.requests("GET")


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("other", ["[0]", '{"a": true}', '{"a": 1.0}', "{}"])
def test_a_key_that_was_used_for_another_input_is_refused(
    routes: Routes, stack: Stack, other: str, lost: bool
) -> None:
    routes.executions["a-key"] = other.encode()
    routes.faults = [instead(None)] * lost
    with pytest.raises(IdempotencyKeyUsed) as used:
        stack.start("later", {"a": 1}, idempotency_key="a-key")
    assert (used.value.status, used.value.execution) == (409, "a-key")
    assert routes.executions == {"a-key": other.encode()}


def test_a_key_that_was_used_for_the_same_input_is_refused_unless_this_start_did_it(
    routes: Routes, stack: Stack
) -> None:
    routes.ends_at_once = True
    stack.start("later", {"a": 1}, idempotency_key="a-key")
    routes.faults = [instead(THROTTLED)]
    with pytest.raises(IdempotencyKeyUsed, match="use a new key, or read its execution's status"):
        stack.start("later", {"a": 1}, idempotency_key="a-key")


def test_another_conflict_is_no_start(routes: Routes, stack: Stack) -> None:
    routes.always = instead(Answer(409, "<html>", {"Content-Type": "text/html"}))
    with pytest.raises(StepgateError, match="returned 409, text/html: <html>; not a resp"):
        stack.start("later")


@pytest.mark.parametrize("key", [None, "a-key"])
def test_a_start_that_is_never_answered_says_under_which_name_to_look(
    routes: Routes, key: str | None
) -> None:
    routes.always = after(None)
    began = time.monotonic()
    with stack_of(routes, BRIEF) as stack, pytest.raises(OutcomeUnknown) as unknown:
        stack.start("later", idempotency_key=key)
    assert time.monotonic() - began < IN_TIME
    assert [*routes.executions] == [unknown.value.execution]
    assert f"look for {unknown.value.execution}, and if it does not exist" in str(unknown.value)


@pytest.mark.parametrize("last", [problem(403, "EXPIRED_TOKEN"), problem(429, "THROTTLED")])
def test_a_refusal_does_not_hide_that_an_earlier_attempt_may_have_started_it(
    routes: Routes, last: Answer
) -> None:
    routes.faults = [after(None)]
    routes.always = instead(last)
    with stack_of(routes, BRIEF) as stack, pytest.raises(OutcomeUnknown) as unknown:
        stack.start("later")
    assert [*routes.executions] == [unknown.value.execution]


def test_a_status_that_does_not_tell_whose_the_execution_is_leaves_it_unknown(
    routes: Routes, stack: Stack
) -> None:
    routes.ends_at_once = True

    def forbids_to_look(do: object) -> Answer:
        del do
        routes.always = instead(problem(403, "ACCESS_DENIED"))
        return problem(409, "ExecutionAlreadyExists", execution="a-key")

    routes.faults = [after(None), forbids_to_look]
    with pytest.raises(OutcomeUnknown, match=r"GET .* ACCESS_DENIED: So it is; the caller needs"):
        stack.start("later", idempotency_key="a-key")


@pytest.mark.parametrize(
    ("body", "name"), [({"execution": "another"}, "another"), ({}, "a-key"), ("<html>", "a-key")]
)
def test_a_start_whose_key_has_not_come_through_is_told(
    routes: Routes, stack: Stack, body: object, name: str
) -> None:
    routes.always = instead(Answer(202, body))
    with pytest.raises(OutcomeUnknown, match="the header Idempotency-Key was lost") as unknown:
        stack.start("later", idempotency_key="a-key")
    assert unknown.value.execution == name


# Calls


@cases(THROTTLES)
@pytest.mark.parametrize("times", [1, 3])
def test_a_throttled_call_is_sent_again(
    routes: Routes, stack: Stack, fault: Fault, times: int
) -> None:
    routes.faults = [fault] * times
    assert stack.call("now") == {"runs": 1}


def test_a_call_whose_connection_is_refused_is_sent_again() -> None:
    routes = Routes(listens=False)
    opens = threading.Timer(0.1, routes.server_activate)
    with routes.serving(), stack_of(routes) as stack:
        opens.start()
        assert stack.call("now") == {"runs": 1}
        opens.join()


@cases(NOT_STARTED | {f"{name}, but it ran": f for name, f in STARTED.items()})
def test_a_call_that_may_have_run_is_not_sent_again(
    routes: Routes, stack: Stack, fault: Fault
) -> None:
    routes.faults = [instead(THROTTLED), fault]
    with pytest.raises(OutcomeUnknown, match="it is not known whether now ran; check before"):
        stack.call("now")
    assert len(routes.received) == 2


def test_a_call_whose_answer_comes_too_late_is_not_sent_again(routes: Routes, stack: Stack) -> None:
    routes.faults = [routes.slow]
    with pytest.raises(OutcomeUnknown, match=r"no response: ReadTimeout .*not known whether now"):
        stack.call("now")
    assert (routes.runs, len(routes.received)) == (1, 1)


def test_a_call_with_an_output_that_cannot_be_read_is_not_sent_again(
    routes: Routes, stack: Stack
) -> None:
    routes.faults = [after(Answer(200, '{"runs": '))]
    with pytest.raises(OutcomeUnknown, match="returned 200"):
        stack.call("now")
    assert (routes.runs, len(routes.received)) == (1, 1)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 429, 500, 504])
def test_a_workflow_that_fails_has_run_whatever_its_status(
    routes: Routes, stack: Stack, status: int
) -> None:
    routes.faults = [after(problem(status, "Busy", "Not now.", execution="e-1"))]
    with pytest.raises(WorkflowFailed) as failed:
        stack.call("now")
    error = failed.value
    assert (error.status, error.error, error.detail) == (status, "Busy", "Not now.")
    assert error.execution == "e-1"
    assert (routes.runs, len(routes.received)) == (1, 1)


# RetryPolicy


def test_what_cannot_be_reached_has_started_nothing() -> None:
    routes = Routes(listens=False)
    with routes, stack_of(routes, BRIEF) as stack:
        for ask in (lambda: stack.call("now"), lambda: stack.start("later")):
            with pytest.raises(
                NoResponse, match=r"POST http://.* got no response: Conn"
            ) as unanswered:
                ask()
            assert not unanswered.value.may_have_arrived


def test_a_local_stack_that_does_not_run_is_reported_with_the_command_that_starts_it() -> None:
    url = "http://127.0.0.1:1/_aws/execute-api/abc/v1/now"
    route = {"mode": "sync", "url": url}
    outputs = {"routes": {"now": route}, "region": "us-east-1", "authorization": "none"}
    with (
        Stack(parse_outputs(outputs), retry_policy=BRIEF) as stack,
        pytest.raises(NoResponse) as stopped,
    ):
        stack.call("now")
    assert str(stopped.value).startswith(f"POST {url} got no response: ConnectError")
    assert "; the local stack does not run; start it with `stepgate local up`" in str(stopped.value)


def test_throttling_that_does_not_end_is_an_error_and_nothing_was_started(routes: Routes) -> None:
    routes.always = instead(THROTTLED)
    with stack_of(routes, BRIEF) as stack:
        for ask in (lambda: stack.call("now"), lambda: stack.start("later")):
            began = time.monotonic()
            with pytest.raises(Throttled) as throttled:
                ask()
            assert time.monotonic() - began < IN_TIME
            assert (throttled.value.status, throttled.value.error) == (429, "ThrottlingException")
    assert len(routes.received) > 6


def test_retry_after_is_honoured(routes: Routes, stack: Stack) -> None:
    routes.faults = [instead(Answer(503, "", {"Retry-After": "1"}))]
    began = time.monotonic()
    stack.start("later")
    assert 1 <= time.monotonic() - began < IN_TIME


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("Fri, 01 Jan 2021 00:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("Fri, 01 Jan 99999999999 00:00:00 GMT", None),
        ("9" * 400, math.inf),
        ("-1", None),
        ("1.5", None),
        ("²", None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(text: str, seconds: float | None) -> None:
    found = retry_after(httpx.Response(429, headers=[(b"Retry-After", text.encode("latin-1"))]))
    assert found == seconds


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_retry_after_may_be_a_date(zone: str) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=600))
    found = retry_after(httpx.Response(429, headers={"Retry-After": later.replace("+0000", zone)}))
    assert found == pytest.approx(600, abs=60)


def test_a_call_waits_no_longer_than_its_timeouts_allow(routes: Routes, stack: Stack) -> None:
    routes.always = LATER
    began = time.monotonic()
    with pytest.raises(Throttled):
        stack.start("later")
    assert time.monotonic() - began < IN_TIME
    assert len(routes.received) == 1


@pytest.mark.parametrize("fault", [trickles, header_trickles])
def test_an_answer_that_trickles_comes_too_late(routes: Routes, stack: Stack, fault: Fault) -> None:
    routes.always = fault
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="no response: ReadTimeout"):
        stack.call("now")
    assert time.monotonic() - began < IN_TIME


# Executions


def test_an_execution_that_was_just_started_may_be_unknown_for_a_moment(
    routes: Routes, stack: Stack
) -> None:
    execution = stack.start("later", {"a": 1})
    routes.faults = [instead(problem(404, "ExecutionDoesNotExist"))] * 3
    assert execution.status().input == {"a": 1}
    routes.faults = [instead(problem(404, "ExecutionDoesNotExist"))] * 3
    execution.stop()
    assert routes.ended == {execution.name}


def test_the_moment_begins_when_the_execution_is_known_to_run(routes: Routes) -> None:
    retry_policy = replace(POLICY, not_found_timeout=0.8)
    with stack_of(routes, retry_policy) as stack:
        routes.faults = [routes.slow]
        execution = stack.start("later")
        routes.faults = [instead(problem(404, "ExecutionDoesNotExist"))]
        assert execution.status().is_running


def test_an_execution_that_stays_unknown_is_not_found(routes: Routes) -> None:
    with stack_of(routes, replace(POLICY, not_found_timeout=0.3)) as stack:
        execution = stack.start("later")
        routes.executions.clear()
        with pytest.raises(ExecutionNotFound):
            execution.status()
    assert len(routes.requests("GET")) > 1


def test_a_wait_that_ends_while_the_execution_may_be_unknown_has_timed_out(routes: Routes) -> None:
    with stack_of(routes, replace(POLICY, not_found_timeout=30)) as stack:
        execution = stack.start("later")
        routes.executions.clear()
        began = time.monotonic()
        with pytest.raises(WaitTimedOut):
            execution.wait(timeout=0.3)
    assert 0.3 <= time.monotonic() - began < IN_TIME


def test_an_execution_may_be_unknown_for_longer_than_requests_are_sent_again(
    routes: Routes,
) -> None:
    with stack_of(routes, replace(POLICY, retry_timeout=0, not_found_timeout=30)) as stack:
        execution = stack.start("later", {"a": 1})
        routes.faults = [instead(problem(404, "ExecutionDoesNotExist"))] * 3
        assert execution.status().input == {"a": 1}


def test_an_unknown_execution_that_was_not_started_here_is_not_found_at_once(
    routes: Routes, stack: Stack
) -> None:
    execution = stack.execution("later", "e-1")
    with pytest.raises(ExecutionNotFound):
        execution.status()
    with pytest.raises(ExecutionNotFound):
        execution.stop()
    assert len(routes.received) == 2


@cases(THROTTLES | NOT_STARTED | {"half an answer": half})
def test_an_execution_is_looked_at_and_stopped_again(
    routes: Routes, stack: Stack, fault: Fault
) -> None:
    execution = stack.start("later", {"a": 1})
    routes.faults = [fault]
    assert execution.status().is_running
    routes.faults = [fault]
    execution.stop()
    routes.faults = [fault]
    assert execution.wait() == {"a": 1}


def test_a_route_that_stays_broken_is_told(routes: Routes) -> None:
    with stack_of(routes, BRIEF) as stack:
        execution = stack.start("later")
        routes.always = instead(problem(502, "InternalError"))
        with pytest.raises(RouteFailed):
            execution.status()
        routes.always = instead(problem(403, "ACCESS_DENIED"))
        with pytest.raises(AccessDenied):
            execution.stop()
        routes.always = instead(None)
        for ask in (execution.stop, execution.wait):
            with pytest.raises(NoResponse) as unanswered:
                ask()
            assert unanswered.value.may_have_arrived


@pytest.mark.parametrize("fault", [None, instead(None), instead(THROTTLED), instead(HTML), LATER])
def test_a_wait_ends_in_time_whatever_the_route_does(
    routes: Routes, stack: Stack, fault: Fault | None
) -> None:
    execution = stack.start("later")
    routes.always = fault
    began = time.monotonic()
    with pytest.raises(WaitTimedOut):
        execution.wait(timeout=0.3)
    assert 0.3 <= time.monotonic() - began < IN_TIME
    assert not routes.ended, "it goes on"
    assert not routes.requests("DELETE")


@pytest.mark.parametrize("how", ["slow", "trickles"])
def test_a_wait_ends_in_time_however_long_an_answer_takes(routes: Routes, how: str) -> None:
    with stack_of(routes, RetryPolicy()) as stack:
        execution = stack.start("later", {"a": "long" * 20})
        routes.always = routes.slow if how == "slow" else trickles
        began = time.monotonic()
        with pytest.raises(WaitTimedOut):
            execution.wait(timeout=1.2)
        assert time.monotonic() - began < IN_TIME


def test_a_wait_ends_in_time_however_long_a_pause_would_be(routes: Routes) -> None:
    with stack_of(routes, RetryPolicy(initial_backoff=5)) as stack:
        execution = stack.start("later")
        began = time.monotonic()
        with pytest.raises(WaitTimedOut):
            execution.wait(timeout=0.2)
        assert time.monotonic() - began < IN_TIME


def test_a_wait_looks_less_and_less_often(routes: Routes) -> None:
    retry_policy = RetryPolicy(initial_backoff=0.1, max_backoff=1)
    with stack_of(routes, retry_policy) as stack:
        execution = stack.start("later")
        with pytest.raises(WaitTimedOut):
            execution.wait(timeout=1)
    # At 0, 0.1, 0.25, 0.48, 0.81, 1 s on a quiet machine; chance halves each pause at most.
    assert 2 <= len(routes.requests("GET")) <= 8


# The wait route


def paths(routes: Routes) -> list[str]:
    return [received.path.removeprefix("/v1/later/e-1") for received in routes.requests("GET")]


@pytest.mark.parametrize(
    ("timeout", "response_timeout", "seconds"), [(None, 35, 25), (8.9, 35, 8), (None, 10, 6)]
)
def test_a_wait_waits_at_the_route(
    routes: Routes, timeout: float | None, response_timeout: float, seconds: int
) -> None:
    routes.waits = True
    with stack_of(routes, RetryPolicy(response_timeout=response_timeout)) as stack:
        execution = stack.start("later", {"a": 1}, idempotency_key="e-1")
        assert execution.wait(timeout) == {"a": 1}
    assert paths(routes) == ["", f"/wait?seconds={seconds}", ""]


@pytest.mark.parametrize("answer", [THROTTLED, HTML, problem(403, "ACCESS_DENIED"), None])
def test_where_the_wait_route_fails_the_status_is_polled(
    routes: Routes, answer: Answer | None
) -> None:
    routes.waits = True
    running: list[Fault] = [lambda do: do(), instead(answer)]
    with stack_of(routes, replace(POLICY, response_timeout=5)) as stack:
        execution = stack.start("later", {"a": 1}, idempotency_key="e-1")
        routes.faults = running * 3
        assert execution.wait(timeout=60) == {"a": 1}
    assert paths(routes) == ["", "/wait?seconds=1"] * 3 + ["", "/wait?seconds=1", ""]


def test_a_short_wait_does_not_ask_the_wait_route(routes: Routes) -> None:
    routes.waits = True
    with stack_of(routes, POLICY) as stack:
        execution = stack.start("later", idempotency_key="e-1")
        with pytest.raises(WaitTimedOut):
            execution.wait(timeout=0.3)
    assert {*paths(routes)} == {""}
