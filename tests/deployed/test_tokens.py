"""Routes that ask for a token, over HTTP: who is let in, and what a workflow learns of them."""

import asyncio
import base64
import gzip
import json
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from joserfc.jwk import RSAKey
from rich.console import Console

from stepgate import AccessDenied, AsyncStack, CredentialsUnusable, Stack, TokenRejected
from stepgate.ci.smoke import run_smoke_tests
from stepgate.cli.exit_codes import ExitCode
from stepgate.client.outputs import parse_outputs
from stepgate.emulator_environment import emulator_python
from stepgate.local.steps import Steps
from tests.cli.command import Stepgate
from tests.dashboard.served import Page, served
from tests.deployed.stacks import Deployed, deploy_beside
from tests.fixtures.issuer import AUDIENCE, Issuer, rsa_key, running_issuer
from tests.local.processes import await_

pytestmark = pytest.mark.proof

POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc"
POOL_ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abc"
PROGRAM = """
import pulumi
import pulumi_aws as aws
from stepgate import (
    ApiKey, ApiKeyLimits, Cognito, Event, Iam, Jwt, LambdaAuthorizer, Route, Workflow, request,
    wait_for,
)
from stepgate.components import WorkflowApi

ECHO = {"StartAt": "E", "TimeoutSeconds": 20, "States": {"E": {"Type": "Pass", "End": True}}}
USER = {"sub": request.claim("sub"), "role": request.claim("https://example.com/role")}
JWT = {"issuer": pulumi.Config().require("issuer"), "audiences": ["notes", "other"]}
FUNCTION = '''
def handler(event, context):
    who = event["headers"].get("X-Who")
    if who == "error":
        raise ValueError("broken")
    if who == "unauthorized":
        raise Exception("Unauthorized")
    if who == "odd":
        return {"principalId": who}
    effect = "Deny" if who == "denied" else "Allow"
    arn = event["methodArn"] if who != "elsewhere" else event["methodArn"] + "x"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": arn}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": who, "policyDocument": policy, "context": {"sub": who, "n": 5}}
'''
function = aws.lambda_.Function(
    "who",
    runtime="python3.11",
    handler="index.handler",
    role="arn:aws:iam::000000000000:role/any",
    code=pulumi.AssetArchive({"index.py": pulumi.StringAsset(FUNCTION)}),
)


def workflow(name, authorization, input=None):
    return Workflow(name, "sync", ECHO, route=Route(authorization=authorization, input=input))


def waits(values):
    approval = wait_for("approval", values, timeout_seconds=60, end=True)
    return {"StartAt": "W", "TimeoutSeconds": 90, "States": {"W": approval}}


def private(name, authorization):
    route = Route(authorization=authorization, private=True)
    return Workflow(name, "async", waits, route=route, events={"approval": Event()})


FUNCTION = LambdaAuthorizer(function_arn=function.arn, headers=["X-Who"])
KEYS = ApiKey(keys={"one": ApiKeyLimits(rate=5), "two": ApiKeyLimits(quota=9, period="day")})
api = WorkflowApi(
    "api",
    workflows=[
        workflow("who", None, USER),
        workflow("scoped", Jwt(**JWT, scopes=["read", "write"])),
        workflow("curved", Jwt(**JWT, algorithms=["ES256"])),
        workflow("pool", Cognito(user_pool_arns=["%POOL%"]), USER),
        workflow("pool-access", Cognito(user_pool_arns=["%POOL%"], scopes=["notes/read"])),
        workflow("function", FUNCTION, {"sub": request.claim("sub"), "n": request.claim("n")}),
        private("later", None),
        private("later-function", FUNCTION),
        private("later-signed", Iam()),
        private("later-key", KEYS),
    ],
    authorization=Jwt(**JWT),
    cors=["https://app.example.com"],
)
for name, output in api.outputs.items():
    pulumi.export(name, output)
""".replace("%POOL%", POOL)


