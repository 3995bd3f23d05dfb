"""Workflows that answer, fail or take their time as they are asked to."""

from dataclasses import dataclass

from stepgate.events.event import Event
from stepgate.events.waiting import wait_for
from stepgate.workflow import Definition, Values, Workflow


@dataclass(frozen=True)
class OrderValues(Values):
    """
    Attributes:
        queue_url: where orders are sent.
        delay_seconds: how long an order waits before.
    """

    queue_url: str = "https://sqs.us-east-1.amazonaws.com/000000000000/orders.fifo"
    delay_seconds: int = 29


def on_request(_: Values, timeout_seconds: int = 3) -> Definition:
    """`{"fail": "Error", "cause": "…"}` fails, `{"wait": 2}` waits; the output is the input."""
    return {
        "StartAt": "What is asked for",
        "TimeoutSeconds": timeout_seconds,
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


def on_request_later(values: Values) -> Definition:
    """With time for a test to look at an execution that waits, also on a busy machine."""
    return on_request(values, timeout_seconds=10)


def on_request_any_time(values: Values) -> Definition:
    return on_request(values, timeout_seconds=600)


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


def start_later(values: Values) -> Definition:
    """Starts `later` with its input, and answers with what that answers."""
    return {
        "StartAt": "Start later",
        "TimeoutSeconds": 60,
        "States": {
            "Start later": {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution.sync:2",
                "Parameters": {
                    "StateMachineArn": values.state_machine_arns["later"],
                    "Input.$": "$",
                },
                "OutputPath": "$.Output",
                "Retry": [],
                "End": True,
            }
        },
    }


def order(values: OrderValues) -> Definition:
    """`{"fail": "Error", "cause": "…"}` is refused; any other input is sent to the queue."""
    return {
        "StartAt": "Delay",
        "TimeoutSeconds": values.delay_seconds + 20,
        "States": {
            "Delay": {
                "Type": "Wait",
                "Seconds": values.delay_seconds,
                "Next": "Check the order",
            },
            "Check the order": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.fail", "IsPresent": True, "Next": "Refuse the order"}],
                "Default": "Send the order",
            },
            "Send the order": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Parameters": {
                    "QueueUrl": values.queue_url,
                    "MessageBody.$": "States.JsonToString($)",
                    "MessageGroupId": "orders",
                    "MessageDeduplicationId.$": "$$.Execution.Name",
                },
                "ResultPath": None,
                "Retry": [
                    {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2, "JitterStrategy": "FULL"}
                ],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Give up"}],
                "Next": "Confirm the order",
            },
            "Confirm the order": {"Type": "Pass", "End": True},
            "Refuse the order": {"Type": "Fail", "ErrorPath": "$.fail", "CausePath": "$.cause"},
            "Give up": {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"},
        },
    }


def approved(values: Values) -> Definition:
    """Waits for an approval, and for a payment if `{"pay": true}` is the input."""
    approval = wait_for(
        "approval", values, timeout_seconds=300, result_path="$.approval", next="Is it paid?"
    )
    return {
        "StartAt": "Approval",
        "TimeoutSeconds": 600,
        "States": {
            "Approval": approval,
            "Is it paid?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.pay", "IsPresent": True, "Next": "Payment"}],
                "Default": "Approved",
            },
            "Payment": wait_for(
                "payment", values, timeout_seconds=300, result_path="$.payment", next="Approved"
            ),
            "Approved": {"Type": "Pass", "End": True},
        },
    }


def approved_in_time(values: Values) -> Definition:
    """Waits for an approval, long enough for a busy machine to see it wait."""
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Approval",
        "TimeoutSeconds": 60,
        "States": {
            "Approval": wait_for(
                "approval",
                values,
                timeout_seconds=8,
                end=True,
                catch={"States.Timeout": "Nobody answered"},
            ),
            "Nobody answered": {"Type": "Wait", "Seconds": 20, "Next": "Too late"},
            "Too late": {"Type": "Pass", "End": True},
        },
    }


def each_approved(values: Values) -> Definition:
    """`{"items": […]}`: each waits for an approval of its own."""
    approval = wait_for(
        "approval", values, timeout_seconds=300, item="{% $states.input.index %}", end=True
    )
    return {
        "StartAt": "Each",
        "TimeoutSeconds": 600,
        "States": {
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemSelector": {"index.$": "$$.Map.Item.Index", "item.$": "$$.Map.Item.Value"},
                "ItemProcessor": {"StartAt": "Approval", "States": {"Approval": approval}},
                "End": True,
            }
        },
    }


def each_approved_apart(values: Values) -> Definition:
    """The same in executions of their own, which wait at the route of this one, by their ids."""
    approval = wait_for(
        "approval",
        values,
        timeout_seconds=300,
        item="{% $states.input.id %}",
        execution="{% $states.input.execution %}",
        end=True,
    )
    return {
        "StartAt": "Each",
        "TimeoutSeconds": 600,
        "States": {
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemSelector": {"id.$": "$$.Map.Item.Value", "execution.$": "$$.Execution.Id"},
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Approval",
                    "States": {"Approval": approval},
                },
                "End": True,
            }
        },
    }


