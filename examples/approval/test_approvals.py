"""The workflows that wait, run as tests: hours pass at once."""

from typing import Any

from approvals import WORKFLOWS

from stepgate.testing import Answer, Result, continues, fails, returns, run

APPROVE, PAY, BOOK = WORKFLOWS
HOUR = 3_600
VALUES = {
    "topic_arn": "arn:aws:sns:eu-west-1:111111111111:approvals",
    "table_name": "bookings",
    "verify_arn": "arn:aws:lambda:eu-west-1:111111111111:function:verify",
    "wait_seconds": HOUR,
}
LATE = continues({"approved": True}, after=HOUR + 1)
UNNOTED = fails("DynamoDb.ProvisionedThroughputExceededException")
SENT = returns({"MessageId": "m"})
SAVED = returns({})


def approve(answer: Answer, again: Answer = LATE, other: Answer = LATE, **others: Answer) -> Result:
    mocks = {
        **dict.fromkeys(("Ask", "Remind", "Escalate"), SENT),
        "Wait for the answer": answer,
        "Wait again": again,
        "Wait for somebody else": other,
        **others,
    }
    return run(APPROVE, {"amount": 5}, values=VALUES, mocks=mocks)


def test_an_expense_is_approved() -> None:
    result = approve(continues({"approved": True, "by": "Ada"}))
    assert result.path == ["Ask", "Wait for the answer", "Is it approved?", "Approved"]
    assert result.output == {"amount": 5, "approval": {"approved": True, "by": "Ada"}}
    (asked,) = result.calls["Ask"]
    assert asked.arguments["TopicArn"] == VALUES["topic_arn"]
    assert asked.arguments["Message"] == {"text": "Please approve an expense", "execution": "test"}


def test_an_expense_is_refused() -> None:
    result = approve(continues({"approved": False}))
    assert result.path[-2:] == ["Is it approved?", "Refused"]
    assert (result.error, result.cause) == ("Refused", "The expense was refused.")


def test_who_does_not_answer_is_reminded() -> None:
    result = approve(LATE, continues({"approved": True}))
    assert result.path[2:4] == ["Remind", "Wait again"]
    assert result.calls["Remind"][0].arguments["Message"]["text"].startswith("Please remember")
    assert result.output == {"amount": 5, "approval": {"approved": True}}
    assert result.seconds == HOUR


def test_then_somebody_else_is_asked() -> None:
    result = approve(LATE, LATE, continues({"approved": True}))
    assert result.path[4:6] == ["Escalate", "Wait for somebody else"]
    assert result.calls["Escalate"][0].arguments["Message"]["text"] == "An expense is still open"
    assert result.output == {"amount": 5, "approval": {"approved": True}}


def test_an_expense_that_nobody_answers_fails() -> None:
    result = approve(LATE)
    assert result.path[-1] == "No answer"
    assert result.error == "NoAnswer"
    assert result.seconds == 3 * HOUR


def test_a_message_is_tried_three_times() -> None:
    busy = fails("SNS.ThrottledException")
    for state in ("Ask", "Remind", "Escalate"):
        result = approve(LATE, **{state: busy})
        assert (result.retries, result.error) == ({state: 2}, busy.error)


def test_a_wait_that_cannot_be_noted_is_tried_four_times() -> None:
    waits = ("Wait for the answer", "Wait again", "Wait for somebody else")
    for state in waits:
        result = approve(LATE, **{state: UNNOTED})
        assert (result.retries, result.error) == ({state: 3}, UNNOTED.error)


def pay(*verified: Any, message: Answer) -> Result:
    answers = [returns({"Payload": each, "StatusCode": 200}) for each in verified]
    return run(
        PAY,
        {},
        values=VALUES,
        mocks={"Wait for the payment": message, "Verify the message": answers},
    )


def test_a_payment_is_verified() -> None:
    signed = {"payload": "{}", "signature": "s"}
    result = pay({"isValid": True, "payment": {"amount": 2}}, message=continues(signed))
    assert result.path == [
        "Wait for the payment",
        "Verify the message",
        "Is it the provider's?",
        "Paid",
    ]
    (verified,) = result.calls["Verify the message"]
    assert verified.arguments == {"FunctionName": VALUES["verify_arn"], "Payload": signed}
    assert result.output == {"amount": 2}


def test_after_a_forged_message_it_waits_again() -> None:
    forged, paid = {"isValid": False}, {"isValid": True, "payment": 1}
    result = pay(forged, paid, message=continues({"payload": "", "signature": ""}))
    assert result.path.count("Wait for the payment") == 2
    assert result.output == 1


def test_a_payment_that_does_not_come_fails() -> None:
    result = pay(message=LATE)
    assert (result.path[-1], result.error) == ("Not paid", "NotPaid")


def book(hotel: Answer) -> Result:
    mocks = {"Book the flight": SAVED, "Wait for the hotel": hotel, "Cancel the flight": SAVED}
    return run(BOOK, {"flight": "SG 42"}, values=VALUES, mocks=mocks)


def test_a_trip_is_booked() -> None:
    result = book(continues({"room": True}))
    assert result.path[-2:] == ["Is there a room?", "Booked"]
    (booked,) = result.calls["Book the flight"]
    assert booked.resource == "arn:aws:states:::dynamodb:putItem"
    assert booked.arguments == {
        "TableName": "bookings",
        "Item": {"id": {"S": "test"}, "flight": {"S": "SG 42"}},
    }


def test_without_a_room_the_flight_is_cancelled() -> None:
    for hotel in (continues({"room": False}), LATE):
        result = book(hotel)
        assert result.path[-2:] == ["Cancel the flight", "Not booked"]
        assert result.error == "NotBooked"
        (cancelled,) = result.calls["Cancel the flight"]
        assert cancelled.resource == "arn:aws:states:::dynamodb:deleteItem"
        assert cancelled.arguments["Key"] == {"id": {"S": "test"}}


def test_what_is_busy_is_asked_again() -> None:
    table = fails("DynamoDB.ProvisionedThroughputExceededException")
    function = fails("Lambda.TooManyRequestsException")
    no_room = {"Wait for the hotel": continues({"room": False}), "Book the flight": SAVED}
    paid = {"Wait for the payment": continues({"payload": "", "signature": ""})}
    for workflow, state, error, others, retries in (
        (BOOK, "Book the flight", table, {}, 2),
        (BOOK, "Cancel the flight", table, no_room, 2),
        (BOOK, "Wait for the hotel", UNNOTED, {"Book the flight": SAVED}, 3),
        (PAY, "Verify the message", function, paid, 2),
        (PAY, "Wait for the payment", UNNOTED, {}, 3),
    ):
        result = run(workflow, {"flight": "a"}, values=VALUES, mocks={**others, state: error})
        assert (result.retries, result.error) == ({state: retries}, error.error)
