"""Rules for how long a definition may take."""

from collections.abc import Iterator

from workflows.language.duration import longest_wait, retry_seconds
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
    if timeout_seconds(subject) is None:
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
    if timeout is not None and waiting.states and waiting.seconds >= timeout:
        yield Breach(
            waiting.states[0],
            f"{'Waits and retries' if with_retries else 'Waits'} take up to {waiting.seconds:g} s "
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
                    "is tried again without end, for its Catch leads back to it; "
                    "lead to a Fail state, and try again with Retry",
                )


def timeout_seconds(subject: Subject) -> float | None:
    """The definition's own TimeoutSeconds, if it is a number."""
    timeout = subject.definition.get("TimeoutSeconds")
    is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    return timeout if is_number else None


def _leads_back(state: State, machine: Machine) -> bool:
    """Whether a failure leads back to the state, whatever the states on the way find."""
    for catcher in state.catchers:
        seen: set[str] = set()
        name = catcher.get("Next")
        while isinstance(name, str) and name not in seen:
            if name == state.name:
                return True
            seen.add(name)
            ahead = machine.states.get(name)
            name = ahead.fields.get("Next") if ahead and ahead.type != "Choice" else None
    return False
