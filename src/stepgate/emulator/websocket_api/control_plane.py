"""The control plane: what a program has created of its WebSocket APIs, and what a stage serves.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html
"""

import copy
import re
import secrets
import string
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from corrections.added_services import add_service
from localstack import config
from localstack.aws.api import CommonServiceException

from .expressions import ROUTE

PARENTS = {
    "Api": (),
    "Authorizer": ("Api",),
    "Deployment": ("Api",),
    "Integration": ("Api",),
    "IntegrationResponse": ("Api", "Integration"),
    "Route": ("Api",),
    "RouteResponse": ("Api", "Route"),
    "Stage": ("Api",),
}
"""Each kind of resource, and what it is inside of."""

DEFAULTS = {
    "Integration": {
        "ConnectionType": "INTERNET",
        "PassthroughBehavior": "WHEN_NO_MATCH",
        "TimeoutInMillis": 29_000,
    },
    "Route": {"ApiKeyRequired": False, "AuthorizationType": "NONE"},
    "Stage": {"AutoDeploy": False, "StageVariables": {}},
}

VALUES = {
    "Api": {"ProtocolType": ("WEBSOCKET",), "CredentialsArn": (), "RouteKey": (), "Target": ()},
    "Authorizer": {"AuthorizerType": ("REQUEST",), "JwtConfiguration": ()},
    "Integration": {
        "IntegrationType": ("AWS", "MOCK"),
        "ConnectionType": ("INTERNET",),
        "ContentHandlingStrategy": (),
        "IntegrationSubtype": (),
        "PassthroughBehavior": ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"),
        "RequestParameters": (),
        "TlsConfig": (),
    },
    "IntegrationResponse": {"ContentHandlingStrategy": (), "ResponseParameters": ()},
    "Route": {
        "ApiKeyRequired": (False,),
        "AuthorizationScopes": (),
        "AuthorizationType": ("NONE", "AWS_IAM", "CUSTOM"),
        "ModelSelectionExpression": (),
        "RequestModels": (),
        "RequestParameters": (),
        "RouteResponseSelectionExpression": ("$default",),
    },
    "RouteResponse": {
        "ModelSelectionExpression": (),
        "ResponseModels": (),
        "ResponseParameters": (),
        "RouteResponseKey": ("$default",),
    },
}
"""What the emulator has of what a member can be on AWS; nothing: it has to be left out."""

OPERATION = re.compile(rf"(Create|Get|Update|Delete)({'|'.join(PARENTS)})(s?)")
ID_CHARACTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class ServedStage:
    """What a stage serves: its API as it was deployed.

    Attributes:
        resources: by kind and ids, as `resources` below.
    """

    api: dict
    stage: dict
    resources: dict

    def route(self, key):
        return next((it for it in self._of("Route") if it["RouteKey"] == key), None)

    def integration(self, route):
        id_ = route.get("Target", "").removeprefix("integrations/")
        return self.resources.get(("Integration", self.api["ApiId"], id_))

    def authorizer(self, route):
        return self.resources.get(("Authorizer", self.api["ApiId"], route.get("AuthorizerId")))

    def integration_responses(self, integration):
        """By their keys."""
        found = self._of("IntegrationResponse", integration["IntegrationId"])
        return {it["IntegrationResponseKey"]: it for it in found}

    def answers(self, route):
        """Whether a route "is configured for two-way communication".

        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
        """
        has_response = any(self._of("RouteResponse", route["RouteId"]))
        return has_response and bool(route.get("RouteResponseSelectionExpression"))

    def _of(self, kind, *ids):
        return _inside(self.resources, kind, (self.api["ApiId"], *ids))


resources = {}
"""Each resource as AWS describes it, by its kind and the ids that its path has."""
_deployed = {}
"""What each deployment has, by the ids of the API and the deployment."""
_changing = threading.Lock()


def apply() -> None:
    add_service("apigatewayv2", handle)


def served_stage(api_id, stage_name):
    """What is served there; None if nothing is."""
    with _changing:
        api = resources.get(("Api", api_id))
        stage = resources.get(("Stage", api_id, stage_name))
        if not stage:
            return None
        if stage["AutoDeploy"]:
            # "Specifies whether updates to an API automatically trigger a new deployment."
            # https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html
            deployed = _snapshot(api_id)
        else:
            deployed = _deployed.get((api_id, stage.get("DeploymentId")), {})
        return ServedStage(dict(api), dict(stage), deployed)


def handle(context, request):
    """Any operation of the service."""
    match = OPERATION.fullmatch(context.operation.name)
    if not match:
        supported = ", ".join(f"{kind}s" for kind in PARENTS)
        refuse(f"{context.operation.name} is not on the emulator, which has {supported}")
    verb, kind, plural = match.groups()
    parents = tuple(request[f"{parent}Id"] for parent in PARENTS[kind])
    with _changing:
        for depth, parent in enumerate(PARENTS[kind], 1):
            _find(parent, parents[:depth])
        if plural:
            return {"Items": list(_inside(resources, kind, parents))}
        if verb == "Create":
            return _create(context, kind, parents, request)
        ids = (*parents, request[_id_member(kind)])
        found = _find(kind, ids)
        if verb == "Delete":
            _delete(ids)
            return {}
        if verb == "Update":
            _check(kind, parents, found | request)
            found |= request
            if kind == "Stage":
                found["LastUpdatedDate"] = datetime.now(UTC)
        return found


