"""Who may call the routes, in the API's document."""

from dataclasses import replace
from typing import Any

import pytest

from stepgate.authorization import ApiKey, ApiKeyLimits, Authorization, Iam, LambdaAuthorizer
from stepgate.http.cors import Cors
from stepgate.http.openapi import ApiOptions, client_document, openapi_document
from stepgate.route import Route
from tests.http.authorizations import COGNITO, FUNCTION, FUNCTION_ARN, ISSUER, JWT, POOL
from tests.http.test_openapi import APP, TARGETS, document, operations
from tests.project.state_machines import LATER, NOW


def scheme(authorization: Authorization) -> tuple[str, dict[str, Any]]:
    ((name, found),) = document(authorization)["components"]["securitySchemes"].items()
    return name, found


def routed(**authorizations: Authorization) -> dict[str, Any]:
    """The document of an API for signed requests, with other authorizations for its routes."""
    workflows = [
        replace(workflow, route=Route(authorization=authorizations.get(workflow.name)))
        for workflow in (NOW, LATER)
    ]
    return openapi_document(workflows, ApiOptions("t", "iam"), TARGETS)


def test_a_user_pool_is_an_authorizer() -> None:
    assert scheme(COGNITO) == (
        "cognito",
        {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {
                "type": "cognito_user_pools",
                "providerARNs": [POOL],
                "identitySource": "method.request.header.Authorization",
            },
        },
    )


def test_an_issuer_is_an_authorizer() -> None:
    name, found = scheme(JWT)
    assert name == "jwt"
    assert found["x-amazon-apigateway-authorizer"] == {
        "type": "jwt",
        "identitySource": "method.request.header.Authorization",
        "jwtConfiguration": {
            "defaultAlgorithms": ["RS256"],
            "issuers": [{"issuer": ISSUER, "audiences": ["shop"]}],
        },
    }


def test_a_function_is_an_authorizer_in_the_apis_role() -> None:
    name, found = scheme(LambdaAuthorizer(function_arn=FUNCTION_ARN, headers=("X-Who", "X-Why")))
    assert (name, found["name"]) == ("lambda", "X-Who")
    assert found["x-amazon-apigateway-authorizer"] == {
        "type": "request",
        "authorizerUri": "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
        f"{FUNCTION_ARN}/invocations",
        "authorizerCredentials": TARGETS.role_arn,
        "authorizerResultTtlInSeconds": 0,
        "identitySource": "method.request.header.X-Who, method.request.header.X-Why",
    }


def test_each_operation_of_a_route_asks_for_what_the_route_says() -> None:
    api = routed(later=replace(JWT, scopes=("read", "write")))
    assert {f"{m} {path}": each["security"] for path, m, each in operations(api)} == {
        "post /now": [{"sigv4": []}],
        "post /later": [{"jwt": ["read", "write"]}],
        "get /later/{execution}": [{"jwt": ["read", "write"]}],
        "delete /later/{execution}": [{"jwt": ["read", "write"]}],
    }


def test_routes_share_an_authorizer_whatever_their_scopes() -> None:
    api = routed(now=replace(JWT, scopes=("a",)), later=JWT)
    assert [*api["components"]["securitySchemes"]] == ["jwt"]
    api = routed(now=JWT, later=replace(JWT, issuer="https://other.example.com"))
    assert [*api["components"]["securitySchemes"]] == ["jwt", "jwt2"]
    keys = ApiKey(keys={"partner": ApiKeyLimits()})
    assert [*routed(now=keys, later=ApiKey())["components"]["securitySchemes"]] == ["apiKey"]


def test_clients_learn_of_a_bearer_token_and_its_scopes() -> None:
    api = client_document(document(replace(JWT, scopes=("read",))), (NOW, LATER), "https://a.test")
    assert api["components"]["securitySchemes"] == {
        "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    for path, method, operation in operations(api):
        assert operation["security"] == [{"jwt": []}], f"{method} {path}"
        assert operation["description"] == "Needs a token with the scope read."


@pytest.mark.parametrize("authorization", [COGNITO, JWT, FUNCTION])
def test_a_request_without_a_valid_token_is_a_401(authorization: Authorization) -> None:
    api = document(authorization)
    responses = api["x-amazon-apigateway-gateway-responses"]
    parameters = responses["UNAUTHORIZED"]["responseParameters"]
    assert responses["UNAUTHORIZED"]["statusCode"] == "401"
    assert parameters["gatewayresponse.header.WWW-Authenticate"] == "'Bearer'"
    assert all("401" in operation["responses"] for *_, operation in operations(api))


def test_no_token_is_asked_for_where_requests_are_signed() -> None:
    api = document(Iam())
    responses = api["x-amazon-apigateway-gateway-responses"]
    assert "gatewayresponse.header.WWW-Authenticate" not in str(responses)
    assert all("401" not in operation["responses"] for *_, operation in operations(api))


def test_scripts_may_send_the_headers_that_say_who_calls() -> None:
    asked = LambdaAuthorizer(function_arn=FUNCTION_ARN, headers=("X-Who",))
    api = openapi_document([NOW], ApiOptions("t", asked, Cors(origins=(APP,))), TARGETS)
    preflight = api["paths"]["/now"]["options"]
    template = preflight["x-amazon-apigateway-integration"]["responses"]["default"]
    assert "X-Who" in template["responseTemplates"]["application/json"]
