"""The state machine behind the routes `follow` and `unfollow` of the live API."""

import json
from collections.abc import Sequence
from typing import Any

from stepgate.live.items import (
    CONNECTION_SECONDS,
    NOW,
    LiveValues,
    connection_arns,
    expires,
    key,
    number,
    on_connection,
    on_table,
    text,
)
from stepgate.permissions.arns import build_execution_arn
from stepgate.workflow import Definition, Workflow

FOLLOW_MACHINE = "live-follow"

MOST_MESSAGES = 50
"""In one answer, which is far less than the 128 KB of a message."""
LONGEST_NAME = 80
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
# Of a kept message's key, whose number has ten digits.
_LAST_NUMBER = 9_999_999_999

_SHOWN_KEY = "$workflow & '/' & $shownAs"
_EXECUTION = "$workflow & '/' & $name"
_CONNECTION = "'connection:' & $connection"
_FOLLOWER = "'follower/' & $connection"
_NOT_FOUND = [
    "Sfn.ExecutionDoesNotExistException",
    "Sfn.InvalidArnException",
]
_ANY = ["States.ALL"]


def follow_workflow(followed: Sequence[Workflow], *, tickets: bool) -> Workflow:
    """The workflow of the state machine, which has no route of its own.

    Args:
        followed: the workflows whose executions can be followed.
        tickets: whether a connection needs a ticket for an execution.
    """
    modes = {workflow.name: workflow.mode for workflow in followed}

    def definition(values: LiveValues) -> Definition:
        arns = {
            name: build_execution_arn(values.state_machine_arns[name], "")
            if mode == "async"
            else ""
            for name, mode in modes.items()
        }
        return follow_definition(values, arns, tickets=tickets)

    def resources(values: LiveValues) -> list[str]:
        arns = values.state_machine_arns.items()
        return [
            *(build_execution_arn(arn, "*") for name, arn in arns if modes[name] == "async"),
            *(connection_arns(values) if tickets else []),
        ]

    return Workflow(
        FOLLOW_MACHINE,
        "sync",
        definition,
        values=LiveValues,
        uses=tuple(modes),
        resources=resources,
    )


def follow_definition(values: LiveValues, arns: dict[str, str], *, tickets: bool) -> Definition:
    """The state machine's definition.

    Input: `{"action": "follow" or "unfollow", "connection", "message"}` with the message as text.
    The output is the frame that answers it. A follower is written before anything is read, and
    what is sent is written before followers are read: so a follower misses nothing.

    Args:
        arns: for each workflow what the ARNs of its executions begin with; empty for a synchronous
            one, whose executions cannot be described.
    """
    return {
        "Comment": "Lets a connection follow an execution, or no longer",
        "QueryLanguage": "JSONata",
        "StartAt": "Read the message",
        "TimeoutSeconds": 27,
        "States": {
            **_beginning(arns, "Which action" if not tickets else "Has it a ticket"),
            **(_by_ticket(values) if tickets else {}),
            **_following(values, can_describe=any(arns.values())),
            **_unfollowing(values),
            **_problems(),
        },
    }


def _beginning(arns: dict[str, str], following: str) -> dict[str, Any]:
    is_name = f"$type($it) = 'string' and $length($it) > 0 and $length($it) <= {LONGEST_NAME}"
    is_number = f"$type($it) = 'number' and $it >= 0 and $it = $floor($it) and $it < {_LAST_NUMBER}"
    is_ticket = f"$type($it) = 'string' and $length($it) <= {LONGEST_NAME}"
    names = f"[{', '.join(map(json.dumps, arns))}]"

    def test(member: str, condition: str) -> str:
        return f"($it := $message.{member}; {condition})"

    return {
        "Read the message": {
            "Type": "Pass",
            "Assign": {
                "message": "{% $parse($states.input.message) %}",
                "action": "{% $states.input.action %}",
                "connection": "{% $states.input.connection %}",
                "prefixes": arns,
            },
            "Output": {},
            "Next": "Is it valid",
        },
        "Is it valid": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% "
                    + " and ".join(
                        [
                            test("workflow", is_name),
                            test("execution", is_name),
                            test("after", f"$exists($it) ? {is_number} : true"),
                            test("ticket", f"$exists($it) ? {is_ticket} : true"),
                        ]
                    )
                    + " %}",
                    "Assign": {
                        "workflow": "{% $message.workflow %}",
                        "shownAs": "{% $message.execution %}",
                        "name": "{% $message.execution %}",
                    },
                    "Next": "Is it known",
                }
            ],
            "Default": "BadRequest",
        },
        "Is it known": {
            "Type": "Choice",
            "Choices": [{"Condition": f"{{% $workflow in {names} %}}", "Next": following}],
            "Default": "NotFound",
        },
        "Which action": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $action = 'unfollow' %}", "Next": "Remove the follower"}],
            "Default": "Add the follower",
        },
    }


