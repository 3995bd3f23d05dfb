"""Rules for what a definition's Tasks call."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import cast

from workflows.language.integration import Integration, integration
from workflows.language.states import State
from workflows.permissions.integrations import INTEGRATIONS
from workflows.permissions.request import missing_members
from workflows.permissions.services import Operation, UnknownOperation, input_shape, operation
from workflows.rules.breach import Breach, Subject

_EXAMPLE = "arn:aws:states:::aws-sdk:ec2:describeInstances"

_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html"
# Services of that page whose permissions `INTEGRATIONS` lacks, and so their actions too.
OTHER_OPTIMIZED = frozenset(
    {
        *("bedrockagentcore", "databrew", "eks", "elasticmapreduce", "emr-containers"),
        *("emr-serverless", "mediaconvert", "sagemaker"),
    }
)
# Where AWS's SDK has another name for the service of an optimized integration.
_IN_SDK = {"states": "sfn", "events": "eventbridge"}


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
        elif call.kind == "optimized":
            for text in _optimized_problems(call):
                yield Breach(state.name, text)


def _optimized_problems(call: Integration) -> Iterator[str]:
    name = f"{call.service}:{call.action}"
    needs = INTEGRATIONS.get(name)
    if _is_unknown(call):
        actions = [each for each in INTEGRATIONS if each.startswith(f"{call.service}:")]
        what = (
            f"{name} is no optimized integration"
            if actions
            else f"no service {call.service!r} has optimized integrations"
        )
        yield f"{what}; {_instead(call, actions)}"
    elif needs and call.pattern not in needs.patterns:
        ways = " or ".join(f".{pattern}" for pattern in needs.patterns if pattern)
        yield (
            f"{name} cannot be called with .{call.pattern}; "
            f"write it without{f', or with {ways}' if ways else ''} ({needs.page})"
        )


def _is_unknown(call: Integration) -> bool:
    """Whether it has the form of an optimized integration, and Step Functions has no such."""
    name = f"{call.service}:{call.action}"
    known = name in INTEGRATIONS or call.service in OTHER_OPTIMIZED
    return call.kind == "optimized" and not known


def _instead(call: Integration, actions: list[str]) -> str:
    """What to write for an optimized integration that does not exist."""
    service = _IN_SDK.get(call.service, call.service)
    if _operation(service, call.action):
        return f"write arn:aws:states:::aws-sdk:{service}:{call.action}"
    if actions:
        nearest = get_close_matches(f"{call.service}:{call.action}", actions, n=1)
        return f"did you mean {nearest[0]!r}?" if nearest else f"write one of {', '.join(actions)}"
    services = {name.partition(":")[0] for name in INTEGRATIONS} | OTHER_OPTIMIZED
    nearest = get_close_matches(call.service, sorted(services), n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else f"write one of {_PAGE}"


def complete_calls(subject: Subject) -> Iterator[Breach]:
    """Each request has what its API requires."""
    for state in subject.states:
        call, request = integration(state.resource), state.arguments()
        called = _called(call) if call else None
        if call and called and (missing := missing_members(called, request)):
            yield Breach(
                state.name,
                f"{call.service}:{call.action} needs {', '.join(missing)}; "
                f"{_addition(missing, called, cast('Mapping[str, object]', request))}",
            )


def _called(call: Integration) -> Operation | None:
    """The operation of AWS's SDK that a call stands for, if there is one."""
    if call.kind == "aws-sdk":
        return _operation(call.service, call.action)
    name = f"{call.service}:{call.action}"
    needs = INTEGRATIONS.get(name)
    if needs is None:
        return None
    service, _, action = (needs.api or name).partition(":")
    return _operation(service, action)


def _operation(service: str, action: str) -> Operation | None:
    try:
        return operation(service, action)
    except UnknownOperation:
        return None


def _addition(missing: list[str], called: Operation, request: Mapping[str, object]) -> str:
    """What to add to a request, or to write in other words there."""
    shape = input_shape(called)
    known = {member.lower() for member in getattr(shape, "members", ())}
    names = [key.removesuffix(".$") for key in request]
    unknown = [name for name in names if name.lower() not in known]
    for member in missing:
        if nearest := get_close_matches(member, unknown, n=1):
            return f"{nearest[0]} is no argument of it, write {member}"
    return "write it" if len(missing) == 1 else "write them"


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
    """The role follows from the definition.

    For a call that does not exist nothing follows, and `known_calls` says so.
    """
    resources = {state.name: state.resource for state in subject.states}
    for gap in subject.derivation.gaps:
        call = integration(resources.get(gap.state, ""))
        if call is None or not _is_unknown(call):
            yield Breach(*gap)


def seen_permissions(subject: Subject) -> Iterator[Breach]:
    """Advice: what a state may need and nobody can see in it."""
    for unseen in subject.derivation.unseen:
        yield Breach(*unseen)
