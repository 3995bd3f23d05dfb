"""Who may call: what is deployed for each answer to that, and who learns the key."""

import asyncio
import json
from typing import Any

import pulumi
import pytest

from tests.program import Program, run

KEY = "stepgate-dev-key.value"
"""What the mocks give as the key's value."""
SETTINGS = {
    "iam": {"authorization": "iam"},
    "api-key": {"authorization": "api-key"},
    "none": {"authorization": "none", "allowPublic": "true"},
}
ASKED_FOR: dict[str, list[Any]] = {"iam": [{"sigv4": []}], "api-key": [{"apiKey": []}], "none": []}
KEY_TYPES = [
    f"aws:apigateway/{kind[0].lower()}{kind[1:]}:{kind}"
    for kind in ("ApiKey", "UsagePlan", "UsagePlanKey")
]
MODES = pytest.mark.parametrize("mode", SETTINGS)


def deployed(mode: str, **settings: str) -> Program:
    return run({**SETTINGS[mode], **settings})


@MODES
def test_every_operation_that_is_deployed_asks_who_calls(mode: str) -> None:
    program = deployed(mode, corsOrigins='["https://app.example.com"]')
    api = program.of_type("aws:apigateway/restApi:RestApi")["api"]
    assert api.inputs["apiKeySource"] == "HEADER"
    for document in (api.json("body"), program.outputs["openapi"]):
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                asked = [] if method == "options" else ASKED_FOR[mode]
                assert operation["security"] == asked, f"{method} {path}"
    assert program.outputs["authorization"] == mode


@MODES
def test_there_is_a_key_only_where_it_is_asked_for(mode: str) -> None:
    program = deployed(mode)
    count = 1 if mode == "api-key" else 0
    assert [len(program.of_type(type_)) for type_ in KEY_TYPES] == [count] * 3
    assert ("apiKey" in program.outputs) == (mode == "api-key")


@MODES
def test_every_method_is_throttled(mode: str) -> None:
    (throttle,) = deployed(mode).of_type("aws:apigateway/methodSettings:MethodSettings").values()
    assert throttle.inputs == {
        "restApi": "stepgate-dev-api.id",
        "stageName": "v1",
        "methodPath": "*/*",
        "settings": {"throttlingRateLimit": 10, "throttlingBurstLimit": 50},
    }


def test_the_throttle_is_set_by_the_settings_for_the_key_too() -> None:
    program = deployed("api-key", throttleRate="7", throttleBurst="11")
    throttle = program.of_type("aws:apigateway/methodSettings:MethodSettings")["throttle"]
    assert throttle.inputs["settings"] == {"throttlingRateLimit": 7, "throttlingBurstLimit": 11}
    plan = program.of_type("aws:apigateway/usagePlan:UsagePlan")["plan"]
    assert plan.inputs["throttleSettings"] == {"rateLimit": 7, "burstLimit": 11}


def test_the_key_opens_the_stage_through_a_usage_plan() -> None:
    program = deployed("api-key")
    key, plan, plan_key = (program.of_type(type_) for type_ in KEY_TYPES)
    assert not {"name", "value"} & key["key"].inputs.keys(), "Pulumi names it, AWS makes it up"
    assert plan["plan"].inputs["apiStages"] == [{"apiId": "stepgate-dev-api.id", "stage": "v1"}]
    assert "name" not in plan["plan"].inputs
    assert plan_key["plan-key"].inputs == {
        "keyId": "stepgate-dev-key.id",
        "keyType": "API_KEY",
        "usagePlanId": "stepgate-dev-plan.id",
    }


def test_the_key_stands_in_its_own_output_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    registered: list[Any] = []

    def recorded(_: pulumi.Resource, outputs: Any) -> None:
        registered.append(outputs)

    monkeypatch.setattr("pulumi.ComponentResource.register_outputs", recorded)
    program = deployed("api-key")
    assert program.outputs.pop("apiKey") == KEY
    assert KEY not in json.dumps(program.outputs)
    assert KEY not in json.dumps([resource.inputs for resource in program.resources.values()])
    assert any(registered)
    for outputs in registered:
        assert KEY not in json.dumps(asyncio.run(resolved(outputs)))
    assert KEY not in "".join(capfd.readouterr())


@MODES
def test_the_key_is_the_only_secret_output(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    exported: dict[str, pulumi.Output[Any]] = {}
    export = pulumi.export

    def recorded(name: str, value: Any) -> None:
        exported[name] = pulumi.Output.from_input(value)
        export(name, value)

    monkeypatch.setattr("pulumi.export", recorded)
    deployed(mode)
    secret = {name for name, output in exported.items() if asyncio.run(output.is_secret())}
    assert secret == ({"apiKey"} if mode == "api-key" else set())


async def resolved(outputs: Any) -> Any:
    return await pulumi.Output.from_input(outputs).future()
