"""What a role is granted, and the IAM statements for it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, TypeAlias

from stepgate.workflow import Statement

Condition = Mapping[str, Mapping[str, Any]]


class Grant(NamedTuple):
    """One IAM action on some ARNs.

    Attributes:
        condition: the condition of the statement, if there is one.
        reason: why the action is allowed on all resources, if it is; a part of the statement's
            `Sid`.
    """

    action: str
    arns: tuple[str, ...]
    condition: Condition | None = None
    reason: str = ""


class UnresolvedPermission(NamedTuple):
    """An IAM action that is needed, on resources that the definition does not determine.

    Attributes:
        action: the IAM action, or `service:*` if it is unknown which one.
        argument: the argument or field that leaves it open.
        text: what is wrong, and what to write instead.
    """

    action: str
    argument: str
    text: str


class PermissionWarning(NamedTuple):
    """An IAM action that a state may need and does not show, and what to write."""

    action: str
    text: str


Permission: TypeAlias = Grant | UnresolvedPermission


def undeclared_resources(action: str, argument: str, example: str) -> UnresolvedPermission:
    """An action on resources that are known only when the workflow runs.

    Args:
        example: the ARN of a resource that may be meant.
    """
    return UnresolvedPermission(
        action,
        argument,
        f"the resources for {action} do not follow from {argument}; list their ARNs in the "
        f"workflow's resources, for example {example}",
    )


def merge_grants(grants: Iterable[Grant]) -> list[Statement]:
    """Statements that allow exactly the grants, in an order that does not depend on theirs.

    Actions of a service that are allowed on the same resources share a statement. An ARN that a
    wildcard already covers is left out.
    """
    granted: dict[tuple[str, str], set[str]] = defaultdict(set)
    reasons: dict[str, str] = {}
    for action, arns, condition, reason in grants:
        granted[action, json.dumps(condition, sort_keys=True)].update(arns)
        if reason:
            reasons[action] = reason
    actions: dict[tuple[str, str, tuple[str, ...], str], list[str]] = defaultdict(list)
    for (action, condition), arns in granted.items():
        service = action.partition(":")[0]
        sid = f"{_letters(service)}{reasons[action]}" if action in reasons else ""
        on = tuple(sorted(arn for arn in arns if not _is_covered(arn, arns)))
        actions[service, sid, on, condition].append(action)
    statements = [
        {
            **({"Sid": sid} if sid else {}),
            "Effect": "Allow",
            "Action": sorted(names),
            "Resource": list(on),
            **({"Condition": json.loads(condition)} if condition != "null" else {}),
        }
        for (_, sid, on, condition), names in actions.items()
    ]
    return sorted(
        statements, key=lambda s: (s["Action"], s["Resource"], json.dumps(s.get("Condition")))
    )


def _is_covered(arn: str, others: Iterable[str]) -> bool:
    """Whether another ARN, with wildcards, matches this one."""
    return any("*" in other and other != arn and fnmatchcase(arn, other) for other in others)


def _letters(service: str) -> str:
    """A `Sid` may contain only letters and digits."""
    return "".join(word.capitalize() for word in service.split("-"))
