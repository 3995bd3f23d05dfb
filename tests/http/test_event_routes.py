"""The routes of events in the API's document."""

import json
from dataclasses import replace
from typing import Any

from stepgate.authorization import ApiKey, AuthorizationName
from stepgate.events.event import EVENTS_MACHINE, Event
from stepgate.http.openapi import ApiOptions, IntegrationTargets, client_document, openapi_document
from stepgate.route import Route
from tests.project.state_machines import APPROVED, EACH_APPROVED, LATER

WORKFLOWS = (APPROVED, EACH_APPROVED, LATER)
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:"
TARGETS = IntegrationTargets(
    partition="aws",
    region="eu-central-1",
    role_arn="arn:aws:iam::123456789012:role/api",
    state_machine_arns={
        name: f"{MACHINE}{name}"
        for name in (*(workflow.name for workflow in WORKFLOWS), EVENTS_MACHINE)
    },
)
EVENTS_OF_APPROVED = "/approved/{execution}/events"


def document(authorization: AuthorizationName = "iam") -> dict[str, Any]:
    return openapi_document(WORKFLOWS, ApiOptions("stepgate-dev", authorization), TARGETS)


def test_each_event_is_a_resource_of_its_own() -> None:
    paths = {path: [*item] for path, item in document()["paths"].items() if "/events" in path}
    assert paths == {
        EVENTS_OF_APPROVED: ["get"],
        f"{EVENTS_OF_APPROVED}/approval": ["post"],
        f"{EVENTS_OF_APPROVED}/payment": ["post"],
        "/each-approved/{execution}/events": ["get"],
        "/each-approved/{execution}/events/approval/{item}": ["post"],
    }


def test_every_status_of_the_contract_is_there() -> None:
    paths = document()["paths"]
    assert sorted(map(int, paths[EVENTS_OF_APPROVED]["get"]["responses"])) == [
        *(200, 403, 404, 415, 429, 500, 502, 504)
    ]
    assert sorted(map(int, paths[f"{EVENTS_OF_APPROVED}/approval"]["post"]["responses"])) == [
        *(202, 400, 403, 404, 409, 410, 413, 415, 429, 500, 502, 504)
    ]


def test_an_event_with_a_schema_is_checked() -> None:
    api = document()
    approval = api["paths"][f"{EVENTS_OF_APPROVED}/approval"]["post"]
    payment = api["paths"][f"{EVENTS_OF_APPROVED}/payment"]["post"]
    body = approval["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/ApprovedApprovalEvent"}
    assert (
        api["components"]["schemas"]["ApprovedApprovalEvent"] == APPROVED.events["approval"].schema
    )
    assert approval["x-amazon-apigateway-request-validator"] == "body"
    assert payment["requestBody"]["content"]["application/json"] == {}
    assert "x-amazon-apigateway-request-validator" not in payment


def test_all_are_integrated_with_the_events_machine_and_secured() -> None:
    for path, item in document()["paths"].items():
        for operation in item.values() if "/events" in path else ():
            integration = operation["x-amazon-apigateway-integration"]
            assert integration["uri"].endswith("states:action/StartSyncExecution")
            assert {f"{MACHINE}events" in t for t in integration["requestTemplates"].values()} == {
                True
            }
            assert operation["security"] == [{"sigv4": []}]


def test_an_event_with_an_authorization_of_its_own_is_not_private() -> None:
    events = {"approval": Event(), "payment": Event(authorization=ApiKey())}
    private = replace(APPROVED, events=events, route=Route(private=True))
    api = openapi_document([private], ApiOptions("stepgate-dev", "iam"), TARGETS)
    assert api["components"]["securitySchemes"].keys() == {"sigv4", "apiKey"}
    asked, owned = {}, {}
    for name in events:
        operation = api["paths"][f"{EVENTS_OF_APPROVED}/{name}"]["post"]
        templates = operation["x-amazon-apigateway-integration"]["requestTemplates"]
        asked[name] = operation["security"]
        owned[name] = "$owner" in templates["application/json"]
    assert asked == {"approval": [{"sigv4": []}], "payment": [{"apiKey": []}]}
    assert owned == {"approval": True, "payment": False}


def test_clients_see_the_events_and_nothing_behind_them() -> None:
    shown = client_document(document(), WORKFLOWS, "https://example.com/v1")
    assert f"{EVENTS_OF_APPROVED}/approval" in shown["paths"]
    assert "arn:" not in json.dumps(shown)


def test_without_events_there_are_no_schemas_of_them() -> None:
    schemas = openapi_document((LATER,), ApiOptions("t", "iam"), TARGETS)["components"]["schemas"]
    assert not schemas.keys() & {"Events", "Sent"}
