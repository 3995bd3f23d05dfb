"""The shop's workflows, run as tests: no emulator, no account."""

from typing import Any

from orders import WORKFLOWS

from stepgate.testing import Answer, fails, returns, run

PLACE, GET, EXPORT = WORKFLOWS
VALUES = {"table_name": "o", "topic_arn": "arn:aws:sns:eu-west-1:111111111111:new"}
ORDER = {"id": "o-1", "sku": "tea"}
EXISTS = fails("DynamoDB.ConditionalCheckFailedException", "The conditional request failed")
BUSY = fails("DynamoDB.ProvisionedThroughputExceededException")


def place(save: Answer | list[Answer], announce: Any = None) -> Any:
    answers = {"Save the order": save, "Announce the order": announce or returns({})}
    return run(PLACE, ORDER, values=VALUES, mocks=answers)


def test_an_order_is_saved_and_announced() -> None:
    result = place(returns({}))
    assert result.path == ["Save the order", "Announce the order"]
    assert result.output == {"location": "orders/o-1"}
    (saved,), (announced,) = result.calls.values()
    execution = "arn:aws:states:us-east-1:000000000000:express:place-order:test"
    assert saved.resource == "arn:aws:states:::dynamodb:putItem"
    assert saved.arguments == {
        "TableName": "o",
        "Item": {"id": {"S": "o-1"}, "sku": {"S": "tea"}, "execution": {"S": execution}},
        "ConditionExpression": "attribute_not_exists(id) OR execution = :execution",
        "ExpressionAttributeValues": {":execution": {"S": execution}},
    }
    assert announced.resource == "arn:aws:states:::sns:publish"
    assert announced.arguments == {"TopicArn": VALUES["topic_arn"], "Message": ORDER}
    assert result.http.status == 201
    assert result.http.headers["Location"] == "orders/o-1"


def test_an_order_that_exists_is_a_conflict() -> None:
    result = place(EXISTS)
    assert result.path == ["Save the order", "Order exists"]
    assert result.error == "OrderExists"
    assert result.retries == {}
    assert (result.http.status, result.http.body["detail"]) == (409, result.cause)


def test_a_busy_table_is_tried_again() -> None:
    assert place([BUSY, BUSY, returns({})]).retries == {"Save the order": 2}
    assert place(BUSY).error == BUSY.error
    assert place(BUSY).http.status == 502


def test_a_busy_topic_is_tried_again() -> None:
    busy = fails("SNS.ThrottledException")
    assert place(returns({}), [busy, busy, returns({})]).status == "SUCCEEDED"
    assert place(returns({}), busy).retries == {"Announce the order": 2}


def test_an_order_takes_25_seconds_at_most() -> None:
    assert place(returns({}, after=24)).status == "SUCCEEDED"
    assert place(returns({}, after=26)).http.status == 504


def get(*answers: Answer) -> Any:
    return run(GET, {"id": "o-1"}, values=VALUES, mocks={"Read the order": answers})


def test_an_order_is_read() -> None:
    item = {"id": {"S": "o-1"}, "sku": {"S": "tea"}, "execution": {"S": "arn"}}
    result = get(BUSY, BUSY, returns({"Item": item}))
    assert result.path == ["Read the order", "Is it there?", "Order"]
    assert result.calls["Read the order"][0].arguments == {
        "TableName": "o",
        "Key": {"id": {"S": "o-1"}},
    }
    assert (result.http.status, result.http.body) == (200, ORDER)
    assert result.seconds == 1 + 2


def test_an_unknown_order_is_not_found() -> None:
    result = get(returns({}))
    assert result.path == ["Read the order", "Is it there?", "Order not found"]
    assert (result.error, result.http.status) == ("OrderNotFound", 404)


def test_a_table_that_cannot_be_read_is_not_the_callers_fault() -> None:
    assert get(BUSY, BUSY, BUSY).retries == {"Read the order": 2}


def test_the_orders_are_exported() -> None:
    items = [{"id": {"S": str(n)}, "sku": {"S": "tea"}} for n in range(2)]
    busy = fails("S3.S3Exception", "Please reduce your request rate")
    result = run(
        EXPORT,
        values={"table_name": "o", "bucket_name": "b"},
        mocks={
            "Read the orders": [fails("DynamoDb.DynamoDbException")] * 2
            + [returns({"Items": items})],
            "Write the object": [busy, busy, returns({"ETag": "e"})],
        },
    )
    assert result.path == ["Read the orders", "Write the object"]
    assert result.output == {"key": "test.json"}
    assert result.calls["Read the orders"][0].arguments == {"TableName": "o", "Limit": 500}
    assert result.calls["Write the object"][0].arguments == {
        "Bucket": "b",
        "Key": "test.json",
        "Body": [{"id": "0", "sku": "tea"}, {"id": "1", "sku": "tea"}],
    }
    assert result.http.status == 202


def test_an_export_that_fails_is_given_up() -> None:
    never = {"Read the orders": fails("DynamoDb.DynamoDbException")}
    assert run(EXPORT, mocks=never).retries == {"Read the orders": 2}
    empty = {"Read the orders": returns({"Items": []}), "Write the object": fails("S3.S3Exception")}
    assert run(EXPORT, mocks=empty).retries == {"Write the object": 2}
