"""How much is kept of opened executions."""

from datetime import UTC, datetime

import pytest

from stepgate.client.history_event import HistoryEvent, with_data_up_to
from stepgate.client.visited_state import LocatedEvent, VisitedState
from stepgate.dashboard import history_cache
from stepgate.dashboard.history_cache import HistoryCache, ReadExecution

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def event(id_: int, input_: str) -> HistoryEvent:
    return HistoryEvent(id_, 0, NOON, "PassStateEntered", {"name": "A", "input": input_})


def read(*texts: str) -> ReadExecution:
    events = tuple(LocatedEvent(event(1, text), "A", ()) for text in texts)
    return ReadExecution(NOON, events=events)


def test_events_count_with_all_that_they_say() -> None:
    assert read("i" * 100_000, "j" * 100_000).size > 200_000


def test_a_text_that_a_state_and_its_event_share_counts_once() -> None:
    text = "i" * 100_000
    states = (VisitedState("A", NOON, None, input=text),)
    shared = ReadExecution(NOON, states=states, events=read(text).events)
    assert 100_000 < shared.size < 150_000


def test_those_that_were_opened_longest_ago_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_cache, "MAX_BYTES", 250_000)
    cache = HistoryCache()
    for name in "abc":
        cache.put(name, read(name * 100_000))
    assert [cache.get(name) is None for name in "abc"] == [True, False, False]


def test_data_after_so_much_of_a_history_are_left_out() -> None:
    events = [event(number, "i" * 1_000) for number in range(5)]
    kept = [*with_data_up_to(2_500, events)]
    assert [each.is_cut for each in kept] == [False, False, True, True, True]
    assert kept[-1].details == {"name": "A"}
    assert kept[-1].data_size == 0


def test_data_are_measured_by_the_memory_that_they_take() -> None:
    """A character of Latin takes one byte, one of Chinese two, and an emoji four."""
    sizes = [event(1, letter * 1_000).data_size for letter in ("i", "日", "🙂")]
    assert [size // 1_000 for size in sizes] == [1, 2, 4]
