"""Rules for how long an execution may take."""

from collections.abc import Iterator

from stepgate.asl.duration import limit_seconds, longest_wait, retry_seconds
from stepgate.asl.states import Machine, State
from stepgate.asl.timeout import with_route_timeout
from stepgate.checks.rule import RuleContext, Violation

# How long a Standard execution may run, in seconds: one year.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
LONGEST_EXECUTION = 365 * 24 * 3600


def require_timeout_below_api_limit(context: RuleContext) -> Iterator[Violation]:
    """A synchronous workflow ends before API Gateway stops waiting for it."""
    timeout = timeout_seconds(context)
    limit = context.route_seconds
    if context.mode == "sync" and timeout is not None and timeout >= limit:
        yield Violation(
            "",
            f"TimeoutSeconds is {timeout:g}, but its route responds within {limit} s; write less "
            f'than {limit}, or mode="async"',
        )


def require_waits_within_timeout(context: RuleContext) -> Iterator[Violation]:
    """The Waits on the longest path, with retries in a synchronous workflow, fit into it."""
    timeout = timeout_seconds(context)
    with_retries = context.mode == "sync"
    waiting = longest_wait(context.definition, with_retries=with_retries)
    if timeout is not None and waiting.states and waiting.length >= timeout:
        yield Violation(
            waiting.states[0],
            f"{'Waits and retries' if with_retries else 'Waits'} take up to {waiting.length:g} s "
            f"on the longest path ({', '.join(map(repr, waiting.states))}), but the execution "
            f"times out after {timeout:g} s; "
            + ("wait or retry less" if with_retries else "wait less, or increase TimeoutSeconds"),
        )


def require_finite_retries(context: RuleContext) -> Iterator[Violation]:
    """A Task that keeps failing gives up before the execution times out."""
    longest = timeout_seconds(context) or LONGEST_EXECUTION
    for state in context.states:
        if (delays := retry_seconds(state)) >= longest:
            yield Violation(
                state.name,
                f"retries for {delays:g} s, but the execution times out after {longest:g} s; "
                "reduce MaxAttempts or BackoffRate",
            )
    for machine in context.machines:
        for state in machine.states.values():
            if _leads_back(state, machine):
                yield Violation(
                    state.name,
                    "infinite retries: its Catch leads straight back to it; lead to a Fail or "
                    "Wait state, or use Retry",
                )


def require_heartbeats_below_timeouts(context: RuleContext) -> Iterator[Violation]:
    """A Task's heartbeat interval is shorter than its timeout: it "MUST be smaller".

    https://states-language.net/spec.html#task-state
    """
    for state in context.states:
        heartbeat = limit_seconds(state.fields, "HeartbeatSeconds")
        timeout = limit_seconds(state.fields, "TimeoutSeconds")
        if heartbeat and timeout and heartbeat >= timeout:
            yield Violation(
                state.name,
                f"HeartbeatSeconds is {heartbeat:g}, but TimeoutSeconds is {timeout:g}; write less "
                f"than {timeout:g}",
            )


def timeout_seconds(context: RuleContext) -> float | None:
    """The TimeoutSeconds that is deployed, if it is a positive number."""
    deployed = with_route_timeout(context.definition, context.mode, context.route_seconds)
    return limit_seconds(deployed, "TimeoutSeconds")


def _leads_back(state: State, machine: Machine) -> bool:
    """Whether a failure leads straight back to the state.

    A path through states other than Pass takes time or does something, for example sends a
    reminder, until the execution times out.
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
