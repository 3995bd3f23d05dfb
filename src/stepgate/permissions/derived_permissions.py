"""The permissions that a state machine's role needs, derived state by state."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from stepgate.asl.integration import Integration, parse_integration
from stepgate.asl.states import State, iter_states
from stepgate.events.waiting import waited_event
from stepgate.permissions.actions import iam_actions
from stepgate.permissions.arguments import find_values, is_dynamic
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.caller_access import (
    argument_permissions,
    caller_permissions,
    own_arguments,
    tag_warnings,
)
from stepgate.permissions.endpoints import method_permission
from stepgate.permissions.grant import (
    Grant,
    Permission,
    PermissionWarning,
    UnresolvedPermission,
    merge_grants,
    undeclared_resources,
)
from stepgate.permissions.integrations import (
    INTEGRATIONS,
    MANAGED_RULE_ACTIONS,
    NO_REQUIREMENTS,
    SDK_INTEGRATIONS,
    Requirements,
)
from stepgate.permissions.logs import LOG_DELIVERY
from stepgate.permissions.maps import map_permissions
from stepgate.permissions.request import (
    Request,
    as_request,
    declared_as_authorized,
    describe_request,
    request_as_authorized,
)
from stepgate.permissions.resources import resolve_permission
from stepgate.permissions.services import Operation, UnknownOperation, find_operation
from stepgate.workflow import Definition, Statement

# Services whose calls take a role as their subject, not as the role to work in.
ROLES_ARE_RESOURCES = frozenset({"iam", "sts"})
OWN_ARN = re.compile(
    r"\$\$(\.StateMachine|\['StateMachine'\])(\.Id|\['Id'\])"
    r"|\{%\s*\$states\.context\.StateMachine\.Id\s*%\}"
)


class PermissionFinding(NamedTuple):
    """A problem with the permissions of one state: what is missing, and what to write."""

    state: str
    text: str


@dataclass(frozen=True)
class DerivedPermissions:
    """The result of `derive_permissions`.

    Attributes:
        statements: the role's statements, merged and sorted; the workflow's own come last,
            unchanged.
        unresolved: permissions that the definition alone does not determine. The role is incomplete
            until the workflow declares them.
        warnings: permissions that a state may need in addition, which no definition shows.
    """

    statements: list[Statement]
    unresolved: list[PermissionFinding]
    warnings: list[PermissionFinding]


def derive_permissions(
    definition: Definition,
    context: ArnContext,
    declared: Sequence[str] = (),
    own: Sequence[Statement] = (),
) -> DerivedPermissions:
    """Derives the statements of the role that a definition runs in.

    Calls of unknown services and actions are skipped: another rule reports them.

    Args:
        declared: the ARNs that the workflow may act on where only its input determines which one.
        own: the workflow's own statements; a permission that they allow is not unresolved.
    """
    grants = list(LOG_DELIVERY)
    unresolved: dict[tuple[str, str], PermissionFinding] = {}  # one for several actions
    warnings: list[PermissionFinding] = []
    for state in iter_states(definition):
        unseen = [warning] if (warning := _warning(state, declared)) else []
        for permission in _state_permissions(state, context, declared):
            if isinstance(permission, Grant):
                grants.append(permission)
            elif isinstance(permission, PermissionWarning):
                unseen.append(permission)
            elif not _is_allowed(permission.action, own):
                unresolved.setdefault(
                    (state.name, permission.argument),
                    PermissionFinding(state.name, permission.text),
                )
        warnings.extend(
            PermissionFinding(state.name, warning.text)
            for warning in dict.fromkeys(unseen)
            if not _is_allowed(warning.action, own)
        )
    return DerivedPermissions([*merge_grants(grants), *own], list(unresolved.values()), warnings)


def _state_permissions(
    state: State, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission | PermissionWarning]:
    yield from map_permissions(state, context, declared)
    call = parse_integration(state.resource)
    if call is None:
        return
    if credentials := as_request(state.fields.get("Credentials")):
        # The call is made in another role; this role only assumes that one.
        # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
        yield _role_permission("sts:AssumeRole", credentials, context, declared)
    elif call.kind == "function":
        yield Grant("lambda:InvokeFunction", (state.resource,))
    elif call.kind == "aws-sdk":
        yield from _sdk_permissions(call, state, context, declared)
    elif call.kind == "optimized":
        yield from _optimized_permissions(call, state, context, declared)


def _sdk_permissions(
    call: Integration, state: State, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission | PermissionWarning]:
    try:
        operation = find_operation(call.service, call.action)
    except UnknownOperation:
        return
    required = _requirements(call) or NO_REQUIREMENTS
    request = _request(operation, required, state, context)
    for action in iam_actions(operation):
        if action.startswith("apigateway:"):
            yield method_permission(action, operation.uri, request, context, declared)
        else:
            permission = _call_permission(
                action, own_arguments(operation, request), context, declared
            )
            if isinstance(permission, Grant) and waited_event(state) is not None:
                permission = _on_own_items(permission, context)
            yield permission
    yield from required.additional(as_request(state.arguments()), context, declared)
    yield from caller_permissions(operation, request, context, declared)
    arguments = as_request(state.arguments())
    yield from argument_permissions(operation, arguments, request, context, declared)
    yield from tag_warnings(operation, arguments)
    if call.service not in ROLES_ARE_RESOURCES:
        yield from _passed_roles(state, request, context, declared)


def _call_permission(
    action: str, request: Request, context: ArnContext, declared: Sequence[str]
) -> Permission:
    return resolve_permission(
        action,
        request_as_authorized(action, request),
        context,
        declared_as_authorized(action, request, declared),
    )


def _on_own_items(grant: Grant, context: ArnContext) -> Grant:
    """A machine writes events of its own executions alone, whose ARNs are their items' keys.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    own = context.arn("states", f"execution:{context.state_machine}:*")
    return grant._replace(condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [own]}})


