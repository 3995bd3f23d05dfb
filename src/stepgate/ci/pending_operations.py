"""What a killed command was creating: AWS may have it, and the stack's state does not know it."""

# boto3-stubs has overloads for services that are not named, too: see resource_types/cloud.py.
# pyright: reportUnknownMemberType=false

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import boto3

from stepgate.ci.aws_errors import aws_errors
from stepgate.resource_types import RESOURCE_TYPES
from stepgate.resource_types.resource_type import (
    FromInputs,
    FromTaggedArn,
    ResourceType,
    WithParent,
)

if TYPE_CHECKING:
    from mypy_boto3_resourcegroupstaggingapi.type_defs import TagFilterTypeDef

State = Mapping[str, Any]
"""A stack's state as `pulumi stack export` prints it under `deployment`."""

Lookup = Callable[[str, Mapping[str, str]], Iterable[str]]
"""From a Region and tags to the ARNs of the resources that have these tags."""


def adopt_pending_creates(state: State, lookup: Lookup) -> tuple[State, list[str]]:
    """Adds what was being created to the state's resources, under the id that AWS knows it by.

    Whether AWS created a resource in the end is not known: a refresh removes those that it did not.

    Returns:
        The state without pending operations, and a line for each resource that cannot be found.
    """
    state = {"resources": [], **state}  # the CLI leaves out what is empty
    resources: list[Mapping[str, Any]] = [*state["resources"]]
    unknown: list[str] = []
    for operation in state["pending_operations"]:
        resource: Mapping[str, Any] = {"inputs": {}, **operation["resource"]}
        if operation["type"] != "creating" or not _is_in_cloud(resource):
            continue
        if (ids := _ids(state, resource, lookup)) is None:
            unknown.append(
                f"{resource['urn']} was being created when a command was killed, and stepgate "
                "cannot find it: delete it by hand if it exists"
            )
            continue
        known = {other.get("id") for other in resources}
        for id_ in [id_ for id_ in ids if id_ not in known][:1]:
            # The provider reads by what a resource was created from, not by its id alone.
            resources.append({"outputs": resource["inputs"], **resource, "id": id_})
    return {**state, "resources": resources, "pending_operations": []}, unknown


def arns_with_tags(region: str, tags: Mapping[str, str]) -> Iterator[str]:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html

    Raises:
        AwsFailedError: AWS does not answer.
    """
    filters: list[TagFilterTypeDef] = [{"Key": k, "Values": [v]} for k, v in tags.items()]
    with aws_errors(f"list the resources with the tags {tags}"):
        client = boto3.Session(region_name=region).client("resourcegroupstaggingapi")
        for page in client.get_paginator("get_resources").paginate(TagFilters=filters):
            for found in page["ResourceTagMappingList"]:
                yield found.get("ResourceARN", "")


def _is_in_cloud(resource: Mapping[str, Any]) -> bool:
    """Components and providers exist in the state alone."""
    return resource["custom"] and not resource["type"].startswith("pulumi:")


def _ids(state: State, resource: Mapping[str, Any], lookup: Lookup) -> Sequence[str] | None:
    """The ids that the resource may have; None if they cannot be found."""
    if "id" in resource:
        return [resource["id"]]
    match record := RESOURCE_TYPES.get(resource["type"]):
        case ResourceType(import_id=FromTaggedArn(pattern)) if _has_own_tags(resource):
            arns = lookup(_region(state, resource), resource["inputs"]["tags"])
            return [found[1] for arn in arns if (found := re.search(pattern, arn))]
        case ResourceType(import_id=FromInputs(template, name)) if _has_own_name(resource, name):
            region = _region(state, resource)
            account = _account(state, resource, lookup)
            try:
                return [template.format(**{"region": region, **account, **resource["inputs"]})]
            except KeyError:
                return None
        case _:
            return [] if record and isinstance(record.import_id, WithParent) else None


def _has_own_tags(resource: Mapping[str, Any]) -> bool:
    """Whether no other stack's resources have its tags."""
    stack, project = _stack_and_project(resource)
    own = {"Project": project, "Stack": stack}
    return own.items() <= resource["inputs"].get("tags", {}).items()


def _has_own_name(resource: Mapping[str, Any], name: str) -> bool:
    """Whether no resource that the stack has not created can have its name, if it has one."""
    stack, _ = _stack_and_project(resource)
    inputs = resource["inputs"]
    generated = name in inputs.get("__defaults", ())  # by the provider, with a random suffix
    return generated or stack in inputs.get(name, stack)


def _stack_and_project(resource: Mapping[str, Any]) -> tuple[str, str]:
    stack, project = resource["urn"].removeprefix("urn:pulumi:").split("::")[:2]
    return stack, project


def _region(state: State, resource: Mapping[str, Any]) -> str:
    """Its own, or its provider's; empty if the state has neither."""
    provider = resource["provider"].rpartition("::")[0]
    providers = [other for other in state["resources"] if other["urn"] == provider]
    regions = [str(each["inputs"].get("region", "")) for each in (resource, *providers)]
    return next(filter(None, regions), "")


def _account(state: State, resource: Mapping[str, Any], lookup: Lookup) -> Mapping[str, str]:
    """Partition, account and AWS's domain, as far as the stack's ARNs have them."""
    outputs = [other.get("outputs", {}) for other in state["resources"]]
    account = _account_in(str(each.get("arn")) for each in outputs)
    if not account and _has_own_tags(resource):  # the stack's first resource
        account = _account_in(lookup(_region(state, resource), resource["inputs"]["tags"]))
    return account


def _account_in(arns: Iterable[str]) -> Mapping[str, str]:
    account: dict[str, str] = {}
    for arn in arns:
        # AWS's own have no account.
        if found := re.match(r"arn:([a-z-]+):[a-z0-9-]+:[a-z0-9-]*:(\d{12}):", arn):
            domain = "amazonaws.com.cn" if found[1] == "aws-cn" else "amazonaws.com"
            account = {"partition": found[1], "account": found[2], "domain": domain}
    return account
