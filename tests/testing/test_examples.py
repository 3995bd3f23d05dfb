"""The workflows of the small examples; those of `orders` have their tests beside them."""

import json
from contextlib import chdir
from typing import Any

from stepgate import Values, Workflow
from stepgate.testing import Answer, Result, fails, returns, run
from tests.testing.examples import declared_names, folder

BUSY = fails("SQS.AmazonSQSException", "Rate exceeded")
GREET: Workflow = declared_names("minimal")["GREET"]
QUOTE: Workflow = declared_names("two-apis")["QUOTE"]
REFUND: Workflow = declared_names("two-apis")["REFUND"]
ORDER: Workflow = declared_names("existing")["ORDER"]


def test_minimal_greets() -> None:
    result = run(GREET, {"name": "Zoë"})
    assert result.path == ["Greet"]
    assert result.http.body == {"greeting": "Hello, Zoë!"}


def test_the_custom_domain_greets() -> None:
    greet = declared_names("custom-domain")["greet"]
    assert run(greet(Values()), {"name": "Zoë"}).output == {"greeting": "Hello, Zoë!"}


def test_a_quote_has_the_shipping() -> None:
    result = run(QUOTE, {"net": 20})
    assert result.path == ["Add the shipping"]
    assert (result.http.status, result.http.body) == (200, {"total": 25})


def refund(*answers: Answer) -> Result:
    values = {"refunds_url": "https://sqs.example.com/refunds"}
    return run(REFUND, {"order": 1}, values=values, mocks={"Ask for the refund": answers})


def test_a_refund_is_asked_for() -> None:
    result = refund(returns({"MessageId": "m-1"}))
    assert result.output == {"message": "m-1"}
    (call,) = result.calls["Ask for the refund"]
    assert call.resource == "arn:aws:states:::sqs:sendMessage"
    assert call.arguments["QueueUrl"] == "https://sqs.example.com/refunds"
    assert json.loads(call.arguments["MessageBody"]) == {"order": 1}
    assert result.http.status == 202


def test_a_refund_is_asked_for_four_times() -> None:
    assert refund(BUSY, BUSY, BUSY, returns({"MessageId": "m"})).retries == {
        "Ask for the refund": 3
    }
    assert refund(*[BUSY] * 4).error == BUSY.error


def order(*answers: Answer, **values: Any) -> Result:
    with chdir(folder("existing")):
        return run(ORDER, {"items": ["tea"]}, values=values, mocks={"Send it": answers})


def test_an_order_is_sent_to_the_warehouse() -> None:
    result = order(BUSY, BUSY, returns({"MessageId": "m"}), OrdersUrl="https://q", Attempts=2)
    assert result.path == ["Name the order", "Send it"]
    call = result.calls["Send it"][0]
    assert call.resource == "arn:aws:states:::sqs:sendMessage"
    assert call.arguments["QueueUrl"] == "https://q"
    message = {"order": "test", "warehouse": "north", "items": ["tea"]}
    assert json.loads(call.arguments["MessageBody"]) == message
    assert result.output == message
    assert result.retries == {"Send it": 2}
    assert result.seconds == 1 + 2


def test_an_order_that_cannot_be_sent_fails() -> None:
    assert order(*[BUSY] * 4).error == BUSY.error
    assert order(returns({"MessageId": "m"}, after=301)).status == "TIMED_OUT"
