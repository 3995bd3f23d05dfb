"""The workflows, run as tests: no emulator, no account."""

from imports import COUNT_CONTACTS, IMPORT_FILE

from stepgate.testing import Answer, Result, fails, returns, run

READ, WRITE = "Read the file", "Write it"
BUSY = fails("DynamoDB.ProvisionedThroughputExceededException")


def imported(text: str, *answers: Answer) -> Result:
    values = {"bucket_name": "b", "table_name": "t"}
    mocks = {READ: returns({"Body": text}), WRITE: list(answers)}
    return run(IMPORT_FILE, {"key": "a.csv"}, values=values, mocks=mocks)


def test_each_line_becomes_an_item() -> None:
    result = imported("1,Ada\n2, Alan\n\n", returns({}), returns({}))
    assert result.output == {"imported": 2}
    assert result.calls[READ][0].arguments == {"Bucket": "b", "Key": "a.csv"}
    assert [call.arguments for call in result.calls[WRITE]] == [
        {"TableName": "t", "Item": {"id": {"S": "1"}, "name": {"S": "Ada"}}},
        {"TableName": "t", "Item": {"id": {"S": "2"}, "name": {"S": "Alan"}}},
    ]


def test_one_line_and_none_are_lists_too() -> None:
    assert imported("1,Ada", returns({})).output == {"imported": 1}
    assert imported("").output == {"imported": 0}


def test_a_busy_table_is_tried_again() -> None:
    result = imported("1,Ada", BUSY, BUSY, returns({}))
    assert (result.status, result.retries) == ("SUCCEEDED", {f"Each line[0].{WRITE}": 2})
    assert imported("1,Ada", BUSY, BUSY, BUSY).error == BUSY.error


def test_a_file_that_is_gone_fails_the_import() -> None:
    gone = fails("S3.NoSuchKeyException", "The specified key does not exist.")
    result = run(IMPORT_FILE, {"key": "a.csv"}, mocks={READ: gone})
    assert (result.error, result.retries) == (gone.error, {READ: 2})


def test_contacts_are_counted() -> None:
    result = run(
        COUNT_CONTACTS, {}, values={"table_name": "t"}, mocks={"Count": returns({"Count": 2})}
    )
    assert result.output == {"contacts": 2}
    assert result.calls["Count"][0].arguments == {"TableName": "t", "Select": "COUNT"}
    assert run(
        COUNT_CONTACTS, {}, mocks={"Count": fails("DynamoDb.DynamoDbException")}
    ).retries == {"Count": 2}
