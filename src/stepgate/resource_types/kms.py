"""Keys, and their aliases."""

from stepgate.resource_types.call import Call, send
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs
from stepgate.resource_types.resource_type import (
    Created,
    FromInputs,
    FromTaggedArn,
    ResourceType,
)

KEY = Call(
    "kms",
    "CreateKey",
    renamed={"customerMasterKeySpec": "KeySpec"},
    json="policy",
    elsewhere="deletionWindowInDays enableKeyRotation isEnabled rotationPeriodInDays",
    id="{KeyMetadata[KeyId]}",
    outputs={"arn": "{KeyMetadata[Arn]}", "keyId": "{KeyMetadata[KeyId]}"},
)
ALIAS = Call(
    "kms",
    "CreateAlias",
    "AliasName",
    outputs={"arn": "arn:aws:kms:{region}:{account}:{name}", "name": "{name}"},
)


def create_key(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    id_, outputs = KEY(cloud, name, inputs)
    if inputs.get("enableKeyRotation"):
        period = inputs.only("rotationPeriodInDays")
        send(cloud, "kms", "EnableKeyRotation", period, KeyId=id_)
    if inputs.get("isEnabled") is False:
        send(cloud, "kms", "DisableKey", Inputs(), KeyId=id_)
    return id_, outputs


def create_alias(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    if not inputs.get("name") and not inputs.get("namePrefix"):
        name = f"alias/{name}"  # as the provider does with names that it generates
    id_, outputs = ALIAS(cloud, name, inputs)
    key = inputs.only("targetKeyId")
    target = send(cloud, "kms", "DescribeKey", key, {"targetKeyId": "KeyId"})
    return id_, {**outputs, "targetKeyArn": target["KeyMetadata"]["Arn"]}


RESOURCE_TYPES = (
    ResourceType(
        "aws:kms/alias:Alias", FromInputs("{name}"), replaces="name namePrefix", create=create_alias
    ),
    ResourceType(
        "aws:kms/key:Key",
        FromTaggedArn(":kms:.*:key/([^/]+)$"),
        replaces="customKeyStoreId customerMasterKeySpec keyUsage multiRegion xksKeyId",
        lost="the data that it has encrypted, after the waiting period,",
        create=create_key,
    ),
)
