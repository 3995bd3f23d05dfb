"""WebSocket APIs.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html
"""

from stepgate.resource_types.call import Call
from stepgate.resource_types.cloud import Cloud
from stepgate.resource_types.inputs import Inputs, wrong
from stepgate.resource_types.resource_type import Created, FromTaggedArn, ResourceType, WithParent

API = Call(
    "apigatewayv2",
    "CreateApi",
    "Name",
    elsewhere="failOnWarnings",
    id="{ApiId}",
    outputs={
        "apiEndpoint": "{ApiEndpoint}",
        "arn": "arn:aws:apigateway:{region}::/apis/{ApiId}",
        "executionArn": "arn:aws:execute-api:{region}:{account}:{ApiId}",
    },
)
STAGE = Call(
    "apigatewayv2",
    "CreateStage",
    "StageName",
    elsewhere="accessLogSettings clientCertificateId defaultRouteSettings routeSettings",
    outputs={
        "arn": "arn:aws:apigateway:{region}::/apis/{apiId}/stages/{name}",
        "executionArn": "arn:aws:execute-api:{region}:{account}:{apiId}/{name}",
    },
)


def create_api(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    if (protocol := inputs["protocolType"]) != "WEBSOCKET":
        cure = "write WEBSOCKET; for HTTP use aws.apigateway.RestApi"
        raise wrong("protocol_type", protocol, f"the emulator has WebSocket APIs only: {cure}")
    return API(cloud, name, inputs)


def create_stage(cloud: Cloud, name: str, inputs: Inputs) -> Created:
    id_, outputs = STAGE(cloud, name, inputs)
    endpoint = cloud.endpoint.replace("http", "ws", 1)
    url = f"{endpoint}/_aws/execute-api/{inputs['apiId']}/{name}"
    return id_, {**outputs, "invokeUrl": url}


RESOURCE_TYPES = (
    ResourceType(
        "aws:apigatewayv2/api:Api",
        FromTaggedArn("::/apis/([^/]+)$"),
        replaces="protocolType",
        lost="the URL that clients connect to, and all connections",
        create=create_api,
    ),
    ResourceType(
        "aws:apigatewayv2/authorizer:Authorizer",
        WithParent(),
        replaces="apiId",
        create=Call(
            "apigatewayv2",
            "CreateAuthorizer",
            "Name",
            renamed={"identitySources": "IdentitySource"},
            id="{AuthorizerId}",
        ),
    ),
    ResourceType(
        "aws:apigatewayv2/deployment:Deployment",
        WithParent(),
        replaces="apiId triggers",
        create=Call(
            "apigatewayv2",
            "CreateDeployment",
            elsewhere="triggers",
            id="{DeploymentId}",
            outputs={"autoDeployed": "{AutoDeployed}"},
        ),
    ),
    ResourceType(
        "aws:apigatewayv2/integration:Integration",
        WithParent(),
        replaces="apiId integrationSubtype integrationType",
        create=Call(
            "apigatewayv2",
            "CreateIntegration",
            renamed={"timeoutMilliseconds": "TimeoutInMillis"},
            id="{IntegrationId}",
            outputs={
                "integrationResponseSelectionExpression": "{IntegrationResponseSelectionExpression}"
            },
        ),
    ),
    ResourceType(
        "aws:apigatewayv2/integrationResponse:IntegrationResponse",
        WithParent(),
        replaces="apiId integrationId",
        create=Call("apigatewayv2", "CreateIntegrationResponse", id="{IntegrationResponseId}"),
    ),
    ResourceType(
        "aws:apigatewayv2/route:Route",
        WithParent(),
        replaces="apiId",
        create=Call("apigatewayv2", "CreateRoute", id="{RouteId}"),
    ),
    ResourceType(
        "aws:apigatewayv2/routeResponse:RouteResponse",
        WithParent(),
        replaces="apiId routeId",
        create=Call("apigatewayv2", "CreateRouteResponse", id="{RouteResponseId}"),
    ),
    ResourceType(
        "aws:apigatewayv2/stage:Stage",
        WithParent(),
        replaces="apiId name",
        lost="the URL that clients connect to, and all connections",
        create=create_stage,
    ),
)
