"""Requests as a real server receives them, by the stack's `authorization`."""

import hashlib
import hmac
import re
import threading
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError, CredentialRetrievalError

from stepgate import CredentialsUnusable, OutcomeUnknown, Stack
from stepgate.client.authentication import authentication
from stepgate.client.outputs import Outputs, parse_outputs
from stepgate.client.signature import SignatureAuth, signed_url
from stepgate.local.emulator import HOST
from tests.client.routes import Routes, after

OUTPUTS: dict[str, Any] = {
    "routes": {},
    "region": "eu-west-1",
    "authorization": "api-key",
    "apiKey": "a-key-of-twenty-letters",
}
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
AUTHORIZATION = re.compile(
    "AWS4-HMAC-SHA256 Credential=(AKIDEXAMPLE)/([0-9]{8})/([^/]+)/([^/]+)/aws4_request, "
    "SignedHeaders=([^,]+), Signature=([0-9a-f]{64})"
)


@dataclass(frozen=True)
class ReceivedRequest:
    method: str
    path: str
    headers: Message
    body: bytes


class Server(ThreadingHTTPServer):
    received: ReceivedRequest

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received = ReceivedRequest(self.command, self.path, self.headers, body)
        self.send_response(204)
        self.end_headers()

    do_POST = do_DELETE = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    with Server((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No credentials anywhere."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def signature(received: ReceivedRequest, date: str, region: str, service: str, signed: str) -> str:
    """What AWS computes from a request, by its documentation and with nothing of botocore.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    url = urlsplit(received.path)
    values = {
        name: ",".join(" ".join(v.split()) for v in received.headers.get_all(name, []))
        for name in signed.split(";")
    }
    canonical = "\n".join(
        [
            received.method,
            quote(url.path, safe="/-_.~"),  # once more than in the request, except for S3
            "&".join(sorted(url.query.split("&"))),
            *(f"{name}:{value}" for name, value in values.items()),
            "",
            signed,
            hashlib.sha256(received.body).hexdigest(),
        ]
    )
    scope = f"{date}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{received.headers['X-Amz-Date']}\n{scope}\n{digest}"
    return hmac.digest(key, text.encode(), "sha256").hex()


@pytest.mark.parametrize("token", ["", "IQoJb3JpZ2luX2VjE//token+=="])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/now", {"name": "Ada", "note": "it's ü"}),
        ("GET", "/v1/later/59c5", None),
        ("DELETE", "/a%20b/it's:ü,(1)/$x*~?b=2&a=%2F+ü&a=1", None),
    ],
)
def test_a_signature_is_what_aws_computes_from_the_request(
    environment: pytest.MonkeyPatch,
    server: Server,
    method: str,
    path: str,
    body: object,
    token: str,
) -> None:
    environment.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    environment.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    if token:
        environment.setenv("AWS_SESSION_TOKEN", token)
    auth = authentication(parse_outputs(OUTPUTS | {"authorization": "iam"}))
    assert httpx.request(method, server.url(path), json=body, auth=auth).status_code == 204
    headers = server.received.headers
    found = AUTHORIZATION.fullmatch(headers["Authorization"])
    assert found, headers["Authorization"]
    _, date, region, service, signed, sent = found.groups()
    assert (region, service) == ("eu-west-1", "execute-api")
    assert headers["X-Amz-Date"].startswith(date)
    assert headers.get("X-Amz-Security-Token", "") == token
    has_to_be_signed = {"host", "x-amz-date"}
    has_to_be_signed |= {"content-type"} if body else set()
    has_to_be_signed |= {"x-amz-security-token"} if token else set()
    assert set(signed.split(";")) == has_to_be_signed
    assert sent == signature(server.received, date, region, service, signed)


@pytest.mark.parametrize("token", ["", "IQoJb3JpZ2luX2VjE//token+=="])
def test_a_signed_url_is_what_aws_computes_from_its_handshake(
    environment: pytest.MonkeyPatch, token: str
) -> None:
    environment.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    environment.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    if token:
        environment.setenv("AWS_SESSION_TOKEN", token)
    host = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
    signed = signed_url(f"wss://{host}/v1", parse_outputs(OUTPUTS))
    path, _, found = signed.removeprefix(f"wss://{host}").rpartition("&X-Amz-Signature=")
    query = {name: value for name, [value] in parse_qs(urlsplit(path).query).items()}
    assert query.get("X-Amz-Security-Token", "") == token
    headers = Message()
    headers["host"], headers["X-Amz-Date"] = host, query["X-Amz-Date"]
    _, date, region, service, _ = query["X-Amz-Credential"].split("/")
    assert (region, service, query["X-Amz-SignedHeaders"]) == ("eu-west-1", "execute-api", "host")
    received = ReceivedRequest("GET", path, headers, b"")
    assert found == signature(received, date, region, service, "host")


@pytest.mark.parametrize("own", [{}, {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"}, {"AWS_PROFILE": "none"}])
def test_requests_to_the_emulator_are_signed_without_the_callers_own_credentials(
    environment: pytest.MonkeyPatch, server: Server, own: dict[str, str]
) -> None:
    for name, value in own.items():
        environment.setenv(name, value)
    url = server.url("/_aws/execute-api/abc/v1/now")
    routes = {"now": {"mode": "sync", "method": "POST", "url": url}}
    auth = authentication(parse_outputs(OUTPUTS | {"authorization": "iam", "routes": routes}))
    httpx.post(url, json={}, auth=auth)
    assert "Credential=test/" in server.received.headers["Authorization"]


def test_a_key_is_sent_in_its_header_and_without_one_nothing_is(server: Server) -> None:
    httpx.post(server.url("/"), json={}, auth=authentication(parse_outputs(OUTPUTS)))
    assert server.received.headers["x-api-key"] == OUTPUTS["apiKey"]
    public = parse_outputs(OUTPUTS | {"authorization": "none"})
    httpx.post(server.url("/"), json={}, auth=authentication(public))
    assert not {"x-api-key", "authorization"} & {n.lower() for n in server.received.headers}


def test_a_token_is_sent_in_its_header(server: Server) -> None:
    tokens = iter(["first", "second"])
    for token, sent in (("fixed", "fixed"), (lambda: next(tokens), "first")):
        auth = authentication(parse_outputs(OUTPUTS | {"authorization": "jwt"}), token)
        httpx.post(server.url("/"), json={}, auth=auth)
        assert server.received.headers["Authorization"] == f"Bearer {sent}"
    httpx.post(server.url("/"), json={}, auth=auth)
    assert server.received.headers["Authorization"] == "Bearer second", "it is asked for each time"


def test_without_a_token_one_line_says_how_to_give_one() -> None:
    with pytest.raises(CredentialsUnusable, match=r"requires a token; give the Stack a token \("):
        authentication(parse_outputs(OUTPUTS | {"authorization": "jwt"}))


def test_each_route_gets_what_it_requires(server: Server) -> None:
    def route(path: str, authorization: str, method: str = "POST") -> dict[str, str]:
        url = server.url(path)
        more = {"executionUrl": f"{url}/{{execution}}"} if path == "/later" else {}
        mode = "async" if more else "sync"
        return {"mode": mode, "method": method, "url": url, "authorization": authorization, **more}

    routes = {
        "get": route("/notes/{id}", "none", "GET"),
        "drop": route("/notes/{id}", "api-key", "DELETE"),
        "all": route("/notes/all", "jwt", "GET"),
        "later": route("/later", "jwt"),
    }
    auth = authentication(parse_outputs(OUTPUTS | {"routes": routes}), "t")
    for method, path, expected in (
        ("GET", "/notes/5", (None, None)),
        ("DELETE", "/notes/5", (None, OUTPUTS["apiKey"])),
        ("GET", "/notes/all?x=/", ("Bearer t", None)),
        ("POST", "/later", ("Bearer t", None)),
        ("DELETE", "/later/k-1", ("Bearer t", None)),
        ("GET", "/later/k-1/wait?seconds=5", ("Bearer t", None)),
        ("GET", "/other", (None, OUTPUTS["apiKey"])),
    ):
        httpx.request(method, server.url(path), auth=auth)
        headers = server.received.headers
        assert (headers["Authorization"], headers["x-api-key"]) == expected, f"{method} {path}"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({}, "none found; set AWS_PROFILE"),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found;"),
        ({"AWS_ACCESS_KEY_ID": "x"}, "missing: AWS_SECRET_ACCESS_KEY;"),
    ],
)
def test_without_credentials_one_line_says_why_and_what_to_set(
    environment: pytest.MonkeyPatch, settings: dict[str, str], line: str
) -> None:
    for name, value in settings.items():
        environment.setenv(name, value)
    with pytest.raises(CredentialsUnusable) as refused:
        authentication(parse_outputs(OUTPUTS | {"authorization": "iam"}))
    assert line in str(refused.value)


def expiring(keys: list[str], then: Exception) -> RefreshableCredentials:
    """Credentials that each last for one request, and what comes instead of more."""

    def renewed() -> dict[str, str]:
        if not keys:
            raise then
        expires = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
        key = keys.pop(0)
        return {"access_key": key, "secret_key": SECRET, "token": "t", "expiry_time": expires}

    return RefreshableCredentials.create_from_metadata(renewed(), renewed, "test")


REFUSED = ClientError(
    {"Error": {"Code": "ExpiredToken", "Message": "it has expired\nIQoJb3JpZ2lu"}}, "AssumeRole"
)


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (
            CredentialRetrievalError(provider="test", error_msg="the session has ended"),
            "the session has ended; set AWS_PROFILE",
        ),
        (REFUSED, "calling the AssumeRole operation: it has expired; set AWS_PROFILE"),
        (RuntimeError("still expired"), "still expired; set AWS_PROFILE"),
    ],
)
def test_credentials_that_cannot_be_renewed_say_why(
    server: Server, reason: Exception, line: str
) -> None:
    auth = SignatureAuth(expiring(["FIRST"], reason), "eu-west-1")
    with pytest.raises(CredentialsUnusable, match=line):
        httpx.get(server.url("/"), auth=auth)


def test_a_start_whose_credentials_end_after_it_may_have_arrived_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def signature(outputs: Outputs, _: object) -> SignatureAuth:
        return SignatureAuth(expiring(["FIRST", "SECOND"], REFUSED), outputs.region)

    monkeypatch.setattr("stepgate.client.transport.authentication", signature)
    with Routes().serving() as routes, Stack(parse_outputs(routes.outputs())) as stack:
        routes.always = after(None)
        with pytest.raises(OutcomeUnknown, match="it has expired; set AWS_PROFILE") as unknown:
            stack.start("later")
    assert [*routes.executions] == [unknown.value.execution]
    assert isinstance(unknown.value.__cause__, CredentialsUnusable)


def test_a_request_that_is_sent_again_is_signed_with_the_credentials_of_that_moment(
    server: Server,
) -> None:
    credentials = expiring(["FIRST", "SECOND", "THIRD"], REFUSED)
    auth = SignatureAuth(credentials, "eu-west-1")
    for key in ("SECOND", "THIRD"):
        httpx.get(server.url("/"), auth=auth)
        assert f"Credential={key}/" in server.received.headers["Authorization"]
