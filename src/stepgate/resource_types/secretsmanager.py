"""Secrets, and what they hold."""

from stepgate.resource_types.call import Call, send
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs
from stepgate.resource_types.resource_type import (
    Created,
    FromTaggedArn,
    ResourceType,
    WithParent,
)

SECRET = Call(
    "secretsmanager",
    "CreateSecret",
    "Name",
    renamed={"replicas": "AddReplicaRegions"},
    json="policy",
    elsewhere="policy recoveryWindowInDays",
    id="{ARN}",
    outputs={"arn": "{ARN}"},
)


def create_secret(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    id_, outputs = SECRET(cloud, name, inputs)
    if policy := inputs.only("policy"):
        renamed = {"policy": "ResourcePolicy"}
        send(cloud, "secretsmanager", "PutResourcePolicy", policy, renamed, SecretId=id_)
    return id_, outputs


RESOURCE_TYPES = (
    ResourceType(
        "aws:secretsmanager/secret:Secret",
        FromTaggedArn("^(arn:[^:]+:secretsmanager:.+:secret:.+)$"),
        replaces="name namePrefix",
        lost="its versions",
        create=create_secret,
    ),
    ResourceType(
        "aws:secretsmanager/secretVersion:SecretVersion",
        WithParent(),
        replaces="secretId secretBinary secretString secretStringWoVersion",
        create=Call(
            "secretsmanager",
            "PutSecretValue",
            renamed={"secretStringWo": "SecretString"},
            elsewhere="secretStringWoVersion",
            id="{secretId}|{VersionId}",
            outputs={"arn": "{ARN}", "secretArn": "{ARN}", "versionId": "{VersionId}"},
        ),
    ),
)