def _by_ticket(values: LiveValues) -> dict[str, Any]:
    """What gives the execution's `name`, or refuses and closes the connection."""
    return {
        "Has it a ticket": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $exists($message.ticket) %}", "Next": "Redeem the ticket"}
            ],
            "Default": "Look for an earlier ticket",
        },
        "Redeem the ticket": on_table(
            "updateItem",
            values,
            {
                "Key": key("'ticket:' & $message.ticket", "'ticket'"),
                "UpdateExpression": "SET usedBy = :me",
                # Its own repetition may use it again.
                "ConditionExpression": "attribute_exists(#execution) AND expires > :now "
                "AND workflow = :workflow AND shownAs = :shownAs "
                "AND (attribute_not_exists(usedBy) OR usedBy = :me)",
                "ExpressionAttributeNames": {"#execution": "execution"},
                "ExpressionAttributeValues": {
                    ":me": text("$states.context.Execution.Id"),
                    ":now": number(NOW),
                    ":workflow": text("$workflow"),
                    ":shownAs": text("$shownAs"),
                },
                "ReturnValues": "ALL_NEW",
            },
            Assign={"name": "{% $states.result.Attributes.name.S %}"},
            Output={},
            Catch=[
                {
                    "ErrorEquals": ["DynamoDb.ConditionalCheckFailedException"],
                    "Output": {},
                    "Next": "Say that it is refused",
                },
                {"ErrorEquals": _ANY, "Output": "{% $states.errorOutput %}", "Next": "Failed"},
            ],
            Next="Remember the ticket",
        ),
        "Remember the ticket": on_table(
            "putItem",
            values,
            {
                "Item": {
                    **key(_CONNECTION, _SHOWN_KEY),
                    "name": text("$name"),
                    "expires": expires(CONNECTION_SECONDS),
                }
            },
            Output={},
            Catch=_failed(),
            Next="Which action",
        ),
        "Look for an earlier ticket": on_table(
            "getItem",
            values,
            {"Key": key(_CONNECTION, _SHOWN_KEY), "ConsistentRead": True},
            Output="{% $exists($states.result.Item) ? {'name': $states.result.Item.name.S} : {} %}",
            Catch=_failed(),
            Next="Is there one",
        ),
        "Is there one": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $exists($states.input.name) %}",
                    "Assign": {"name": "{% $states.input.name %}"},
                    "Next": "Which action",
                }
            ],
            "Default": "Say that it is refused",
        },
        "Say that it is refused": on_connection(
            "POST",
            values,
            "$connection",
            body=_problem(
                403, "Forbidden", "The ticket is missing, used, expired or of another execution."
            ),
            Output={},
            TimeoutSeconds=5,
            Catch=[{"ErrorEquals": _ANY, "Output": {}, "Next": "Close the connection"}],
            Next="Close the connection",
        ),
        "Close the connection": on_connection(
            "DELETE",
            values,
            "$connection",
            Output={},
            TimeoutSeconds=5,
            Catch=[{"ErrorEquals": _ANY, "Output": {}, "Next": "Closed"}],
            Next="Closed",
        ),
        "Closed": {"Type": "Succeed", "Output": {}},
    }


def _following(values: LiveValues, *, can_describe: bool) -> dict[str, Any]:
    following = _described_following(values)
    if not can_describe:
        del following["Describe it"], following["Remove the unknown"]
        following["Can it be described"] = {
            "Type": "Pass",
            "Assign": {"status": None},
            "Next": "Read the number",
        }
    return following


