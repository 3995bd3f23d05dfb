"""REST APIs, and the keys that callers have."""

from typing import Any

from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs, given
from stepgate.resource_types.resource_type import (
    Created,
    FromTaggedArn,
    ResourceType,
    WithParent,
)


def create_rest_api(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    options = given(inputs, "apiKeySource", "binaryMediaTypes", "description", "tags")
    if endpoint := inputs.object("endpointConfiguration"):
        # The provider takes one type of endpoint, AWS a list of one.
        options["endpointConfiguration"] = {**endpoint, "types": [endpoint["types"]]}
    id_ = cloud.apigateway.create_rest_api(name=name, **options)["id"]
    if body := inputs.get("body"):
        cloud.apigateway.put_rest_api(
            restApiId=id_,
            mode=inputs.get("putRestApiMode", "overwrite"),
            body=body,
            **given(inputs, "failOnWarnings", "parameters"),
        )
    return id_, {}


def create_deployment(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    made = cloud.apigateway.create_deployment(
        restApiId=inputs["restApi"], **given(inputs, "description", "variables")
    )
    return made["id"], {}


def create_stage(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    api, stage = inputs["restApi"], inputs["stageName"]
    cloud.apigateway.create_stage(
        restApiId=api,
        stageName=stage,
        deploymentId=inputs["deployment"],
        **given(inputs, "description", "tags", "variables"),
    )
    url = f"{cloud.endpoint}/_aws/execute-api/{api}/{stage}"
    return f"ags-{api}-{stage}", {"invokeUrl": url}


def create_method_settings(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    api, stage, method = inputs["restApi"], inputs["stageName"], inputs["methodPath"]
    throttling = given(
        inputs.object("settings"),
        burstLimit="throttlingBurstLimit",
        rateLimit="throttlingRateLimit",
    )
    cloud.apigateway.update_stage(
        restApiId=api,
        stageName=stage,
        patchOperations=[
            {"op": "replace", "path": f"/{method}/throttling/{limit}", "value": str(value)}
            for limit, value in throttling.items()
        ],
    )
    return f"{api}-{stage}-{method}", {}


def create_api_key(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    key = cloud.apigateway.create_api_key(
        name=name,
        enabled=inputs.get("enabled", True),
        **given(inputs, "customerId", "description", "tags", "value"),
    )
    return key["id"], {"value": key["value"]}


def create_usage_plan(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    plan = cloud.apigateway.create_usage_plan(
        name=name,
        apiStages=[_api_stage(stage) for stage in inputs.objects("apiStages")],
        **given(inputs, "description", "tags", quota="quotaSettings", throttle="throttleSettings"),
    )
    return plan["id"], {}


def create_usage_plan_key(cloud: Cloud, name: str, inputs: Inputs) -> Created:  # noqa: ARG001
    key = cloud.apigateway.create_usage_plan_key(
        usagePlanId=inputs["usagePlanId"], keyId=inputs["keyId"], keyType=inputs["keyType"]
    )
    return key["id"], {"name": key["name"], "value": key["value"]}


def _api_stage(stage: Inputs) -> Any:
    api_stage: Any = {"apiId": stage["apiId"], "stage": stage["stage"]}
    if methods := stage.objects("throttles"):
        api_stage["throttle"] = {
            method["path"]: given(method, "burstLimit", "rateLimit") for method in methods
        }
    return api_stage


RESOURCE_TYPES = (
    ResourceType(
        "aws:apigateway/apiKey:ApiKey",
        FromTaggedArn("::/apikeys/([^/]+)$"),
        create=create_api_key,
    ),
    ResourceType("aws:apigateway/deployment:Deployment", WithParent(), create=create_deployment),
    ResourceType(
        "aws:apigateway/methodSettings:MethodSettings", WithParent(), create=create_method_settings
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
        lost="the URLs of all routes",
        create=create_stage,
    ),
    ResourceType(
        "aws:apigateway/usagePlan:UsagePlan",
        FromTaggedArn("::/usageplans/([^/]+)$"),
        create=create_usage_plan,
    ),
    ResourceType(
        "aws:apigateway/usagePlanKey:UsagePlanKey", WithParent(), create=create_usage_plan_key
    ),
)
