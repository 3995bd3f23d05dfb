"""The state machine behind the wait routes: it answers when an execution has ended.

It looks at the execution a few times, because Step Functions refills DescribeExecution at only 10
to 15 calls a second for an account. It asks for no data and keeps nothing but the status: input and
output of an execution together may be larger than what a state may have.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from collections.abc import Sequence
from typing import Any

from stepgate.permissions.arns import build_execution_arn
from stepgate.route import WAIT_MACHINE
from stepgate.workflow import Definition, Values, Workflow

DEFAULT_SECONDS = 20
MOST_SECONDS = 25
"""With the time that the looks take, it is less than API Gateway waits for an integration."""

NOT_FOUND = "ExecutionDoesNotExist"
"""The error of an execution that Step Functions does not know."""

_TIMEOUT_SECONDS = 28


def wait_workflow(workflows: Sequence[Workflow]) -> Workflow | None:
    """The state machine as a workflow without a route; None if no route needs it."""
    names = tuple(workflow.name for workflow in workflows if workflow.route.wait)
    if not names:
        return None
    return Workflow(WAIT_MACHINE, "sync", wait_definition, uses=names, resources=_execution_arns)


def wait_definition(values: Values) -> Definition:
    """The state machine's definition.

    Input: `{"executionArn", "seconds"}`. It looks at once, and after pauses of 1, 2, 4 and 8
    seconds and the rest: six times at most. For an execution that has been running for long, the
    first pause is a tenth of its age, so there are fewer looks. A look that fails counts as one at
    a running execution: the next one may succeed, and the status route says what is wrong.
    """
    return {
        "Comment": "Ends when an execution has ended, or after some seconds",
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "TimeoutSeconds": _TIMEOUT_SECONDS,
        "States": {
            "Begin": {
                "Type": "Pass",
                "Assign": {"left": "{% $states.input.seconds %}", "pause": 0},
                "Next": "Look",
            },
            "Look": {
                "Type": "Task",
                "Resource": f"arn:{values.partition}:states:::aws-sdk:sfn:describeExecution",
                "Arguments": {
                    "ExecutionArn": "{% $states.context.Execution.Input.executionArn %}",
                    "IncludedData": "METADATA_ONLY",
                },
                "Assign": {
                    "running": "{% $states.result.Status in ['RUNNING', 'PENDING_REDRIVE'] %}",
                    "pause": f"{{% {_NEXT_PAUSE} %}}",
                },
                "Output": {},
                "TimeoutSeconds": 5,
                "Retry": [],
                "Catch": [
                    {
                        "ErrorEquals": ["States.ALL"],
                        "Assign": {
                            "running": True,
                            "pause": "{% $min([$left, $max([1, $pause * 2])]) %}",
                            "error": "{% $states.errorOutput.Error %}",
                        },
                        "Output": {},
                        "Next": "Does it exist?",
                    }
                ],
                "Next": "Has it ended?",
            },
            "Does it exist?": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": f"{{% {_IS_UNKNOWN} %}}", "Next": "It does not exist"},
                ],
                "Default": "Has it ended?",
            },
            "It does not exist": {"Type": "Fail", "Error": NOT_FOUND},
            "Has it ended?": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $running and $left > 0 %}", "Next": "Pause"},
                ],
                "Default": "Done",
            },
            "Pause": {
                "Type": "Wait",
                "Seconds": "{% $pause %}",
                "Assign": {"left": "{% $left - $pause %}"},
                "Output": {},
                "Next": "Look",
            },
            "Done": {"Type": "Succeed", "Output": {}},
        },
    }


_AGE = "$floor(($millis() - $toMillis($states.result.StartDate)) / 10000)"
_NEXT_PAUSE = f"$min([$left, $pause = 0 ? $max([1, {_AGE}]) : $pause * 2])"
# Such a name cannot be an execution's.
_IS_UNKNOWN = "$contains($error, /ExecutionDoesNotExist|InvalidArn|ValidationException/)"


def _execution_arns(values: Any) -> list[str]:
    return [build_execution_arn(arn, "*") for arn in values.state_machine_arns.values()]