@pytest.fixture(scope="module")
def issuer() -> Generator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def tokens(
    deployed: Deployed, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Deployed:
    project = tmp_path_factory.mktemp("tokens")
    (project / "Pulumi.yaml").write_text("name: tokens\nruntime: python\n")
    (project / "Pulumi.local.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (project / "__main__.py").write_text(PROGRAM)
    return deploy_beside(deployed, "tokens", project, issuer=issuer.url)


@pytest.fixture(scope="module")
def pool() -> Issuer:
    """A user pool, with the key that moto signs with."""
    (file,) = emulator_python(Steps(Console(quiet=True)).step).parent.parent.glob(
        "lib/*/site-packages/moto/cognitoidp/resources/jwks-private.json.gz"
    )
    key = RSAKey.import_key({**json.loads(gzip.decompress(file.read_bytes())), "kid": "dummy"})
    return Issuer(POOL_ISSUER, {"dummy": key})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}".rstrip()}


def call(tokens: Deployed, workflow: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(tokens.url(workflow), json={}, headers=headers, timeout=35)


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    return problem


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", ""])
def test_a_good_token_is_let_in_and_its_claims_are_json(
    tokens: Deployed, issuer: Issuer, prefix: str
) -> None:
    role = {"a": [1, None, 'it\'s "é" $x']}
    token = issuer.token("auth0|ada", more={"https://example.com/role": role})
    answer = call(tokens, "who", {"Authorization": f"{prefix}{token}"})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"sub": "auth0|ada", "role": role}


@pytest.mark.parametrize(
    "claims", [{"aud": ["x", "other"]}, {"aud": None, "client_id": AUDIENCE}, {"nbf": 1}]
)
def test_other_good_tokens_are_let_in(
    tokens: Deployed, issuer: Issuer, claims: dict[str, Any]
) -> None:
    assert call(tokens, "who", bearer(issuer.token(**claims))).status_code == 200


LATER = int(time.time()) + 10_000
BAD: dict[str, Callable[[Issuer], str]] = {
    "no token": lambda _: "",
    "no JWT": lambda _: "x",
    "three parts": lambda _: "a.b.c",
    "another issuer": lambda issuer: issuer.token(iss="https://login.example.com"),
    "no issuer": lambda issuer: issuer.token(iss=None),
    "another audience": lambda issuer: issuer.token(aud="shop"),
    "another audience beside a client": lambda i: i.token(aud="shop", client_id=AUDIENCE),
    "no audience": lambda issuer: issuer.token(aud=None),
    "expired": lambda issuer: issuer.token(exp=int(time.time()) - 1),
    "no expiry": lambda issuer: issuer.token(exp=None),
    "an expiry that is text": lambda issuer: issuer.token(exp="soon"),
    "not yet": lambda issuer: issuer.token(nbf=LATER),
    "issued in the future": lambda issuer: issuer.token(iat=LATER),
    "another key of the same id": lambda issuer: issuer.token(key=rsa_key("rsa")),
    "an unknown key": lambda issuer: issuer.token(kid="new", key=rsa_key("new")),
    "another algorithm": lambda issuer: issuer.token(kid="ec"),
    "the algorithm none": lambda issuer: _unsigned(issuer.token()),
    "other claims": lambda issuer: _forged(issuer.token()),
}


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _unsigned(token: str) -> str:
    return f"{_part({'alg': 'none', 'kid': 'rsa'})}.{token.split('.')[1]}."


def _forged(token: str) -> str:
    header, claims, signature = token.split(".")
    found = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return f"{header}.{_part({**found, 'sub': 'bob'})}.{signature}"


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_token_is_a_401(tokens: Deployed, issuer: Issuer, bad: str) -> None:
    answer = call(tokens, "who", bearer(BAD[bad](issuer)))
    assert refused(answer, 401) == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The token is missing, invalid or expired.",
        "error": "UNAUTHORIZED",
    }
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "Execution-Name" not in answer.headers, "nothing was run"


def test_a_script_can_read_that_its_token_is_refused(tokens: Deployed) -> None:
    answer = call(tokens, "who", {"Origin": "https://app.example.com", **bearer("x")})
    assert refused(answer, 401)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    preflight = httpx.options(tokens.url("function"))
    assert preflight.status_code == 204
    assert {"Authorization", "X-Who"} <= {
        *preflight.headers["Access-Control-Allow-Headers"].split(",")
    }


