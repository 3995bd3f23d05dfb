"""The workflows, in JSONata. The author of a note is the caller, whatever a request says."""

from dataclasses import dataclass
from typing import Any

from stepgate import Definition, Route, Values, Workflow, request


@dataclass(frozen=True)
class NotesValues(Values):
    table_name: str = "notes"


PAGE = 20
"""The most notes of one answer."""

AUTHOR = {"S": "{% $states.input.author %}"}
RETRY = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "JitterStrategy": "FULL"}]
SHOWN = "{'id': id.S, 'text': text.S}"


def add_note(values: NotesValues) -> Definition:
    # Ids are in the order of time.
    new_id = "{% $string($millis()) & '-' & $substring($states.context.Execution.Name, 0, 8) %}"
    item = {
        "author": AUTHOR,
        "id": {"S": "{% $id %}"},
        "text": {"S": "{% $states.input.note.text %}"},
    }
    answer = {
        "id": "{% $id %}",
        "text": "{% $states.context.Execution.Input.note.text %}",
        "location": "{% 'notes/' & $id %}",
    }
    return machine(
        {
            "Number the note": {
                "Type": "Pass",
                "Assign": {"id": new_id},
                "Next": "Save the note",
            },
            "Save the note": task(
                "dynamodb:putItem", {"TableName": values.table_name, "Item": item}, answer
            )
            | {"End": True},
        }
    )


def get_note(values: NotesValues) -> Definition:
    key = {"author": AUTHOR, "id": {"S": "{% $states.input.id %}"}}
    read = task("dynamodb:getItem", {"TableName": values.table_name, "Key": key})
    found = {"Condition": "{% $exists($states.input.Item) %}", "Next": "Note"}
    return machine(
        {
            "Read the note": read | {"Next": "Is it there?"},
            "Is it there?": {"Type": "Choice", "Choices": [found], "Default": "Note not found"},
            "Note": {"Type": "Succeed", "Output": f"{{% $states.input.Item.{SHOWN} %}}"},
            "Note not found": {
                "Type": "Fail",
                "Error": "NoteNotFound",
                "Cause": "You have no note with this id.",
            },
        }
    )


def list_notes(values: NotesValues) -> Definition:
    after = "{% $exists($states.input.after) ? $states.input.after : '0' %}"
    query = {
        "TableName": values.table_name,
        "KeyConditionExpression": "author = :author AND id > :after",
        "ExpressionAttributeValues": {":author": AUTHOR, ":after": {"S": after}},
        "Limit": PAGE,
    }
    answer = {"notes": f"{{% [$states.result.Items.{SHOWN}] %}}"}
    return machine(
        {
            "Read the notes": task("aws-sdk:dynamodb:query", query, answer) | {"End": True},
        }
    )


def machine(states: dict[str, Any]) -> Definition:
    return {
        "QueryLanguage": "JSONata",
        "StartAt": next(iter(states)),
        "TimeoutSeconds": 20,
        "States": states,
    }


def task(action: str, arguments: dict[str, Any], output: object = None) -> dict[str, Any]:
    state = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{action}",
        "Arguments": arguments,
        "Retry": RETRY,
    }
    return state | ({"Output": output} if output is not None else {})


NOTE = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 1000}},
}
CALLER = request.claim("sub")

WORKFLOWS = [
    Workflow(
        "add-note",
        "sync",
        add_note,
        values=NotesValues,
        input_schema=NOTE,
        route=Route(
            path="/notes",
            input={"author": CALLER, "note": request.body},
            status=201,
            headers={"Location": "$.location"},
        ),
    ),
    Workflow(
        "get-note",
        "sync",
        get_note,
        values=NotesValues,
        errors={"NoteNotFound": 404},
        route=Route(
            method="GET", path="/notes/{id}", input={"author": CALLER, "id": request.path("id")}
        ),
    ),
    Workflow(
        "list-notes",
        "sync",
        list_notes,
        values=NotesValues,
        route=Route(
            method="GET", path="/notes", input={"author": CALLER, "after": request.query("after")}
        ),
    ),
]
