"""What clients and backends reach: the WebSocket itself, and `@connections`."""

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime
from urllib.parse import unquote

from corrections import authorizers
from localstack.http import Request, Response
from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
    BaseGatewayException,
    MissingAuthTokenError,
)
from localstack.services.edge import ROUTER
from rolo.websocket import WebSocketRequest

from .connections import MESSAGE_BYTES, Connection, clock, open_connections
from .control_plane import served_stage
from .expressions import evaluate
from .integrations import Event, IntegrationError, invoke

LOG = logging.getLogger(__name__)

STAGE = "/_aws/execute-api/<api_id>/<stage>"
# Where the emulator's integration apigateway:invoke of Step Functions calls any API.
FROM_STEP_FUNCTIONS = "/restapis/<api_id>/<stage>/_user_request_"
CONNECTION = "/@connections/<connection_id>"
CLOCK = "/_stepgate/websocket-clock"


def apply() -> None:
    ROUTER.add(STAGE, serve, methods=["WEBSOCKET"])
    ROUTER.add(STAGE + CONNECTION, manage_signed, methods=["GET", "POST", "DELETE"])
    ROUTER.add(FROM_STEP_FUNCTIONS + CONNECTION, manage, methods=["GET", "POST", "DELETE"])
    ROUTER.add(CLOCK, move_clock, methods=["POST"])


def serve(request: WebSocketRequest, api_id: str, stage: str) -> None:
    """One connection, from its handshake to its end."""
    if not (served := served_stage(api_id, stage)):
        return request.reject(message(403, "Forbidden"))
    connection = Connection(
        api_id, stage, request.remote_addr, request.headers.get("User-Agent", "")
    )
    variables = {"authorizer": {}, "identity": {}}
    try:
        connect(served, connection, request, variables)
    except BaseGatewayException as error:
        return request.reject(message(int(error.status_code), error.message))
    except Exception:
        LOG.warning("$connect fails", exc_info=True)
        return request.reject(message(500, "Internal server error"))
    connection.open(request.accept().socket.channel)
    for body in connection.messages():
        if answer := respond(connection, body, variables):
            connection.send(answer)
    disconnect(connection, variables)
    return None


def connect(served, connection, request, variables):
    """Authorizes a client and invokes `$connect`, whose answer makes no difference: an integration
    with a template is called, and not asked.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
    """
    if not (route := served.route("$connect")):
        return
    parameters = {
        "header": dict(request.headers.items()),
        "path": {},
        "querystring": request.args.to_dict(),
    }
    variables.update(authorize(served, route, connection, parameters))
    context = context_of(served, connection, "$connect", "CONNECT", variables)
    if "Target" in route:
        invoke(served, route, Event("", context, parameters))


def respond(connection, body, variables):
    """What a client gets for a message; None if nothing."""
    served = served_stage(connection.api_id, connection.stage)
    if not served:
        return None
    route = route_of(served, body)
    key = route["RouteKey"] if route else ""
    context = context_of(served, connection, key, "MESSAGE", variables)
    failure = "Forbidden"
    if route:
        try:
            return invoke(served, route, Event(body, context))
        except IntegrationError as error:
            LOG.warning("the route %s fails: %s", key, error)
        except Exception:
            LOG.warning("the route %s fails", key, exc_info=True)
        failure = "Internal server error"
    ids = {name: context[name] for name in ("connectionId", "requestId")}
    return json.dumps({"message": failure, **ids})


def route_of(served, body):
    """ "The service will use the route whose routeKey exactly matches the evaluated value. If none
    match, and a route with the $default route key exists, that will be selected."

    "Non-JSON messages are directed to a $default route that you configure."

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
    """
    content = Event(body, {}).message
    key = evaluate(served.api["RouteSelectionExpression"], {"request": {"body": content}})
    # $connect and $disconnect are invoked by connections alone.
    found = None if key.startswith("$") else served.route(key)
    return found or served.route("$default")


def disconnect(connection, variables):
    """ "The $disconnect route is executed after the connection is closed."

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
    """
    served = served_stage(connection.api_id, connection.stage)
    if not served or not (route := served.route("$disconnect")):
        return
    context = context_of(served, connection, "$disconnect", "DISCONNECT", variables)
    status, reason = connection.closed
    context |= {"disconnectStatusCode": str(status), "disconnectReason": reason}
    try:
        invoke(served, route, Event("", context))
    except Exception:
        LOG.warning("$disconnect fails", exc_info=True)


