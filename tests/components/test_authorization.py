"""Who may call: what is deployed for each answer to that, and who learns the key."""

import asyncio
import json
from typing import Any

import pulumi
import pytest

from stepgate.components import Throttle
from tests.components.registered import register, shop
from tests.program import Program

KEY = "shop-dev-shop-key.value"
"""What the mocks give as the key's value."""
ASKED_FOR: dict[str, list[Any]] = {"iam": [{"sigv4": []}], "api-key": [{"apiKey": []}], "none": []}
KEY_TYPES = [
    f"aws:apigateway/{kind[0].lower()}{kind[1:]}:{kind}"
    for kind in ("ApiKey", "UsagePlan", "UsagePlanKey")
]
MODES = pytest.mark.parametrize("mode", ASKED_FOR)


def deployed(mode: str, **arguments: Any) -> Program:
    return register(lambda: shop(authorization=mode, allow_public=mode == "none", **arguments))


@MODES
def test_every_operation_that_is_deployed_asks_who_calls(mode: str) -> None:
    program = deployed(mode, cors=["https://app.example.com"])
    (api,) = program.of_type("aws:apigateway/restApi:RestApi").values()
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
        "restApi": "shop-dev-shop-rest-api.id",
        "stageName": "v1",
        "methodPath": "*/*",
        "settings": {"throttlingRateLimit": 10, "throttlingBurstLimit": 50},
    }


def test_the_throttle_is_set_for_the_key_too() -> None:
    program = deployed("api-key", throttle=Throttle(7, 11))
    throttle = program.of_type("aws:apigateway/methodSettings:MethodSettings")["shop-throttle"]
    assert throttle.inputs["settings"] == {"throttlingRateLimit": 7, "throttlingBurstLimit": 11}
    plan = program.of_type("aws:apigateway/usagePlan:UsagePlan")["shop-plan"]
    assert plan.inputs["throttleSettings"] == {"rateLimit": 7, "burstLimit": 11}


def test_the_key_opens_the_stage_through_a_usage_plan() -> None:
    program = deployed("api-key")
    key, plan, plan_key = (program.of_type(type_) for type_ in KEY_TYPES)
    assert not {"name", "value"} & key["shop-key"].inputs.keys(), "Pulumi names it, AWS makes it up"
    assert plan["shop-plan"].inputs["apiStages"] == [
        {"apiId": "shop-dev-shop-rest-api.id", "stage": "v1"}
    ]
    assert "name" not in plan["shop-plan"].inputs
    assert plan_key["shop-plan-key"].inputs == {
        "keyId": "shop-dev-shop-key.id",
        "keyType": "API_KEY",
        "usagePlanId": "shop-dev-shop-plan.id",
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