def _described_following(values: LiveValues) -> dict[str, Any]:
    return {
        "Add the follower": on_table(
            "putItem",
            values,
            {
                "Item": {
                    **key(_EXECUTION, _FOLLOWER),
                    "connection": text("$connection"),
                    "shownAs": text("$shownAs"),
                    "expires": expires(CONNECTION_SECONDS),
                }
            },
            Output={},
            Catch=_failed(),
            Next="Can it be described",
        ),
        "Can it be described": {
            "Type": "Choice",
            "Assign": {"status": None},
            "Choices": [
                {"Condition": "{% $lookup($prefixes, $workflow) != '' %}", "Next": "Describe it"}
            ],
            "Default": "Read the number",
        },
        "Describe it": {
            "Type": "Task",
            "Resource": f"arn:{values.partition}:states:::aws-sdk:sfn:describeExecution",
            "Arguments": {
                "ExecutionArn": "{% $lookup($prefixes, $workflow) & $name %}",
                "IncludedData": "METADATA_ONLY",
            },
            "Assign": {"status": "{% $states.result.Status %}"},
            "Output": {},
            "TimeoutSeconds": 10,
            "Retry": [
                {"ErrorEquals": _NOT_FOUND, "MaxAttempts": 0},
                {"ErrorEquals": _ANY, "MaxAttempts": 2, "JitterStrategy": "FULL"},
            ],
            "Catch": [
                {"ErrorEquals": _NOT_FOUND, "Output": {}, "Next": "Remove the unknown"},
                *_failed(),
            ],
            "Next": "Read the number",
        },
        "Remove the unknown": on_table(
            "deleteItem",
            values,
            {"Key": key(_EXECUTION, _FOLLOWER)},
            Output={},
            Catch=[{"ErrorEquals": _ANY, "Output": {}, "Next": "NotFound"}],
            Next="NotFound",
        ),
        "Read the number": on_table(
            "getItem",
            values,
            {"Key": key(_EXECUTION, "'number'"), "ConsistentRead": True},
            Assign={
                "number": "{% $exists($states.result.Item) "
                "? $number($states.result.Item.number.N) : 0 %}"
            },
            Output={"messages": [], "more": False},
            Catch=_failed(),
            Next="Has it missed messages",
        ),
        "Has it missed messages": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $exists($message.after) and $message.after < $number %}",
                    "Next": "Read the messages",
                }
            ],
            "Default": "Following",
        },
        "Read the messages": on_table(
            "query",
            values,
            {
                "ConsistentRead": True,
                "Limit": MOST_MESSAGES + 1,
                "KeyConditionExpression": "#execution = :execution "
                "AND #item BETWEEN :first AND :last",
                "ProjectionExpression": "#message",
                "ExpressionAttributeNames": {
                    f"#{name}": name for name in ("execution", "item", "message")
                },
                "ExpressionAttributeValues": {
                    ":execution": text(_EXECUTION),
                    ":first": text("'message/' & $pad($string($message.after + 1), -10, '0')"),
                    ":last": {"S": f"message/{_LAST_NUMBER}"},
                },
            },
            Output={
                "messages": f"{{% [$states.result.Items[[0..{MOST_MESSAGES - 1}]]."
                "$merge([$parse(message.S), {'execution': $shownAs}])] %}",
                "more": f"{{% $count($states.result.Items) > {MOST_MESSAGES} %}}",
            },
            Catch=_failed(),
            Next="Following",
        ),
        "Following": {
            "Type": "Succeed",
            "Output": {
                "type": "status",
                "workflow": "{% $workflow %}",
                "execution": "{% $shownAs %}",
                "status": "{% $status %}",
                "number": "{% $number %}",
                "messages": "{% $states.input.messages %}",
                "more": "{% $states.input.more %}",
            },
        },
    }


def _unfollowing(values: LiveValues) -> dict[str, Any]:
    return {
        "Remove the follower": on_table(
            "deleteItem",
            values,
            {"Key": key(_EXECUTION, _FOLLOWER)},
            Output={},
            Catch=_failed(),
            Next="Unfollowed",
        ),
        "Unfollowed": {
            "Type": "Succeed",
            "Output": {
                "type": "unfollowed",
                "workflow": "{% $workflow %}",
                "execution": "{% $shownAs %}",
            },
        },
    }


def _problems() -> dict[str, Any]:
    too_many = "Too many requests; try again in a moment."
    return {
        "BadRequest": {
            "Type": "Succeed",
            "Output": {
                "type": "problem",
                "status": 400,
                "title": "Bad Request",
                "detail": "Write workflow and execution as text of 1 to 80 characters, after as a "
                "whole number from 0, and ticket as text.",
            },
        },
        "NotFound": {
            "Type": "Succeed",
            "Output": _problem(404, "Not Found", "This execution does not exist."),
        },
        "Failed": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $contains($string($states.input), "
                    "/throttl|rate exceeded/i) %}",
                    "Next": "Throttled",
                }
            ],
            "Default": "Unavailable",
        },
        "Throttled": {
            "Type": "Succeed",
            "Output": _problem(429, "Too Many Requests", too_many),
        },
        "Unavailable": {
            "Type": "Succeed",
            "Output": _problem(500, "Internal Server Error", "Try again in a moment."),
        },
    }


def _failed() -> list[Any]:
    return [{"ErrorEquals": _ANY, "Output": "{% $states.errorOutput %}", "Next": "Failed"}]


def _problem(status: int, title: str, detail: str) -> dict[str, Any]:
    return {
        "type": "problem",
        "status": status,
        "title": title,
        "detail": detail,
        "workflow": "{% $workflow %}",
        "execution": "{% $shownAs %}",
    }
