"""Who may call: what is deployed for each answer to that, and who learns the key."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from stepgate import ApiKey, ApiKeyLimits, Cognito, Jwt, Public, Route
from stepgate.components import Throttle
from tests.components.registered import QUIET, register, shop
from tests.http.authorizations import FUNCTION, JWT
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


def secret_outputs(monkeypatch: pytest.MonkeyPatch, program: Callable[[], object]) -> set[str]:
    """The names of the outputs that are secrets."""
    exported: dict[str, pulumi.Output[Any]] = {}
    export = pulumi.export

    def recorded(name: str, value: Any) -> None:
        exported[name] = pulumi.Output.from_input(value)
        export(name, value)

    monkeypatch.setattr("pulumi.export", recorded)
    register(program)
    return {name for name, output in exported.items() if asyncio.run(output.is_secret())}


@MODES
def test_the_key_is_the_only_secret_output(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    secret = secret_outputs(
        monkeypatch, lambda: shop(authorization=mode, allow_public=mode == "none")
    )
    assert secret == ({"apiKey"} if mode == "api-key" else set())


def test_named_keys_are_the_only_secret_output(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ApiKey(keys={"partner": ApiKeyLimits()})
    assert secret_outputs(monkeypatch, lambda: shop(authorization=keys)) == {"apiKeys"}


def test_named_keys_have_limits_of_their_own() -> None:
    keys = {
        "partner": ApiKeyLimits(rate=5, burst=7, quota=1000, period="day"),
        "own-app": ApiKeyLimits(rate=50),
    }
    program = register(lambda: shop(authorization=ApiKey(keys=keys)))
    plans = program.of_type("aws:apigateway/usagePlan:UsagePlan")
    assert [*plans] == ["shop-plan-partner", "shop-plan-own-app"]
    partner = plans["shop-plan-partner"].inputs
    assert partner["throttleSettings"] == {"rateLimit": 5, "burstLimit": 7}
    assert partner["quotaSettings"] == {"limit": 1000, "period": "DAY"}
    assert "quotaSettings" not in plans["shop-plan-own-app"].inputs
    plan_keys = program.of_type("aws:apigateway/usagePlanKey:UsagePlanKey")
    assert plan_keys["shop-plan-key-partner"].inputs == {
        "keyId": "shop-dev-shop-key-partner.id",
        "keyType": "API_KEY",
        "usagePlanId": "shop-dev-shop-plan-partner.id",
    }
    assert program.outputs["apiKeys"] == {
        "partner": "shop-dev-shop-key-partner.value",
        "own-app": "shop-dev-shop-key-own-app.value",
    }
    assert "apiKey" not in program.outputs
    assert program.outputs["authorization"] == "api-key"


def test_values_of_an_authorizer_may_be_outputs() -> None:
    def program() -> None:
        pool = aws.cognito.UserPool("users")
        shop(
            authorization=Cognito(user_pool_arns=[pool.arn]),
            workflows=[
                replace(
                    QUIET, route=Route(authorization=Jwt(issuer=pool.name, audiences=[pool.id]))
                )
            ],
            values={},
        )

    found = register(program)
    (api,) = found.of_type("aws:apigateway/restApi:RestApi").values()
    (scheme,) = api.json("body")["components"]["securitySchemes"].values()
    configuration = scheme["x-amazon-apigateway-authorizer"]["jwtConfiguration"]
    assert configuration["issuers"] == [{"issuer": "users", "audiences": ["users.id"]}]
    assert found.outputs["authorization"] == "cognito"
    assert found.outputs["routes"]["quiet"]["authorization"] == "jwt"


def test_the_apis_role_may_invoke_what_authorizes_callers() -> None:
    program = register(
        lambda: shop(
            authorization=FUNCTION,
            workflows=[QUIET, replace(QUIET, name="open", route=Route(authorization=Public()))],
            values={},
            allow_public=True,
        )
    )
    policy = program.of_type("aws:iam/rolePolicy:RolePolicy")["shop-authorizers"]
    assert policy.inputs["role"] == "shop-dev-shop-role"
    assert policy.json("policy")["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": [FUNCTION.function_arn],
        }
    ]
    assert program.outputs["routes"]["open"]["authorization"] == "none"
    assert "authorization" not in program.outputs["routes"]["quiet"]


def test_an_issuer_on_this_machine_is_for_the_emulator_alone() -> None:
    local = replace(JWT, issuer="http://127.0.0.1:4000")
    with pytest.raises(pulumi.RunError, match=r"'http://127.0.0.1:4000' is on this machine") as e:
        register(lambda: shop(authorization=local))
    assert "\n" not in str(e.value)


async def resolved(outputs: Any) -> Any:
    return await pulumi.Output.from_input(outputs).future()
