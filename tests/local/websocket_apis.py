"""WebSocket APIs on the emulator."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from stepgate.resource_types.cloud import Cloud

_names = (f"live-{i}" for i in count())
ROLE = "arn:aws:iam::000000000000:role/live"


@dataclass(frozen=True)
class Route:
    """What is created of a route.

    Attributes:
        template: of the request.
        uri: of the AWS service; without one the integration is a MOCK.
        response: the template of the response; without one the route has no response.
    """

    template: str = '{"statusCode": 200}'
    uri: str = ""
    response: str | None = None
    integration: Mapping[str, Any] = field(default_factory=dict[str, Any])
    route: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class WebSocketApi:
    cloud: Cloud
    id: str
    stage: str = "live"

    @property
    def url(self) -> str:
        endpoint = self.cloud.endpoint.replace("http", "ws", 1)
        return f"{endpoint}/_aws/execute-api/{self.id}/{self.stage}"

    @property
    def gateway(self) -> Any:
        return self.cloud.client("apigatewayv2")

    @property
    def management(self) -> Any:
        url = self.url.replace("ws", "http", 1)
        return Cloud(url, self.cloud.region).client("apigatewaymanagementapi")

    def connect(self, query: str = "", **options: Any) -> AbstractContextManager[ClientConnection]:
        return connect(self.url + query, proxy=None, legacy=False, **options)

    def add(self, key: str, route: Route) -> None:
        gateway, api = self.gateway, {"ApiId": self.id}
        aws = {
            "IntegrationType": "AWS",
            "IntegrationMethod": "POST",
            "IntegrationUri": route.uri,
            "CredentialsArn": ROLE,
        }
        integration = gateway.create_integration(
            **api,
            **{
                **(aws if route.uri else {"IntegrationType": "MOCK"}),
                "RequestTemplates": {"$default": route.template},
                "TemplateSelectionExpression": "\\$default",
                **route.integration,
            },
        )["IntegrationId"]
        answers = {"RouteResponseSelectionExpression": "$default"}
        options = answers if route.response is not None else {}
        created = gateway.create_route(
            **api, RouteKey=key, Target=f"integrations/{integration}", **options, **route.route
        )
        if route.response is not None:
            gateway.create_integration_response(
                **api,
                IntegrationId=integration,
                IntegrationResponseKey="$default",
                ResponseTemplates={"$default": route.response},
                TemplateSelectionExpression="\\$default",
            )
            gateway.create_route_response(
                **api, RouteId=created["RouteId"], RouteResponseKey="$default"
            )


def create_api(
    cloud: Cloud, routes: Mapping[str, Route], selection: str = "$request.body.action"
) -> WebSocketApi:
    """An API with a stage that deploys itself."""
    gateway = cloud.client("apigatewayv2")
    id_ = gateway.create_api(
        Name=next(_names), ProtocolType="WEBSOCKET", RouteSelectionExpression=selection
    )["ApiId"]
    api = WebSocketApi(cloud, id_)
    for key, route in routes.items():
        api.add(key, route)
    gateway.create_stage(
        ApiId=id_, StageName=api.stage, AutoDeploy=True, StageVariables={"color": "blue"}
    )
    return api


def let_pass(cloud: Cloud, seconds: float) -> None:
    """Moves the emulator's clock of connections."""
    url = f"{cloud.endpoint}/_stepgate/websocket-clock"
    httpx.post(url, params={"seconds": seconds}).raise_for_status()


def answer(socket: ClientConnection, **message: Any) -> Any:
    """What the API answers a message with."""
    socket.send(json.dumps(message))
    return received(socket)


def received(socket: ClientConnection) -> Any:
    """The next message."""
    return json.loads(socket.recv(timeout=20))
