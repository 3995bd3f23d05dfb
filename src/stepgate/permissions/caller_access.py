"""What services do with the permissions of their caller, rather than in a role of their own.

A state that calls Rekognition for an object in S3 needs `s3:GetObject` in the state machine's role.
Where the request names what is used, the permission is derived; otherwise it is a warning.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from stepgate.permissions import reference
from stepgate.permissions.actions import prefix
from stepgate.permissions.arguments import find_structures, find_values, is_dynamic, known_beginning
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.grant import (
    Grant,
    Permission,
    PermissionWarning,
    UnresolvedPermission,
)
from stepgate.permissions.request import Request, as_request, request_as_authorized
from stepgate.permissions.resources import NOTHING_NARROWER, resolve_permission
from stepgate.permissions.services import Operation

_READ, _WRITE = "s3:GetObject", "s3:PutObject"


class ObjectArguments(NamedTuple):
    """The arguments that name an object in S3, or a prefix of objects.

    Attributes:
        action: what the service does with it.
        structure: the argument that they are in, at any depth; empty for the request itself.
        bucket: the bucket's name, or the object's URI.
        key: the object's key; empty if there is a URI.
        is_prefix: whether the key is the beginning of several.
        unless: another argument, which names the role that the service works in instead.
    """

    action: str
    structure: str
    bucket: str
    key: str = ""
    is_prefix: bool = False
    unless: str = ""


OBJECTS: Mapping[str, Sequence[ObjectArguments]] = {
    # https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-async.html
    "bedrock-runtime": (ObjectArguments(_WRITE, "S3OutputDataConfig", "S3Uri", is_prefix=True),),
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
    "cloudformation": (ObjectArguments(_READ, "", "TemplateURL"),),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Requesting.html
    "dynamodb": (
        ObjectArguments("s3:AbortMultipartUpload", "", "S3Bucket", "S3Prefix", is_prefix=True),
        ObjectArguments(_WRITE, "", "S3Bucket", "S3Prefix", is_prefix=True),
        ObjectArguments("s3:PutObjectAcl", "", "S3Bucket", "S3Prefix", is_prefix=True),
        ObjectArguments(_READ, "S3BucketSource", "S3Bucket", "S3KeyPrefix", is_prefix=True),
        ObjectArguments(
            "s3:ListBucket", "S3BucketSource", "S3Bucket", "S3KeyPrefix", is_prefix=True
        ),
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html
    "lambda": (
        ObjectArguments(_READ, "", "S3Bucket", "S3Key"),
        ObjectArguments(_READ, "Code", "S3Bucket", "S3Key"),
        ObjectArguments(_READ, "Content", "S3Bucket", "S3Key"),
    ),
    # https://docs.aws.amazon.com/polly/latest/dg/asynchronous-iam.html
    "polly": (
        ObjectArguments(_WRITE, "", "OutputS3BucketName", "OutputS3KeyPrefix", is_prefix=True),
    ),
    # https://docs.aws.amazon.com/rekognition/latest/APIReference/API_S3Object.html
    "rekognition": (
        ObjectArguments(_READ, "S3Object", "Bucket", "Name"),
        ObjectArguments(_WRITE, "OutputConfig", "S3Bucket", "S3KeyPrefix", is_prefix=True),
    ),
    # https://docs.aws.amazon.com/textract/latest/dg/API_S3Object.html
    "textract": (
        ObjectArguments(_READ, "S3Object", "Bucket", "Name"),
        ObjectArguments(_WRITE, "OutputConfig", "S3Bucket", "S3Prefix", is_prefix=True),
    ),
    # https://docs.aws.amazon.com/transcribe/latest/APIReference/API_StartTranscriptionJob.html
    "transcribe": (
        ObjectArguments(_READ, "Media", "MediaFileUri", unless="DataAccessRoleArn"),
        ObjectArguments(_READ, "Media", "RedactedMediaFileUri", unless="DataAccessRoleArn"),
        ObjectArguments(_WRITE, "", "OutputBucketName", "OutputKey", is_prefix=True),
    ),
}
_URI = re.compile(
    r"(?:s3://|https://s3[.-][^/]+/)(?P<bucket>[^/]+)/(?P<key>.*)"
    r"|https://(?P<host>[^/]+?)\.s3[.-][^/]*/(?P<path>.*)",
    re.DOTALL,
)
# What arguments of a call to S3 need in addition, by the call's own name.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_ACL = ("acl", "grantfullcontrol", "grantread", "grantreadacp", "grantwriteacp")
_BYPASS = {"s3:BypassGovernanceRetention": ("bypassgovernanceretention",)}
_DELETED = {**_BYPASS, "s3:DeleteObjectVersion": ("versionid",)}
_WRITTEN = {
    "s3:PutObjectAcl": _ACL,
    "s3:PutObjectLegalHold": ("objectlocklegalholdstatus",),
    "s3:PutObjectRetention": ("objectlockmode",),
    "s3:PutObjectTagging": ("tagging",),
}
_BY_ARGUMENT: Mapping[str, Mapping[str, Sequence[str]]] = {
    "CopyObject": _WRITTEN,
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    "CreateBucket": {
        "s3:PutBucketAcl": (*_ACL, "grantwrite"),
        "s3:PutBucketObjectLockConfiguration": ("objectlockenabledforbucket",),
        "s3:PutBucketOwnershipControls": ("objectownership",),
        "s3:PutBucketVersioning": ("objectlockenabledforbucket",),
    },
    "CreateMultipartUpload": _WRITTEN,
    "DeleteObject": _DELETED,
    "DeleteObjects": _DELETED,
    "DeleteObjectTagging": {"s3:DeleteObjectVersionTagging": ("versionid",)},
    "GetObject": {"s3:GetObjectVersion": ("versionid",)},
    "GetObjectAcl": {"s3:GetObjectVersionAcl": ("versionid",)},
    "GetObjectAttributes": {
        "s3:GetObjectVersion": ("versionid",),
        "s3:GetObjectVersionAttributes": ("versionid",),
    },
    "GetObjectTagging": {"s3:GetObjectVersionTagging": ("versionid",)},
    "HeadObject": {"s3:GetObjectVersion": ("versionid",)},
    "PutObject": _WRITTEN,
    "PutObjectAcl": {"s3:PutObjectVersionAcl": ("versionid",)},
    "PutObjectRetention": _BYPASS,
    "PutObjectTagging": {"s3:PutObjectVersionTagging": ("versionid",)},
}
# The actions that add tags; each service has one of them.
_TAGGING = ("TagResource", "AddTagsToResource", "AddTags", "CreateTags", "TagQueue")
_TAGS = frozenset({"Tags", "TagList", "TagSpecifications"})
_CREATES = re.compile("Allocate|Copy|Create|Import|Put|Register|Request|Run|Start|Submit")


def caller_permissions(
    operation: Operation, request: Request, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission | PermissionWarning]:
    """What a call needs in addition to its own action."""
    yield from _object_permissions(operation, request, context, declared)
    for permission in _named_permissions(operation, request, context, declared):
        yield _or_warning(permission)
    match operation.service, operation.name:
        case "translate", "TranslateDocument" | "TranslateText":
            yield from _language_permissions(request)
        case "ec2", "RunInstances" if find_structures(request, "IamInstanceProfile"):
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html
            roles = tuple(arn for arn in declared if ":role/" in arn)
            yield (
                Grant("iam:PassRole", roles)
                if roles
                else PermissionWarning(
                    "iam:PassRole",
                    "an instance profile needs iam:PassRole on the role in it; list the role's ARN "
                    "in the workflow's resources",
                )
            )
        case _:
            pass


def argument_permissions(
    operation: Operation,
    arguments: Request,
    request: Request,
    context: ArnContext,
    declared: Sequence[str],
) -> Iterator[Permission]:
    """What single arguments of a call need, for example an object's `VersionId`."""
    if operation.service != "s3":
        return
    deleted = find_structures(as_request(arguments.get("Delete")), "Objects")
    given = {name.removesuffix(".$").lower() for each in (arguments, *deleted) for name in each}
    needed = _BY_ARGUMENT.get(operation.name, {})
    actions = [action for action, names in needed.items() if not given.isdisjoint(names)]
    if "?versionId=" in str(arguments.get("CopySource", arguments.get("CopySource.$"))):
        actions.append("s3:GetObjectVersion")
    for action in actions:
        checked = request_as_authorized(action, request)
        yield resolve_permission(action, checked, context, declared)


