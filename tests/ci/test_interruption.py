"""Signals end what is at work, and nothing in between."""

import os
import signal
from collections.abc import Generator

import pytest

from stepgate.ci.errors import StoppedError
from stepgate.ci.interruption import Interruption
from stepgate.signals import STOP_SIGNALS


@pytest.fixture
def interruption() -> Generator[Interruption]:
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    yield Interruption()
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_between_two_steps_a_signal_only_keeps_the_next_from_starting(
    interruption: Interruption, number: signal.Signals
) -> None:
    interruption.check()
    send(number)
    with pytest.raises(StoppedError, match=f"^stopped by {number.name}$"):
        interruption.check()


def test_a_signal_ends_what_is_at_work_once_and_the_first_counts(
    interruption: Interruption,
) -> None:
    ended: list[str] = []
    with interruption.ends(lambda: ended.append("one")):
        send(signal.SIGTERM)
        send(signal.SIGINT)
        send(signal.SIGTERM)
    assert ended == ["one"]
    assert interruption.signal == signal.SIGTERM


def test_what_has_just_begun_when_a_signal_comes_is_ended_too(interruption: Interruption) -> None:
    ended: list[str] = []
    send(signal.SIGINT)
    with interruption.ends(lambda: ended.append("one")):
        assert ended == ["one"]


def test_what_has_ended_is_not_ended_again(interruption: Interruption) -> None:
    ended: list[str] = []
    with interruption.ends(lambda: ended.append("one")):
        pass
    send(signal.SIGINT)
    assert ended == []


def test_what_has_to_be_done_is_done_whenever_the_signal_comes(interruption: Interruption) -> None:
    ended: list[str] = []
    with interruption.held():
        send(signal.SIGINT)
        interruption.check()
        with interruption.ends(lambda: ended.append("one")):
            send(signal.SIGTERM)
    assert ended == []
    with pytest.raises(StoppedError):
        interruption.check()
