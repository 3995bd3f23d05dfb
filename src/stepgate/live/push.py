"""The state machine that pushes a message to those who follow its execution."""

from stepgate.live.items import LiveValues, connection_arns, key, on_connection, on_table, text
from stepgate.workflow import Definition, Workflow

PUSH_MACHINE = "live-push"

PAGE = 200
"""Followers that are read at once: far fewer than fit into the 256 KB of a state's data."""
GONE = "ApiGateway.410"
"""Of a connection that has ended: `ApiGateway.` and the HTTP status.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""


def push_definition(values: LiveValues) -> Definition:
    """The state machine's definition.

    Input: `{"execution": "workflow/name", "message"}`. A connection that has ended is forgotten.
    """
    query = {
        "ConsistentRead": True,
        "Limit": PAGE,
        "KeyConditionExpression": "#execution = :execution AND begins_with(#item, :follower)",
        "ProjectionExpression": "#connection, shownAs",
        "ExpressionAttributeNames": {
            f"#{name}": name for name in ("connection", "execution", "item")
        },
        "ExpressionAttributeValues": {
            ":execution": text("$execution"),
            ":follower": {"S": "follower/"},
        },
    }

    def read(**more: object) -> Definition:
        return on_table(
            "query",
            values,
            query | more,
            Assign={
                "last": "{% $exists($states.result.LastEvaluatedKey) "
                "? $states.result.LastEvaluatedKey : null %}"
            },
            Output="{% [$states.result.Items."
            "{'connection': connection.S, 'shownAs': shownAs.S}] %}",
            Next="Push to each",
        )

    return {
        "Comment": "Pushes a progress message to those who follow its execution",
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "TimeoutSeconds": 28,
        "States": {
            "Begin": {
                "Type": "Pass",
                "Assign": {
                    "execution": "{% $states.input.execution %}",
                    "message": "{% $merge([{'type': 'message'}, $states.input.message]) %}",
                },
                "Output": {},
                "Next": "Read the followers",
            },
            "Read the followers": read(),
            "Read more followers": read(ExclusiveStartKey="{% $last %}"),
            "Push to each": {
                "Type": "Map",
                "Items": "{% $states.input %}",
                "ItemProcessor": {"StartAt": "Push", "States": _push(values)},
                "Output": {},
                "Next": "Are there more",
            },
            "Are there more": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $last != null %}", "Next": "Read more followers"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }


def _push(values: LiveValues) -> Definition:
    connection = "$states.input.connection"
    return {
        "Push": on_connection(
            "POST",
            values,
            connection,
            body="{% $merge([$message, {'execution': $states.input.shownAs}]) %}",
            TimeoutSeconds=10,
            # Without the last message a client would not notice that one is missing.
            Retry=[
                {"ErrorEquals": [GONE], "MaxAttempts": 0},
                {"ErrorEquals": ["States.ALL"], "MaxAttempts": 3, "JitterStrategy": "FULL"},
            ],
            Catch=[
                {"ErrorEquals": [GONE], "Output": "{% $states.input %}", "Next": "Forget"},
                {"ErrorEquals": ["States.ALL"], "Next": "Pushed"},
            ],
            Output={},
            Next="Pushed",
        ),
        "Forget": on_table(
            "deleteItem",
            values,
            {"Key": key("$execution", f"'follower/' & {connection}")},
            Output={},
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Pushed"}],
            Next="Pushed",
        ),
        "Pushed": {"Type": "Succeed", "Output": {}},
    }


PUSH = Workflow(PUSH_MACHINE, "sync", push_definition, values=LiveValues, resources=connection_arns)
"""A part of the stack itself, without a route."""