def own_arguments(operation: Operation, request: Request) -> Request:
    """The request without the arguments that name what is used as the caller."""
    names = {
        name
        for place in OBJECTS.get(operation.service, ())
        if not place.structure
        for name in (place.bucket, place.key)
    } | {*_TOPICS.get(operation.service, ())}
    return {key: value for key, value in request.items() if key.removesuffix(".$") not in names}


def object_permissions(
    action: str, uri: object, context: ArnContext, declared: Sequence[str]
) -> Permission | PermissionWarning:
    """An action on the object that a URI names, which may be an expression."""
    place = ObjectArguments(action, "", "Uri")
    return _or_warning(_object_permission(place, {"Uri": uri}, context, declared))


def _object_permissions(
    operation: Operation, request: Request, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission | PermissionWarning]:
    for place in OBJECTS.get(operation.service, ()):
        if place.unless and find_values(request, place.unless.__eq__):
            continue
        structures = find_structures(request, place.structure) if place.structure else [request]
        for fields in structures:
            if place.bucket in fields or f"{place.bucket}.$" in fields:
                yield _or_warning(_object_permission(place, fields, context, declared))


def _object_permission(
    place: ObjectArguments,
    fields: Mapping[str, object],
    context: ArnContext,
    declared: Sequence[str],
) -> Permission:
    bucket, is_open = _text(fields, place.bucket)
    key, is_key_open = _text(fields, place.key)
    if not place.key:
        found = _URI.fullmatch(bucket)
        is_open, is_key_open = not found, is_open
        if found:
            bucket, key = found["bucket"] or found["host"], found["key"] or found["path"]
    if is_key_open or place.is_prefix:
        key += "*"
    named = {"Bucket.$": place.bucket} if is_open else {"Bucket": bucket, "Key": key or "*"}
    return resolve_permission(place.action, named, context, declared)


