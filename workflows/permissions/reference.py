"""AWS's Service Authorization Reference: what IAM knows of each action and type of resource.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
`reference.json` holds its facts as of 26 September 2026;
`tests/workflows/permissions/make_reference.py` makes it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

FILE = Path(__file__).with_name("reference.json")


class Service(TypedDict):
    """What the file holds under a prefix.

    Attributes:
        resource_types: of each type the format of its ARN, without the first `arn:${Partition}:`.
        actions: for each combination of types the required ones, the optional ones, and the names
            of its actions, with spaces between them.
    """

    resource_types: dict[str, str]
    actions: list[tuple[list[str], list[str], str]]


@dataclass(frozen=True)
class Action:
    """An action that IAM knows.

    Attributes:
        name: with its prefix, as AWS spells it, such as `s3:GetBucketCORS`.
        required: the types of the resources that a policy must allow it on.
        optional: the types of those that it may touch.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]


@cache
def action(name: str) -> Action | None:
    """The action of this name, such as `dynamodb:GetItem`; None where AWS's pages have none.

    IAM does not tell cases apart, and neither does this.
    """
    prefix, _, short = name.partition(":")
    return _actions(prefix).get(short.lower())


@cache
def arn_formats(prefix: str, resource_type: str) -> tuple[str, ...]:
    """The ARNs of the resources of this type, among those that a service's actions name.

    Such as `arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}`; few types have
    several. It may be another service's, as in `arn:${Partition}:iam::${Account}:role/…`.

    Raises:
        KeyError: the reference has no such prefix or type.
    """
    start = "arn:${Partition}:"
    formats = _services()[prefix]["resource_types"][resource_type].split(f", {start}")
    return tuple(f"{start}{format_}" for format_ in formats)


@cache
def _services() -> Mapping[str, Service]:
    return json.loads(FILE.read_text())


@cache
def _actions(prefix: str) -> Mapping[str, Action]:
    """The actions with this prefix by their names, in lower case."""
    if prefix not in _services():
        return {}
    service = _services()[prefix]
    return {
        name.lower(): Action(
            name=f"{prefix}:{name}",
            required=tuple(required),
            optional=tuple(optional),
        )
        for required, optional, names in service["actions"]
        for name in names.split()
    }
