"""What a month of workflows behind an API costs at list prices, and with a Lambda proxy in front.

What is counted is the longest path of a definition without a `Catch`: each loop runs once, and each
Map has one item. The calls that states make, data transfer and what logs cost to keep are not
included.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

from stepgate.asl.longest_path import all_branches, longest_path
from stepgate.asl.states import State, iter_states, root_machine
from stepgate.definitions import make_definition
from stepgate.events.waiting import waited_event
from stepgate.http.execution_wait import DEFAULT_SECONDS
from stepgate.prices import usd
from stepgate.progress.completion import has_completion_rule
from stepgate.progress.instrumentation import with_progress
from stepgate.workflow import Definition, Progress, Values, Workflow

EXPRESS_GIGABYTES = 64 / 1024
"""The minimum charge of an Express execution, which is enough for the workflows."""
LAMBDA_GIGABYTES = 128 / 1024
"""The least memory that a function can have."""
SHORT_SECONDS = 1.0
"""The assumed duration of the Express executions that send last messages and continue others."""
UNITS_PER_WAIT = 6
"""Three writes of more than 1 KB each, because of the task token: to store, claim and drop it.
DynamoDB does not charge for items that expire."""
REQUESTS_PER_MESSAGE = 3
"""Send, receive and delete; receiving ten messages at once would be cheaper."""
FOLLOWED_MINUTES = 1
"""How long a client is assumed to follow an execution live."""

LOG_EVENT_BYTES = 400
"""As the emulator writes them, and the 26 bytes that CloudWatch adds to each."""
DATA_BYTES = 1_000
"""The assumed input or output of a state, which a log has with execution data."""
ACCESS_LOG_BYTES = 450
"""A line of `stepgate.http.access_log`, with ARNs and addresses of usual length."""
GIGABYTE = 1e9
EVENTS_OF_EXECUTION = 2
"""Started and succeeded."""
EVENTS_OF_STATE = 2
"""Entered and exited; both have data, as those of an execution do."""
EVENTS_OF_TASK = 3
"""Scheduled, started and succeeded; the first and the last have data."""

ALARMS_OF_API = 2
"""Server errors and latency."""
ALARMS_OF_QUEUE = 1
"""Dead letters."""
ALARMS_OF_STARTS = 1
"""Throttled starts, if a workflow is asynchronous."""
ALARMS_OF_COMPLETION = 2
"""The state machine that sends last messages: failed, timed out."""
ALARMS_OF_EVENTS = 1
"""The state machine that continues executions: timed out."""


@dataclass(frozen=True)
class Load:
    """What a workflow does in a month.

    Attributes:
        calls: how often it is called.
        seconds: how long an execution takes, if it is synchronous.
        polls: how often a caller asks for the status of an asynchronous execution.
        long_polls: how often it does with a wait route, which answers after 20 s each.
        proxy_ms: how long the function of a Lambda proxy takes for a request itself.
    """

    calls: float = 1_000_000
    seconds: float = 1.0
    polls: float = 5
    long_polls: float = 1
    proxy_ms: float = 50


@dataclass(frozen=True)
class Usage:
    """What one execution of a workflow does.

    Attributes:
        transitions: the states that it enters, including those that send messages.
        tasks: those that call something.
        messages: its progress messages, including the last.
        waits: the events that it waits for, each sent once.
    """

    transitions: int
    tasks: int
    messages: int
    waits: int


@dataclass(frozen=True)
class Cost:
    """USD for a month of a workflow.

    Attributes:
        parts: what it costs in any case, by what is paid for.
        options: what it costs more with each option.
        proxy: what the parts come to with a Lambda proxy in front.
    """

    usage: Usage
    parts: Mapping[str, float]
    options: Mapping[str, float]
    proxy: float

    @property
    def sum(self) -> float:
        return sum(self.parts.values())


def usage(workflow: Workflow) -> Usage:
    values = workflow.values()
    definition = make_definition(workflow, values)
    entered = states_on_longest_path(with_progress(workflow, definition, values.progress_queue_url))
    return Usage(
        len(entered),
        sum(state.type == "Task" for state in entered),
        sum(map(_is_sending, entered)) + has_completion_rule(workflow),
        sum(waited_event(state) is not None for state in entered),
    )


def cost(workflow: Workflow, load: Load, *, has_wait: bool = False) -> Cost:
    """
    Args:
        workflow: without progress messages, which are among the options.
        has_wait: whether its route has a wait route.
    """
    found = usage(workflow)
    calls, is_async = load.calls, workflow.mode == "async"
    polls = calls * (load.long_polls if has_wait else load.polls) if is_async else 0
    waits = calls * found.waits
    # A wait route redirects to the status route.
    waiting = usd("apiRequest") + express_cost(DEFAULT_SECONDS) if has_wait else 0
    parts = {
        "api": usd("apiRequest", calls),
        "stepFunctions": calls * _execution_cost(workflow, found, load),
        "status": polls * (usd("apiRequest") + waiting),
        "events": waits
        * (usd("apiRequest") + express_cost(SHORT_SECONDS) + usd("write", UNITS_PER_WAIT)),
        "logs": 0 if is_async else calls * _log_cost(found),
    }
    requests = calls + polls * (1 + has_wait) + waits
    options = {
        **{kind: _progress_cost(workflow, kind, load) for kind in get_args(Progress)[1:]},
        "live": calls * _live_cost(workflow),
        "allLogs": calls * _log_cost(found) if is_async else 0,
        "executionData": calls * _data_cost(found),
        "traces": usd("trace", requests),
        "accessLogs": usd("log", requests * ACCESS_LOG_BYTES / GIGABYTE),
        "alarms": usd("alarm", _alarm_count(workflow)),
    }
    # The function waits as long as a synchronous execution takes, and in place of the wait route,
    # without a redirect.
    proxied = calls + polls + waits
    seconds = (
        proxied * load.proxy_ms / 1_000
        + (0 if is_async else calls * load.seconds)
        + (polls * DEFAULT_SECONDS if has_wait else 0)
    )
    function = usd("lambdaRequest", proxied) + usd("lambdaDuration", seconds * LAMBDA_GIGABYTES)
    return Cost(found, parts, options, sum(parts.values()) - polls * waiting + function)


def api_options(*, has_queue: bool, has_async: bool, has_events: bool) -> dict[str, float]:
    """USD for a month of what an API has once, by the option.

    Args:
        has_queue: whether it has a queue of progress messages.
        has_async: whether a workflow is asynchronous.
        has_events: whether one waits for events.
    """
    alarms = (
        ALARMS_OF_API
        + ALARMS_OF_QUEUE * has_queue
        + ALARMS_OF_STARTS * has_async
        + ALARMS_OF_COMPLETION * (has_queue and has_async)
        + ALARMS_OF_EVENTS * has_events
    )
    return {"alarms": usd("alarm", alarms), "dashboard": usd("dashboard")}


def _alarm_count(workflow: Workflow) -> int:
    """Failed, timed out and throttled; of a synchronous one timed out, and failed if it declares no
    errors.
    """
    if workflow.mode == "async":
        return 3
    return 1 if workflow.errors else 2


def express_cost(seconds: float) -> float:
    """USD for one Express execution that runs so long."""
    return usd("expressRequest") + usd("expressDuration", seconds * EXPRESS_GIGABYTES)


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


def _execution_cost(workflow: Workflow, found: Usage, load: Load) -> float:
    if workflow.mode == "sync":
        return express_cost(load.seconds)
    return usd("transition", found.transitions)


def _progress_cost(workflow: Workflow, kind: Progress, load: Load) -> float:
    """What messages of a kind add: their states, the queue, and what sends the last message."""
    reporting = replace(workflow, progress=kind)
    before, after = usage(workflow), usage(reporting)
    added = _execution_cost(reporting, after, load) - _execution_cost(workflow, before, load)
    last = express_cost(SHORT_SECONDS) if has_completion_rule(reporting) else 0
    return load.calls * (added + last + usd("fifoRequest", after.messages * REQUESTS_PER_MESSAGE))


def _live_cost(workflow: Workflow) -> float:
    """What it adds to messages of all states to be followed live, by one client with a ticket.

    A message is numbered, kept and pushed by two Express executions. To follow takes a ticket,
    two more, and a message in each direction. A synchronous workflow has no tickets.
    """
    machines = 2 * express_cost(SHORT_SECONDS)
    messages = usage(replace(workflow, progress="states")).messages
    kept = messages * (machines + usd("write", 2) + usd("read"))
    if workflow.mode == "sync":
        return kept
    ticket = usd("apiRequest") + machines + usd("write", 4) + usd("read", 3)
    return (
        kept
        + ticket
        + usd("socketMessage", messages + 2)
        + usd("connectionMinute", FOLLOWED_MINUTES)
    )


def _log_cost(found: Usage) -> float:
    """Of an execution with the level ALL, without execution data."""
    events = (
        EVENTS_OF_EXECUTION + EVENTS_OF_STATE * found.transitions + EVENTS_OF_TASK * found.tasks
    )
    return usd("log", events * LOG_EVENT_BYTES / GIGABYTE)


def _data_cost(found: Usage) -> float:
    """What execution data adds to the level ALL."""
    with_data = (
        EVENTS_OF_EXECUTION
        + EVENTS_OF_STATE * found.transitions
        + (EVENTS_OF_TASK - 1) * found.tasks
    )
    return usd("log", with_data * DATA_BYTES / GIGABYTE)


def _is_sending(state: State) -> bool:
    request = state.arguments()
    queue = Values().progress_queue_url
    return isinstance(request, Mapping) and ("QueueUrl", queue) in request.items()
