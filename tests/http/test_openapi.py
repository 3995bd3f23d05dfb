"""The API's document, as API Gateway imports it and as clients read it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from stepgate.authorization import Authorization, AuthorizationName
from stepgate.http.cors import Cors
from stepgate.http.openapi import ApiOptions, IntegrationTargets, client_document, openapi_document
from stepgate.route import Route
from stepgate.workflow import Workflow
from tests.project.state_machines import LATER, NOW

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:"
TARGETS = IntegrationTargets(
    partition="aws",
    region="eu-central-1",
    role_arn="arn:aws:iam::123456789012:role/api",
    state_machine_arns={workflow.name: f"{MACHINE}{workflow.name}" for workflow in (NOW, LATER)},
)
APP, ADMIN = "https://app.example.com", "https://admin.example.com"


def document(
    authorization: Authorization | AuthorizationName = "iam", origins: tuple[str, ...] = ()
) -> dict[str, Any]:
    return openapi_document(
        (NOW, LATER), ApiOptions("stepgate-dev", authorization, Cors(origins=origins)), TARGETS
    )


def operations(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in api["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_what_clients_see_has_nothing_of_what_is_behind_it() -> None:
    text = json.dumps(client_document(document(), (NOW, LATER), "https://example.com/v1"))
    assert "arn:" not in text
    assert "x-amazon" not in text
    assert "charset" not in text


def test_every_route_of_the_contract_is_there() -> None:
    assert [(path, method) for path, method, _ in operations(document())] == [
        ("/now", "post"),
        ("/later", "post"),
        ("/later/{execution}", "get"),
        ("/later/{execution}", "delete"),
    ]


def test_a_description_is_on_the_operation_that_runs_the_workflow() -> None:
    targets = IntegrationTargets("aws", "us-east-1", "arn:role", {"a": "arn:a"})
    described = Workflow("a", "async", lambda _: {}, description="What it does.")
    api = openapi_document([described], ApiOptions("t", "none"), targets)
    said = {
        operation["operationId"]: operation.get("description") for *_, operation in operations(api)
    }
    assert said == {"a": "What it does.", "a-execution": None, "a-stop": None}


def test_every_status_of_the_contract_is_there() -> None:
    assert {
        f"{method} {path}": sorted(map(int, operation["responses"]))
        for path, method, operation in operations(document())
    } == {
        "post /now": [200, 400, 403, 404, 409, 413, 415, 429, 500, 502, 504],
        "post /later": [202, 400, 403, 409, 413, 415, 429, 500, 502, 504],
        "get /later/{execution}": [200, 403, 404, 415, 429, 500, 502, 504],
        "delete /later/{execution}": [202, 403, 404, 415, 429, 500, 502, 504],
    }


def test_headers_and_schemas_of_the_contract_are_described() -> None:
    paths = document()["paths"]
    start = paths["/later"]["post"]
    assert start["parameters"][0]["name"] == "Idempotency-Key"
    assert "Location" in start["responses"]["202"]["headers"]
    for _, _, operation in operations(document()):
        assert "Retry-After" in operation["responses"]["429"]["headers"]
        problem = operation["responses"]["502"]["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}
    body = start["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/LaterInput"}


@pytest.mark.parametrize("origins", [(), (APP,)])
@pytest.mark.parametrize(
    ("authorization", "names"), [("iam", ["sigv4"]), ("api-key", ["apiKey"]), ("none", [])]
)
def test_every_operation_but_preflight_asks_who_calls(
    authorization: Authorization | AuthorizationName, names: list[str], origins: tuple[str, ...]
) -> None:
    asked_for: list[Any] = [{name: []} for name in names]
    api = document(authorization, origins)
    seen: set[str] = set()
    for path, method, operation in operations(api):
        seen.add(method)
        asked = [] if method == "options" else asked_for
        assert operation["security"] == asked, f"{method} {path}"
    assert seen == {"post", "get", "delete"} | ({"options"} if origins else set())
    assert "security" not in api, "API Gateway ignores it there"
    assert list(api["components"]["securitySchemes"]) == names


def test_signatures_and_keys_are_what_api_gateway_imports_them_as() -> None:
    assert document("iam")["components"]["securitySchemes"]["sigv4"] == {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    assert document("api-key")["components"]["securitySchemes"]["apiKey"] == {
        "type": "apiKey",
        "name": "x-api-key",
        "in": "header",
    }


def test_no_content_type_but_json_reaches_step_functions() -> None:
    for _, _, operation in operations(document()):
        integration = operation["x-amazon-apigateway-integration"]
        assert integration["passthroughBehavior"] == "never"
        assert all("json" in type_ for type_ in integration["requestTemplates"])


def test_failures_have_responses_of_their_own() -> None:
    for _, _, operation in operations(document()):
        responses = operation["x-amazon-apigateway-integration"]["responses"]
        assert responses.keys() == {"default", r"[45]\d{2}"}
        statuses = [response["statusCode"] for response in responses.values()]
        assert len(set(statuses)) == len(statuses), "API Gateway keeps one for each status"
        assert set(statuses) <= operation["responses"].keys(), "API Gateway knows declared ones"


def test_each_route_calls_its_own_machine_in_the_region() -> None:
    for path, method, operation in operations(document()):
        integration = operation["x-amazon-apigateway-integration"]
        action = {
            ("post", "now"): "StartSyncExecution",
            ("post", "later"): "StartExecution",
            ("get", "later"): "DescribeExecution",
            ("delete", "later"): "StopExecution",
        }[method, path.split("/")[1]]
        assert integration["uri"] == f"arn:aws:apigateway:eu-central-1:states:action/{action}"
        assert integration["credentials"] == TARGETS.role_arn
        template = integration["requestTemplates"]["application/json"]
        kind = "execution" if "{execution}" in path else "stateMachine"
        name = path[1:].split("/")[0]
        assert f"{MACHINE}{name}".replace("stateMachine", kind) in template


def test_a_body_is_json_in_each_of_its_spellings_or_it_would_not_be_validated() -> None:
    spellings = ("", ";charset=utf-8", ";charset=UTF-8", "; charset=utf-8", "; charset=UTF-8")
    for _, method, operation in operations(document()):
        types = {f"application/json{spelling}" for spelling in spellings}
        assert operation["x-amazon-apigateway-integration"]["requestTemplates"].keys() == types
        if method == "post":
            assert operation["requestBody"]["content"].keys() == types


def test_a_body_is_validated_where_the_workflow_has_a_schema() -> None:
    plain = Workflow(name="plain", mode="sync", definition=lambda _: {})
    targets = IntegrationTargets("aws", "eu-central-1", "role", {"plain": MACHINE})
    api = openapi_document([plain], ApiOptions("t", "none"), targets)
    assert "x-amazon-apigateway-request-validator" not in api["paths"]["/plain"]["post"]
    for path, method, operation in operations(document()):
        validated = operation.get("x-amazon-apigateway-request-validator")
        assert validated == ("body" if method == "post" else None), path
    assert document()["x-amazon-apigateway-request-validators"]["body"]["validateRequestBody"]


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        (None, None),
        ({}, None),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, None),
        ({"required": ["a"]}, True),
        ({"type": "array"}, True),
        ({"enum": [{"a": 1}]}, True),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"required": ["a"]}}}, True),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, None),  # no check of API Gateway's
    ],
)
def test_a_body_is_required_where_an_empty_one_is_refused(
    schema: dict[str, Any] | None, required: bool | None
) -> None:
    workflow = Workflow(name="it", mode="sync", definition=lambda _: {}, input_schema=schema)
    targets = IntegrationTargets("aws", "eu-central-1", "role", {"it": MACHINE})
    api = openapi_document([workflow], ApiOptions("t", "none"), targets)
    assert api["paths"]["/it"]["post"]["requestBody"].get("required") is required


def test_models_have_names_that_api_gateway_takes() -> None:
    assert all(name.isalnum() for name in document()["components"]["schemas"])


def gateway_responses(
    origins: tuple[str, ...] = (), authorization: AuthorizationName = "iam"
) -> dict[str, Any]:
    return document(authorization, origins)["x-amazon-apigateway-gateway-responses"]


def test_what_api_gateway_answers_itself_is_a_problem_document() -> None:
    for type_, response in gateway_responses().items():
        # What API Gateway puts in: a string of JSON, with its quotes.
        template = response["responseTemplates"]["application/json"]
        problem = json.loads(template.replace("$context.error.messageString", '"text"'))
        assert problem["error"] == type_
        assert str(problem.get("status", "")) == response.get("statusCode", "")
        assert {"type", "title", "detail"} <= problem.keys()
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert not any("Access-Control" in name for name in headers)


def test_gateway_responses_have_the_statuses_of_the_contract() -> None:
    statuses = {type_: r.get("statusCode") for type_, r in gateway_responses().items()}
    assert statuses["INTEGRATION_FAILURE"] == "502"
    assert statuses["MISSING_AUTHENTICATION_TOKEN"] == "403"
    assert statuses["UNSUPPORTED_MEDIA_TYPE"] == "415"
    assert statuses["DEFAULT_4XX"] is None
    assert statuses["DEFAULT_5XX"] is None
    assert "REQUEST_TOO_LARGE" not in statuses, "which nobody can change"
    throttled = gateway_responses()["THROTTLED"]["responseParameters"]
    assert throttled["gatewayresponse.header.Retry-After"] == "'1'"


@pytest.mark.parametrize(
    ("authorization", "unsigned"), [("iam", True), ("api-key", False), ("none", False)]
)
def test_only_where_requests_are_signed_an_unknown_path_may_be_an_unsigned_call(
    authorization: AuthorizationName, unsigned: bool
) -> None:
    responses = gateway_responses(authorization=authorization)
    answer = responses["MISSING_AUTHENTICATION_TOKEN"]["responseTemplates"]["application/json"]
    assert "does not have this path or method" in answer
    assert ("not signed" in answer) == unsigned


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [((APP,), f"'{APP}'"), ((APP, ADMIN), "method.request.header.Origin"), (("*",), "'*'")],
)
def test_scripts_may_read_what_api_gateway_answers_itself(
    origins: tuple[str, ...], allowed: str
) -> None:
    for response in gateway_responses(origins).values():
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == allowed
        assert headers["gatewayresponse.header.Vary"] == "'Origin'"
        assert "gatewayresponse.header.Access-Control-Allow-Credentials" not in headers


def test_api_gateways_own_answers_allow_credentials_for_one_origin_alone() -> None:
    for origins, allowed in (([APP], "'true'"), ([APP, ADMIN], None), (["https://*.a.b"], None)):
        cors = Cors(origins=origins, exposed_headers=["X-Mine"], credentials=True)
        api = openapi_document((NOW,), ApiOptions("stepgate-dev", "iam", cors), TARGETS)
        for response in api["x-amazon-apigateway-gateway-responses"].values():
            headers = response["responseParameters"]
            found = headers.get("gatewayresponse.header.Access-Control-Allow-Credentials")
            assert found == allowed
            exposed = headers["gatewayresponse.header.Access-Control-Expose-Headers"]
            assert exposed.endswith(",X-Mine'")


def test_an_integration_waits_as_long_as_its_route() -> None:
    for seconds, expected in ((29, None), (300, 300_000)):
        slow = replace(NOW, route=Route(timeout_seconds=seconds))
        api = openapi_document((slow,), ApiOptions("stepgate-dev", "iam"), TARGETS)
        integration = api["paths"]["/now"]["post"]["x-amazon-apigateway-integration"]
        assert integration.get("timeoutInMillis") == expected


def test_a_preflight_allows_what_the_route_has() -> None:
    api = document("iam", (APP,))
    templates = {
        path: item["options"]["x-amazon-apigateway-integration"]["responses"]["default"][
            "responseTemplates"
        ]["application/json"]
        for path, item in api["paths"].items()
    }
    assert 'Allow-Methods = "POST"' in templates["/later"]
    assert 'Allow-Methods = "GET,DELETE"' in templates["/later/{execution}"]