@pytest.mark.parametrize("claims", [{"scope": "x read"}, {"scp": ["write"]}, {"scp": "read"}])
def test_one_of_the_scopes_is_enough(
    tokens: Deployed, issuer: Issuer, claims: dict[str, Any]
) -> None:
    assert call(tokens, "scoped", bearer(issuer.token(**claims))).status_code == 200


@pytest.mark.parametrize("claims", [{}, {"scope": "readx"}, {"scp": ["x"]}, {"scope": ""}])
def test_without_a_scope_a_good_token_is_a_403(
    tokens: Deployed, issuer: Issuer, claims: dict[str, Any]
) -> None:
    problem = refused(call(tokens, "scoped", bearer(issuer.token(**claims))), 403)
    assert problem["error"] == "ACCESS_DENIED"


def test_each_authorizer_has_its_own_algorithms(tokens: Deployed, issuer: Issuer) -> None:
    assert call(tokens, "curved", bearer(issuer.token(kid="ec"))).status_code == 200
    refused(call(tokens, "curved", bearer(issuer.token())), 401)


def test_a_new_key_is_fetched_when_it_is_first_seen(tokens: Deployed, issuer: Issuer) -> None:
    issuer.keys["next"] = rsa_key("next")
    assert call(tokens, "who", bearer(issuer.token(kid="next"))).status_code == 200
    known = len(issuer.fetched)
    assert call(tokens, "who", bearer(issuer.token(kid="next"))).status_code == 200
    assert len(issuer.fetched) == known, "a key that is known is not fetched again"


def test_a_user_of_a_pool_is_let_in_by_an_id_token(tokens: Deployed, pool: Issuer) -> None:
    token = pool.token(kid="dummy", token_use="id", more={"https://example.com/role": "[1]"})
    answer = call(tokens, "pool", bearer(token))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"sub": "ada", "role": "[1]"}
    refused(call(tokens, "pool", bearer(pool.token(kid="dummy", token_use="access"))), 401)
    refused(call(tokens, "pool", bearer(pool.token(kid="dummy", token_use="id", exp=1))), 401)
    other = f"{POOL_ISSUER}x"
    refused(call(tokens, "pool", bearer(pool.token(kid="dummy", token_use="id", iss=other))), 401)


def test_a_user_of_a_pool_is_let_in_by_an_access_token_with_a_scope(
    tokens: Deployed, pool: Issuer
) -> None:
    token = pool.token(kid="dummy", token_use="access", scope="notes/read notes/write")
    assert call(tokens, "pool-access", bearer(token)).status_code == 200
    without = pool.token(kid="dummy", token_use="access", scope="notes/write")
    refused(call(tokens, "pool-access", bearer(without)), 401)
    refused(call(tokens, "pool-access", bearer(pool.token(kid="dummy", token_use="id"))), 401)


def test_a_function_lets_a_caller_in(tokens: Deployed) -> None:
    answer = call(tokens, "function", {"X-Who": "ada"})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"sub": "ada", "n": "5"}


@pytest.mark.parametrize(
    ("who", "status", "error"),
    [
        ("", 401, "UNAUTHORIZED"),
        ("unauthorized", 401, "UNAUTHORIZED"),
        ("denied", 403, "ACCESS_DENIED"),
        ("elsewhere", 403, "ACCESS_DENIED"),
        ("error", 500, "AUTHORIZER_FAILURE"),
        ("odd", 500, "AUTHORIZER_CONFIGURATION_ERROR"),
    ],
)
def test_a_function_keeps_a_caller_out(tokens: Deployed, who: str, status: int, error: str) -> None:
    headers = {"X-Who": who} if who else {}
    assert refused(call(tokens, "function", headers), status)["error"] == error


