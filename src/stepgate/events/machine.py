"""The state machine that continues executions that wait for events, and lists what they wait for.

It alone may send task tokens. All asynchronous workflows of a WorkflowApi that wait share it.
"""

from collections.abc import Sequence
from typing import Any

from stepgate.asl import dynamodb_errors
from stepgate.events.event import EVENTS_MACHINE
from stepgate.permissions.arns import build_execution_arn
from stepgate.workflow import Definition, Values, Workflow

TIMEOUT_SECONDS = 27
"""Less than the 29 s that API Gateway waits."""
SEND_SECONDS = 10
"""How long Step Functions has to take a token."""
CLAIM_SECONDS = 15
"""How long a claim lasts: longer than sending takes. If what claimed an event ends without marking
it, the next request may claim it then."""
LONGEST_KEY = 512
"""Characters of an execution's ARN or an event's key; both are far shorter, and DynamoDB would
refuse 2,048 bytes."""

ERRORS = {
    "InvalidBody": (400, "The body is not valid JSON, or has more than 262,144 bytes."),
    "NotWaiting": (404, "The execution does not exist, or does not wait for this event."),
    "AlreadyAnswered": (409, "The execution has received this event before."),
    "NoLongerWaiting": (410, "The execution no longer waits for this event."),
    "Throttled": (429, "Too many requests; try again in a moment."),
}
"""The errors that it ends with, each with the route's status and the text for callers."""

# Errors after which the request may be sent again, because it had no effect.
_BUSY = [
    {
        "ErrorEquals": [*dynamodb_errors.BUSY],
        "IntervalSeconds": 1,
        "MaxAttempts": 2,
        "BackoffRate": 1.0,
    }
]
_KEY = {
    "execution": {"S": "{% $states.context.Execution.Input.execution %}"},
    "event": {"S": "{% $states.context.Execution.Input.event %}"},
}
_NOW = {"N": "{% $string($floor($millis() / 1000)) %}"}
_ME = {"S": "{% $states.context.Execution.Id %}"}
_FORGET_TOKEN = "SET #status = :status REMOVE taskToken, claimedBy, claimedUntil"  # noqa: S105
_MINE = "claimedBy = :me"
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
_GONE = ("Sfn.TaskTimedOutException", "Sfn.TaskDoesNotExistException", "Sfn.InvalidTokenException")


def events_workflow(waiting: Sequence[str]) -> Workflow:
    """The workflow of the state machine, which has no route of its own.

    Args:
        waiting: the names of the workflows that wait for events.
    """
    return Workflow(
        name=EVENTS_MACHINE,
        mode="sync",
        definition=events_definition,
        uses=tuple(waiting),
        resources=lambda values: [
            build_execution_arn(arn, "*") for arn in values.state_machine_arns.values()
        ],
    )


def events_definition(values: Values) -> Definition:
    """The state machine's definition.

    Input: `{"execution", "event", "output"}` continues an execution, given by its ARN, with the
    output, which is JSON as text, so that it arrives as it was sent. The output is `{"event"}`.
    Input: `{"execution"}` lists what it waits for. The output is
    `{"events": [{"event", "since", "until"}]}`.

    A request first claims the event, by a conditional write, for `CLAIM_SECONDS`. Others wait until
    it is answered, or given back because Step Functions refused the token, or until the claim ends.
    Step Functions takes a token once. If it refuses one that an earlier request had claimed and not
    given back, that request has sent it.
    """
    return {
        "Comment": "Continues executions that wait for events",
        "QueryLanguage": "JSONata",
        "StartAt": "Which request",
        "TimeoutSeconds": TIMEOUT_SECONDS,
        "States": _states(values),
    }


