"""REST APIs, and the keys that callers have."""

from stepgate.resource_types.call import Call, send
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs
from stepgate.resource_types.resource_type import (
    Created,
    FromTaggedArn,
    ResourceType,
    WithParent,
)

REST_API = Call(
    "apigateway",
    "CreateRestApi",
    "name",
    elsewhere="body endpointAccessMode failOnWarnings parameters putRestApiMode securityPolicy",
    id="{id}",
    outputs={
        "arn": "arn:aws:apigateway:{region}::/restapis/{id}",
        "executionArn": "arn:aws:execute-api:{region}:{account}:{id}",
        "rootResourceId": "{rootResourceId}",
    },
)
STAGE = Call(
    "apigateway",
    "CreateStage",
    renamed={
        "deployment": "deploymentId",
        "restApi": "restApiId",
        "xrayTracingEnabled": "tracingEnabled",
    },
    elsewhere="accessLogSettings clientCertificateId",
    id="ags-{restApi}-{stageName}",
    outputs={
        "arn": "arn:aws:apigateway:{region}::/restapis/{restApi}/stages/{stageName}",
        "executionArn": "arn:aws:execute-api:{region}:{account}:{restApi}/{stageName}",
    },
)
USAGE_PLAN = Call(
    "apigateway",
    "CreateUsagePlan",
    "name",
    renamed={"quotaSettings": "quota", "throttleSettings": "throttle"},
    elsewhere="productCode",
    id="{id}",
    outputs={"arn": "arn:aws:apigateway:{region}::/usageplans/{id}"},
)


def create_rest_api(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    created = inputs
    if endpoint := inputs.object("endpointConfiguration"):
        # The provider takes one type of endpoint, AWS a list of one.
        endpoint = Inputs(endpoint, types=[endpoint["types"]])
        created = Inputs(inputs, endpointConfiguration=endpoint)
    id_, outputs = REST_API(cloud, name, created)
    if inputs.get("body"):
        send(
            cloud,
            "apigateway",
            "PutRestApi",
            inputs.only("failOnWarnings", "parameters", "putRestApiMode"),
            {"putRestApiMode": "mode"},
            restApiId=id_,
            body=inputs.text("body"),
            mode="overwrite",
        )
    return id_, outputs


def create_stage(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    id_, outputs = STAGE(cloud, name, inputs)
    url = f"{cloud.endpoint}/_aws/execute-api/{inputs['restApi']}/{inputs['stageName']}"
    return id_, {**outputs, "invokeUrl": url}


def create_method_settings(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    """Throttling alone makes a difference on the emulator."""
    method, settings = inputs.text("methodPath"), inputs.object("settings")
    limits = {"throttlingBurstLimit": "burstLimit", "throttlingRateLimit": "rateLimit"}
    operations = [
        {"op": "replace", "path": f"/{method}/throttling/{limit}", "value": str(settings[key])}
        for key, limit in limits.items()
        if key in settings
    ]
    of_stage, renamed = inputs.only("restApi", "stageName"), {"restApi": "restApiId"}
    send(cloud, "apigateway", "UpdateStage", of_stage, renamed, patchOperations=operations)
    return f"{inputs['restApi']}-{inputs['stageName']}-{method}", {}


def create_usage_plan(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    stages = [_api_stage(stage) for stage in inputs.objects("apiStages")]
    return USAGE_PLAN(cloud, name, Inputs(inputs, apiStages=stages))


def _api_stage(stage: Inputs) -> Inputs:
    """With the limits of methods as AWS has them: by path."""
    api_stage = Inputs(stage.without("throttles"), apiId=stage["apiId"], stage=stage["stage"])
    if methods := stage.objects("throttles"):
        api_stage["throttle"] = Inputs({it["path"]: it.without("path") for it in methods})
    return api_stage


RESOURCE_TYPES = (
    ResourceType(
        "aws:apigateway/apiKey:ApiKey",
        FromTaggedArn("::/apikeys/([^/]+)$"),
        replaces="value",
        create=Call(
            "apigateway",
            "CreateApiKey",
            "name",
            defaults={"enabled": True},
            id="{id}",
            outputs={"arn": "arn:aws:apigateway:{region}::/apikeys/{id}", "value": "{value}"},
        ),
    ),
    ResourceType(
        "aws:apigateway/authorizer:Authorizer",
        WithParent(),
        replaces="restApi",
        create=Call(
            "apigateway",
            "CreateAuthorizer",
            "name",
            renamed={"restApi": "restApiId"},
            # The provider's defaults: https://www.pulumi.com/registry/packages/aws/api-docs/apigateway/authorizer/
            defaults={"identitySource": "method.request.header.Authorization", "type": "TOKEN"},
            id="{id}",
            outputs={"arn": "arn:aws:apigateway:{region}::/restapis/{restApi}/authorizers/{id}"},
        ),
    ),
    ResourceType(
        "aws:apigateway/deployment:Deployment",
        WithParent(),
        replaces="restApi triggers variables",
        create=Call(
            "apigateway",
            "CreateDeployment",
            renamed={"restApi": "restApiId"},
            elsewhere="triggers",
            id="{id}",
        ),
    ),
    ResourceType(
        "aws:apigateway/methodSettings:MethodSettings",
        WithParent(),
        replaces="restApi stageName methodPath",
        create=create_method_settings,
    ),
    ResourceType(
        "aws:apigateway/restApi:RestApi",
        FromTaggedArn("::/restapis/([^/]+)$"),
        lost="the URLs of all routes",
        create=create_rest_api,
    ),
    ResourceType(
        "aws:apigateway/stage:Stage",
        WithParent(),
        replaces="restApi stageName",
        lost="the URLs of all routes",
        create=create_stage,
    ),
    ResourceType(
        "aws:apigateway/usagePlan:UsagePlan",
        FromTaggedArn("::/usageplans/([^/]+)$"),
        create=create_usage_plan,
    ),
    ResourceType(
        "aws:apigateway/usagePlanKey:UsagePlanKey",
        WithParent(),
        replaces="keyId keyType usagePlanId",
        create=Call(
            "apigateway",
            "CreateUsagePlanKey",
            id="{id}",
            outputs={"name": "{name}", "value": "{value}"},
        ),
    ),
)
