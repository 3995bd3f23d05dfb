"""The workflows, in JSONata: an upload starts the first, a schedule the second."""

from dataclasses import dataclass

from stepgate import Definition, Values, Workflow


@dataclass(frozen=True)
class ImportValues(Values):
    bucket_name: str = "uploads"
    table_name: str = "contacts"


RETRY = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "JitterStrategy": "FULL"}]


def import_file(values: ImportValues) -> Definition:
    """Writes each line of a file, `id,name`, as an item of the table."""
    lines = "{% [$split($states.result.Body, '\n')[$contains($, ',')]] %}"
    item = {
        "id": {"S": "{% $trim($split($states.input, ',')[0]) %}"},
        "name": {"S": "{% $trim($split($states.input, ',')[1]) %}"},
    }
    write = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Arguments": {"TableName": values.table_name, "Item": item},
        "Retry": RETRY,
        "End": True,
    }
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Read the file",
        "TimeoutSeconds": 600,
        "States": {
            "Read the file": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
                "Arguments": {"Bucket": values.bucket_name, "Key": "{% $states.input.key %}"},
                "Retry": RETRY,
                "Output": lines,
                "Next": "Each line",
            },
            "Each line": {
                "Type": "Map",
                "Items": "{% $states.input %}",
                "MaxConcurrency": 10,
                "ItemProcessor": {"StartAt": "Write it", "States": {"Write it": write}},
                "Output": {"imported": "{% $count($states.result) %}"},
                "End": True,
            },
        },
    }


def count_contacts(values: ImportValues) -> Definition:
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Count",
        "TimeoutSeconds": 60,
        "States": {
            "Count": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:dynamodb:scan",
                "Arguments": {"TableName": values.table_name, "Select": "COUNT"},
                "Retry": RETRY,
                "Output": {"contacts": "{% $states.result.Count %}"},
                "End": True,
            }
        },
    }


KEY = {
    "type": "object",
    "required": ["key"],
    "properties": {"key": {"type": "string", "minLength": 1, "example": "contacts.csv"}},
}
IMPORT_FILE = Workflow(
    name="import-file",
    mode="async",
    definition=import_file,
    values=ImportValues,
    input_schema=KEY,
)
COUNT_CONTACTS = Workflow(
    name="count-contacts", mode="async", definition=count_contacts, values=ImportValues
)
WORKFLOWS = [IMPORT_FILE, COUNT_CONTACTS]
