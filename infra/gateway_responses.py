"""What API Gateway answers by itself, when a request reaches no integration.

Their templates are plain substitution, no Velocity.
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
from collections.abc import Sequence
from typing import Any

from infra.authorization import Authorization
from infra.mapping_templates import EXPOSED_HEADERS, RETRY_AFTER_SECONDS
from infra.phrases import phrase

# REQUEST_TOO_LARGE is missing: API Gateway lets nobody change its answer above 10 MB.
ANSWERS: dict[str, tuple[int, str]] = {
    "ACCESS_DENIED": (403, "The caller may not call this route."),
    "API_CONFIGURATION_ERROR": (500, "The API is not configured as it should be."),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "The API is not configured as it should be."),
    "AUTHORIZER_FAILURE": (500, "The caller could not be authorized."),
    "BAD_REQUEST_BODY": (
        400,
        "The body is not JSON, or does not match the schema of POST $context.resourcePath, "
        "which stands at its requestBody in the API's OpenAPI document.",
    ),
    "BAD_REQUEST_PARAMETERS": (400, "A parameter of the request is missing or wrong."),
    "EXPIRED_TOKEN": (403, "The signature's credentials have expired."),
    "INTEGRATION_FAILURE": (502, "Step Functions could not be reached."),
    "INTEGRATION_TIMEOUT": (504, "The workflow did not answer in time."),
    "INVALID_API_KEY": (403, "The API key is missing or wrong; send it as the header x-api-key."),
    "INVALID_SIGNATURE": (403, "The request's signature does not match."),
    "MISSING_AUTHENTICATION_TOKEN": (403, "There is no such path or method in this API."),
    "QUOTA_EXCEEDED": (429, "The API key's quota is used up."),
    "RESOURCE_NOT_FOUND": (404, "There is no such path in this API."),
    "THROTTLED": (429, "Too many requests; try again in a moment."),
    "UNAUTHORIZED": (401, "The caller is not authenticated."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The body has to be JSON, sent as application/json."),
    "WAF_FILTERED": (403, "The request was refused by a firewall."),
}
# Where requests are signed, one that is not gets the same answer as an unknown path or method.
UNSIGNED = (403, "There is no such path or method in this API, or the request is not signed.")
# For whatever else there may be, with the status that it has.
DEFAULTS = {"DEFAULT_4XX": "The request was refused", "DEFAULT_5XX": "The request failed"}


def gateway_responses(authorization: Authorization, origins: Sequence[str]) -> dict[str, Any]:
    """A problem document of RFC 9457 for each type of gateway response.

    Of several origins the request's own is copied, for nothing can be compared here; without
    credentials, so that a script of another origin learns no more than that it may not call.
    """
    cors = _cors(origins)
    responses: dict[str, Any] = {}
    signed = {"MISSING_AUTHENTICATION_TOKEN": UNSIGNED} if authorization == "iam" else {}
    for type_, (status, detail) in (ANSWERS | signed).items():
        problem = _problem(phrase(status), status, json.dumps(detail), type_)
        responses[type_] = {
            "statusCode": str(status),
            **_response(problem, cors | (_RETRY_AFTER if status == _THROTTLED else {})),
        }
    for type_, title in DEFAULTS.items():
        # `messageString` comes with its quotes.
        problem = _problem(title, None, "$context.error.messageString", type_)
        responses[type_] = _response(problem, cors)
    return responses


_THROTTLED = 429
_RETRY_AFTER = {"gatewayresponse.header.Retry-After": f"'{RETRY_AFTER_SECONDS}'"}


def _problem(title: str, status: int | None, detail: str, error: str) -> str:
    known = "" if status is None else f'"status": {status}, '
    return (
        f'{{"type": "about:blank", "title": "{title}", {known}"detail": {detail}, '
        f'"error": "{error}"}}'
    )


def _response(problem: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "responseParameters": {
            "gatewayresponse.header.Content-Type": "'application/problem+json'",
            **headers,
        },
        "responseTemplates": {"application/json": problem},
    }


def _cors(origins: Sequence[str]) -> dict[str, str]:
    if not origins:
        return {}
    origin = f"'{origins[0]}'" if len(origins) == 1 else "method.request.header.Origin"
    return {
        "gatewayresponse.header.Access-Control-Allow-Origin": origin,
        "gatewayresponse.header.Access-Control-Expose-Headers": f"'{EXPOSED_HEADERS}'",
        "gatewayresponse.header.Vary": "'Origin'",
    }