ERRORS = {"NotFound": 404, "Conflict": 409}
INPUT_SCHEMA = {
    "type": "object",
    "properties": {"wait": {"type": "integer", "minimum": 0}, "fail": {"type": "string"}},
}


STATE_COUNT = 80
"""States of the longest one."""


def three_branches(_: Values) -> Definition:
    """One branch ends, one fails with `{"fail": "Error"}`, and one is then cut off."""
    branches = [
        {"StartAt": "Reserve", "States": {"Reserve": {"Type": "Pass", "End": True}}},
        {
            "StartAt": "Check the card",
            "States": {
                "Check the card": {"Type": "Wait", "Seconds": 1, "Next": "Charge"},
                "Charge": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.fail", "IsPresent": True, "Next": "Declined"}],
                    "Default": "Charged",
                },
                "Declined": {"Type": "Fail", "ErrorPath": "$.fail", "Cause": "No money is left."},
                "Charged": {"Type": "Pass", "End": True},
            },
        },
        {
            "StartAt": "Pack",
            "States": {
                "Pack": {"Type": "Wait", "Seconds": 30, "Next": "Label"},
                "Label": {"Type": "Pass", "End": True},
            },
        },
    ]
    return {
        "StartAt": "Prepare",
        "TimeoutSeconds": 60,
        "States": {
            "Prepare": {"Type": "Pass", "Next": "At once"},
            "At once": {"Type": "Parallel", "Branches": branches, "Next": "Ship"},
            "Ship": {"Type": "Pass", "End": True},
        },
    }


def items_that_fail(_: Values) -> Definition:
    """`{"items": [{"wait": 1}, {"wait": 1, "fail": true}]}`, one at a time unless none fails."""
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Each",
        "TimeoutSeconds": 300,
        "States": {
            "Each": {
                "Type": "Map",
                "Items": "{% $states.input.items %}",
                "MaxConcurrency": 2,
                "ItemProcessor": {
                    "StartAt": "Rest",
                    "States": {
                        "Rest": {
                            "Type": "Wait",
                            "Seconds": "{% $states.input.wait %}",
                            "Next": "Is it good?",
                        },
                        "Is it good?": {
                            "Type": "Choice",
                            "Choices": [
                                {"Condition": "{% $exists($states.input.fail) %}", "Next": "Bad"}
                            ],
                            "Default": "Good",
                        },
                        "Bad": {"Type": "Fail", "Error": "BadItem", "Cause": "It is not good."},
                        "Good": {"Type": "Pass", "End": True},
                    },
                },
                "End": True,
            }
        },
    }


def many_states(_: Values) -> Definition:
    names = [f"Step {number}" for number in range(1, STATE_COUNT + 1)]
    follow = [*({"Next": name} for name in names[1:]), {"End": True}]
    return {
        "StartAt": names[0],
        "TimeoutSeconds": 60,
        "States": {
            name: {"Type": "Pass", **transition}
            for name, transition in zip(names, follow, strict=True)
        },
    }


NOW = Workflow("now", "sync", on_request, errors=ERRORS, input_schema=INPUT_SCHEMA)
LATER = Workflow("later", "async", on_request_later, errors=ERRORS, input_schema=INPUT_SCHEMA)
FREE = Workflow("free", "sync", on_request)
TOLD_NOW = Workflow("told-now", "sync", on_request, progress="milestones")
TOLD_LATER = Workflow("told-later", "async", on_request_later, progress="states")
FOLLOWED = Workflow("followed", "async", on_request_any_time, progress="milestones")
BRIEF = Workflow("brief", "async", on_request, progress="milestones")
PARTS = Workflow("parts", "async", in_parts, progress="states")
ORDER = Workflow(
    "order",
    "async",
    order,
    values=OrderValues,
    errors=ERRORS,
    input_schema=INPUT_SCHEMA,
    progress="states",
)

PARENT = Workflow("parent", "async", start_later, errors=ERRORS, uses=("later",))
APPROVED = Workflow(
    "approved",
    "async",
    approved,
    events={
        "approval": Event(
            schema={"type": "object", "properties": {"approved": {"type": "boolean"}}}
        ),
        "payment": Event(),
    },
)
IN_TIME = Workflow("in-time", "async", approved_in_time, events={"approval": Event()})
EACH_APPROVED = Workflow(
    "each-approved", "async", each_approved, events={"approval": Event(per_item=True)}
)
EACH_APART = Workflow(
    "each-apart", "async", each_approved_apart, events={"approval": Event(per_item=True)}
)
BRANCHES = Workflow("branches", "async", three_branches, errors={"Declined": 402})
ITEMS = Workflow("items", "async", items_that_fail)
MANY = Workflow("many", "async", many_states)

WORKFLOWS: tuple[Workflow, ...] = (
    *(NOW, LATER, FREE, TOLD_NOW, TOLD_LATER, PARTS, ORDER, PARENT),
    *(APPROVED, IN_TIME, EACH_APPROVED, EACH_APART),
    *(BRANCHES, ITEMS, MANY, FOLLOWED, BRIEF),
)
