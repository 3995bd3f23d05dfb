"""What workflows cost, with and without progress messages, at list prices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

from stepgate.asl.longest_path import all_branches, longest_path
from stepgate.asl.states import State, iter_states, root_machine
from stepgate.definitions import make_definition
from stepgate.events.waiting import waited_event
from stepgate.progress.completion import has_completion_rule
from stepgate.progress.instrumentation import with_progress
from stepgate.workflow import Definition, Progress, Values, Workflow

EXECUTIONS = 1_000

# List prices in USD for us-east-1, without a free tier, as of the month after each.
TRANSITION = 25.00 / 1e6  # 2026-03, https://aws.amazon.com/step-functions/pricing/
EXPRESS_REQUEST = 1.00 / 1e6  # 2026-03, the same page
GIGABYTE_SECOND = 0.00001667  # 2026-03, the same page
WRITE_REQUEST_UNIT = 0.625 / 1e6  # 2026-03, https://aws.amazon.com/dynamodb/pricing/on-demand/
SQS_FIFO_REQUEST = 0.50 / 1e6  # 2026-06, https://aws.amazon.com/sqs/pricing/
# EventBridge does not charge for events of AWS services.
# https://aws.amazon.com/eventbridge/pricing/

MEMORY_GIGABYTES = 64 / 1024
"""The minimum charge of an Express execution, which is enough for the workflows."""
EXPRESS_SECONDS = 1.0
"""The assumed duration of an Express execution."""
UNITS_PER_WAIT = 6
"""Three writes of more than 1 KB each, because of the task token: to store, claim and drop it.
DynamoDB does not charge for items that expire."""
REQUESTS_PER_MESSAGE = 3
"""Send, receive and delete; receiving ten messages at once would be cheaper."""


def express_cost(seconds: float) -> float:
    """USD for one Express execution that runs so long."""
    return EXPRESS_REQUEST + seconds * MEMORY_GIGABYTES * GIGABYTE_SECOND


@dataclass(frozen=True)
class Cost:
    """The cost of `EXECUTIONS` executions on the longest path without failures.

    Each loop runs once, and each Map has one item. The API, logs and the calls of the workflow are
    not included.

    Attributes:
        transitions: the states that one execution enters, including sending states. Only Standard
            executions are charged for them.
        messages: the messages of one execution, including the last.
        waits: the events that one execution waits for, each sent once.
        step_functions: USD, including the executions that send last messages, and those that
            continue executions which wait.
        sqs, dynamodb: USD.
    """

    transitions: int
    messages: int
    waits: int
    step_functions: float
    sqs: float
    dynamodb: float


def cost(workflow: Workflow) -> Cost:
    values = workflow.values()
    definition = make_definition(workflow, values)
    entered = states_on_longest_path(with_progress(workflow, definition, values.progress_queue_url))
    messages = sum(map(_is_sending, entered)) + has_completion_rule(workflow)
    waits = sum(waited_event(state) is not None for state in entered)
    express = express_cost(EXPRESS_SECONDS)
    execution = express if workflow.mode == "sync" else len(entered) * TRANSITION
    others = has_completion_rule(workflow) + waits
    return Cost(
        len(entered),
        messages,
        waits,
        EXECUTIONS * (execution + others * express),
        EXECUTIONS * messages * REQUESTS_PER_MESSAGE * SQS_FIFO_REQUEST,
        EXECUTIONS * waits * UNITS_PER_WAIT * WRITE_REQUEST_UNIT,
    )


def states_on_longest_path(definition: Definition) -> list[State]:
    """The states on the longest path without a `Catch`."""
    path = longest_path(
        root_machine(definition),
        lambda _: 1,
        combine_branches=all_branches,
        is_followed=lambda way: not way.field.startswith("Catch"),
    )
    by_name = {state.name: state for state in iter_states(definition)}
    return [by_name[name] for name in path.states]


def _is_sending(state: State) -> bool:
    request = state.arguments()
    queue = Values().progress_queue_url
    return isinstance(request, Mapping) and ("QueueUrl", queue) in request.items()


def costs(workflow: Workflow) -> dict[Progress, Cost]:
    """The cost with each kind of progress messages."""
    return {kind: cost(replace(workflow, progress=kind)) for kind in get_args(Progress)}
