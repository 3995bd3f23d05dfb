"""Rules for how long a definition may take."""

from collections.abc import Iterator

from workflows.language.duration import limit_seconds, longest_wait, retry_seconds
from workflows.language.states import Machine, State
from workflows.rules.breach import Breach, Subject

# What API Gateway waits for an integration's answer by default, in seconds.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
INTEGRATION_TIMEOUT = 29

# The longest that a Standard execution runs: one year.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
LONGEST_EXECUTION = 365 * 24 * 3600


def ended_executions(subject: Subject) -> Iterator[Breach]:
    """It ends by itself, however long a state may hang."""
    if "TimeoutSeconds" not in subject.definition:
        longest = "20" if subject.mode == "sync" else "300"
        yield Breach(
            "",
            "no TimeoutSeconds, so an execution that hangs is never ended; "
            f'write such as "TimeoutSeconds": {longest}',
        )


def answers_in_time(subject: Subject) -> Iterator[Breach]:
    """A synchronous workflow ends before API Gateway stops waiting for it."""
    timeout = timeout_seconds(subject)
    if subject.mode == "sync" and timeout is not None and timeout >= INTEGRATION_TIMEOUT:
        yield Breach(
            "",
            f"TimeoutSeconds is {timeout:g}, and its route answers after {INTEGRATION_TIMEOUT} s "
            f"at the latest; write less than {INTEGRATION_TIMEOUT}, or make it asynchronous",
        )


def fitting_waits(subject: Subject) -> Iterator[Breach]:
    """The Waits on the longest path, for a synchronous workflow with its retries, fit in."""
    timeout = timeout_seconds(subject)
    with_retries = subject.mode == "sync"
    waiting = longest_wait(subject.definition, with_retries=with_retries)
    if timeout is not None and waiting.states and waiting.length >= timeout:
        yield Breach(
            waiting.states[0],
            f"{'Waits and retries' if with_retries else 'Waits'} take up to {waiting.length:g} s "
            f"on the longest path ({', '.join(map(repr, waiting.states))}), and the execution is "
            f"ended after {timeout:g} s; "
            + ("wait or retry less" if with_retries else "wait less, or write more TimeoutSeconds"),
        )


def ending_retries(subject: Subject) -> Iterator[Breach]:
    """A Task that goes on failing comes to an end before the execution is ended for it."""
    longest = timeout_seconds(subject) or LONGEST_EXECUTION
    for state in subject.states:
        if (delays := retry_seconds(state)) >= longest:
            yield Breach(
                state.name,
                f"retries for {delays:g} s, so it goes on until the execution is ended after "
                f"{longest:g} s; write fewer MaxAttempts, or a smaller BackoffRate",
            )
    for machine in subject.machines:
        for state in machine.states.values():
            if _leads_back(state, machine):
                yield Breach(
                    state.name,
                    "is tried again without end, for its Catch leads straight back to it; "
                    "lead to a Fail state or a Wait, or try again with Retry",
                )


def quick_heartbeats(subject: Subject) -> Iterator[Breach]:
    """A Task's heartbeats come more often than its end: the interval "MUST be smaller".

    https://states-language.net/spec.html#task-state
    """
    for state in subject.states:
        heartbeat = limit_seconds(state.fields, "HeartbeatSeconds")
        timeout = limit_seconds(state.fields, "TimeoutSeconds")
        if heartbeat and timeout and heartbeat >= timeout:
            yield Breach(
                state.name,
                f"HeartbeatSeconds is {heartbeat:g}, and its TimeoutSeconds {timeout:g}; write "
                f"less than {timeout:g}",
            )


def timeout_seconds(subject: Subject) -> float | None:
    """The definition's own TimeoutSeconds, if it is a positive number."""
    return limit_seconds(subject.definition, "TimeoutSeconds")


def _leads_back(state: State, machine: Machine) -> bool:
    """Whether a failure leads straight back to the state.

    A way through other states than Pass takes time or does something, such as a reminder, until
    the execution is ended.
    """
    for catcher in state.catchers:
        seen: set[str] = set()
        name = catcher.get("Next")
        while isinstance(name, str) and name not in seen:
            if name == state.name:
                return True
            seen.add(name)
            ahead = machine.states.get(name)
            name = ahead.fields.get("Next") if ahead and ahead.type == "Pass" else None
    return False
