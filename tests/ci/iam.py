"""What a policy of IAM allows, as far as the roles of CI need it; anything else fails.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.engine.aws import matches

Values = list[str]
Tags = Mapping[str, str]


@dataclass(frozen=True)
class Check:
    """One thing that IAM is asked for a request.

    Attributes:
        request_tags: the tags in the request, if it can have some.
        resource_tags: the tags of the resource, if it exists and has some.
        tag_keys: the keys of the request's tags.
        context: other condition keys.
    """

    action: str
    resource: str
    request_tags: Tags = field(default_factory=dict[str, str])
    resource_tags: Tags = field(default_factory=dict[str, str])
    tag_keys: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def conditions(self) -> Mapping[str, Values]:
        """The values of the condition keys that are there."""
        return {
            **{key: [value] for key, value in self.context.items()},
            **{f"aws:RequestTag/{key}": [value] for key, value in self.request_tags.items()},
            **{f"aws:ResourceTag/{key}": [value] for key, value in self.resource_tags.items()},
            **({"aws:TagKeys": keys} if (keys := [*self.request_tags, *self.tag_keys]) else {}),
        }


def allows(policy: Mapping[str, Any], check: Check) -> bool:
    """Whether a statement allows it. No statement may deny anything."""
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow"}
    return any(
        check.action in statement["Action"]
        and any(matches(pattern, check.resource) for pattern in _list(statement["Resource"]))
        and all(
            OPERATORS[operator](check.conditions.get(key, []), _list(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
        for statement in policy["Statement"]
    )


def _like(values: Values, patterns: Values) -> bool:
    return any(matches(pattern, value) for value in values for pattern in patterns)


def _is_null(values: Values, wanted: Values) -> bool:
    return wanted == [str(not values).lower()]


OPERATORS: Mapping[str, Callable[[Values, Values], bool]] = {
    "StringEquals": lambda values, wanted: bool({*values} & {*wanted}),
    "StringLike": _like,
    # True for a request without the key.
    "ForAllValues:StringNotEquals": lambda values, wanted: not {*values} & {*wanted},
    "Null": _is_null,
}


def _list(value: str | Values) -> Values:
    return [value] if isinstance(value, str) else value
