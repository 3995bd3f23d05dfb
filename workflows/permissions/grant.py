"""What a role is granted, and the IAM statements that say so."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from workflows.workflow import Statement

Condition = Mapping[str, Mapping[str, Any]]


class Grant(NamedTuple):
    """One IAM action on some ARNs.

    Attributes:
        condition: where it holds, if not always.
        reason: why it is on everything, if it is; a part of the statement's `Sid`.
    """

    action: str
    arns: tuple[str, ...]
    condition: Condition | None = None
    reason: str = ""


class Gap(NamedTuple):
    """What a definition does not say of an action that it needs.

    Attributes:
        action: the IAM action, or `service:*` if it is not known which.
        about: the argument, or whatever else it is that is missing.
        text: what is wrong, and what to write instead.
    """

    action: str
    about: str
    text: str


def undeclared(action: str, argument: str, example: str) -> Gap:
    """An action whose resources an argument leaves open, and the ARN of one that may be meant."""
    return Gap(
        action,
        argument,
        f"what {action} is called on does not follow from {argument}; list the ARNs that it may be "
        f"called on in the workflow's resources, such as {example}",
    )


def merged_statements(grants: Iterable[Grant]) -> list[Statement]:
    """Statements that allow the grants and nothing else, the same for the same grants.

    There is one for all actions of a service that are allowed on the same resources. What is
    allowed by a wildcard is not allowed on single resources again.
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
    """Whether another one, with wildcards, is all that this one is."""
    return any("*" in other and other != arn and fnmatchcase(arn, other) for other in others)


def _letters(service: str) -> str:
    """IAM takes letters and digits in a `Sid`."""
    return "".join(word.capitalize() for word in service.split("-"))
