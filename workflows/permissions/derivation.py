"""What a state machine's role needs, state by state."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, cast

from workflows.language.integration import Integration, integration
from workflows.language.states import State, states
from workflows.permissions.actions import iam_actions
from workflows.permissions.arguments import given
from workflows.permissions.endpoints import path_need
from workflows.permissions.grant import Gap, Grant, merged_statements, undeclared
from workflows.permissions.integrations import (
    INTEGRATIONS,
    MANAGED_RULE,
    NO_NEEDS,
    OF_API,
    Needs,
    Unseen,
)
from workflows.permissions.logs import LOG_DELIVERY
from workflows.permissions.maps import map_needs
from workflows.permissions.place import Place
from workflows.permissions.request import Request, checked_request, described_request
from workflows.permissions.resources import grant
from workflows.permissions.services import Operation, UnknownOperation, operation
from workflows.workflow import Definition, Statement

# Services that are called about a role, not to work in it.
ROLES_ARE_RESOURCES = frozenset({"iam", "sts"})


class Missing(NamedTuple):
    """What a definition does not say, by the name of its state, and what to write."""

    state: str
    text: str


@dataclass(frozen=True)
class Derivation:
    """What follows from a definition.

    Attributes:
        statements: the role's, merged and sorted; the workflow's own come last, as they are.
        gaps: what has to be said before the role is complete.
        unseen: what a state may need beside, which no definition shows.
    """

    statements: list[Statement]
    gaps: list[Missing]
    unseen: list[Missing]


def derivation(
    definition: Definition,
    place: Place,
    declared: Sequence[str] = (),
    own: Sequence[Statement] = (),
) -> Derivation:
    """The statements of the role that a definition runs in, and what it leaves open.

    A call of a service or an action that does not exist is passed over: another rule tells it.

    Args:
        declared: the ARNs that it may act on where only its input says on which one.
        own: the workflow's own statements; what they allow is no gap.
    """
    grants = list(LOG_DELIVERY)
    gaps: dict[tuple[str, str], Missing] = {}  # several actions may miss the same
    unseen: list[Missing] = []
    for state in states(definition):
        for need in _needs(state, place, declared):
            if isinstance(need, Grant):
                grants.append(need)
            elif not _is_allowed(need.action, own):
                gaps.setdefault((state.name, need.about), Missing(state.name, need.text))
        if (what := _unseen(state, declared)) and not _is_allowed(what.action, own):
            unseen.append(Missing(state.name, what.text))
    return Derivation([*merged_statements(grants), *own], list(gaps.values()), unseen)


def _needs(state: State, place: Place, declared: Sequence[str]) -> Iterator[Grant | Gap]:
    yield from map_needs(state, place, declared)
    call = integration(state.resource)
    if call is None:
        return
    credentials = state.fields.get("Credentials")
    if isinstance(credentials, Mapping):
        # Done in another role, which this one only takes.
        # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
        yield _on_role("sts:AssumeRole", cast("Request", credentials), place, declared)
    elif call.kind == "function":
        yield Grant("lambda:InvokeFunction", (state.resource,))
    elif call.kind == "aws-sdk":
        yield from _sdk_needs(call, state, place, declared)
    elif call.kind == "optimized":
        yield from _optimized_needs(call, state, place, declared)


def _sdk_needs(
    call: Integration, state: State, place: Place, declared: Sequence[str]
) -> Iterator[Grant | Gap]:
    try:
        called = operation(call.service, call.action)
    except UnknownOperation:
        return
    needs = OF_API.get(f"{call.service}:{call.action}", NO_NEEDS)
    request = _request(called, needs, state)
    for action in iam_actions(called):
        if action.startswith("apigateway:"):
            yield path_need(action, called.uri, request, place, declared)
        else:
            yield grant(action, checked_request(action, request), place, declared)
    yield from needs.also(_mapping(state.arguments()), place, declared)
    if call.service not in ROLES_ARE_RESOURCES:
        yield from _passed_roles(state, request, place, declared)


def _optimized_needs(
    call: Integration, state: State, place: Place, declared: Sequence[str]
) -> Iterator[Grant | Gap]:
    name = f"{call.service}:{call.action}"
    needs = INTEGRATIONS.get(name)
    if needs is None:
        yield Gap(
            f"{call.service}:*",
            "Resource",
            f"no permissions are known for {name}; add those that AWS's page of the integration "
            "gives to the workflow's statements",
        )
        return
    yield from needs.also(_mapping(state.arguments()), place, declared)
    if not needs.start:
        return
    called = operation(*(needs.api or name).split(":"))
    request = _request(called, needs, state)
    started = [
        grant(action, checked_request(action, request), place, declared) for action in needs.start
    ]
    yield from started
    yield from _passed_roles(state, request, place, declared)
    if needs.takes_roles:
        yield from (Grant("iam:PassRole", (arn,)) for arn in _roles(declared))
    if call.pattern.startswith("sync"):
        if needs.job_request:
            request = needs.job_request([arn for each in started for arn in _arns(each)])
        yield from (grant(action, request, place, declared, is_own=False) for action in needs.job)
        if needs.rule:
            rule = place.arn("events", f"rule/{needs.rule}")
            yield from (Grant(action, (rule,)) for action in MANAGED_RULE)


def _arns(need: Grant | Gap) -> Sequence[str]:
    return need.arns if isinstance(need, Grant) else ()


def _request(called: Operation, needs: Needs, state: State) -> Request:
    arguments: object = state.arguments()
    if isinstance(arguments, Mapping):
        arguments = needs.completed(dict(cast("Request", arguments)))
    return described_request(called, arguments)


def _mapping(value: object) -> Request:
    return dict(cast("Request", value)) if isinstance(value, Mapping) else {}


def _passed_roles(
    state: State, request: Request, place: Place, declared: Sequence[str]
) -> Iterator[Grant | Gap]:
    """A service that works in a role of its own is handed it by the one who calls.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    said = given(request, _is_role)
    # Within a part that is dynamic as a whole, a role may be named and need not.
    is_member = any(
        name in _mapping(state.arguments()) for name in (said.dynamic, f"{said.dynamic}.$")
    )
    if said.texts or is_member or (said and _roles(declared)):
        yield _on_role("iam:PassRole", request, place, declared)


def _on_role(
    action: str, request: Mapping[str, Any], place: Place, declared: Sequence[str]
) -> Grant | Gap:
    said = given(request, _is_role)
    fitting = _roles(declared)
    if said.dynamic and not fitting:
        return undeclared(action, said.dynamic, f"arn:{place.partition}:iam::ACCOUNT:role/NAME")
    arns = tuple(
        text if text.startswith("arn:") else _named_role(text, place) for text in said.texts
    )
    return Grant(action, (*arns, *(fitting if said.dynamic else ())))


def _roles(arns: Sequence[str]) -> tuple[str, ...]:
    return tuple(arn for arn in arns if ":role/" in arn)


def _named_role(name: str, place: Place) -> str:
    return f"arn:{place.partition}:iam::{place.account_id}:role/{name}"


def _is_role(name: str) -> bool:
    return re.fullmatch(r"\w*Role(Arn|ARN|Name|Override)?", name) is not None


def _unseen(state: State, declared: Sequence[str]) -> Unseen | None:
    call = integration(state.resource)
    if call is None:
        return None
    known = OF_API if call.kind == "aws-sdk" else INTEGRATIONS
    needs = known.get(f"{call.service}:{call.action}", NO_NEEDS)
    passes = needs.takes_roles and _roles(declared)
    return None if passes else needs.unseen


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
