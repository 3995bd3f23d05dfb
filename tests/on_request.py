"""Workflows that the tests add: they answer, fail or take their time as they are asked to."""

from workflows.workflow import Definition, Values, Workflow


def on_request(_: Values) -> Definition:
    """`{"fail": "Error", "cause": "…"}` fails, `{"wait": 2}` waits; the output is the input."""
    return {
        "StartAt": "What is asked for",
        "TimeoutSeconds": 3,
        "States": {
            "What is asked for": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.fail", "IsPresent": True, "Next": "Fail"},
                    {"Variable": "$.wait", "IsPresent": True, "Next": "Wait"},
                ],
                "Default": "Answer",
            },
            "Fail": {"Type": "Fail", "ErrorPath": "$.fail", "CausePath": "$.cause"},
            "Wait": {"Type": "Wait", "SecondsPath": "$.wait", "Next": "Answer"},
            "Answer": {"Type": "Pass", "End": True},
        },
    }


ERRORS = {"NotFound": 404, "Conflict": 409}
INPUT_SCHEMA = {
    "type": "object",
    "properties": {"wait": {"type": "integer", "minimum": 0}, "fail": {"type": "string"}},
}

NOW = Workflow("now", "sync", on_request, errors=ERRORS, input_schema=INPUT_SCHEMA)
LATER = Workflow("later", "async", on_request, errors=ERRORS, input_schema=INPUT_SCHEMA)
FREE = Workflow("free", "sync", on_request)
