"""The items of the live API's table, and the states that read and write them.

An execution is `workflow/name`, also in the partition key `execution`; the sort key is `item`:

| `execution` | `item` | |
| --- | --- | --- |
| `workflow/name` | `number` | how many messages the execution has sent: `number`, `lastMessage` |
| `workflow/name` | `message/0000000012` | a kept message: `message`, its JSON |
| `workflow/name` | `follower/{id}` | a connection that follows: `connection`, `shownAs` |
| `connection:{id}` | `workflow/shownAs` | what it may follow by a ticket: `name` |
| `ticket:{uuid}` | `ticket` | `workflow`, `shownAs`, `name`, `usedBy` |

`shownAs` is the execution's name for callers, which differs from `name` for a private execution. No
workflow has a `/` or a `:` in its name.
"""

from dataclasses import dataclass
from typing import Any

from stepgate.asl import dynamodb_errors
from stepgate.workflow import Definition, Values

MESSAGE_SECONDS = 4 * 86_400
"""How long a message is kept: as long as in the queue."""
COUNTER_SECONDS = 400 * 86_400
"""Longer than the year that a Standard execution may run for, or its numbers would begin again.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""
CONNECTION_SECONDS = 2 * 3600 + 600
"""Longer than the 2 hours after which API Gateway ends each connection.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""
TICKET_SECONDS = 60

NOW = "$floor($millis() / 1000)"

# Errors after which the request may be sent again, because it had no effect or has the same one.
BUSY = [
    {
        "ErrorEquals": [*dynamodb_errors.BUSY],
        "IntervalSeconds": 1,
        "MaxAttempts": 2,
        "BackoffRate": 2.0,
    }
]


@dataclass(frozen=True)
class LiveValues(Values):
    """
    Attributes:
        live_table_name: the table of messages, followers and tickets.
        live_api_id: the WebSocket API's id.
        live_stage: the name of its stage.
        live_push_arn: the state machine that pushes a message to its followers.
    """

    live_table_name: str = "live"
    live_api_id: str = "a1b2c3d4e5"
    live_stage: str = "v1"
    live_push_arn: str = "arn:aws:states:us-east-1:000000000000:stateMachine:live-push"


def text(expression: str) -> Any:
    """An attribute of text."""
    return {"S": f"{{% {expression} %}}"}


def number(expression: str) -> Any:
    """An attribute that is a number, which DynamoDB takes as text."""
    return {"N": f"{{% $string({expression}) %}}"}


def expires(seconds: int) -> Any:
    """The attribute by which an item expires, so many seconds from now."""
    return number(f"{NOW} + {seconds}")


def key(execution: str, item: str) -> Any:
    """The key of an item; both are expressions."""
    return {"execution": text(execution), "item": text(item)}


def on_table(
    action: str, values: LiveValues, arguments: dict[str, Any], **fields: Any
) -> Definition:
    """A state that calls an action of DynamoDB on the table."""
    return {
        "Type": "Task",
        "Resource": f"arn:{values.partition}:states:::aws-sdk:dynamodb:{action}",
        "Arguments": {"TableName": values.live_table_name, **arguments},
        "Retry": BUSY,
        **fields,
    }


def connection_arns(values: LiveValues) -> list[str]:
    """The ARNs of all connections. In a test of a program, an API's id may be any text, from which
    no permission is derived.
    """
    stage = (
        f"arn:{values.partition}:execute-api:{values.region}:{values.account_id}:"
        f"{values.live_api_id}/{values.live_stage}"
    )
    return [f"{stage}/{method}/@connections/*" for method in ("DELETE", "POST")]


def on_connection(method: str, values: LiveValues, connection: str, **fields: Any) -> Definition:
    """A state that calls `@connections` of one connection.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html

    Args:
        connection: an expression for its id.
    """
    domain = "amazonaws.com.cn" if values.partition == "aws-cn" else "amazonaws.com"
    body = {"RequestBody": fields.pop("body")} if "body" in fields else {}
    return {
        "Type": "Task",
        "Resource": f"arn:{values.partition}:states:::apigateway:invoke",
        "Arguments": {
            "ApiEndpoint": f"{values.live_api_id}.execute-api.{values.region}.{domain}",
            "Method": method,
            "Stage": values.live_stage,
            "Path": f"{{% '/@connections/' & {connection} %}}",
            "AuthType": "IAM_ROLE",
            **body,
        },
        **fields,
    }