def test_the_client_sends_each_route_what_it_requires(tokens: Deployed, issuer: Issuer) -> None:
    outputs = parse_outputs(tokens.outputs)
    assert outputs.api_key == tokens.outputs["apiKeys"]["one"], "the first of the keys"
    with Stack(outputs, token=lambda: issuer.token("ada", scope="read")) as stack:
        assert stack.call("who") == {"sub": "ada"}
        assert stack.call("scoped", {"n": 1}) == {"n": 1}
        for workflow in ("later", "later-signed", "later-key"):
            execution = stack.start(workflow, {})
            assert execution.status().is_running
            execution.stop()
    with Stack(outputs, token="ada") as stack:
        assert stack.call("function")["sub"] == "ada", "in the header that the function reads"
        with pytest.raises(TokenRejected, match=r"missing, invalid or expired; get a new token"):
            stack.call("who")
    with Stack(outputs) as stack, pytest.raises(CredentialsUnusable, match="requires a token"):
        stack.call("who")
    with (
        Stack(outputs, token=issuer.token()) as stack,
        pytest.raises(AccessDenied, match="or a token with its scope"),
    ):
        stack.call("scoped", {})


def test_the_client_for_asyncio_sends_tokens_too(tokens: Deployed, issuer: Issuer) -> None:
    async def called() -> Any:
        async with AsyncStack(parse_outputs(tokens.outputs), token=issuer.token) as stack:
            return await stack.call("who"), await stack.start("later-key", {})

    output, execution = asyncio.run(called())
    assert output == {"sub": "ada"}
    assert execution.name


def test_the_command_takes_a_token(tokens: Deployed, issuer: Issuer, tmp_path: Path) -> None:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/outputs.json").write_text(json.dumps(tokens.outputs))
    stepgate, token = Stepgate(tmp_path), issuer.token()
    ended = stepgate.run("call", "who", "--token", token, "--json")
    assert json.loads(ended.output) == {"sub": "ada"}
    ended = stepgate.run("call", "who", "--json", STEPGATE_TOKEN=token)
    assert json.loads(ended.output) == {"sub": "ada"}
    ended = stepgate.run("call", "who", STEPGATE_TOKEN="x")
    assert ended.code == ExitCode.ACCESS_DENIED
    assert ended.errors.count("\n") == 1
    assert "401" in ended.errors
    assert token not in stepgate.run("call", "scoped", "{}", "--token", token).errors


@pytest.mark.parametrize("has_token", [True, False])
def test_smoke_tests_try_routes_with_and_without_a_token(
    tokens: Deployed,
    issuer: Issuer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    has_token: bool,
) -> None:
    monkeypatch.delenv("STEPGATE_TOKEN", raising=False)
    if has_token:
        monkeypatch.setenv("STEPGATE_TOKEN", issuer.token(scope="read"))
    routes = {n: r for n, r in tokens.outputs["routes"].items() if n in SMOKED}
    assert run_smoke_tests({**tokens.outputs, "routes": routes}, tmp_path / "smoke", None)
    tried = "test_another_content_type_is_refused[who] PASSED" in capfd.readouterr().out
    assert tried == has_token


SMOKED = {"who", "scoped", "later", "later-signed", "later-key"}


def private_callers(tokens: Deployed, issuer: Issuer) -> dict[str, list[dict[str, str]]]:
    """The headers of two callers, for each private route."""
    signed = "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/execute-api/aws4_request, x=y"
    keys = tokens.outputs["apiKeys"]
    return {
        "later": [bearer(issuer.token(sub)) for sub in ("auth0|ada", "bob")],
        "later-function": [{"X-Who": who} for who in ("a_-b", "b")],
        "later-signed": [{"Authorization": signed.format(key)} for key in ("AKIAA", "AKIAB")],
        "later-key": [{"x-api-key": keys[name]} for name in ("one", "two")],
    }


PRIVATE = ["later", "later-function", "later-signed", "later-key"]


