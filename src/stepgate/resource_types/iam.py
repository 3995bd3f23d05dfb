"""Roles, what they may do, and the documents that say it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from stepgate.resource_types.call import Call, send
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.function import Function, Offline
from stepgate.resource_types.inputs import Inputs, argument, wrong
from stepgate.resource_types.parameters import require_json
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType

ROLE = Call(
    "iam",
    "CreateRole",
    "RoleName",
    renamed={"assumeRolePolicy": "AssumeRolePolicyDocument"},
    documents="assumeRolePolicy",
    elsewhere="forceDetachPolicies inlinePolicies managedPolicyArns",
    outputs={"arn": "{Role[Arn]}", "uniqueId": "{Role[RoleId]}"},
)
INSTANCE_PROFILE = Call(
    "iam",
    "CreateInstanceProfile",
    "InstanceProfileName",
    elsewhere="role",
    outputs={
        "arn": "{InstanceProfile[Arn]}",
        "uniqueId": "{InstanceProfile[InstanceProfileId]}",
    },
)
INLINE = {"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"}
STATEMENT = {
    "actions": "Action",
    "conditions": "Condition",
    "effect": "Effect",
    "notActions": "NotAction",
    "notPrincipals": "NotPrincipal",
    "notResources": "NotResource",
    "principals": "Principal",
    "resources": "Resource",
    "sid": "Sid",
}
"""The members of a statement, by the provider's names."""


def create_role(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    created = ROLE(cloud, name, inputs)
    for policy in inputs.objects("inlinePolicies"):
        document = policy.without("name")
        send(
            cloud, "iam", "PutRolePolicy", document, INLINE,
            RoleName=name, PolicyName=policy["name"],
        )  # fmt: skip
    for arn in inputs.texts("managedPolicyArns"):
        send(cloud, "iam", "AttachRolePolicy", Inputs(policyArn=arn), RoleName=name)
    return created


def create_instance_profile(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    created = INSTANCE_PROFILE(cloud, name, inputs)
    if role := inputs.only("role"):
        profile = {"InstanceProfileName": name}
        send(cloud, "iam", "AddRoleToInstanceProfile", role, {"role": "RoleName"}, **profile)
    return created


def policy_document(_: str, arguments: Inputs) -> dict[str, Any]:
    """https://www.pulumi.com/registry/packages/aws/api-docs/iam/getpolicydocument/"""
    statements = _merged(
        [
            *_statements(arguments, "sourcePolicyDocuments"),
            *map(_statement, arguments.objects("statements")),
            *_statements(arguments, "overridePolicyDocuments"),
        ]
    )
    document: dict[str, Any] = {"Version": arguments.get("version", "2012-10-17")}
    if "policyId" in arguments:
        document["Id"] = arguments["policyId"]
    document["Statement"] = statements
    return {
        "id": "policy",
        "json": json.dumps(document, indent=2),
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


def _statements(arguments: Inputs, key: str) -> list[Any]:
    found: list[Any] = []
    for document in arguments.get(key, []):
        require_json(key, document)
        statements: Any = json.loads(document).get("Statement", [])
        found += statements if isinstance(statements, list) else [statements]
    return found


def _merged(statements: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A later statement takes the place of one with the same Sid."""
    merged: dict[object, Mapping[str, Any]] = {}
    for number, statement in enumerate(statements):
        merged[statement.get("Sid") or number] = statement
    return [*merged.values()]


def _statement(statement: Inputs) -> dict[str, Any]:
    # Pulumi leaves names inside a function's arguments as the program has them.
    statement = Inputs({_camel(key): value for key, value in statement.items()})
    for key in statement.keys() - STATEMENT.keys():
        raise wrong(f"statements: {argument(key)}", statement[key], "remove it")
    found: dict[str, Any] = {}
    if "sid" in statement:
        found["Sid"] = statement["sid"]
    found["Effect"] = effect = statement.get("effect", "Allow")
    if effect not in ("Allow", "Deny"):
        raise wrong("effect", effect, "write Allow or Deny")
    for key in ("actions", "notActions", "resources", "notResources"):
        if key in statement:
            found[STATEMENT[key]] = _one_or_all(key, statement[key])
    for key in ("principals", "notPrincipals"):
        if principals := statement.objects(key):
            found[STATEMENT[key]] = _principals(principals)
    for condition in statement.objects("conditions"):
        tests = found.setdefault("Condition", {}).setdefault(condition["test"], {})
        tests[condition["variable"]] = _one_or_all("values", condition["values"])
    return found


def _camel(key: str) -> str:
    first, *others = key.split("_")
    return first + "".join(other.capitalize() for other in others)


def _principals(principals: Iterable[Inputs]) -> Any:
    found: dict[str, list[str]] = {}
    for principal in principals:
        found.setdefault(principal["type"], []).extend(principal["identifiers"])
    if found == {"*": ["*"]}:
        return "*"
    return {kind: _one_or_all("identifiers", identifiers) for kind, identifiers in found.items()}


def _one_or_all(key: str, values: Any) -> Any:
    if not isinstance(values, list):
        raise wrong(argument(key), values, "write a list")
    values = cast("list[Any]", values)
    return values[0] if len(values) == 1 else values


RESOURCE_TYPES = (
    ResourceType(
        "aws:iam/instanceProfile:InstanceProfile",
        FromInputs("{name}"),
        replaces="name namePrefix path",
        create=create_instance_profile,
    ),
    ResourceType(
        "aws:iam/policy:Policy",
        FromInputs("arn:{partition}:iam::{account}:policy/{name}"),
        replaces="name namePrefix path description",
        create=Call(
            "iam",
            "CreatePolicy",
            "PolicyName",
            renamed={"policy": "PolicyDocument"},
            documents="policy",
            elsewhere="delayAfterPolicyCreationInMs",
            id="{Policy[Arn]}",
            outputs={"arn": "{Policy[Arn]}", "policyId": "{Policy[PolicyId]}"},
        ),
    ),
    ResourceType(
        "aws:iam/role:Role",
        FromInputs("{name}"),
        replaces="name namePrefix path",
        create=create_role,
    ),
    ResourceType(
        "aws:iam/rolePolicy:RolePolicy",
        FromInputs("{role}:{name}"),
        replaces="name namePrefix role",
        create=Call(
            "iam",
            "PutRolePolicy",
            "PolicyName",
            renamed=INLINE,
            documents="policy",
            id="{role}:{name}",
        ),
    ),
    ResourceType(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        FromInputs("{role}/{policyArn}"),
        replaces="role policyArn",
        create=Call(
            "iam", "AttachRolePolicy", renamed={"role": "RoleName"}, id="{role}/{policyArn}"
        ),
    ),
)

FUNCTIONS: Mapping[str, Function] = {
    "aws:iam/getPolicyDocument:getPolicyDocument": Offline(policy_document),
}
