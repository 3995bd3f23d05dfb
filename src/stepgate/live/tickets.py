"""The state machine that gives tickets: each lets one connection follow one execution."""

from collections.abc import Sequence
from typing import Any

from stepgate.live.items import TICKET_SECONDS, LiveValues, expires, key, on_table, text
from stepgate.permissions.arns import build_execution_arn
from stepgate.workflow import Definition, Workflow

TICKETS_MACHINE = "live-tickets"

NOT_FOUND = "ExecutionDoesNotExist"
"""The error of an execution that Step Functions does not know."""


def tickets_workflow(workflows: Sequence[Workflow]) -> Workflow:
    """The workflow of the state machine, which has no route of its own.

    Args:
        workflows: those whose executions have a route for tickets.
    """
    return Workflow(
        TICKETS_MACHINE,
        "sync",
        tickets_definition,
        values=LiveValues,
        uses=tuple(workflow.name for workflow in workflows),
        resources=_execution_arns,
    )


def tickets_definition(values: LiveValues) -> Definition:
    """The state machine's definition.

    Input: `{"workflow", "execution", "executionArn"}`, with the execution's name for callers. The
    output is `{"ticket", "expires"}`. Like a route for a status, it looks at the execution first.
    """
    return {
        "Comment": "Gives a ticket, which lets one connection follow one execution",
        "QueryLanguage": "JSONata",
        "StartAt": "Look",
        "TimeoutSeconds": 27,
        "States": {
            "Look": {
                "Type": "Task",
                "Resource": f"arn:{values.partition}:states:::aws-sdk:sfn:describeExecution",
                "Arguments": {
                    "ExecutionArn": "{% $states.input.executionArn %}",
                    "IncludedData": "METADATA_ONLY",
                },
                "Assign": {
                    "ticket": "{% $uuid() %}",
                    "name": "{% $states.result.Name %}",
                },
                "Output": "{% $states.input %}",
                "TimeoutSeconds": 10,
                "Retry": [],
                "Catch": [
                    {
                        "ErrorEquals": ["States.ALL"],
                        "Output": "{% $states.errorOutput %}",
                        "Next": "Does it exist",
                    }
                ],
                "Next": "Keep the ticket",
            },
            "Does it exist": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": f"{{% {_IS_UNKNOWN} %}}", "Next": "It does not exist"},
                    {
                        "Condition": "{% $contains($string($states.input), "
                        "/throttl|rate exceeded/i) %}",
                        "Next": "Throttled",
                    },
                ],
                "Default": "Unavailable",
            },
            "It does not exist": {"Type": "Fail", "Error": NOT_FOUND},
            "Throttled": {"Type": "Fail", "Error": "ThrottlingException"},
            "Unavailable": {"Type": "Fail", "Error": "Unavailable"},
            "Keep the ticket": on_table(
                "putItem",
                values,
                {
                    "Item": {
                        **key("'ticket:' & $ticket", "'ticket'"),
                        "workflow": text("$states.input.workflow"),
                        "shownAs": text("$states.input.execution"),
                        "name": text("$name"),
                        "expires": expires(TICKET_SECONDS),
                    }
                },
                Output={
                    "ticket": "{% $ticket %}",
                    "expires": f"{{% $fromMillis($millis() + {TICKET_SECONDS * 1000}) %}}",
                },
                End=True,
            ),
        },
    }


# Such a name cannot be an execution's.
_IS_UNKNOWN = (
    "$contains($states.input.Error, /ExecutionDoesNotExist|InvalidArn|ValidationException/)"
)


def _execution_arns(values: Any) -> list[str]:
    return [build_execution_arn(arn, "*") for arn in values.state_machine_arns.values()]
