"""When the status route is asked for an end that no message has told."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stepgate.client.errors import ExecutionNotFound, NoResponse
from stepgate.client.message import Message
from stepgate.client.status_fallback import MAX_NOT_FOUND, StatusFallback
from tests.client.status_routes import Ended, StatusRoutes

TIME = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
ENTERED = Message("slow", "e", "arn:e", "A", "ENTERED", TIME)
LAST = Message("slow", "e", "arn:e", None, "SUCCEEDED", TIME)


def fallback_of(
    *answers: Ended | Exception, silence_timeout: float = 0
) -> tuple[StatusFallback, StatusRoutes]:
    routes = StatusRoutes(list(answers))
    return StatusFallback(routes, silence_timeout), routes


def awaited(fallback: StatusFallback) -> Message:
    while not (message := fallback.next_message()):
        time.sleep(0.001)
    return message


def test_a_running_execution_is_asked_for_again_at_growing_intervals() -> None:
    fallback, routes = fallback_of(
        Ended("RUNNING"), Ended("RUNNING"), Ended("FAILED"), silence_timeout=0.02
    )
    begun = time.monotonic()
    fallback.record(ENTERED)
    assert awaited(fallback).status == "FAILED"
    assert time.monotonic() - begun >= 0.02 + 0.04 + 0.08
    assert len(routes.asked) == 3


def test_a_route_that_does_not_answer_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    fallback, _ = fallback_of(
        NoResponse("nobody answers", may_have_arrived=False), Ended("ABORTED"), silence_timeout=0.01
    )
    fallback.record(ENTERED)
    assert awaited(fallback).status == "ABORTED"
    assert caplog.record_tuples == [
        ("stepgate.client.status_fallback", logging.WARNING, "e of slow: no status: nobody answers")
    ]


UNKNOWN = ExecutionNotFound("no such execution", status=404, error=None, detail="", execution=None)


def test_an_execution_that_the_route_does_not_know_is_asked_for_no_more() -> None:
    fallback, routes = fallback_of(*[UNKNOWN] * (MAX_NOT_FOUND + 1))
    fallback.record(ENTERED)
    while fallback.wait_seconds(20) < 20:
        assert fallback.next_message() is None
    assert len(routes.asked) == MAX_NOT_FOUND


def test_only_so_many_executions_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepgate.client.status_fallback.MAX_EXECUTIONS", 2)
    fallback, routes = fallback_of(Ended("FAILED"), Ended("FAILED"))
    for number in (1, 2, 1, 3):
        fallback.record(replace(ENTERED, execution=f"e{number}", execution_arn=f"arn:{number}"))
    while fallback.wait_seconds(20) < 20:
        if message := fallback.next_message():
            fallback.record_end(message)
    assert routes.asked == [("slow", "e1"), ("slow", "e3")]


def test_an_error_that_nobody_foresaw_is_raised() -> None:
    fallback, _ = fallback_of(ZeroDivisionError())
    fallback.record(ENTERED)
    with pytest.raises(ZeroDivisionError):
        awaited(fallback)


def test_nobody_is_asked_for_an_execution_that_has_ended_or_that_no_route_knows() -> None:
    fallback, routes = fallback_of()
    fallback.record(ENTERED)
    fallback.record(LAST)
    fallback.record(replace(ENTERED, workflow="quick", execution_arn="arn:sync"))
    fallback.record(replace(ENTERED, workflow="unknown", execution_arn="arn:unknown"))
    assert fallback.next_message() is None
    assert fallback.wait_seconds(20) == 20
    assert routes.asked == []


def test_an_answer_counts_only_if_no_message_came_while_it_was_asked_for() -> None:
    fallback, routes = fallback_of(Ended("SUCCEEDED"))
    fallback.record(ENTERED)
    assert fallback.next_message() is None, "it asks"
    fallback.record(LAST)
    while fallback.wait_seconds(20) < 20:
        assert fallback.next_message() is None
    assert routes.asked == [("slow", "e")]


def test_after_the_end_a_second_one_is_late_unless_the_execution_was_redriven() -> None:
    fallback, _ = fallback_of(Ended("FAILED", stopped=TIME))
    fallback.record(ENTERED)
    fallback.record_end(awaited(fallback))
    late = replace(LAST, time=TIME + timedelta(seconds=2))
    again = replace(ENTERED, time=TIME + timedelta(seconds=9))
    assert not fallback.is_late(ENTERED), "a state is told, late as it may be"
    fallback.record(ENTERED)
    assert fallback.wait_seconds(20) == 20, "and is not asked for again"
    assert fallback.is_late(late), "EventBridge's own time is later than the execution's"
    assert not fallback.is_late(again)
    fallback.record(again)
    assert not fallback.is_late(late), "it is the end of another attempt"


def test_a_long_poll_ends_when_the_next_question_is_due() -> None:
    fallback, _ = fallback_of(silence_timeout=7.5)
    fallback.record(ENTERED)
    assert fallback.wait_seconds(20) == 8
    assert fallback.wait_seconds(5) == 5