def _states(values: Values) -> dict[str, Any]:
    def call(action: str, arguments: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": f"arn:{values.partition}:states:::aws-sdk:{action}",
            "Arguments": arguments,
            "Retry": _BUSY,
            **fields,
        }

    def update(expression: str, condition: str, given: dict[str, Any], **fields: Any) -> Definition:
        arguments = {
            "TableName": values.events_table_name,
            "Key": _KEY,
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": given,
            **(
                {"ExpressionAttributeNames": {"#status": "status"}}
                if "#status" in expression + condition
                else {}
            ),
            **({"ReturnValues": fields.pop("returned")} if "returned" in fields else {}),
        }
        return call("dynamodb:updateItem", arguments, **fields)

    lost = {"ErrorEquals": ["DynamoDb.ConditionalCheckFailedException"]}
    return {
        "Which request": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": f"{{% $length($states.input.execution) > {LONGEST_KEY} or "
                    f"$length($string($states.input.event)) > {LONGEST_KEY} %}}",
                    "Next": "NotWaiting",
                },
                {"Condition": "{% $exists($states.input.event) %}", "Next": "Claim the event"},
            ],
            "Default": "Read the events",
        },
        "Claim the event": update(
            "SET claimedBy = :me, claimedUntil = :until",
            "#status = :waiting AND expires > :now AND "
            # After a retry this execution may have claimed it already.
            "(attribute_not_exists(claimedUntil) OR claimedUntil < :now OR claimedBy = :me)",
            {
                ":me": _ME,
                ":now": _NOW,
                ":until": {"N": f"{{% $string($floor($millis() / 1000) + {CLAIM_SECONDS}) %}}"},
                ":waiting": {"S": "WAITING"},
            },
            returned="ALL_OLD",
            Assign={
                "token": "{% $states.result.Attributes.taskToken.S %}",
                "claimedBefore": "{% $exists($states.result.Attributes.claimedBy) and "
                "$states.result.Attributes.claimedBy.S != $states.context.Execution.Id %}",
            },
            Output={},
            Catch=[{**lost, "Next": "Read the event"}],
            Next="Send the token",
        ),
        "Read the event": call(
            "dynamodb:getItem",
            {
                "TableName": values.events_table_name,
                "Key": _KEY,
                "ConsistentRead": True,
                "ProjectionExpression": "#status, expires",
                "ExpressionAttributeNames": {"#status": "status"},
            },
            Output="{% $number($states.result.Item.expires.N) > $millis() / 1000 "
            "? $states.result.Item.status.S : 'NONE' %}",
            Next="What has happened to it",
        ),
        "What has happened to it": {
            "Type": "Choice",
            "Choices": [
                {"Condition": f"{{% $states.input = '{status}' %}}", "Next": target}
                for status, target in (
                    ("NONE", "NotWaiting"),
                    ("ANSWERED", "AlreadyAnswered"),
                    ("CLOSED", "NoLongerWaiting"),
                )
            ],
            "Default": "Wait for the other request",
        },
        "Wait for the other request": {"Type": "Wait", "Seconds": 1, "Next": "Claim the event"},
        "Send the token": call(
            "sfn:sendTaskSuccess",
            {
                "TaskToken": "{% $token %}",
                "Output": "{% $states.context.Execution.Input.output %}",
            },
            TimeoutSeconds=SEND_SECONDS,
            Retry=[],
            Catch=[
                {
                    "ErrorEquals": ["States.ALL"],
                    "Output": "{% $states.errorOutput %}",
                    "Next": "Why was it not sent",
                }
            ],
            Next="Mark it as answered",
        ),
        "Mark it as answered": update(
            _FORGET_TOKEN,
            _MINE,
            {":me": _ME, ":status": {"S": "ANSWERED"}},
            # The token is sent: the claim ends by itself, and the next request finds out.
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Continued"}],
            Next="Continued",
        ),
        "Continued": {
            "Type": "Succeed",
            "Output": {"event": "{% $states.context.Execution.Input.event %}"},
        },
        "Why was it not sent": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $states.input.Error in "
                    f"[{', '.join(repr(error) for error in _GONE)}] %}}",
                    "Next": "Mark it as closed",
                },
                {
                    "Condition": "{% $exists($states.input.Cause) and "
                    "$contains($states.input.Cause, 'Status Code: 4') %}",
                    "Next": "Give the claim back",
                },
            ],
            # The token may have been sent: the claim stays until it ends.
            "Default": "NotSent",
        },
        "Mark it as closed": update(
            _FORGET_TOKEN,
            _MINE,
            {
                ":me": _ME,
                ":status": {"S": "{% $claimedBefore ? 'ANSWERED' : 'CLOSED' %}"},
            },
            Catch=[
                {**lost, "Next": "Read the event"},
                {"ErrorEquals": ["States.ALL"], "Next": "Was it answered"},
            ],
            Next="Was it answered",
        ),
        "Was it answered": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $claimedBefore %}", "Next": "AlreadyAnswered"}],
            "Default": "NoLongerWaiting",
        },
        "Give the claim back": update(
            "REMOVE claimedBy, claimedUntil",
            _MINE,
            {":me": _ME},
            Output="{% $states.input %}",
            Catch=[
                {
                    "ErrorEquals": ["States.ALL"],
                    "Output": "{% $states.input %}",
                    "Next": "Why was it refused",
                }
            ],
            Next="Why was it refused",
        ),
        "Why was it refused": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $states.input.Error = 'Sfn.InvalidOutputException' or "
                    "$contains($states.input.Cause, 'ValidationException') %}",
                    "Next": "InvalidBody",
                },
                {
                    "Condition": "{% $contains($states.input.Error & $states.input.Cause, "
                    "/throttl|rate exceeded/i) %}",
                    "Next": "Throttled",
                },
            ],
            "Default": "NotSent",
        },
        "Read the events": call(
            "dynamodb:query",
            {
                "TableName": values.events_table_name,
                "ConsistentRead": True,
                "KeyConditionExpression": "#execution = :execution",
                "FilterExpression": "#status = :waiting AND #until > :now",
                "ProjectionExpression": "#event, #since, #until",
                "ExpressionAttributeNames": {
                    f"#{name}": name for name in ("event", "execution", "since", "status", "until")
                },
                "ExpressionAttributeValues": {
                    ":execution": _KEY["execution"],
                    ":now": _NOW,
                    ":waiting": {"S": "WAITING"},
                },
            },
            Output={
                "events": "{% [$states.result.Items.{'event': event.S, 'since': $number(since.N), "
                "'until': $number(until.N)}] %}"
            },
            Next="Are there events",
        ),
        "Are there events": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $count($states.input.events) > 0 %}", "Next": "Events"}],
            "Default": "Look for the execution",
        },
        "Look for the execution": call(
            "sfn:describeExecution",
            {"ExecutionArn": _KEY["execution"]["S"]},
            Output="{% $states.input %}",
            Retry=[],
            Catch=[
                {
                    "ErrorEquals": [
                        "Sfn.ExecutionDoesNotExistException",
                        "Sfn.InvalidArnException",
                    ],
                    "Next": "NotWaiting",
                }
            ],
            Next="Events",
        ),
        "Events": {"Type": "Succeed"},
        "NotSent": {"Type": "Fail", "Error": "NotSent"},
        **{error: {"Type": "Fail", "Error": error} for error in ERRORS},
    }
