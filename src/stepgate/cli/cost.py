"""What `stepgate cost` prints."""

from typing import Any

from stepgate.cli.printing import print_document, print_table
from stepgate.client.stack import Stack
from stepgate.cost import EXECUTIONS, costs, express_cost
from stepgate.http.execution_wait import DEFAULT_SECONDS
from stepgate.workflow import Workflow


def costs_document(stack: Stack) -> dict[str, Any]:
    """For machines: `{"executions": 1000, "costs": [{"workflow", "progress", …}]}`, in USD.

    With a wait route also `waits`: what as many requests of it cost, each for the default time.
    """
    workflows = [
        Workflow(name, stack.routes[name].mode, lambda _, definition=definition: definition)
        for name, definition in stack.definitions.items()
    ]
    waits = any(route.wait_url for route in stack.routes.values())
    return {
        "executions": EXECUTIONS,
        **({"waits": EXECUTIONS * express_cost(DEFAULT_SECONDS)} if waits else {}),
        "costs": [
            {
                "workflow": workflow.name,
                "progress": progress,
                "transitions": cost.transitions,
                "messages": cost.messages,
                "waits": cost.waits,
                "stepFunctions": cost.step_functions,
                "sqs": cost.sqs,
                "dynamodb": cost.dynamodb,
                "sum": cost.step_functions + cost.sqs + cost.dynamodb,
            }
            for workflow in workflows
            for progress, cost in costs(workflow).items()
        ],
    }


def print_costs(document: dict[str, Any]) -> None:
    """For people: a line for each workflow and kind of progress messages."""
    print_table(
        (
            "WORKFLOW",
            "PROGRESS",
            "TRANSITIONS",
            "MESSAGES",
            "WAITS",
            "STEP FUNCTIONS",
            "SQS",
            "DYNAMODB",
            "USD FOR 1,000",
        ),
        *(
            (
                row["workflow"],
                row["progress"],
                str(row["transitions"]),
                str(row["messages"]),
                str(row["waits"]),
                *(f"{row[key]:.4f}" for key in ("stepFunctions", "sqs", "dynamodb", "sum")),
            )
            for row in document["costs"]
        ),
    )
    if "waits" in document:
        print_document(
            f"{EXECUTIONS:,} requests of a wait route that last {DEFAULT_SECONDS} s each cost "
            f"{document['waits']:.4f} USD more."
        )