def _create(context, kind, parents, request):
    resource = {**DEFAULTS.get(kind, {}), **request}
    _check(kind, parents, resource)
    if kind != "Stage":
        length = 10 if kind == "Api" else 7
        id_ = "".join(secrets.choice(ID_CHARACTERS) for _ in range(length))
        resource[_id_member(kind)] = id_
    now = datetime.now(UTC)
    match kind:
        case "Api":
            base = config.external_service_url().replace("http", "ws", 1)
            resource |= {"ApiEndpoint": f"{base}/_aws/execute-api/{id_}", "CreatedDate": now}
            # Not described by AWS: where the API is.
            resource |= {"Region": context.region, "AccountId": context.account_id}
        case "Deployment":
            resource |= {"AutoDeployed": False, "CreatedDate": now, "DeploymentStatus": "DEPLOYED"}
            _deploy(*parents, resource)
        case "Integration":
            variable = "body.errorMessage" if request["IntegrationType"] == "AWS" else "statuscode"
            selection = f"${{integration.response.{variable}}}"
            resource["IntegrationResponseSelectionExpression"] = selection
        case "Stage":
            resource |= {"CreatedDate": now, "LastUpdatedDate": now}
            if ("Stage", *parents, resource["StageName"]) in resources:
                raise CommonServiceException("ConflictException", "Stage already exists", 409)
    resources[kind, *parents, resource[_id_member(kind)]] = resource
    return resource


def _deploy(api_id, deployment):
    """A deployment "is a point-in-time snapshot of your API resources"; it needs a route.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-set-up-websocket-deployment.html
    """
    if not any(_inside(resources, "Route", (api_id,))):
        refuse("At least one route is required before deploying the Api.")
    stage = _find("Stage", (api_id, deployment["StageName"])) if "StageName" in deployment else {}
    if stage.get("AutoDeploy"):
        refuse(f"Stage {stage['StageName']} deploys by itself; leave StageName out")
    _deployed[api_id, deployment["DeploymentId"]] = _snapshot(api_id)
    stage["DeploymentId"] = deployment["DeploymentId"]


def _snapshot(api_id):
    return copy.deepcopy({key: it for key, it in resources.items() if key[1] == api_id})


def _delete(ids):
    """With all that is inside."""
    for key in [key for key in resources if key[1:][: len(ids)] == ids]:
        del resources[key]


def _check(kind, parents, resource):
    for member, allowed in VALUES.get(kind, {}).items():
        if (value := resource.get(member)) and value not in allowed:
            cure = f"write {' or '.join(map(str, allowed))}" if allowed else "leave it out"
            refuse(f"{member} is {value}; {cure}: the emulator has nothing else")
    match kind:
        case "Api" if not ROUTE.fullmatch(resource.get("RouteSelectionExpression", "")):
            refuse("RouteSelectionExpression has to be of the form $request.body.NAME")
        case "IntegrationResponse":
            _check_response_key(_find("Integration", parents), resource["IntegrationResponseKey"])
        case "Route" if resource["AuthorizationType"] != "NONE":
            if resource["RouteKey"] != "$connect":
                refuse("Currently, authorization is restricted to the $connect route only")
        case "Stage" if deployment := resource.get("DeploymentId"):
            if resource["AutoDeploy"]:
                refuse("Deployment ID cannot be set on stages with AutoDeploy enabled")
            _find("Deployment", (*parents, deployment))


def _check_response_key(integration, key):
    """A key is compared with the status for HTTP and MOCK, and with the `errorMessage` of a Lambda
    function. For other services no page says what it is compared with.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html
    """
    if integration["IntegrationType"] == "AWS" and key != "$default":
        refuse(
            f"IntegrationResponseKey is {key}; write $default: AWS does not document what it "
            "compares other keys with for an integration of type AWS"
        )
    if key != "$default" and not re.fullmatch("/.+/", key):
        refuse(f'IntegrationResponseKey is {key}; write $default or "/a regular expression/"')


def _find(kind, ids):
    if found := resources.get((kind, *ids)):
        return found
    message = f"Invalid {kind} identifier specified: {ids[-1]}"
    raise CommonServiceException("NotFoundException", message, 404)


def _inside(found, kind, ids):
    return (it for key, it in found.items() if key[0] == kind and key[1:][: len(ids)] == ids)


def _id_member(kind):
    return "StageName" if kind == "Stage" else f"{kind}Id"


def refuse(message):
    raise CommonServiceException("BadRequestException", message)
