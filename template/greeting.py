"""The workflows of ${PROJECT}: each has a route, `POST /{name}`."""

from stepgate import Definition, Values, Workflow


def greeting(_: Values) -> Definition:
    """Says hello: the output is the answer of the route."""
    return {
        "StartAt": "Is there a name?",
        "TimeoutSeconds": 5,
        "States": {
            "Is there a name?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.name", "StringEquals": "", "Next": "No name"}],
                "Default": "Greet",
            },
            "Greet": {
                "Type": "Pass",
                "Parameters": {"greeting.$": "States.Format('Hello, {}!', $.name)"},
                "End": True,
            },
            "No name": {"Type": "Fail", "Error": "NoName", "Cause": "The name is empty."},
        },
    }


WORKFLOWS = [
    Workflow(
        name="greet",
        mode="sync",
        definition=greeting,
        errors={"NoName": 422},
        input_schema={
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}},
        },
    )
]
