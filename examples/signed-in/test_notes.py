"""The workflows of the notes, run as tests: no emulator, no account, no user."""

from datetime import UTC, datetime

from notes import WORKFLOWS

from stepgate.testing import Result, fails, returns, run

ADD, GET, LIST = WORKFLOWS
VALUES = {"table_name": "n"}
ADA = {"S": "ada"}
THROTTLED = "ProvisionedThroughputExceededException"
BUSY, BUSY_QUERY = fails(f"DynamoDB.{THROTTLED}"), fails(f"DynamoDb.{THROTTLED}")


def note(id_: str) -> dict[str, dict[str, str]]:
    return {"author": ADA, "id": {"S": id_}, "text": {"S": f"Text of {id_}"}}


def add() -> Result:
    given = {"author": "ada", "note": {"text": "Buy tea"}}
    mocks = {"Save the note": returns({})}
    return run(ADD, given, values=VALUES, mocks=mocks, now=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_note_is_saved_for_who_calls() -> None:
    result = add()
    (saved,) = result.calls["Save the note"]
    assert saved.resource == "arn:aws:states:::dynamodb:putItem"
    id_ = "1767225600000-test"
    assert saved.arguments == {
        "TableName": "n",
        "Item": {"author": ADA, "id": {"S": id_}, "text": {"S": "Buy tea"}},
    }
    assert result.http.status == 201
    assert result.http.headers["Location"] == f"notes/{id_}"
    assert result.http.body == {"id": id_, "text": "Buy tea", "location": f"notes/{id_}"}


def test_a_note_is_read_from_the_callers_own() -> None:
    mocks = {"Read the note": returns({"Item": note("1")})}
    result = run(GET, {"author": "ada", "id": "1"}, values=VALUES, mocks=mocks)
    (read,) = result.calls["Read the note"]
    assert read.arguments == {"TableName": "n", "Key": {"author": ADA, "id": {"S": "1"}}}
    assert result.http.body == {"id": "1", "text": "Text of 1"}


def test_a_note_that_is_not_there_is_404() -> None:
    result = run(
        GET, {"author": "ada", "id": "1"}, values=VALUES, mocks={"Read the note": returns({})}
    )
    assert result.path == ["Read the note", "Is it there?", "Note not found"]
    assert (result.http.status, result.http.body["detail"]) == (
        404,
        "You have no note with this id.",
    )


def test_notes_are_listed_from_the_first_or_after_one() -> None:
    for given, after in (({}, "0"), ({"after": "7"}, "7")):
        mocks = {"Read the notes": returns({"Items": [note("8"), note("9")]})}
        result = run(LIST, {"author": "ada", **given}, values=VALUES, mocks=mocks)
        (query,) = result.calls["Read the notes"]
        assert query.arguments["ExpressionAttributeValues"] == {
            ":author": ADA,
            ":after": {"S": after},
        }
        assert [each["id"] for each in result.http.body["notes"]] == ["8", "9"]


def test_no_notes_are_an_empty_list() -> None:
    result = run(
        LIST, {"author": "ada"}, values=VALUES, mocks={"Read the notes": returns({"Items": []})}
    )
    assert result.http.body == {"notes": []}


def test_a_busy_table_is_tried_again() -> None:
    given = {"author": "ada", "id": "1", "note": {"text": "a"}}
    for workflow, state, error in (
        (ADD, "Save the note", BUSY),
        (GET, "Read the note", BUSY),
        (LIST, "Read the notes", BUSY_QUERY),
    ):
        result = run(workflow, given, values=VALUES, mocks={state: error})
        assert (result.retries, result.http.status) == ({state: 2}, 502)
