"""API Gateway's own responses, to requests that do not reach an integration.

Their templates only substitute variables; they are not Velocity.
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
from collections.abc import Iterable
from typing import Any

from stepgate.authorization import Authorization, Iam
from stepgate.http.authorization import takes_token
from stepgate.http.cors import Cors
from stepgate.http.mapping_templates import EXPOSED_HEADERS
from stepgate.http.problems import PROBLEM_TYPE, RETRY_AFTER_SECONDS, TOO_MANY_REQUESTS
from stepgate.http.reason_phrases import reason_phrase

# REQUEST_TOO_LARGE is missing, because API Gateway's response above 10 MB cannot be changed.
RESPONSES: dict[str, tuple[int, str]] = {
    "ACCESS_DENIED": (403, "The caller is not allowed to call this route."),
    "API_CONFIGURATION_ERROR": (500, "The API is not configured correctly."),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "The API is not configured correctly."),
    "AUTHORIZER_FAILURE": (500, "The caller could not be authorized."),
    "BAD_REQUEST_BODY": (
        400,
        "The body is not valid JSON, or does not match the input schema; see the requestBody of "
        "POST $context.resourcePath in the API's OpenAPI document.",
    ),
    "BAD_REQUEST_PARAMETERS": (400, "A parameter of the request is missing or invalid."),
    "EXPIRED_TOKEN": (403, "The signature's credentials have expired."),
    "INTEGRATION_FAILURE": (502, "Step Functions could not be reached."),
    "INTEGRATION_TIMEOUT": (504, "The workflow did not answer in time."),
    "INVALID_API_KEY": (403, "The API key is missing or invalid; send it in the header x-api-key."),
    "INVALID_SIGNATURE": (403, "The request's signature does not match."),
    "MISSING_AUTHENTICATION_TOKEN": (403, "This API does not have this path or method."),
    "QUOTA_EXCEEDED": (429, "The API key's quota is used up."),
    "RESOURCE_NOT_FOUND": (404, "This API does not have this path."),
    "THROTTLED": (429, TOO_MANY_REQUESTS),
    "UNAUTHORIZED": (401, "The token is missing, invalid or expired."),
    "UNSUPPORTED_MEDIA_TYPE": (
        415,
        "The body must be JSON, with the content type application/json.",
    ),
    "WAF_FILTERED": (403, "The request was refused by a firewall."),
}
# With IAM, an unsigned request gets the same response as an unknown path or method.
UNSIGNED = (403, "This API does not have this path or method, or the request is not signed.")
# Titles for all other responses, which keep their status.
DEFAULTS = {"DEFAULT_4XX": "The request was refused", "DEFAULT_5XX": "The request failed"}


def gateway_responses(authorizations: Iterable[Authorization], cors: Cors) -> dict[str, Any]:
    """A problem document of RFC 9457 for each type of gateway response.

    If the origin depends on the request, it is copied, because these templates cannot compare it.
    Credentials are not allowed then, so a script of another origin only learns that it may not
    call.

    Args:
        authorizations: all that routes ask for.
    """
    asked = [*authorizations]
    headers = _cors(cors)
    more = {
        _THROTTLED: _RETRY_AFTER,
        # Named by a 401: https://www.rfc-editor.org/rfc/rfc6750#section-3
        _UNAUTHORIZED: _CHALLENGE if any(map(takes_token, asked)) else {},
    }
    responses: dict[str, Any] = {}
    is_signed = any(isinstance(each, Iam) for each in asked)
    signed = {"MISSING_AUTHENTICATION_TOKEN": UNSIGNED} if is_signed else {}
    for type_, (status, detail) in (RESPONSES | signed).items():
        problem = _problem(reason_phrase(status), status, json.dumps(detail), type_)
        responses[type_] = {
            "statusCode": str(status),
            **_response(problem, headers | more.get(status, {})),
        }
    for type_, title in DEFAULTS.items():
        # `messageString` includes its quotes.
        problem = _problem(title, None, "$context.error.messageString", type_)
        responses[type_] = _response(problem, headers)
    return responses


_THROTTLED = 429
_UNAUTHORIZED = 401
_CHALLENGE = {"gatewayresponse.header.WWW-Authenticate": "'Bearer'"}
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
            "gatewayresponse.header.Content-Type": f"'{PROBLEM_TYPE}'",
            **headers,
        },
        "responseTemplates": {"application/json": problem},
    }


def _cors(cors: Cors) -> dict[str, str]:
    if not cors.origins:
        return {}
    exposed = ",".join(dict.fromkeys([*EXPOSED_HEADERS, *cors.exposed_headers]))
    only = cors.only_origin
    origin = f"'{only}'" if only else "method.request.header.Origin"
    credentials = (
        {"gatewayresponse.header.Access-Control-Allow-Credentials": "'true'"}
        if only and cors.credentials
        else {}
    )
    return {
        "gatewayresponse.header.Access-Control-Allow-Origin": origin,
        "gatewayresponse.header.Access-Control-Expose-Headers": f"'{exposed}'",
        "gatewayresponse.header.Vary": "'Origin'",
        **credentials,
    }