@pytest.mark.parametrize("workflow", PRIVATE)
def test_an_execution_is_private_to_who_started_it(
    tokens: Deployed, issuer: Issuer, workflow: str
) -> None:
    ada, bob = private_callers(tokens, issuer)[workflow]
    url = tokens.url(workflow)
    started = httpx.post(url, json={}, headers={**ada, "Idempotency-Key": "k-1"})
    assert started.status_code == 202, started.text
    answer = started.json()
    assert (answer["execution"], answer["location"]) == ("k-1", f"{workflow}/k-1")
    execution = urljoin(url, started.headers["Location"])
    found = httpx.get(execution, headers=ada).json()
    assert (found["execution"], found["status"]) == ("k-1", "RUNNING")

    name = answer["executionArn"].split(":")[-1]
    for path in ("k-1", name, f"..%2F{name}", f"_-{name}"):
        there = urljoin(url, f"{workflow}/{path}")
        assert refused(httpx.get(there, headers=bob), 404)
        assert refused(httpx.delete(there, headers=bob), 404)
    assert httpx.get(execution, headers=ada).json()["status"] == "RUNNING"

    again = httpx.post(url, json={}, headers={**bob, "Idempotency-Key": "k-1"})
    assert again.status_code == 202, "the same key of another caller is another execution"
    assert again.json()["executionArn"] != answer["executionArn"]
    assert httpx.delete(execution, headers=ada).status_code == 202
    assert httpx.get(execution, headers=ada).json()["status"] == "ABORTED"
    assert httpx.get(execution, headers=bob).json()["status"] == "RUNNING"
    assert httpx.delete(execution, headers=bob).status_code == 202


@pytest.mark.parametrize("workflow", PRIVATE)
def test_a_private_execution_is_continued_by_who_started_it(
    tokens: Deployed, issuer: Issuer, workflow: str
) -> None:
    ada, bob = private_callers(tokens, issuer)[workflow]
    url = tokens.url(workflow)
    with httpx.Client(headers={**ada, "Idempotency-Key": "e-1"}, timeout=35) as http:
        name = http.post(url, json={}).json()["executionArn"].split(":")[-1]
        events = f"{url}/e-1/events"
        await_(lambda: http.get(events).json()["events"], "the wait for an event")
        for path in ("e-1", name):
            others = f"{url}/{path}/events"
            assert refused(http.get(others, headers=bob), 404)
            assert refused(http.post(f"{others}/approval", json={}, headers=bob), 404)
        assert http.post(f"{events}/approval", json={}).status_code == 202


def test_a_private_execution_without_a_key_has_a_random_name(
    tokens: Deployed, issuer: Issuer
) -> None:
    url, ada = tokens.url("later"), bearer(issuer.token())
    one, other = (httpx.post(url, json={}, headers=ada).json()["execution"] for _ in range(2))
    assert one != other
    for name in (one, other):
        assert httpx.delete(f"{url}/{name}", headers=ada).status_code == 202


@pytest.mark.parametrize("key", ["k" * 76, "a b", "é".encode()])
def test_a_key_that_does_not_fit_is_refused(
    tokens: Deployed, issuer: Issuer, key: str | bytes
) -> None:
    value = key if isinstance(key, bytes) else key.encode()
    headers = [(b"Idempotency-Key", value), (b"Authorization", issuer.token("ada").encode())]
    problem = refused(httpx.post(tokens.url("later"), json={}, headers=headers), 400)
    assert "at most 78 less the length of who calls" in problem["detail"]


def test_a_private_execution_is_one_row_of_the_dashboard_that_starts_it(
    tokens: Deployed, tmp_path: Path
) -> None:
    """Lists have its whole name, and its route knows it by its key alone."""
    workflow = "later-signed"
    with (
        served(tmp_path, tokens.outputs, 0, {}, options=()) as dashboard,
        Page.of(dashboard) as page,
    ):
        started = dashboard.post("/executions", "{}", workflow=workflow).json()
        page.await_record(started["id"], status="RUNNING", version=1, waiting=["approval"])
        _, _, key = started["execution"].rpartition("-")
        (listed,) = dashboard.get("/executions", text=key).json()["executions"]
        assert listed["id"] == started["id"]
        query = {"workflow": workflow, "execution": started["execution"]}
        (event,) = dashboard.get("/execution", **query).json()["actions"]["events"]
        query["event"] = event["event"]
        await_(lambda: dashboard.post("/event", "{}", **query).is_success, "the wait for it")
        page.await_record(started["id"], status="SUCCEEDED")
