"""Rules for what a definition's Tasks call."""

from collections.abc import Iterator

from workflows.language.integration import integration
from workflows.language.states import State
from workflows.permissions.integrations import INTEGRATIONS
from workflows.permissions.services import UnknownOperation, operation
from workflows.rules.breach import Breach, Subject

_EXAMPLE = "arn:aws:states:::aws-sdk:ec2:describeInstances"


def known_calls(subject: Subject) -> Iterator[Breach]:
    """Each Task calls what AWS has, in a way that it can be called."""
    for state in subject.states:
        if not state.resource:
            continue
        call = integration(state.resource)
        if call is None and "${" in state.resource:
            continue  # put in later, by a template of CloudFormation or SAM
        if call is None:
            yield Breach(
                state.name,
                f"Resource {state.resource!r} is nothing that a Task can call; write such as "
                f"{_EXAMPLE}",
            )
        elif call.kind == "aws-sdk":
            try:
                operation(call.service, call.action)
            except UnknownOperation as unknown:
                yield Breach(state.name, str(unknown))
            if call.pattern.startswith("sync"):
                yield Breach(
                    state.name,
                    f"an action of AWS's SDK cannot be called with .{call.pattern}; "
                    "write it without, and wait in states of your own",
                )
        elif (
            needs := INTEGRATIONS.get(f"{call.service}:{call.action}")
        ) and call.pattern not in needs.patterns:
            ways = " or ".join(f".{pattern}" for pattern in needs.patterns if pattern)
            yield Breach(
                state.name,
                f"{call.service}:{call.action} cannot be called with .{call.pattern}; "
                f"write it without{f', or with {ways}' if ways else ''} ({needs.page})",
            )


def quick_calls(subject: Subject) -> Iterator[Breach]:
    """An Express execution waits for no jobs, callbacks, workers and executions of its own.

    https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    """
    if subject.mode != "sync":
        return
    for state in subject.states:
        if how := _waiting(state):
            yield Breach(
                state.name,
                f"waits ({how}), and a synchronous workflow cannot; call it without waiting, or "
                'write mode="async"',
            )


def _waiting(state: State) -> str:
    """How a state waits for something else to end; empty if it does not."""
    if state.is_distributed:
        return "a distributed Map"
    call = integration(state.resource)
    if call and call.kind == "activity":
        return "an activity"
    return f"with .{call.pattern}" if call and call.pattern else ""


def derived_permissions(subject: Subject) -> Iterator[Breach]:
    """The role follows from the definition."""
    for gap in subject.derivation.gaps:
        yield Breach(*gap)


def seen_permissions(subject: Subject) -> Iterator[Breach]:
    """Advice: what a state may need and nobody can see in it."""
    for unseen in subject.derivation.unseen:
        yield Breach(*unseen)
