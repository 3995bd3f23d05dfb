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
                "Comment": "milestone: it has begun",
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


def in_parts(_: Values) -> Definition:
    """`{"items": […]}`: a state, one for each item, and one more. None of them does anything."""
    part = {"StartAt": "Part", "States": {"Part": {"Type": "Pass", "End": True}}}
    return {
        "StartAt": "First",
        "TimeoutSeconds": 600,
        "States": {
            "First": {"Type": "Pass", "Next": "Each"},
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemProcessor": part,
                "Next": "Last",
            },
            "Last": {"Type": "Pass", "End": True},
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
TOLD_NOW = Workflow("told-now", "sync", on_request, progress="milestones")
TOLD_LATER = Workflow("told-later", "async", on_request, progress="states")
PARTS = Workflow("parts", "async", in_parts, progress="states")
