"""The state machine that numbers a progress message, keeps it, and sends it.

A workflow waits for it before it goes on, so numbers are in the order of entry.
"""

from stepgate.live.items import (
    COUNTER_SECONDS,
    MESSAGE_SECONDS,
    LiveValues,
    expires,
    key,
    on_table,
    text,
)
from stepgate.progress.completion import RETRY
from stepgate.workflow import Definition, Workflow

MESSAGE_MACHINE = "live-message"

# What is sent to the queue. A message without a number is not kept and not pushed.
_EXECUTION = "$message.workflow & '/' & $message.execution"
_PADDED = "$pad($string($number), -10, '0')"
# The cause of a failure may contain ARNs and other internals, which browsers do not get.
_SHOWN = "$merge([$sift($message, function($v, $k) {$k != 'cause'}), {'number': $number}])"

_FROM_WORKFLOW = """(
    $members := $parse($base64decode($states.input[0]));
    $merge([
        {'workflow': $members.workflow, 'execution': $states.input[1],
         'executionArn': $states.input[2]},
        $members,
        $count($states.input) > 4 ? {'item': $states.input[4]} : {},
        {'time': $states.input[3]}
    ])
)"""
_FROM_EVENT = """(
    $detail := $states.input.event.detail;
    $merge([
        {'workflow': $states.input.workflow, 'execution': $detail.name,
         'executionArn': $detail.executionArn, 'status': $detail.status,
         'time': $states.context.State.EnteredTime},
        $type($detail.error) = 'string' ? {'error': $detail.error} : {},
        $type($detail.cause) = 'string' ? {'cause': $detail.cause} : {}
    ])
)"""
_ANY = ["States.ALL"]
_IS_EVENT = "$type($states.input) = 'object'"


def message_definition(values: LiveValues) -> Definition:
    """The state machine's definition.

    Input: what `stepgate.progress.sender` sends of a state, or `{"workflow", "event"}` with
    EventBridge's event of an execution's end, which EventBridge may deliver twice.
    """
    return {
        "Comment": "Numbers, keeps and sends a progress message",
        "QueryLanguage": "JSONata",
        "StartAt": "Read the message",
        "TimeoutSeconds": 25,
        "States": {
            "Read the message": {
                "Type": "Pass",
                "Assign": {
                    "id": f"{{% {_IS_EVENT} ? $states.input.event.id : $uuid() %}}",
                    "message": f"{{% {_IS_EVENT} ? {_FROM_EVENT} : {_FROM_WORKFLOW} %}}",
                },
                "Output": {},
                "Next": "Number it",
            },
            "Number it": on_table(
                "updateItem",
                values,
                {
                    "Key": key(_EXECUTION, "'number'"),
                    "UpdateExpression": "ADD #number :one "
                    "SET lastMessage = :id, expires = :expires",
                    "ConditionExpression": "attribute_not_exists(lastMessage) "
                    "OR lastMessage <> :id",
                    "ExpressionAttributeNames": {"#number": "number"},
                    "ExpressionAttributeValues": {
                        ":one": {"N": "1"},
                        ":id": text("$id"),
                        ":expires": expires(COUNTER_SECONDS),
                    },
                    "ReturnValues": "UPDATED_NEW",
                },
                Assign={"number": "{% $number($states.result.Attributes.number.N) %}"},
                Output={},
                Catch=[{"ErrorEquals": _ANY, "Next": "Send it"}],
                Next="Keep it",
            ),
            "Keep it": on_table(
                "putItem",
                values,
                {
                    "Item": {
                        **key(_EXECUTION, f"'message/' & {_PADDED}"),
                        "message": text(f"$string({_SHOWN})"),
                        "expires": expires(MESSAGE_SECONDS),
                    }
                },
                Output={},
                Catch=[{"ErrorEquals": _ANY, "Next": "Push it"}],
                Next="Push it",
            ),
            "Push it": {
                "Type": "Task",
                "Resource": f"arn:{values.partition}:states:::aws-sdk:sfn:startExecution",
                "Arguments": {
                    "StateMachineArn": values.live_push_arn,
                    "Input": f"{{% $string({{'execution': {_EXECUTION}, 'message': {_SHOWN}}}) %}}",
                },
                "Output": {},
                "Retry": RETRY,
                "Catch": [{"ErrorEquals": _ANY, "Next": "Send it"}],
                "Next": "Send it",
            },
            "Send it": {
                "Type": "Task",
                "Resource": f"arn:{values.partition}:states:::sqs:sendMessage",
                "Arguments": {
                    "QueueUrl": values.progress_queue_url,
                    "MessageGroupId": "{% $hash($message.executionArn, 'SHA-256') %}",
                    "MessageDeduplicationId": "{% $id %}",
                    "MessageBody": "{% $message %}",
                },
                "Output": {},
                "Retry": RETRY,
                "End": True,
            },
        },
    }


MESSAGE = Workflow(MESSAGE_MACHINE, "sync", message_definition, values=LiveValues)
"""A part of the stack itself, without a route."""
