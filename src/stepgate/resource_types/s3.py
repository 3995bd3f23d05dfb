"""Buckets and objects, under the two names that the provider has for each."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stepgate.resource_types.assets import content
from stepgate.resource_types.call import Call, send
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs, wrong
from stepgate.resource_types.parameters import text
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType

SINGLE = {
    "serverSideEncryptionConfigurations": "serverSideEncryptionConfiguration",
    "versionings": "versioning",
    "websites": "website",
}
"""The lists of one that a BucketV2 has where a Bucket has an object."""

TARGETS = ("lambdaFunctions", "queues", "topics")
"""Of a bucket's notifications, beside EventBridge."""

BUCKET = Call(
    "s3",
    "CreateBucket",
    "Bucket",
    renamed={"objectLockEnabled": "ObjectLockEnabledForBucket"},
    documents="policy",
    # What happens after days, and what a deletion takes along, makes no difference here.
    elsewhere=(
        "accelerationStatus bucket bucketPrefix corsRules forceDestroy lifecycleRules logging "
        "loggings policy requestPayer serverSideEncryptionConfiguration tags tagsAll versioning "
        "website"
    ),
    outputs={
        "arn": "arn:aws:s3:::{name}",
        "bucket": "{name}",
        "bucketDomainName": "{name}.s3.amazonaws.com",
        "bucketRegion": "{region}",
        "bucketRegionalDomainName": "{name}.s3.{region}.amazonaws.com",
    },
)
OBJECT = Call(
    "s3",
    "PutObject",
    renamed={
        "kmsKeyId": "SSEKMSKeyId",
        "websiteRedirect": "WebsiteRedirectLocation",
    },
    elsewhere=(
        "content contentBase64 etag forceDestroy overrideProvider source sourceHash tags tagsAll"
    ),
    id="{key}",
    outputs={
        "arn": "arn:aws:s3:::{bucket}/{key}",
        "etag": "{ETag}",
        "key": "{key}",
        "versionId": "{VersionId}",
    },
)


def create_bucket(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    # The provider makes up names in lower case, as S3 wants them.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    name = inputs.text("bucket") or inputs.text("bucketPrefix") + name.lower()
    inputs = _as_bucket(inputs)
    fixed: dict[str, Any] = {}
    if cloud.region != "us-east-1":  # which S3 refuses as a constraint
        fixed["CreateBucketConfiguration"] = {"LocationConstraint": cloud.region}
    created = replace(BUCKET, defaults=fixed)(cloud, name, inputs)
    for operation, configuration in _configurations(inputs).items():
        send(cloud, "s3", operation, configuration, Bucket=name)
    return created


def _as_bucket(inputs: Inputs) -> Inputs:
    """What a BucketV2 is given as a Bucket is."""
    made = inputs.without(*SINGLE)
    for plural, single in SINGLE.items():
        for each in inputs.objects(plural):
            made[single] = each
    return made


def _configurations(inputs: Inputs) -> Mapping[str, Inputs]:
    """What is sent once the bucket is there, by operation."""
    found: dict[str, Inputs] = {}
    if tags := inputs.object("tags"):
        found["PutBucketTagging"] = Inputs(tagging=Inputs(tagSet=tags))
    if versioning := inputs.object("versioning"):
        status = "Enabled" if versioning.get("enabled") else "Suspended"
        found["PutBucketVersioning"] = Inputs(versioningConfiguration=Inputs(status=status))
    if rules := inputs.objects("corsRules"):
        found["PutBucketCors"] = Inputs(corsConfiguration=Inputs(CORSRules=rules))
    if "policy" in inputs:
        found["PutBucketPolicy"] = Inputs(policy=text(inputs["policy"]))
    if encryption := inputs.object("serverSideEncryptionConfiguration"):
        rules = encryption.objects("rules") or [encryption.object("rule")]
        found["PutBucketEncryption"] = Inputs(
            serverSideEncryptionConfiguration=Inputs(rules=[*map(_rule, rules)])
        )
    if website := inputs.object("website"):
        found["PutBucketWebsite"] = Inputs(websiteConfiguration=_website(website))
    return found


def _rule(rule: Inputs) -> Inputs:
    plural = "applyServerSideEncryptionByDefaults"
    made = rule.without(plural)
    for default in rule.objects(plural):
        made["applyServerSideEncryptionByDefault"] = default
    return made


def _website(website: Inputs) -> Inputs:
    made = website.without("indexDocument", "errorDocument")
    if "indexDocument" in website:
        made["indexDocument"] = Inputs(suffix=website["indexDocument"])
    if "errorDocument" in website:
        made["errorDocument"] = Inputs(key=website["errorDocument"])
    return made


def create_notification(cloud: Cloud, _: str, inputs: Inputs) -> Created:
    given = inputs.only(*TARGETS)
    configuration = Inputs({key: [*map(_notification, given.objects(key))] for key in given})
    if inputs.get("eventbridge"):
        configuration["eventBridgeConfiguration"] = Inputs()
    names = {
        f"notificationConfiguration.{key}": f"{key[0].upper()}{key[1:-1]}Configurations"
        for key in TARGETS
    }
    sent = inputs.without("eventbridge", *TARGETS)
    sent = Inputs(sent, notificationConfiguration=configuration)
    send(cloud, "s3", "PutBucketNotificationConfiguration", sent, names)
    return inputs.text("bucket"), {}


def _notification(inputs: Inputs) -> Inputs:
    """The prefix and the suffix of keys are rules of a filter on AWS."""
    rules = [
        Inputs(name=name, value=inputs[key])
        for name, key in (("prefix", "filterPrefix"), ("suffix", "filterSuffix"))
        if key in inputs
    ]
    made = inputs.without("filterPrefix", "filterSuffix")
    return Inputs(made, filter=Inputs(key=Inputs(filterRules=rules))) if rules else made


def create_object(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    key = inputs.get("key", name)
    call = replace(OBJECT, defaults={"Body": _body(inputs)})
    id_, outputs = call(cloud, name, Inputs(inputs, key=key))
    if tags := inputs.object("tags"):
        tagging = Inputs(tagging=Inputs(tagSet=tags))
        send(cloud, "s3", "PutObjectTagging", tagging, Bucket=inputs["bucket"], Key=key)
    return id_, {**outputs, "etag": outputs["etag"].strip('"')}


def _body(inputs: Inputs) -> bytes:
    if "contentBase64" in inputs:
        try:
            return base64.b64decode(inputs["contentBase64"], validate=True)
        except (ValueError, TypeError):
            raise wrong("content_base64", inputs["contentBase64"], "write Base64") from None
    if "content" in inputs:
        return text(inputs["content"]).encode()
    return content("source", inputs["source"]) if "source" in inputs else b""


RESOURCE_TYPES = (
    *(
        ResourceType(
            token,
            FromInputs("{bucket}", name="bucket"),
            replaces="bucket bucketPrefix objectLockEnabled",
            lost="the objects in it",
            create=create_bucket,
        )
        for token in ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
    ),
    *(
        ResourceType(
            token,
            FromInputs("{bucket}/{key}"),
            replaces="bucket key",
            create=create_object,
        )
        for token in (
            "aws:s3/bucketObject:BucketObject",
            "aws:s3/bucketObjectv2:BucketObjectv2",
        )
    ),
    ResourceType(
        "aws:s3/bucketNotification:BucketNotification",
        FromInputs("{bucket}"),
        replaces="bucket",
        create=create_notification,
    ),
)
