"""The state machine that sends the last message of a Standard execution, on EventBridge's event."""

from typing import Any

from stepgate.progress.sender import GROUP, RESOURCE
from stepgate.workflow import Definition, Values, Workflow

# All four attempts, with the pauses between them, fit into the timeout of the whole.
TIMEOUT_SECONDS = 4
RETRY = [
    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}
]
# The fields of a failure that the event contains, by the state that sends them; none for a success.
FAILURE_FIELDS = {
    "Send error and cause": ("error", "cause"),
    "Send error": ("error",),
    "Send cause": ("cause",),
    "Send status": (),
}


def has_completion_rule(workflow: Workflow) -> bool:
    """Whether EventBridge reports the end of a workflow's executions.

    "Only standard workflows emit events to EventBridge."
    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    return workflow.mode == "async" and workflow.progress != "off"


def completion_definition(values: Values) -> Definition:
    """The state machine's definition.

    Input: `{"workflow", "event"}`, with EventBridge's event "Step Functions Execution Status
    Change". The `error` and the `cause` in its detail may be null or missing.

    The message's `time` is the time of sending. The event's time has whole seconds, so it may be
    before the last state's; its `stopDate` is a number, which no intrinsic function converts to a
    date.
    """
    return {
        "Comment": "Sends the last message of an execution",
        "StartAt": "Choose the fields",
        "TimeoutSeconds": 25,
        "States": {
            "Choose the fields": {
                "Type": "Choice",
                "Choices": [
                    {"And": _are_texts(names), "Next": state}
                    for state, names in FAILURE_FIELDS.items()
                    if names
                ],
                "Default": "Send status",
            },
            **{state: _sending_state(names, values) for state, names in FAILURE_FIELDS.items()},
        },
    }


COMPLETION = Workflow(name="completion", mode="sync", definition=completion_definition)
"""A part of the stack itself, without a route."""


def _are_texts(names: tuple[str, ...]) -> list[Any]:
    return [
        {"Variable": f"$.event.detail.{name}", test: True}
        for name in names
        for test in ("IsPresent", "IsString")
    ]


def _sending_state(names: tuple[str, ...], values: Values) -> Definition:
    return {
        "Type": "Task",
        "Resource": RESOURCE,
        "Parameters": {
            "QueueUrl": values.progress_queue_url,
            "MessageGroupId.$": GROUP.format(arn="$.event.detail.executionArn"),
            # EventBridge may deliver an event twice.
            "MessageDeduplicationId.$": "$.event.id",
            "MessageBody": {
                "workflow.$": "$.workflow",
                "execution.$": "$.event.detail.name",
                "executionArn.$": "$.event.detail.executionArn",
                "status.$": "$.event.detail.status",
                "time.$": "$$.State.EnteredTime",
                **{f"{name}.$": f"$.event.detail.{name}" for name in names},
            },
        },
        "TimeoutSeconds": TIMEOUT_SECONDS,
        "Retry": RETRY,
        "End": True,
    }
