"""Tables, and what the program puts into them."""

import json
from typing import Any

from stepgate.resource_types.call import Call, send
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs, argument, wrong
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType, WithParent

TABLE = Call(
    "dynamodb",
    "CreateTable",
    "TableName",
    renamed={
        "attributes": "AttributeDefinitions",
        "attributes.name": "AttributeName",
        "attributes.type": "AttributeType",
        "globalSecondaryIndexes.name": "IndexName",
        "localSecondaryIndexes.name": "IndexName",
    },
    elsewhere="pointInTimeRecovery replicas serverSideEncryption ttl",
    outputs={
        "arn": "{TableDescription[TableArn]}",
        "streamArn": "{TableDescription[LatestStreamArn]}",
        "streamLabel": "{TableDescription[LatestStreamLabel]}",
    },
)

CAPACITY = ("readCapacity", "writeCapacity")
UNITS = range(1, 1_000_001)


def create_table(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    billing = inputs.get("billingMode", "PROVISIONED")
    table = Inputs(_with_keys(inputs, billing), billingMode=billing)
    for kind in ("globalSecondaryIndexes", "localSecondaryIndexes"):
        if indexes := inputs.objects(kind):
            # A local index has the table's throughput and hash key.
            own = billing if kind == "globalSecondaryIndexes" else ""
            hash_key = inputs.only("hashKey") if not own else Inputs()
            table[kind] = [_index(Inputs(hash_key | index), own) for index in indexes]
    if inputs.get("streamEnabled"):
        table["streamSpecification"] = Inputs(
            streamEnabled=True, streamViewType=inputs["streamViewType"]
        )
    made = table.without("streamEnabled", "streamViewType")
    id_, outputs = TABLE(cloud, name, made)
    if ttl := inputs.object("ttl"):
        specification = Inputs(timeToLiveSpecification=Inputs({"enabled": True, **ttl}))
        send(cloud, "dynamodb", "UpdateTimeToLive", specification, TableName=name)
    if inputs.object("pointInTimeRecovery").get("enabled"):
        specification = Inputs(pointInTimeRecoveryEnabled=True)
        send(
            cloud, "dynamodb", "UpdateContinuousBackups",
            Inputs(pointInTimeRecoverySpecification=specification), TableName=name,
        )  # fmt: skip
    return id_, {"streamArn": "", "streamLabel": "", **outputs}


def create_item(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    inputs = Inputs(inputs, hashKey=inputs["hashKey"])
    hash_key, range_key = inputs.text("hashKey"), inputs.text("rangeKey")
    try:
        item = json.loads(inputs["item"])
        keys = [_plain(item[key]) for key in (hash_key, range_key) if key]
    except (ValueError, KeyError, TypeError, AttributeError):
        form = json.dumps({hash_key: {"S": "…"}}, ensure_ascii=False)
        cure = f"write JSON in DynamoDB's form with the keys: {form}"
        raise wrong(argument("item"), inputs["item"], cure) from None
    send(cloud, "dynamodb", "PutItem", inputs.only("tableName"), Item=item)
    outputs: dict[str, Any] = dict(zip(("hashKeyValue", "rangeKeyValue"), keys, strict=False))
    return "|".join([inputs.text("tableName"), hash_key, *keys]), outputs


def _plain(value: dict[str, str]) -> str:
    (plain,) = value.values()
    return plain


def _index(index: Inputs, billing: str) -> Inputs:
    projection = Inputs(index.only("projectionType", "nonKeyAttributes"))
    made = _with_keys(index.without("projectionType", "nonKeyAttributes"), billing)
    return Inputs(made, projection=projection)


def _with_keys(inputs: Inputs, billing: str) -> Inputs:
    """With the keys and the throughput in the form that AWS has, of a table or of an index."""
    made = inputs.without("hashKey", "keySchemas", "rangeKey", *CAPACITY)
    made["keySchema"] = inputs.objects("keySchemas") or _key_schema(inputs)
    if billing == "PROVISIONED":
        units = Inputs(dict.fromkeys(CAPACITY, 1) | inputs)
        made["provisionedThroughput"] = Inputs(
            {f"{key}Units": units.whole(key, UNITS) for key in CAPACITY}
        )
    return made


def _key_schema(inputs: Inputs) -> list[Inputs]:
    schema = [Inputs(attributeName=inputs["hashKey"], keyType="HASH")]
    if "rangeKey" in inputs:
        schema.append(Inputs(attributeName=inputs["rangeKey"], keyType="RANGE"))
    return schema


RESOURCE_TYPES = (
    ResourceType(
        "aws:dynamodb/table:Table",
        FromInputs("{name}"),
        replaces=(
            "name hashKey rangeKey localSecondaryIndexes restoreDateTime restoreSourceName "
            "restoreToLatestTime"
        ),
        lost="its items",
        create=create_table,
    ),
    ResourceType(
        "aws:dynamodb/tableItem:TableItem",
        WithParent(),
        replaces="tableName hashKey rangeKey",
        create=create_item,
    ),
)
