"""Who may call the routes, for API Gateway's import, for its templates, and for clients.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from stepgate.authorization import (
    SCHEME_NAMES,
    ApiKey,
    Authorization,
    Cognito,
    Iam,
    Jwt,
    LambdaAuthorizer,
    Public,
    as_authorization,
)
from stepgate.route import Route

Scheme = dict[str, Any]

# API Gateway recognizes its own API key by the header's name, and sets `apiKeyRequired`.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-usage-plan-oas.html
_SOURCE = "method.request.header.Authorization"


def authorization_of(route: Route) -> Authorization:
    """What a route asks of a caller, which the API's document makes each route say."""
    return as_authorization(route.authorization or "iam")


def authorizers(authorizations: Iterable[Authorization]) -> dict[str, Authorization]:
    """Each different way to authorize, by the name of its security scheme.

    Scopes and keys are no part of it: routes may ask for other scopes of the same authorizer.
    """
    found: dict[str, Authorization] = {}
    for authorization in map(_authorizer, authorizations):
        if isinstance(authorization, Public) or authorization in found.values():
            continue
        name = SCHEME_NAMES[authorization.kind]
        same = sum(each.kind == authorization.kind for each in found.values())
        found[f"{name}{same + 1}" if same else name] = authorization
    return found


def security(
    authorization: Authorization, known: Mapping[str, Authorization]
) -> list[dict[str, list[str]]]:
    """What an operation asks for. AWS writes scopes there for an `apiKey` scheme too.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
    """
    authorizer = _authorizer(authorization)
    return [{n: [*scopes(authorization)]} for n, each in known.items() if each == authorizer]


def scopes(authorization: Authorization) -> tuple[str, ...]:
    """The OAuth scopes of which a token needs one."""
    return tuple(authorization.scopes) if isinstance(authorization, Cognito | Jwt) else ()


def security_scheme(
    authorization: Authorization, *, partition: str, region: str, role_arn: str
) -> Scheme:
    """The security scheme for API Gateway, whose schemes all have the type `apiKey`."""
    scheme: Scheme = {"type": "apiKey", "name": "Authorization", "in": "header"}
    match authorization:
        case Iam():
            return scheme | {"x-amazon-apigateway-authtype": "awsSigv4"}
        case ApiKey():
            return scheme | {"name": "x-api-key"}
        case Cognito():
            return scheme | {
                "x-amazon-apigateway-authtype": "cognito_user_pools",
                "x-amazon-apigateway-authorizer": {
                    "type": "cognito_user_pools",
                    "providerARNs": [*authorization.user_pool_arns],
                    "identitySource": _SOURCE,
                },
            }
        case Jwt():
            return scheme | {"x-amazon-apigateway-authorizer": _jwt_authorizer(authorization)}
        case LambdaAuthorizer(function_arn=arn, headers=headers):
            return scheme | {
                "name": headers[0],
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {
                    "type": "request",
                    "authorizerUri": authorizer_uri(partition, region, arn),
                    "authorizerCredentials": role_arn,
                    "authorizerResultTtlInSeconds": authorization.ttl_seconds,
                    "identitySource": ", ".join(f"method.request.header.{h}" for h in headers),
                },
            }
        case Public():
            return {}


def client_scheme(scheme: Scheme) -> Scheme:
    """The security scheme as a client knows it."""
    authorizer: Scheme = scheme.get("x-amazon-apigateway-authorizer", {})
    if authorizer.get("type") in {"cognito_user_pools", "jwt"}:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {key: value for key, value in scheme.items() if not key.startswith("x-amazon-")}


def takes_token(authorization: Authorization) -> bool:
    """Whether a request without a valid token is a 401."""
    return isinstance(authorization, Cognito | Jwt | LambdaAuthorizer)


def claim_reference(authorization: Authorization, name: str) -> str:
    """A claim of the caller, in Velocity; brackets allow a colon and more in its name."""
    claims = "" if isinstance(authorization, LambdaAuthorizer) else ".claims"
    return f"$!context.authorizer{claims}['{name}']"


def authorizer_uri(partition: str, region: str, function_arn: str) -> str:
    """What API Gateway asks who a caller is, given a function's ARN."""
    functions = f"arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions"
    return f"{functions}/{function_arn}/invocations"


def has_json_claims(authorization: Authorization) -> bool:
    """Whether a claim is JSON text rather than plain text.

    "Parameter mappings, mapping templates, and access logs receive each claim as JSON text."
    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-claims.html
    """
    return isinstance(authorization, Jwt)


def identity_reference(authorization: Authorization) -> str:
    """Who the caller is, in Velocity: what names the owner of a private execution.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    match authorization:
        case Iam():
            return "$!context.identity.caller"
        case ApiKey():
            return "$!context.identity.apiKeyId"
        case LambdaAuthorizer():
            return "$!context.authorizer.principalId"
        case _:
            return claim_reference(authorization, "sub")


def _authorizer(authorization: Authorization) -> Authorization:
    match authorization:
        case ApiKey():
            return ApiKey()
        case Cognito():
            return replace(
                authorization, user_pool_arns=(*authorization.user_pool_arns,), scopes=()
            )
        case Jwt():
            return replace(authorization, audiences=(*authorization.audiences,), scopes=())
        case _:
            return authorization


def _jwt_authorizer(jwt: Jwt) -> Scheme:
    """The authorizer as API Gateway's own API has it.

    AWS says that an OpenAPI document can create one; that it spells the members as the API does
    was never tried on AWS.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-create.html
    https://docs.aws.amazon.com/apigateway/latest/api/API_JwtConfiguration.html
    """
    return {
        "type": "jwt",
        "identitySource": _SOURCE,
        "jwtConfiguration": {
            "defaultAlgorithms": [*jwt.algorithms],
            "issuers": [{"issuer": jwt.issuer, "audiences": [*jwt.audiences]}],
        },
    }
