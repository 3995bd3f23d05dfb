"""`python -m workflows.cost`: what workflows cost with progress messages, and without.

A table in Markdown, of a thousand executions at list price.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from workflows import WORKFLOWS
from workflows.language.longest_path import longest_path, together
from workflows.language.states import State, states, whole_machine
from workflows.progress.ending import is_followed
from workflows.progress.instrumented import reporting
from workflows.workflow import PLACEHOLDERS, Definition, Progress, Workflow

EXECUTIONS = 1_000

# List prices in USD for us-east-1, without a free tier, as of the month behind each.
TRANSITION = 25.00 / 1e6  # 2026-03, https://aws.amazon.com/step-functions/pricing/
EXPRESS_REQUEST = 1.00 / 1e6  # 2026-03, the same page
GIGABYTE_SECOND = 0.00001667  # 2026-03, the same page
SQS_FIFO_REQUEST = 0.50 / 1e6  # 2026-06, https://aws.amazon.com/sqs/pricing/
# EventBridge does not charge for the events of AWS's own services.
# https://aws.amazon.com/eventbridge/pricing/

MEMORY_GIGABYTES = 64 / 1024
"""The least that an Express execution is charged for; the workflows need no more."""
EXPRESS_SECONDS = 1.0
"""How long an Express execution takes: an assumption."""
REQUESTS_OF_A_MESSAGE = 3
"""One sends it, one receives it, one deletes it; receiving ten at once would be cheaper."""


@dataclass(frozen=True)
class Cost:
    """Of `EXECUTIONS` that take the longest path on which nothing fails.

    A loop is gone through once, and each Map has one item. Not counted: the API, logs, and what the
    workflow calls.

    Attributes:
        transitions: of one execution: the states that it enters, those that send too. Only Standard
            ones are charged for them.
        messages: of one execution, with the last.
        step_functions: USD, with what sends the last message of a Standard execution.
        sqs: USD.
    """

    transitions: int
    messages: int
    step_functions: float
    sqs: float


def cost(workflow: Workflow) -> Cost:
    entered = entered_states(reporting(workflow).definition(PLACEHOLDERS))
    messages = sum(map(_is_sending, entered)) + is_followed(workflow)
    express = EXPRESS_REQUEST + EXPRESS_SECONDS * MEMORY_GIGABYTES * GIGABYTE_SECOND
    execution = express if workflow.mode == "sync" else len(entered) * TRANSITION
    return Cost(
        len(entered),
        messages,
        EXECUTIONS * (execution + is_followed(workflow) * express),
        EXECUTIONS * messages * REQUESTS_OF_A_MESSAGE * SQS_FIFO_REQUEST,
    )


def entered_states(definition: Definition) -> list[State]:
    """Those on the longest path on which nothing is caught."""
    path = longest_path(
        whole_machine(definition),
        lambda _: 1,
        nested=together,
        is_followed=lambda way: not way.field.startswith("Catch"),
    )
    by_name = {state.name: state for state in states(definition)}
    return [by_name[name] for name in path.states]


def _is_sending(state: State) -> bool:
    request = state.arguments()
    queue = PLACEHOLDERS.progress_queue_url
    return isinstance(request, Mapping) and ("QueueUrl", queue) in request.items()


def table(workflows: Sequence[Workflow]) -> Iterator[str]:
    """Lines: each workflow with each `progress` that it could have; its own is marked."""
    yield (
        "| Workflow | `progress` | Transitions | Messages | Step Functions | SQS | Sum of "
        f"{EXECUTIONS:,} in USD |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for workflow in workflows:
        for progress in get_args(Progress):
            found = cost(replace(workflow, progress=progress))
            mark = " (its own)" if progress == workflow.progress else ""
            yield (
                f"| `{workflow.name}` | `{progress}`{mark} | {found.transitions} | "
                f"{found.messages} | {found.step_functions:.4f} | {found.sqs:.4f} | "
                f"{found.step_functions + found.sqs:.4f} |"
            )


if __name__ == "__main__":
    print("\n".join(table(WORKFLOWS)))
