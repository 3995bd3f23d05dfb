"""Progress messages, as texts and as data."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stepgate.client.errors import InvalidMessage
from stepgate.client.message import Message

MEMBERS: dict[str, Any] = {
    "workflow": "later",
    "execution": "k",
    "executionArn": "arn:aws:states:us-east-1:000000000000:execution:later:k",
    "state": "Delay",
    "status": "ENTERED",
    "time": "2026-11-22T18:12:25.918Z",
}


def test_a_message_of_a_state_is_read() -> None:
    assert Message.from_body(json.dumps(MEMBERS | {"more": [1]})) == Message(
        "later",
        "k",
        MEMBERS["executionArn"],
        "Delay",
        "ENTERED",
        datetime(2026, 11, 22, 18, 12, 25, 918_000, tzinfo=UTC),
    )


def test_the_last_message_has_no_state_and_tells_how_the_execution_has_failed() -> None:
    last = {name: value for name, value in MEMBERS.items() if name != "state"}
    failure = {"status": "FAILED", "error": "NotFound", "cause": "There is none."}
    message = Message.from_body(json.dumps(last | failure))
    assert (message.state, message.status, message.error, message.cause) == (
        None,
        "FAILED",
        "NotFound",
        "There is none.",
    )


def test_a_message_of_a_map_has_its_item() -> None:
    assert Message.from_body(json.dumps(MEMBERS | {"item": 0})).item == 0
    assert Message.from_body(json.dumps(MEMBERS)).item is None


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-11-22T18:12:25.918Z", 918_000),
        ("2026-11-22T18:12:25.918747+00:00", 918_747),
        ("2026-11-22T18:12:25Z", 0),
        ("2026-11-22T19:12:25+01:00", 0),
    ],
)
def test_times_of_aws_and_of_the_emulator_are_read_in_utc(text: str, microsecond: int) -> None:
    time = Message.from_body(json.dumps(MEMBERS | {"time": text})).time
    assert time == datetime(2026, 11, 22, 18, 12, 25, microsecond, tzinfo=UTC)
    assert time.tzinfo is UTC


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "'workflow' should be a non-empty string, not None"),
        (json.dumps(MEMBERS | {"execution": 5}), "'execution' .*, not 5"),
        (json.dumps(MEMBERS | {"executionArn": ""}), "'executionArn' .*, not ''"),
        (json.dumps(MEMBERS | {"state": 5}), "'state' .*, not 5"),
        (json.dumps(MEMBERS | {"status": "RUNNING"}), "'status' .*, not 'RUNNING'"),
        (json.dumps(MEMBERS | {"status": []}), r"'status' .*, not \[\]"),
        (json.dumps(MEMBERS | {"time": "today"}), "'time' .*, not 'today'"),
        (json.dumps(MEMBERS | {"time": "2026-11-22T18:12:25"}), "an offset"),
        (json.dumps(MEMBERS | {"time": "0001-01-01T00:00:00+14:00"}), "an ISO 8601 time"),
        (json.dumps(MEMBERS | {"error": {}}), "'error' .*, not {}"),
        (json.dumps(MEMBERS | {"item": "1"}), "'item' .*, not '1'"),
        (json.dumps(MEMBERS | {"item": True}), "'item' .*, not True"),
        (json.dumps(MEMBERS | {"item": -1}), "'item' .*, not -1"),
    ],
)
def test_a_text_that_is_no_message_is_told_with_what_is_wrong(body: str, wrong: str) -> None:
    with pytest.raises(InvalidMessage, match=wrong) as malformed:
        Message.from_body(body)
    assert "\n" not in str(malformed.value)
