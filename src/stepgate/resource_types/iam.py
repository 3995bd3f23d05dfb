"""Roles, and what they may do."""

import json
from collections.abc import Mapping
from typing import Any

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs, given, tag_list
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType


def create_role(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    trust = _text(inputs["assumeRolePolicy"])
    role = cloud.iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust,
        Tags=tag_list(inputs),
        **given(
            inputs,
            Description="description",
            MaxSessionDuration="maxSessionDuration",
            Path="path",
            PermissionsBoundary="permissionsBoundary",
        ),
    )["Role"]
    return name, {"arn": role["Arn"], "assumeRolePolicy": trust}


def create_role_policy(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    role, policy = inputs["role"], _text(inputs["policy"])
    cloud.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)
    return f"{role}:{name}", {"policy": policy}


def create_policy(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    policy = _text(inputs["policy"])
    created = cloud.iam.create_policy(
        PolicyName=name,
        PolicyDocument=policy,
        Tags=tag_list(inputs),
        **given(inputs, Description="description", Path="path"),
    )["Policy"]
    arn = created.get("Arn", "")
    return arn, {"arn": arn, "policy": policy}


def create_role_policy_attachment(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    role, policy = inputs["role"], inputs["policyArn"]
    cloud.iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    return f"{role}/{policy}", {}


def _text(policy: str | Mapping[str, Any]) -> str:
    """The provider takes a policy as text or as data, and gives it back as text."""
    return policy if isinstance(policy, str) else json.dumps(policy)


RESOURCE_TYPES = (
    ResourceType(
        "aws:iam/policy:Policy",
        FromInputs("arn:{partition}:iam::{account}:policy/{name}"),
        create=create_policy,
    ),
    ResourceType("aws:iam/role:Role", FromInputs("{name}"), create=create_role),
    ResourceType(
        "aws:iam/rolePolicy:RolePolicy", FromInputs("{role}:{name}"), create=create_role_policy
    ),
    ResourceType(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        FromInputs("{role}/{policyArn}"),
        create=create_role_policy_attachment,
    ),
)