def _optimized_permissions(
    call: Integration, state: State, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission | PermissionWarning]:
    name = f"{call.service}:{call.action}"
    required = _requirements(call)
    if required is None:
        yield UnresolvedPermission(
            f"{call.service}:*",
            "Resource",
            f"the permissions of {name} are unknown; add those from AWS's page on this integration "
            "to the workflow's statements",
        )
        return
    yield from required.additional(as_request(state.arguments()), context, declared)
    if not required.call_actions:
        return
    operation = find_operation(*(required.operation or name).split(":"))
    request = _request(operation, required, state, context)
    called = [
        _call_permission(action, request, context, declared) for action in required.call_actions
    ]
    yield from called
    yield from caller_permissions(operation, request, context, declared)
    yield from tag_warnings(operation, as_request(state.arguments()))
    yield from _passed_roles(state, request, context, declared)
    if required.passes_roles:
        yield from (Grant("iam:PassRole", (arn,)) for arn in _roles(declared))
    if call.pattern.startswith("sync"):
        if required.job_request:
            request = required.job_request([arn for each in called for arn in _arns(each)])
        yield from (
            resolve_permission(action, request, context, declared, is_own=False)
            for action in required.job_actions
        )
        if required.managed_rule:
            rule = context.arn("events", f"rule/{required.managed_rule}")
            yield from (Grant(action, (rule,)) for action in MANAGED_RULE_ACTIONS)


def _requirements(call: Integration) -> Requirements | None:
    known = SDK_INTEGRATIONS if call.kind == "aws-sdk" else INTEGRATIONS
    return known.get(f"{call.service}:{call.action}")


def _arns(permission: Permission) -> Sequence[str]:
    return permission.arns if isinstance(permission, Grant) else ()


def _request(
    operation: Operation, required: Requirements, state: State, context: ArnContext
) -> Request:
    arguments = state.arguments()
    if isinstance(arguments, Mapping):
        arguments = required.with_defaults(as_request(state.arguments()))
    request = describe_request(operation, arguments)
    return dict(_with_own_arn(name, value, context) for name, value in request.items())


def _with_own_arn(name: str, value: object, context: ArnContext) -> tuple[str, object]:
    """An argument, with the state machine's own ARN where it takes it from the context object.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """
    plain = name.removesuffix(".$")
    if (plain != name or is_dynamic(value)) and OWN_ARN.fullmatch(str(value)):
        return plain, context.arn("states", f"stateMachine:{context.state_machine}")
    return name, value


def _passed_roles(
    state: State, request: Request, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission]:
    """The caller passes a role to a service that works in a role of its own.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    values = find_values(request, _is_role)
    # An argument that is dynamic as a whole may contain a role, but need not.
    given = find_values(as_request(state.arguments()), values.dynamic.__eq__)
    if values.literals or given or (values and _roles(declared)):
        yield _role_permission("iam:PassRole", request, context, declared)


def _role_permission(
    action: str, request: Request, context: ArnContext, declared: Sequence[str]
) -> Permission:
    values = find_values(request, _is_role)
    fitting = _roles(declared)
    if values.dynamic and not fitting:
        example = f"arn:{context.partition}:iam::ACCOUNT:role/NAME"
        return undeclared_resources(action, values.dynamic, example)
    arns = tuple(
        text
        if text.startswith("arn:")
        else f"arn:{context.partition}:iam::{context.account_id}:role/{text}"
        for text in values.literals
    )
    return Grant(action, (*arns, *(fitting if values.dynamic else ())))


def _roles(arns: Sequence[str]) -> tuple[str, ...]:
    return tuple(arn for arn in arns if ":role/" in arn)


def _is_role(name: str) -> bool:
    return re.fullmatch(r"\w*Role(Arn|ARN|Name|Override)?", name) is not None


def _warning(state: State, declared: Sequence[str]) -> PermissionWarning | None:
    call = parse_integration(state.resource)
    required = _requirements(call) if call else None
    if required is None or (required.passes_roles and _roles(declared)):
        return None
    return required.warning


def _is_allowed(action: str, statements: Sequence[Statement]) -> bool:
    """Whether a statement allows an action, or for `service:*` any action of that service."""
    return any(
        fnmatchcase(action.lower(), pattern.lower())
        or (action.endswith(":*") and pattern.lower().startswith(action[:-1].lower()))
        for statement in statements
        if statement.get("Effect") == "Allow"
        for pattern in _listed(statement.get("Action", []))
    )


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
