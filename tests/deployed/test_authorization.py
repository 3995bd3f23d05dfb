"""Routes that ask for an API key, over HTTP; what is deployed stands in tests/components."""

import json
from collections.abc import Generator
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.deployed.stacks import ORIGINS, Deployed, deploy_beside

WRONG = [{}, {"x-api-key": "wrong"}, {"x-api-key": ""}, {"Authorization": "key"}]


@pytest.fixture(scope="module")
def keyed(deployed: Deployed) -> Deployed:
    """A stack beside it, with a key."""
    return deploy_beside(
        deployed,
        "keyed",
        workflows=["now", "later", "order"],
        authorization="api-key",
        allowPublic=False,
        throttleRate=7,
        throttleBurst=11,
    )


@pytest.fixture(scope="module")
def http() -> Generator[httpx.Client]:
    with httpx.Client(timeout=35) as client:
        yield client


def key(keyed: Deployed, name: str = "x-api-key") -> dict[str, str]:
    return {name: keyed.outputs["apiKey"]}


def refused(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 403, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.json()


@pytest.mark.parametrize("headers", WRONG)
def test_a_request_without_the_right_key_is_refused_and_starts_nothing(
    keyed: Deployed, http: httpx.Client, headers: dict[str, str]
) -> None:
    later = keyed.url("later")
    for method, url in (
        ("POST", keyed.url("now")),
        ("POST", later),
        ("GET", f"{later}/unknown"),
        ("DELETE", f"{later}/unknown"),
    ):
        problem = refused(http.request(method, url, headers=headers))
        assert problem == {
            "type": "about:blank",
            "title": "Forbidden",
            "status": 403,
            "detail": "The API key is missing or invalid; send it in the header x-api-key.",
            "error": "INVALID_API_KEY",
        }
    executions = keyed.cloud.stepfunctions.list_executions(
        stateMachineArn=keyed.outputs["stateMachineArns"]["later"]
    )
    assert not executions["executions"]


@pytest.mark.parametrize("name", ["x-api-key", "X-API-KEY"])
def test_with_the_key_the_synchronous_route_answers(
    keyed: Deployed, http: httpx.Client, name: str
) -> None:
    answer = http.post(keyed.url("now"), json={"n": 1}, headers=key(keyed, name))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"n": 1}


def test_with_the_key_an_execution_is_started_described_and_stopped(
    keyed: Deployed, http: httpx.Client
) -> None:
    url = keyed.url("later")
    started = http.post(url, json={"wait": 9}, headers=key(keyed))
    assert started.status_code == 202, started.text
    execution = urljoin(url, started.headers["Location"])
    assert refused(http.get(execution))["error"] == "INVALID_API_KEY"
    assert http.get(execution, headers=key(keyed)).json()["status"] == "RUNNING"
    assert http.delete(execution, headers=key(keyed)).status_code == 202


def test_an_unknown_path_is_told_from_a_missing_key(keyed: Deployed, http: httpx.Client) -> None:
    answer = http.post(f"{keyed.url('now')}x", json={}, headers=key(keyed))
    assert refused(answer)["detail"] == "This API does not have this path or method."


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_preflight_needs_no_key_and_allows_to_send_one(
    keyed: Deployed, http: httpx.Client, origin: str
) -> None:
    url = keyed.url("later")
    asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for answer in (http.options(url, headers=asks), http.options(f"{url}/x", headers=asks)):
        assert answer.status_code == 204
        assert "X-Api-Key" in answer.headers["Access-Control-Allow-Headers"].split(",")
    refusal = http.post(url, json={}, headers={"Origin": origin})
    assert refused(refusal)["error"] == "INVALID_API_KEY"
    assert refusal.headers["Access-Control-Allow-Origin"] == origin


def test_the_stage_and_the_key_are_throttled_as_the_settings_say(keyed: Deployed) -> None:
    api, stage = keyed.outputs["apiId"], keyed.outputs["stage"]
    found = keyed.cloud.apigateway.get_stage(restApiId=api, stageName=stage)
    every_method = found["methodSettings"]["*/*"]
    assert every_method.get("throttlingRateLimit") == 7
    assert every_method.get("throttlingBurstLimit") == 11
    (plan,) = (
        plan
        for plan in keyed.cloud.apigateway.get_usage_plans()["items"]
        if plan.get("apiStages") == [{"apiId": api, "stage": stage}]
    )
    assert plan.get("throttle") == {"rateLimit": 7, "burstLimit": 11}


def test_the_key_stands_in_no_other_output(keyed: Deployed) -> None:
    others = {name: output for name, output in keyed.outputs.items() if name != "apiKey"}
    assert len(keyed.outputs["apiKey"]) >= 20
    assert keyed.outputs["apiKey"] not in json.dumps(others)


def test_a_stack_without_a_key_has_none_and_is_throttled_too(deployed: Deployed) -> None:
    assert "apiKey" not in deployed.outputs
    found = deployed.cloud.apigateway.get_stage(
        restApiId=deployed.outputs["apiId"], stageName=deployed.outputs["stage"]
    )
    every_method = found["methodSettings"]["*/*"]
    assert every_method.get("throttlingRateLimit") == 10
    assert every_method.get("throttlingBurstLimit") == 50
