"""DynamoDB on the emulator: conditions hold whoever else writes, and what has expired goes."""

import json
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.counts import counts
from tests.deployed.executions import run
from tests.deployed.stacks import Deployed

THREADS = 5
# Long, so that other threads have the time to come between it and its write.
CONDITION = " AND ".join(f"attribute_not_exists({name})" for name in ["id", *["gone"] * 50])
_names = (f"table-{i}" for i in count())


@pytest.fixture(scope="module")
def dynamodb(deployed: Deployed) -> Any:
    session: Any = boto3.Session("test", "test", region_name=deployed.cloud.region)
    return session.client("dynamodb", endpoint_url=deployed.cloud.endpoint)


@contextmanager
def created(dynamodb: Any, **keys: str) -> Generator[str]:
    """A table with these keys, strings both."""
    name = next(_names)
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    dynamodb.delete_table(TableName=name)


@pytest.fixture
def table(dynamodb: Any) -> Generator[str]:
    with created(dynamodb, id="HASH") as name:
        yield name


@pytest.fixture
def other(dynamodb: Any) -> Generator[str]:
    with created(dynamodb, id="HASH") as name:
        yield name


def item(id_: str, **numbers: float) -> dict[str, Any]:
    return {"id": {"S": id_}} | {name: {"N": str(number)} for name, number in numbers.items()}


def new(table: str, id_: str, **numbers: int) -> dict[str, Any]:
    """A request that puts an item which must not be there yet."""
    return {
        "TableName": table,
        "Item": item(id_, **numbers),
        "ConditionExpression": CONDITION,
    }


def is_done(call: Callable[..., Any], **request: Any) -> bool:
    try:
        call(**request)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        assert code in ("ConditionalCheckFailedException", "TransactionCanceledException")
        return False
    return True


def ids(dynamodb: Any, table: str) -> set[str]:
    return {found["id"]["S"] for found in dynamodb.scan(TableName=table)["Items"]}


# Writes at the same time


@pytest.mark.proof
@counts(150, bench=2_000)
def test_of_puts_at_once_that_want_no_item_exactly_one_is_done(
    dynamodb: Any, table: str, count: int
) -> None:
    def put(turn: int) -> bool:
        return is_done(dynamodb.put_item, **new(table, str(turn)))

    with ThreadPoolExecutor(THREADS) as threads:
        for turn in range(count):
            assert sum(threads.map(put, [turn] * THREADS)) == 1, f"in round {turn}"


def test_of_transactions_at_once_the_whole_of_one_is_done(
    dynamodb: Any, table: str, other: str
) -> None:
    def transact(number: int) -> bool:
        """Each takes the tables in another order."""
        puts = [{"Put": new(table, "x", by=number)}, {"Put": new(other, "x", by=number)}]
        puts = puts if number % 2 else puts[::-1]
        return is_done(dynamodb.transact_write_items, TransactItems=puts)

    for _ in range(20):
        with ThreadPoolExecutor(THREADS) as threads:
            done = list(threads.map(transact, range(THREADS)))
        assert sum(done) == 1
        for name in (table, other):
            found = dynamodb.get_item(TableName=name, Key=item("x"))["Item"]
            assert found == item("x", by=done.index(True))
            dynamodb.delete_item(TableName=name, Key=item("x"))


def test_a_transaction_that_fails_loses_nothing_that_others_write(
    dynamodb: Any, table: str, other: str
) -> None:
    dynamodb.put_item(TableName=table, Item=item("there"))
    doomed = [{"Put": new(table, "undone")}, {"Put": new(table, "there")}]
    names = [str(number) for number in range(50)]

    def write(name: str) -> None:
        for each in (table, other):
            puts = [{"PutRequest": {"Item": item(name)}}]
            dynamodb.batch_write_item(RequestItems={each: puts})

    def fail(_: str) -> bool:
        return is_done(dynamodb.transact_write_items, TransactItems=doomed)

    with ThreadPoolExecutor(THREADS) as threads:
        failed = threads.map(fail, names)
        list(threads.map(write, names))
        assert not any(failed)
    assert ids(dynamodb, other) == {*names}
    assert ids(dynamodb, table) == {*names, "there"}


