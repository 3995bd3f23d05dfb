"""What a role's policies allow, and their next version does not."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from stepgate.permissions.policies import Policy
from stepgate.workflow import Statement

NO_PATTERN = "all "
"""What text begins with that is not a pattern of IAM, and matches only itself."""


class _Part(NamedTuple):
    """One action on one resource in a statement, each with the wildcards that it is written with.

    Attributes:
        condition: the statement's, in one order; empty without one.
    """

    action: str
    resource: str
    condition: str

    def covers(self, other: "_Part") -> bool:
        return (
            # IAM does not distinguish capitals in actions.
            _covers(self.action.lower(), other.action.lower())
            and _covers(self.resource, other.resource)
            and self.condition in ("", other.condition)
        )

    def __str__(self) -> str:
        condition = f" under the condition {self.condition}" if self.condition else ""
        return f"{self.action} on {self.resource}{condition}"


def lost_permissions(before: Iterable[Policy], after: Iterable[Policy]) -> list[str]:
    """What all the policies before allow together, and all those after do not; each as text.

    Patterns are compared as they are written: what one pattern matches counts as kept only if
    another one matches all of it. So it may report what is not lost, and misses nothing, but that
    conditions are only equal or different.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    before, after = [*before], [*after]
    lost = _uncovered(_parts(before, "Allow"), _parts(after, "Allow"))
    denied = _uncovered(_parts(after, "Deny"), _parts(before, "Deny"))
    return [*map(str, lost), *(f"{part}, which is denied" for part in denied)]


def lost_statements(before: Iterable[Policy], after: Iterable[Policy]) -> list[Statement]:
    """The statements before that allow something that is lost; each as it is."""
    allowed = [*_parts(after, "Allow")]
    return [
        statement
        for policy in before
        for statement in _list(policy.get("Statement", []))
        if _uncovered(_parts([{"Statement": statement}], "Allow"), allowed)
    ]


def _uncovered(parts: Iterable[_Part], others: Iterable[_Part]) -> list[_Part]:
    others = [*others]
    return sorted({part for part in parts if not any(other.covers(part) for other in others)})


def _parts(policies: Iterable[Policy], effect: str) -> Iterator[_Part]:
    for policy in policies:
        for statement in _list(policy.get("Statement", [])):
            if statement.get("Effect") == effect:
                condition = _condition(statement.get("Condition"))
                for action in _patterns(statement, "Action"):
                    for resource in _patterns(statement, "Resource"):
                        yield _Part(action, resource, condition)


def _patterns(statement: Any, element: str) -> Sequence[str]:
    if excluded := _list(statement.get(f"Not{element}", [])):
        return [f"{NO_PATTERN}but {', '.join(sorted(excluded))}"]
    return _list(statement.get(element, []))


def _condition(condition: Any) -> str:
    return json.dumps(_in_order(condition)) if condition else ""


def _in_order(value: Any) -> Any:
    """The order of keys and of values means nothing to IAM, nor a list around one value."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: _in_order(each) for key, each in sorted(items)}
    return sorted(map(str, _list(value)))


def _list(value: Any) -> list[Any]:
    """IAM takes one element without its list."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _covers(pattern: str, other: str) -> bool:
    """Whether a pattern matches all that another one does.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if pattern in ("*", other):
        return True
    if NO_PATTERN in (pattern[: len(NO_PATTERN)], other[: len(NO_PATTERN)]):
        return False
    wildcards = {"*": ".*", "?": "[^*]"}  # what `*` matches may be longer than one character
    expression = "".join(wildcards.get(each) or re.escape(each) for each in pattern)
    return re.fullmatch(expression, other, re.DOTALL) is not None
