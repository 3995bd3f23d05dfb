"""The state machine that sends the last message of a Standard execution, when EventBridge tells."""

from typing import Any

from workflows.progress.sending import GROUP, RESOURCE
from workflows.workflow import Definition, Values, Workflow

# All four attempts, with the pauses between them, fit into the 25 s of the whole.
TIMEOUT_SECONDS = 4
RETRY = [
    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}
]
# What the event tells of a failure, by the state that sends it: nothing, for a success.
KNOWN = {
    "Send error and cause": ("error", "cause"),
    "Send the error": ("error",),
    "Send the cause": ("cause",),
    "Send the end": (),
}


def is_followed(workflow: Workflow) -> bool:
    """Whether EventBridge tells of the ends of a workflow's executions.

    "Only standard workflows emit events to EventBridge."
    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    return workflow.mode == "async" and workflow.progress != "off"


def last_message(values: Values) -> Definition:
    """The state machine's definition.

    Input: `{"workflow", "event"}`, with EventBridge's event "Step Functions Execution Status
    Change". The `error` and the `cause` of its detail may be null or missing.

    The message's `time` is that of its sending. The event's has whole seconds, and may lie before
    the last state's; its `stopDate` is a number, which no intrinsic function makes a date.
    """
    return {
        "Comment": "Sends the last message of an execution",
        "StartAt": "Choose what is known",
        "TimeoutSeconds": 25,
        "States": {
            "Choose what is known": {
                "Type": "Choice",
                "Choices": [
                    {"And": _are_texts(names), "Next": state}
                    for state, names in KNOWN.items()
                    if names
                ],
                "Default": "Send the end",
            },
            **{state: _send(names, values) for state, names in KNOWN.items()},
        },
    }


ENDING = Workflow(name="end", mode="sync", definition=last_message)
"""Of the stack itself: it has no route."""


def _are_texts(names: tuple[str, ...]) -> list[Any]:
    return [
        {"Variable": f"$.event.detail.{name}", test: True}
        for name in names
        for test in ("IsPresent", "IsString")
    ]


def _send(names: tuple[str, ...], values: Values) -> Definition:
    return {
        "Type": "Task",
        "Resource": RESOURCE,
        "Parameters": {
            "QueueUrl": values.progress_queue_url,
            "MessageGroupId.$": GROUP.format(arn="$.event.detail.executionArn"),
            # EventBridge may tell an event twice.
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