def authorize(served, route, connection, parameters):
    """The variables of `$context` that authorization adds.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-control-access.html
    """
    match route["AuthorizationType"]:
        case "AWS_IAM":
            return {"identity": {"caller": signer(parameters)}}
        case "CUSTOM":
            return {"authorizer": authorize_by_function(served, route, connection, parameters)}
        case _:
            return {}


def signer(parameters):
    """The access key of a signed handshake. A browser signs the URL; others may sign the headers.

    The emulator checks no signature.
    """
    query = parameters["querystring"]
    credential = query.get("X-Amz-Signature") and query.get("X-Amz-Credential")
    header = parameters["header"].get("Authorization", "")
    signed = re.match(r"(?:AWS4-HMAC-SHA256 Credential=)?(\w+)/", credential or header)
    if not signed:
        raise MissingAuthTokenError("Missing Authentication Token")
    return signed[1]


SOURCE = re.compile(r"route\.request\.(header|querystring)\.(.+)")


def authorize_by_function(served, route, connection, parameters):
    """Asks a function of type REQUEST for a policy.

    "If any of the specified parameters is missing, null, or empty", the answer is a 401 without a
    call.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
    """
    authorizer = served.authorizer(route)
    headers = {name.lower(): value for name, value in parameters["header"].items()}
    for source in authorizer["IdentitySource"]:
        kind, name = SOURCE.fullmatch(source).groups()
        found = headers.get(name.lower()) if kind == "header" else parameters[kind].get(name)
        if not found:
            authorizers.refuse(f"{source} is missing")
    api = served.api
    arn = (
        f"arn:aws:execute-api:{api['Region']}:{api['AccountId']}:{api['ApiId']}/"
        f"{connection.stage}/$connect"
    )
    event = {
        "type": "REQUEST",
        "methodArn": arn,
        "headers": parameters["header"],
        "queryStringParameters": parameters["querystring"],
        "stageVariables": served.stage["StageVariables"],
        "requestContext": context_of(served, connection, "$connect", "CONNECT", {}),
    }
    output = authorizers.invoke(authorizer["AuthorizerUri"], event)
    return authorizers.allowed_variables(output, arn)


def context_of(served, connection, route_key, event_type, variables):
    """`$context`.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
    """
    now, request_id = time.time(), secrets.token_urlsafe(11)
    api_id, region = served.api["ApiId"], served.api["Region"]
    identity = {"sourceIp": connection.source_ip, "userAgent": connection.user_agent}
    ids = {"messageId": secrets.token_urlsafe(11)} if event_type == "MESSAGE" else {}
    return {
        "apiId": api_id,
        "authorizer": variables.get("authorizer", {}),
        "connectedAt": int(connection.connected_at * 1000),
        "connectionId": connection.id,
        "domainName": f"{api_id}.execute-api.{region}.amazonaws.com",
        "eventType": event_type,
        "extendedRequestId": request_id,
        "identity": {**identity, **variables.get("identity", {})},
        "messageDirection": "IN",
        "requestId": request_id,
        "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now * 1000),
        "routeKey": route_key,
        "stage": connection.stage,
        **ids,
    }


def manage_signed(request: Request, api_id: str, stage: str, connection_id: str) -> Response:
    """`@connections`, whose caller "must use Signature Version 4"; what is signed is not checked.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
    """
    if "Authorization" not in request.headers:
        return message(403, "Missing Authentication Token")
    return manage(request, api_id, stage, connection_id, deleted=204)


def manage(
    request: Request, api_id: str, stage: str, connection_id: str, deleted: int = 200
) -> Response:
    """ "A message was posted to the WebSocket API before the connection was established": 410.

    https://repost.aws/knowledge-center/410-gone-api-gateway

    Args:
        deleted: the status of a DELETE. The emulator's integration of Step Functions takes a 200
            alone for a success.
    """
    connection = open_connections.get((api_id, stage, unquote(connection_id)))
    if not connection:
        return message(410, "Gone", "GoneException")
    match request.method:
        case "GET":
            return Response(json.dumps(connection.described()), mimetype="application/json")
        case "DELETE":
            connection.close(1000, "Connection Closed Normally")
            return Response(status=deleted)
        case _:
            body = request.get_data()
            if len(body) > MESSAGE_BYTES:
                return message(413, "Message too long", "PayloadTooLargeException")
            connection.send(body.decode(errors="replace"))
    return Response("")


def move_clock(request: Request) -> Response:
    """Not of AWS: tests let time pass for connections, `?seconds=600`."""
    clock.forward(float(request.args["seconds"]))
    return Response("")


def message(status, text, error=""):
    headers = {"x-amzn-ErrorType": error} if error else {}
    body = json.dumps({"message": text})
    return Response(body, status, headers, mimetype="application/json")
