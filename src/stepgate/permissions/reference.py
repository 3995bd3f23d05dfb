"""AWS's Service Authorization Reference: the actions and resource types of IAM.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
`reference.json` has its contents of 26 September 2026;
`tests/permissions/make_reference.py` generates it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

FILE = Path(__file__).with_name("reference.json")


class Service(TypedDict):
    """An entry of the file, by prefix.

    Attributes:
        resource_types: the ARN format of each type, without the first `arn:${Partition}:`.
        actions: for each combination of types, the required ones, the optional ones, and the names
            of its actions, separated by spaces.
    """

    resource_types: dict[str, str]
    actions: list[tuple[list[str], list[str], str]]


@dataclass(frozen=True)
class Action:
    """An action of IAM.

    Attributes:
        name: with its prefix, in AWS's spelling, for example `s3:GetBucketCORS`.
        required: the types of the resources that a policy must allow it on.
        optional: the types of further resources that it may affect.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]


@cache
def find_action(name: str) -> Action | None:
    """The action of this name, for example `dynamodb:GetItem`; None if the reference lacks it.

    Case-insensitive, like IAM.
    """
    prefix, _, short = name.partition(":")
    return _actions(prefix).get(short.lower())


@cache
def find_arn_formats(prefix: str, resource_type: str) -> tuple[str, ...]:
    """The ARN formats of a resource type that the actions of a prefix use.

    For example `arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}`; few types have
    several. The type may be another service's, as in `arn:${Partition}:iam::${Account}:role/…`.

    Raises:
        KeyError: the reference does not have the prefix or the type.
    """
    start = "arn:${Partition}:"
    formats = _services()[prefix]["resource_types"][resource_type].split(f", {start}")
    return tuple(f"{start}{format_}" for format_ in formats)


@cache
def _services() -> Mapping[str, Service]:
    return json.loads(FILE.read_text())


@cache
def _actions(prefix: str) -> Mapping[str, Action]:
    """The actions with this prefix, by name in lower case."""
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
