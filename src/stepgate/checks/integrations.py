"""Rules for what a definition's Tasks call."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import cast

from stepgate.asl.integration import Integration, parse_integration
from stepgate.checks.rule import RuleContext, Violation
from stepgate.permissions.integrations import INTEGRATIONS
from stepgate.permissions.request import missing_members
from stepgate.permissions.services import (
    Operation,
    UnknownOperation,
    find_operation,
    load_input_shape,
)
from stepgate.suggestions import suggestion

# An account may be masked with letters.
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
_FUNCTION_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[^:]+:(?:\d{12}|[^:]*[^:\d][^:]*):function:[\w-]+"
    r"(?::(?:[\w-]+|\$LATEST(?:\.PUBLISHED)?))?"
)
_EXAMPLE = "arn:aws:states:::aws-sdk:ec2:describeInstances"

_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html"
# Services on that page that are not in `INTEGRATIONS`, so that their actions are unknown.
OTHER_OPTIMIZED = frozenset(
    {
        *("bedrockagentcore", "databrew", "eks", "elasticmapreduce", "emr-containers"),
        *("emr-serverless", "sagemaker"),
    }
)
# Where the AWS SDK has another name for the service of an optimized integration.
_IN_SDK = {"states": "sfn", "events": "eventbridge"}
# What calls of endpoints require.
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
# https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-fields
_ENDPOINT_ARGUMENTS = {
    "apigateway:invoke": ("ApiEndpoint", "Method"),
    "http:invoke": ("ApiEndpoint", "Method"),
}


def require_known_integrations(context: RuleContext) -> Iterator[Violation]:
    """Each Task calls an action that exists, with a pattern that it supports."""
    for state in context.states:
        if not state.resource:
            continue
        call = parse_integration(state.resource)
        if call is None and "${" in state.resource:
            continue  # a placeholder of a CloudFormation or SAM template
        if call is None:
            yield Violation(
                state.name,
                f"Resource {state.resource!r} is not something that a Task can call; write, for "
                f"example, {_EXAMPLE}",
            )
        elif call.kind == "function" and "${" not in state.resource:
            for text in _function_problems(state.resource):
                yield Violation(state.name, text)
        elif call.kind == "aws-sdk":
            try:
                find_operation(call.service, call.action)
            except UnknownOperation as unknown:
                yield Violation(state.name, str(unknown))
            if call.pattern.startswith("sync"):
                yield Violation(
                    state.name,
                    f"an AWS SDK integration does not support .{call.pattern}; remove it, and wait "
                    "in separate states",
                )
        elif call.kind == "optimized":
            for text in _optimized_problems(call):
                yield Violation(state.name, text)


def _function_problems(arn: str) -> Iterator[str]:
    if _FUNCTION_ARN.fullmatch(arn):
        return
    name, _, pattern = arn.rpartition(".")
    if pattern in ("sync", "waitForTaskToken"):
        yield (
            f"the ARN of a function does not support .{pattern}; write "
            f"arn:aws:states:::lambda:invoke.waitForTaskToken, with the FunctionName {name}"
        )
    else:
        yield (
            f"{arn!r} is not the ARN of a function; write arn:aws:lambda:REGION:ACCOUNT:"
            "function:NAME, or the same with :ALIAS or :VERSION"
        )


def _optimized_problems(call: Integration) -> Iterator[str]:
    name = f"{call.service}:{call.action}"
    needs = INTEGRATIONS.get(name)
    if _is_unknown(call):
        actions = [each for each in INTEGRATIONS if each.startswith(f"{call.service}:")]
        problem = (
            f"unknown optimized integration {name}"
            if actions
            else f"unknown service {call.service!r} for an optimized integration"
        )
        yield f"{problem}; {_instead(call, actions)}"
    elif needs and call.pattern not in needs.patterns:
        supported = " or ".join(f".{pattern}" for pattern in needs.patterns if pattern)
        yield (
            f"{name} does not support .{call.pattern}; remove it"
            f"{f', or use {supported}' if supported else ''} ({needs.page})"
        )


def _is_unknown(call: Integration) -> bool:
    """Whether it has the form of an optimized integration, but does not exist."""
    name = f"{call.service}:{call.action}"
    known = name in INTEGRATIONS or call.service in OTHER_OPTIMIZED
    return call.kind == "optimized" and not known


def _instead(call: Integration, actions: list[str]) -> str:
    """What to write for an optimized integration that does not exist."""
    service = _IN_SDK.get(call.service, call.service)
    if _operation(service, call.action):
        return f"write arn:aws:states:::aws-sdk:{service}:{call.action}"
    if actions:
        name = f"{call.service}:{call.action}"
        return suggestion(name, actions, f"use one of {', '.join(actions)}")
    services = {name.partition(":")[0] for name in INTEGRATIONS} | OTHER_OPTIMIZED
    return suggestion(call.service, sorted(services), f"use one of {_PAGE}")


def require_complete_requests(context: RuleContext) -> Iterator[Violation]:
    """Each request has the arguments that its API requires."""
    for state in context.states:
        call, request = parse_integration(state.resource), state.arguments()
        if call is None or not isinstance(request, Mapping):
            continue
        request = cast("Mapping[str, object]", request)
        name = f"{call.service}:{call.action}"
        if called := called_operation(call):
            missing = missing_members(called, request)
        else:
            given = {key.removesuffix(".$") for key in request}
            missing = [each for each in _ENDPOINT_ARGUMENTS.get(name, ()) if each not in given]
        if missing:
            yield Violation(
                state.name,
                f"{name} requires {', '.join(missing)}; {_addition(missing, called, request)}",
            )


def called_operation(call: Integration) -> Operation | None:
    """The operation of the AWS SDK that is called, if there is one."""
    if call.kind == "aws-sdk":
        return _operation(call.service, call.action)
    name = f"{call.service}:{call.action}"
    needs = INTEGRATIONS.get(name)
    if needs is None:
        return None
    service, _, action = (needs.operation or name).partition(":")
    return _operation(service, action)


def _operation(service: str, action: str) -> Operation | None:
    try:
        return find_operation(service, action)
    except UnknownOperation:
        return None


def _addition(missing: list[str], called: Operation | None, request: Mapping[str, object]) -> str:
    """What to add to a request, or to rename in it."""
    for member, key in (renamed_arguments(called, request) if called else {}).items():
        return f"rename {key.removesuffix('.$')} to {member}"
    return "add it" if len(missing) == 1 else "add them"


def renamed_arguments(called: Operation, request: Mapping[str, object]) -> dict[str, str]:
    """The keys that are probably meant for arguments that the request lacks, by these."""
    shape = load_input_shape(called)
    known = {member.lower() for member in getattr(shape, "members", ())}
    unknown = {
        name: key for key in request if (name := key.removesuffix(".$")).lower() not in known
    }
    return {
        member: unknown[nearest[0]]
        for member in missing_members(called, request)
        if (nearest := get_close_matches(member, unknown, n=1))
    }


def require_express_compatibility(context: RuleContext) -> Iterator[Violation]:
    """An Express execution cannot wait for jobs, callbacks, activities or child executions.

    https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    """
    if context.mode != "sync":
        return
    for state in context.states:
        if how := state.waiting:
            yield Violation(
                state.name,
                f"waits ({how}), which a synchronous workflow cannot do; call it without waiting, "
                'or write mode="async"',
            )


def require_derivable_permissions(context: RuleContext) -> Iterator[Violation]:
    """The role follows from the definition.

    An integration that does not exist is reported by `require_known_integrations`.
    """
    resources = {state.name: state.resource for state in context.states}
    for gap in context.permissions.unresolved:
        call = parse_integration(resources.get(gap.state, ""))
        if call is None or not _is_unknown(call):
            yield Violation(*gap)


def recommend_statements(context: RuleContext) -> Iterator[Violation]:
    """What a state may need but does not show is allowed by statements of the workflow."""
    for unseen in context.permissions.warnings:
        yield Violation(*unseen)


def recommend_known_resources(context: RuleContext) -> Iterator[Violation]:
    """What a Task calls can be seen before a template fills it in."""
    for state in context.states:
        if "${" in state.resource and parse_integration(state.resource) is None:
            yield Violation(
                state.name,
                "its Resource is a placeholder, so what it calls is not checked, and its role is "
                "not allowed to call it; write the Resource itself, or add a statement for it to "
                "the workflow's statements",
            )
