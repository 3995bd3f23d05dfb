"""Functions of Lambda, what they share, and who may call them."""

from typing import Any

from stepgate.resource_types.assets import zip_file
from stepgate.resource_types.call import Call, send
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs, missing
from stepgate.resource_types.resource_type import Created, FromInputs, ResourceType, WithParent

FUNCTION = "aws:lambda/function:Function"
ARN = "arn:aws:lambda:{region}:{account}:function:{name}"
INVOKE = "arn:aws:apigateway:{{region}}:lambda:path/2015-03-31/functions/{}/invocations"
"""https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-uri"""
CODE = "code s3Bucket s3Key s3ObjectVersion skipDestroy sourceCodeHash"


def create_function(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    call = Call(
        "lambda",
        "CreateFunction",
        "FunctionName",
        elsewhere=(
            f"{CODE} replaceSecurityGroupsOnDestroy replacementSecurityGroupIds "
            "reservedConcurrentExecutions tagsAll useResourceTimeoutForPropagation"
        ),
        defaults={"Code": _code(inputs)},
        outputs={
            "arn": ARN,
            "codeSha256": "{CodeSha256}",
            "invokeArn": INVOKE.format(ARN),
            "lastModified": "{LastModified}",
            "memorySize": "{MemorySize}",
            "qualifiedArn": f"{ARN}:{{Version}}",
            "qualifiedInvokeArn": INVOKE.format(f"{ARN}:{{Version}}"),
            "sourceCodeSize": "{CodeSize}",
            "timeout": "{Timeout}",
            "version": "{Version}",
        },
    )
    created = call(cloud, name, inputs)
    reserved = inputs.only("reservedConcurrentExecutions")
    if reserved not in ({}, {"reservedConcurrentExecutions": -1}):  # which reserves nothing
        send(cloud, "lambda", "PutFunctionConcurrency", reserved, FunctionName=name)
    return created


def create_layer_version(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    call = Call(
        "lambda",
        "PublishLayerVersion",
        elsewhere=CODE,
        defaults={"Content": _code(inputs)},
        id="{LayerVersionArn}",
        outputs={
            "arn": "{LayerVersionArn}",
            "codeSha256": "{Content[CodeSha256]}",
            "createdDate": "{CreatedDate}",
            "layerArn": "{LayerArn}",
            "sourceCodeSize": "{Content[CodeSize]}",
            "version": "{Version!s}",
        },
    )
    return call(cloud, name, inputs)


def _code(inputs: Inputs) -> dict[str, Any]:
    if "code" in inputs:
        return {"ZipFile": zip_file("code", inputs["code"])}
    if "s3Bucket" not in inputs:
        raise missing("code")
    places = {"S3Bucket": "s3Bucket", "S3Key": "s3Key", "S3ObjectVersion": "s3ObjectVersion"}
    return {name: inputs.text(key) for name, key in places.items() if key in inputs}


def create_permission(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    statement = inputs.text("statementId") or inputs.text("statementIdPrefix") + name
    call = Call(
        "lambda",
        "AddPermission",
        "StatementId",
        renamed={"function": "FunctionName"},
        elsewhere="statementId statementIdPrefix",
        outputs={"statementId": "{name}"},
    )
    return call(cloud, statement, inputs)


RESOURCE_TYPES = (
    ResourceType(
        "aws:lambda/alias:Alias",
        WithParent(),
        replaces="name functionName",
        create=Call(
            "lambda",
            "CreateAlias",
            "Name",
            id="{AliasArn}",
            outputs={"arn": "{AliasArn}", "invokeArn": INVOKE.format("{AliasArn}")},
        ),
    ),
    ResourceType(
        FUNCTION,
        FromInputs("{name}"),
        replaces="name packageType tenancyConfig",
        create=create_function,
    ),
    # Its id has a number that AWS chooses, and it has no tags to find it by.
    ResourceType(
        "aws:lambda/layerVersion:LayerVersion",
        replaces=(
            "layerName code compatibleArchitectures compatibleRuntimes description licenseInfo "
            "s3Bucket s3Key s3ObjectVersion sourceCodeHash"
        ),
        create=create_layer_version,
    ),
    ResourceType(
        "aws:lambda/permission:Permission",
        WithParent(),
        replaces=(
            "action eventSourceToken function functionUrlAuthType invokedViaFunctionUrl principal "
            "principalOrgId qualifier sourceAccount sourceArn statementId statementIdPrefix"
        ),
        create=create_permission,
    ),
)