def _text(fields: Mapping[str, object], name: str) -> tuple[str, bool]:
    """What is known of an argument's text, and whether more follows."""
    value = fields.get(name, fields.get(f"{name}.$", ""))
    is_open = name not in fields and f"{name}.$" in fields
    if is_open or is_dynamic(value):
        return known_beginning(str(value)), True
    return str(value), False


def _named_permissions(
    operation: Operation, request: Request, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission]:
    """On secrets, credentials of databases and topics."""
    read = "secretsmanager:GetSecretValue"
    match operation.service, operation.name:
        case "secretsmanager", "BatchGetSecretValue":
            # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
            if named := _arguments(request, {"SecretIdList": "SecretId"}):
                yield resolve_permission(read, named, context, declared)
            if "Filters" in request:
                yield Grant("secretsmanager:ListSecrets", ("*",), reason=NOTHING_NARROWER)
                yield resolve_permission(read, {"SecretId.$": "Filters"}, context, declared)
        case "ssm", "GetParameter" | "GetParameters":
            names = find_values(request, {"Name", "Names"}.__contains__).literals
            if secrets := [n.removeprefix(_SECRETS) for n in names if n.startswith(_SECRETS)]:
                yield resolve_permission(read, {"SecretId": secrets}, context, declared)
        case "rds-data" | "redshift-data", _ if named := _arguments(
            request, {"SecretArn": "SecretId"}
        ):
            # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.access.html
            # https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
            yield resolve_permission(read, named, context, declared)
        case service, _ if topic := _arguments(request, _TOPICS.get(service, {})):
            yield resolve_permission("sns:Publish", topic, context, declared)
        case "redshift-data", _ if "Sql" in request or _arguments(request, _DATABASE):
            yield from _redshift_credentials(request, context, declared)
        case _:
            pass


# https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
_SECRETS = "/aws/reference/secretsmanager/"
# https://docs.aws.amazon.com/polly/latest/dg/asynchronous-iam.html
_TOPICS: Mapping[str, Mapping[str, str]] = {"polly": {"SnsTopicArn": "TopicArn"}}
_DATABASE = {"ClusterIdentifier": "ClusterName", "DbUser": "DbUser", "Database": "DbName"}


def _redshift_credentials(
    request: Request, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission]:
    """Temporary credentials, as a user of the database or as the role.

    https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
    """
    named = _arguments(request, _DATABASE)
    cluster = {name: value for name, value in named.items() if not name.startswith("DbUser")}
    if not (cluster.keys() & {"ClusterName", "ClusterName.$"}):
        if workgroup := _arguments(request, {"WorkgroupName": "WorkgroupName"}):
            action = "redshift-serverless:GetCredentials"
            yield resolve_permission(action, workgroup, context, declared)
    elif cluster == named:
        yield resolve_permission(
            "redshift:GetClusterCredentialsWithIAM", cluster, context, declared
        )
    else:
        yield resolve_permission("redshift:GetClusterCredentials", named, context, declared)


def _arguments(request: Request, names: Mapping[str, str]) -> Request:
    """The arguments with these names, under other names."""
    return {
        f"{other}{suffix}": request[f"{name}{suffix}"]
        for name, other in names.items()
        for suffix in ("", ".$")
        if f"{name}{suffix}" in request
    }


def _language_permissions(request: Request) -> Iterator[Permission | PermissionWarning]:
    """Amazon Comprehend detects the language.

    https://docs.aws.amazon.com/translate/latest/APIReference/API_TranslateText.html
    """
    action = "comprehend:DetectDominantLanguage"
    language, is_open = _text(request, "SourceLanguageCode")
    if language == "auto" and not is_open:
        yield Grant(action, ("*",), reason=NOTHING_NARROWER)
    elif is_open:
        yield PermissionWarning(
            action,
            f"the source language auto needs {action}; add it to the workflow's statements",
        )


def tag_warnings(operation: Operation, arguments: Request) -> Iterator[PermissionWarning]:
    """The tags that a state gives to what it creates need an action of their own.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    """
    service = prefix(operation)
    names = {name.removesuffix(".$") for name in arguments}
    actions = [f"{service}:{tagging}" for tagging in _TAGGING]
    action = next((each for each in actions if reference.find_action(each)), "")
    is_tagging = f"{service}:{operation.name}" in actions
    if action and not is_tagging and names & _TAGS and _CREATES.match(operation.name):
        yield PermissionWarning(
            action,
            f"the tags in the request may need {action} on what it creates; add it to the "
            "workflow's statements",
        )


def _or_warning(permission: Permission) -> Permission | PermissionWarning:
    if isinstance(permission, UnresolvedPermission):
        return PermissionWarning(permission.action, permission.text)
    return permission