def test_of_updates_at_once_none_is_lost(dynamodb: Any, table: str) -> None:
    def add(_: int) -> None:
        dynamodb.update_item(
            TableName=table,
            Key=item("x"),
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(add, range(100)))
    assert dynamodb.get_item(TableName=table, Key=item("x"))["Item"] == item("x", n=100)


# Time to live

NOW = time.time()
YEAR = 365 * 24 * 3600


def test_what_has_expired_is_removed(dynamodb: Any, table: str) -> None:
    expired = {"old": int(NOW - 1), "years old": int(NOW - 4 * YEAR), "fraction": NOW - 1}
    for id_, until in expired.items():
        dynamodb.put_item(TableName=table, Item=item(id_, until=until))
    kept = {
        "later": item("later", until=int(NOW + YEAR)),
        "in milliseconds": item("in milliseconds", until=int(NOW * 1000)),
        "too old": item("too old", until=int(NOW - 6 * YEAR)),
        "text": item("text") | {"until": {"S": str(int(NOW - 1))}},
        "in a map": item("in a map") | {"m": {"M": {"until": {"N": "1"}}}},
        "without": item("without"),
    }
    for each in kept.values():
        dynamodb.put_item(TableName=table, Item=each)
    assert ids(dynamodb, table) == kept.keys() | expired.keys(), "the table has no time to live"

    def set_time_to_live(enabled: bool) -> None:
        specification = {"Enabled": enabled, "AttributeName": "until"}
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)

    set_time_to_live(True)
    assert ids(dynamodb, table) == kept.keys()
    dynamodb.put_item(TableName=table, Item=item("old", until=int(NOW - 1)))
    assert is_done(dynamodb.put_item, **new(table, "old", until=int(NOW - 1)))
    assert "Item" not in dynamodb.get_item(TableName=table, Key=item("old"))
    set_time_to_live(False)
    dynamodb.put_item(TableName=table, Item=item("old", until=int(NOW - 1)))
    assert ids(dynamodb, table) == kept.keys() | {"old"}


def test_what_has_expired_is_removed_from_a_table_with_a_sort_key(dynamodb: Any) -> None:
    with created(dynamodb, id="HASH", part="RANGE") as table:
        specification = {"Enabled": True, "AttributeName": "until"}
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
        for part, until in (("old", NOW - 1), ("new", NOW + YEAR)):
            each = item("x", until=int(until)) | {"part": {"S": part}}
            dynamodb.put_item(TableName=table, Item=each)
        (kept,) = dynamodb.scan(TableName=table)["Items"]
    assert kept["part"] == {"S": "new"}


# From a state machine


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        ("dynamodb:putItem", "DynamoDB.ConditionalCheckFailedException"),
        ("aws-sdk:dynamodb:putItem", "DynamoDb.ConditionalCheckFailedException"),
    ],
)
def test_a_workflow_catches_a_condition_that_fails(
    deployed: Deployed, dynamodb: Any, table: str, resource: str, error: str
) -> None:
    put = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Parameters": new(table, "x"),
        "ResultPath": None,
        "Catch": [{"ErrorEquals": [error], "ResultPath": None, "Next": "Known"}],
        "Next": "New",
    }
    known, first = ({"Type": "Pass", "Result": text, "End": True} for text in ("known", "new"))
    definition = {"StartAt": "Put", "States": {"Put": put, "New": first, "Known": known}}
    answers = [json.loads(run(deployed, definition)["output"]) for _ in range(2)]
    assert answers == ["new", "known"]
    assert ids(dynamodb, table) == {"x"}


def test_a_workflow_reads_a_table_in_its_own_spelling(
    deployed: Deployed, dynamodb: Any, table: str
) -> None:
    dynamodb.put_item(TableName=table, Item=item("x", n=5))
    request = {
        "TableName": table,
        "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "x"}},
    }
    query = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:query", "End": True}
    definition = {"StartAt": "Query", "States": {"Query": query | {"Parameters": request}}}
    answer = json.loads(run(deployed, definition)["output"])
    assert answer == {"Count": 1, "Items": [item("x", n=5)], "ScannedCount": 1}
