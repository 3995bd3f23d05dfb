"""The account, its partition and its Region, which Pulumi keeps in the module `index`."""

from collections.abc import Mapping
from typing import Any

from stepgate.resource_types.cloud import ACCOUNT_ID
from stepgate.resource_types.function import Function, Offline
from stepgate.resource_types.inputs import Inputs


def caller_identity(region: str, arguments: Inputs) -> dict[str, Any]:  # noqa: ARG001
    arn = f"arn:aws:iam::{ACCOUNT_ID}:root"
    return {"accountId": ACCOUNT_ID, "arn": arn, "id": ACCOUNT_ID, "userId": ACCOUNT_ID}


def partition(region: str, arguments: Inputs) -> dict[str, Any]:  # noqa: ARG001
    reversed_ = "com.amazonaws"
    return {"dnsSuffix": "amazonaws.com", "id": "aws", "partition": "aws"} | {
        "reverseDnsPrefix": reversed_
    }


def region(region: str, arguments: Inputs) -> dict[str, Any]:
    name = arguments.get("region") or arguments.get("name") or region
    endpoint = f"ec2.{name}.amazonaws.com"
    return {"endpoint": endpoint, "id": name, "name": name, "region": name}


FUNCTIONS: Mapping[str, Function] = {
    "aws:index/getCallerIdentity:getCallerIdentity": Offline(caller_identity),
    "aws:index/getPartition:getPartition": Offline(partition),
    "aws:index/getRegion:getRegion": Offline(region),
}
