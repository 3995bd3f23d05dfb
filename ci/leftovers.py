"""What a killed command was creating, which AWS may have and the stack's state does not know."""

# As in local/cloud.py: boto3-stubs has overloads for services that are not named, too.
# pyright: reportUnknownMemberType=false

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ci.errors import CiError

if TYPE_CHECKING:
    from mypy_boto3_resourcegroupstaggingapi.type_defs import TagFilterTypeDef

State = Mapping[str, Any]
"""A stack's state as `pulumi stack export` gives it under `deployment`."""

Lookup = Callable[[str, Mapping[str, str]], Iterable[str]]
"""From a Region and tags to the ARNs of the resources that have these tags."""

# What the provider calls a resource of these types, in words of its inputs and of the account: see
# "Import" on each type's page of https://www.pulumi.com/registry/packages/aws/api-docs/
NAMED = {
    "aws:cloudwatch/eventRule:EventRule": "{name}",
    "aws:cloudwatch/eventTarget:EventTarget": "{rule}-{targetId}",
    "aws:cloudwatch/logGroup:LogGroup": "{name}",
    "aws:iam/policy:Policy": "arn:{partition}:iam::{account}:policy/{name}",
    "aws:iam/role:Role": "{name}",
    "aws:iam/rolePolicy:RolePolicy": "{role}:{name}",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "{role}/{policyArn}",
    "aws:sfn/stateMachine:StateMachine": (
        "arn:{partition}:states:{region}:{account}:stateMachine:{name}"
    ),
    "aws:sqs/queue:Queue": "https://sqs.{region}.{domain}/{account}/{name}",
}
# Where AWS chooses the id, the end of the ARN of what has the resource's tags tells it.
TAGGED = {
    "aws:apigateway/apiKey:ApiKey": "::/apikeys/([^/]+)$",
    "aws:apigateway/restApi:RestApi": "::/restapis/([^/]+)$",
    "aws:apigateway/usagePlan:UsagePlan": "::/usageplans/([^/]+)$",
    "aws:ec2/instance:Instance": ":instance/([^/]+)$",
    "aws:ec2/securityGroup:SecurityGroup": ":security-group/([^/]+)$",
}
# These go with the API or the usage plan that they are in.
WITHIN = {
    "aws:apigateway/deployment:Deployment",
    "aws:apigateway/methodSettings:MethodSettings",
    "aws:apigateway/stage:Stage",
    "aws:apigateway/usagePlanKey:UsagePlanKey",
}


def adopted(state: State, lookup: Lookup) -> tuple[State, list[str]]:
    """The state with what was being created among its resources, and no operation pending.

    Whether a resource was made in the end is not known: a refresh drops those that were not.

    Returns:
        The state, and a line for each resource of a type that cannot be looked for.
    """
    resources: list[Mapping[str, Any]] = [*state.get("resources", ())]
    unknown: list[str] = []
    for operation in state["pending_operations"]:
        resource = operation["resource"]
        if operation["type"] != "creating" or resource["type"] in WITHIN:
            continue
        if not resource["custom"]:  # a component, which exists in the state alone
            continue
        if (ids := _ids(state, resource, lookup)) is None:
            unknown.append(
                f"{resource['urn']} was being created when a command was killed, and cannot be "
                "looked for; delete it by hand if it exists"
            )
            continue
        known = {other.get("id") for other in resources}
        for id_ in [id_ for id_ in ids if id_ not in known][:1]:
            # The provider reads by what a resource was made from, not by its id alone.
            resources.append({"outputs": resource["inputs"], **resource, "id": id_})
    return {**state, "resources": resources, "pending_operations": []}, unknown


def arns_with_tags(region: str, tags: Mapping[str, str]) -> Iterator[str]:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html

    Raises:
        CiError: AWS does not tell.
    """
    client = boto3.Session(region_name=region).client("resourcegroupstaggingapi")
    filters: list[TagFilterTypeDef] = [{"Key": k, "Values": [v]} for k, v in tags.items()]
    try:
        for page in client.get_paginator("get_resources").paginate(TagFilters=filters):
            for found in page["ResourceTagMappingList"]:
                yield found.get("ResourceARN", "")
    except (BotoCoreError, ClientError) as error:
        raise CiError(f"what has the tags {tags} cannot be asked for: {error}") from None


def _ids(state: State, resource: Mapping[str, Any], lookup: Lookup) -> Sequence[str] | None:
    """What the resource may be called; None if it cannot be looked for."""
    if "id" in resource:
        return [resource["id"]]
    type_, inputs = resource["type"], resource["inputs"]
    region = _region(state, resource)
    try:
        if type_ in TAGGED:
            arns = lookup(region, inputs["tags"])
            return [found[1] for arn in arns if (found := re.search(TAGGED[type_], arn))]
        place = _place([str(other.get("outputs", {}).get("arn")) for other in state["resources"]])
        if not place and "tags" in inputs:  # what is made first has only itself to tell the account
            place = _place(lookup(region, inputs["tags"]))
        return [NAMED[type_].format(**{"region": region, **place, **inputs})]
    except KeyError:
        return None


def _region(state: State, resource: Mapping[str, Any]) -> str:
    """The provider's; empty if the state does not tell."""
    provider = resource["provider"].rpartition("::")[0]
    providers = [other["inputs"] for other in state["resources"] if other["urn"] == provider]
    return next((inputs["region"] for inputs in providers if "region" in inputs), "")


def _place(arns: Iterable[str]) -> dict[str, str]:
    """Partition, account and AWS's domain, as far as ARNs tell them; AWS's own have no account."""
    place: dict[str, str] = {}
    for arn in arns:
        if found := re.match(r"arn:([a-z-]+):[a-z0-9-]+:[a-z0-9-]*:(\d{12}):", arn):
            domain = "amazonaws.com.cn" if found[1] == "aws-cn" else "amazonaws.com"
            place = {"partition": found[1], "account": found[2], "domain": domain}
    return place
