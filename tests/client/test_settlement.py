"""When the status route is asked for an end that no message has told."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from stepgate.errors import NoAnswer, NotFound
from stepgate.message import Message
from stepgate.settlement import MOST_UNKNOWN, Settlement

from tests.client.status_routes import Ended, StatusRoutes

TIME = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
ENTERED = Message("slow", "e", "arn:e", "A", "ENTERED", TIME)
LAST = Message("slow", "e", "arn:e", None, "SUCCEEDED", TIME)


def settlement(*answers: Ended | Exception, patience: float = 0) -> tuple[Settlement, StatusRoutes]:
    routes = StatusRoutes(list(answers))
    return Settlement(routes, patience), routes


def awaited(settlement: Settlement) -> Message:
    while not (message := settlement.answer()):
        time.sleep(0.001)
    return message


def test_a_running_execution_is_asked_for_again_at_growing_intervals() -> None:
    settles, routes = settlement(Ended("RUNNING"), Ended("RUNNING"), Ended("FAILED"), patience=0.02)
    begun = time.monotonic()
    settles.saw(ENTERED)
    assert awaited(settles).status == "FAILED"
    assert time.monotonic() - begun >= 0.02 + 0.04 + 0.08
    assert len(routes.asked) == 3


def test_a_route_that_does_not_answer_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    settles, _ = settlement(
        NoAnswer("nobody answers", may_have_arrived=False), Ended("ABORTED"), patience=0.01
    )
    settles.saw(ENTERED)
    assert awaited(settles).status == "ABORTED"
    assert caplog.record_tuples == [
        ("stepgate.settlement", logging.WARNING, "e of slow: no status: nobody answers")
    ]


UNKNOWN = NotFound("no such execution", status=404, error=None, detail="", execution=None)


def test_an_execution_that_the_route_does_not_know_is_asked_for_no_more() -> None:
    settles, routes = settlement(*[UNKNOWN] * (MOST_UNKNOWN + 1))
    settles.saw(ENTERED)
    while settles.wait_seconds(20) < 20:
        assert settles.answer() is None
    assert len(routes.asked) == MOST_UNKNOWN


def test_only_so_many_executions_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepgate.settlement.REMEMBERED", 2)
    settles, routes = settlement(Ended("FAILED"), Ended("FAILED"))
    for number in (1, 2, 1, 3):
        settles.saw(replace(ENTERED, execution=f"e{number}", execution_arn=f"arn:{number}"))
    while settles.wait_seconds(20) < 20:
        if message := settles.answer():
            settles.settled(message)
    assert routes.asked == [("slow", "e1"), ("slow", "e3")]


def test_an_error_that_nobody_foresaw_is_raised() -> None:
    settles, _ = settlement(ZeroDivisionError())
    settles.saw(ENTERED)
    with pytest.raises(ZeroDivisionError):
        awaited(settles)


def test_nobody_is_asked_for_an_execution_that_has_ended_or_that_no_route_knows() -> None:
    settles, routes = settlement()
    settles.saw(ENTERED)
    settles.saw(LAST)
    settles.saw(replace(ENTERED, workflow="quick", execution_arn="arn:sync"))
    settles.saw(replace(ENTERED, workflow="unknown", execution_arn="arn:unknown"))
    assert settles.answer() is None
    assert settles.wait_seconds(20) == 20
    assert routes.asked == []


def test_an_answer_counts_only_if_no_message_came_while_it_was_asked_for() -> None:
    settles, routes = settlement(Ended("SUCCEEDED"))
    settles.saw(ENTERED)
    assert settles.answer() is None, "it asks"
    settles.saw(LAST)
    while settles.wait_seconds(20) < 20:
        assert settles.answer() is None
    assert routes.asked == [("slow", "e")]


def test_after_the_end_a_second_one_is_late_unless_the_execution_was_redriven() -> None:
    settles, _ = settlement(Ended("FAILED", stopped=TIME))
    settles.saw(ENTERED)
    settles.settled(awaited(settles))
    late = replace(LAST, time=TIME + timedelta(seconds=2))
    again = replace(ENTERED, time=TIME + timedelta(seconds=9))
    assert not settles.is_late(ENTERED), "a state is told, late as it may be"
    settles.saw(ENTERED)
    assert settles.wait_seconds(20) == 20, "and is not asked for again"
    assert settles.is_late(late), "EventBridge's own time is later than the execution's"
    assert not settles.is_late(again)
    settles.saw(again)
    assert not settles.is_late(late), "it is the end of another attempt"


def test_a_long_poll_ends_when_the_next_question_is_due() -> None:
    settles, _ = settlement(patience=7.5)
    settles.saw(ENTERED)
    assert settles.wait_seconds(20) == 8
    assert settles.wait_seconds(5) == 5
