"""Workflows that wait: for a person, for a provider's webhook, and within a saga."""

from dataclasses import dataclass
from typing import Any

from stepgate import ApiKey, ApiKeyLimits, Definition, Event, Values, Workflow, wait_for


@dataclass(frozen=True)
class ApprovalValues(Values):
    topic_arn: str = "arn:aws:sns:us-east-1:000000000000:approvals"
    table_name: str = "bookings"
    verify_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:verify"
    wait_seconds: int = 86_400


RETRY = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2, "JitterStrategy": "FULL"}]


def approve_expense(values: ApprovalValues) -> Definition:
    """Asks, reminds, asks somebody else, and gives up."""

    def tell(text: str, following: str) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {
                "TopicArn": values.topic_arn,
                "Message": {"text": text, "execution.$": "$$.Execution.Name"},
            },
            "ResultPath": None,
            "Retry": RETRY,
            "Next": following,
        }

    def approval(otherwise: str) -> dict[str, Any]:
        return wait_for(
            "approval",
            values,
            timeout_seconds=values.wait_seconds,
            result_path="$.approval",
            next="Is it approved?",
            catch={"States.Timeout": otherwise},
        )

    is_approved = {"Variable": "$.approval.approved", "BooleanEquals": True, "Next": "Approved"}
    return {
        "StartAt": "Ask",
        "TimeoutSeconds": 4 * values.wait_seconds,
        "States": {
            "Ask": tell("Please approve an expense", "Wait for the answer"),
            "Wait for the answer": approval("Remind"),
            "Remind": tell("Please remember to approve an expense", "Wait again"),
            "Wait again": approval("Escalate"),
            "Escalate": tell("An expense is still open", "Wait for somebody else"),
            "Wait for somebody else": approval("No answer"),
            "Is it approved?": {"Type": "Choice", "Choices": [is_approved], "Default": "Refused"},
            "Approved": {"Type": "Succeed"},
            "Refused": {"Type": "Fail", "Error": "Refused", "Cause": "The expense was refused."},
            "No answer": {"Type": "Fail", "Error": "NoAnswer"},
        },
    }


def take_payment(values: ApprovalValues) -> Definition:
    """Waits for a message of the provider, and again if it is somebody else's."""
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Wait for the payment",
        "TimeoutSeconds": 10 * values.wait_seconds,
        "States": {
            "Wait for the payment": wait_for(
                "payment",
                values,
                timeout_seconds=values.wait_seconds,
                next="Verify the message",
                catch={"States.Timeout": "Not paid"},
            ),
            "Verify the message": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {
                    "FunctionName": values.verify_arn,
                    "Payload": "{% $states.input %}",
                },
                "Output": "{% $states.result.Payload %}",
                "Retry": RETRY,
                "Next": "Is it the provider's?",
            },
            "Is it the provider's?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.isValid %}", "Next": "Paid"}],
                "Default": "Wait for the payment",
            },
            "Paid": {"Type": "Succeed", "Output": "{% $states.input.payment %}"},
            "Not paid": {"Type": "Fail", "Error": "NotPaid"},
        },
    }


def book_trip(values: ApprovalValues) -> Definition:
    """Books a flight, waits for the hotel, and cancels the flight if that does not confirm."""
    key = {"id": {"S": "{% $states.context.Execution.Name %}"}}

    def booking(action: str, arguments: dict[str, Any], following: str) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": f"arn:aws:states:::dynamodb:{action}",
            "Arguments": {"TableName": values.table_name, **arguments},
            "Output": "{% $states.input %}",
            "Retry": RETRY,
            "Next": following,
        }

    flight = {"Item": {**key, "flight": {"S": "{% $states.input.flight %}"}}}
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Book the flight",
        "TimeoutSeconds": 2 * values.wait_seconds,
        "States": {
            "Book the flight": booking("putItem", flight, "Wait for the hotel"),
            "Wait for the hotel": wait_for(
                "hotel",
                values,
                timeout_seconds=values.wait_seconds,
                next="Is there a room?",
                catch={"States.Timeout": "Cancel the flight"},
            ),
            "Is there a room?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.room = true %}", "Next": "Booked"}],
                "Default": "Cancel the flight",
            },
            "Cancel the flight": booking("deleteItem", {"Key": key}, "Not booked"),
            "Booked": {"Type": "Succeed"},
            "Not booked": {"Type": "Fail", "Error": "NotBooked"},
        },
    }


APPROVAL = {
    "type": "object",
    "required": ["approved"],
    "properties": {"approved": {"type": "boolean"}, "by": {"type": "string"}},
}
SIGNED = {
    "type": "object",
    "required": ["payload", "signature"],
    "properties": {"payload": {"type": "string"}, "signature": {"type": "string"}},
}
TRIP = {
    "type": "object",
    "required": ["flight"],
    "properties": {"flight": {"type": "string", "example": "SG 42"}},
}
PROVIDER = ApiKey(keys={"provider": ApiKeyLimits(rate=5, burst=10)})

WORKFLOWS = [
    Workflow(
        name="approve-expense",
        mode="async",
        definition=approve_expense,
        values=ApprovalValues,
        errors={"Refused": 409},
        events={"approval": Event(schema=APPROVAL)},
    ),
    Workflow(
        name="take-payment",
        mode="async",
        definition=take_payment,
        values=ApprovalValues,
        # The provider cannot sign requests with IAM, as those who start a payment do.
        events={"payment": Event(schema=SIGNED, authorization=PROVIDER)},
    ),
    Workflow(
        name="book-trip",
        mode="async",
        definition=book_trip,
        values=ApprovalValues,
        input_schema=TRIP,
        events={"hotel": Event()},
    ),
]
