"""The workflow: an order is checked, approved by a person, and packed."""

from stepgate import Definition, Event, Values, Workflow, wait_for


def place_order(values: Values) -> Definition:
    is_approved = {"Condition": "{% $states.input.approved %}", "Next": "Pack"}
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Check the stock",
        "TimeoutSeconds": 600,
        "States": {
            "Check the stock": {"Type": "Wait", "Seconds": 1, "Next": "Wait for the approval"},
            "Wait for the approval": wait_for(
                "approval", values, timeout_seconds=300, next="Is it approved?"
            ),
            "Is it approved?": {"Type": "Choice", "Choices": [is_approved], "Default": "Refused"},
            "Pack": {"Type": "Wait", "Seconds": 1, "Next": "Ship"},
            "Ship": {"Type": "Pass", "Output": {"shipped": True}, "End": True},
            "Refused": {"Type": "Fail", "Error": "OrderRefused", "Cause": "The order was refused."},
        },
    }


ORDER = {
    "type": "object",
    "required": ["item"],
    "additionalProperties": False,
    "properties": {"item": {"type": "string", "minLength": 1, "maxLength": 100, "example": "tea"}},
}
APPROVAL = {
    "type": "object",
    "required": ["approved"],
    "properties": {"approved": {"type": "boolean"}},
}

WORKFLOWS = [
    Workflow(
        "place-order",
        "async",
        place_order,
        progress="states",
        input_schema=ORDER,
        errors={"OrderRefused": 409},
        events={"approval": Event(schema=APPROVAL)},
    ),
]
