"""The roles' conditions are among those that AWS documents for their actions and resources."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stepgate.ci.roles import ci_roles, role_settings
from stepgate.project import Project
from tests.permissions.make_reference import PUBLISHED, Entries


@pytest.mark.proof
def test_each_condition_is_documented_for_each_action_on_each_resource() -> None:
    files = PUBLISHED.files()
    folder = Path()
    settings = role_settings(
        Project(folder, "shop", "python", folder, folder, None),
        account="123456789012",
        region="eu-central-1",
        repository="acme/shop",
        stack="dev",
        state="s3://acme-state",
    )
    looked_at = 0
    for role in ci_roles(settings).values():
        for statement in role.policy["Statement"]:
            for key in keys(statement):
                for action in statement["Action"]:
                    service, _, name = action.partition(":")
                    types = files[f"resourceTypes/{service}.json"]
                    for resource in one_or_more(statement["Resource"]):
                        documented = {
                            *files[f"actions/{service}.json"][name.lower()]["conditionKeys"],
                            *conditions_of(types, resource),
                        }
                        assert key in documented, f"{key} for {action} on {resource}"
                        looked_at += 1
    assert looked_at > 30


def keys(statement: Any) -> Iterator[str]:
    """The condition keys, as the reference writes them."""
    for operator in statement.get("Condition", {}).values():
        for key in operator:
            yield re.sub("(aws:(?:Request|Resource)Tag)/.*", r"\1/${TagKey}", key)


def conditions_of(types: Entries, resource: str) -> set[str]:
    """Those of the types of resources that an ARN with wildcards is about."""
    return {
        key
        for type_ in types.values()
        for arn in type_["arn"].split(", ")
        if re.fullmatch(re.sub(r"\\\$\\\{\w+\\\}", ".*", re.escape(arn)), resource)
        for key in type_.get("conditionKeys", ())
    }


def one_or_more(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
