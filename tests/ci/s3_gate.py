"""S3 for a role: the emulator's, behind a gate that refuses what the role's policy does not allow.

The emulator stores policies and enforces none.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from tests.ci.iam import Check, allows

ACTIONS = {
    "DELETE": "s3:DeleteObject",
    "GET": "s3:GetObject",
    "HEAD": "s3:GetObject",
    "PUT": "s3:PutObject",
}
NOT_PASSED_ON = {"connection", "content-length", "date", "host", "server", "transfer-encoding"}
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


@dataclass
class Gate:
    """
    Attributes:
        url: the endpoint.
        policy: of the role whose requests come; without one everything is allowed.
        refused: what the policy did not allow.
    """

    url: str = ""
    policy: Mapping[str, Any] | None = None
    refused: list[Check] = field(default_factory=list[Check])

    def take(self, policy: Mapping[str, Any] | None) -> None:
        """The role with this policy is taken from now on."""
        self.policy, self.refused = policy, []

    def refuses(self, *checks: Check) -> bool:
        if self.policy is None:
            return False
        self.refused += (refused := [c for c in checks if not allows(self.policy, c)])
        return bool(refused)


def checks(method: str, path: str, headers: Mapping[str, str]) -> list[Check]:
    """What S3 asks IAM for a request.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    """
    bucket, _, key = unquote(urlsplit(path).path).lstrip("/").partition("/")
    if not key:
        return [Check("s3:ListBucket", f"arn:aws:s3:::{bucket}")]
    asked = [Check(ACTIONS[method], f"arn:aws:s3:::{bucket}/{key}")]
    if source := headers.get("x-amz-copy-source"):
        asked.append(Check("s3:GetObject", f"arn:aws:s3:::{unquote(source).lstrip('/')}"))
    return asked


@contextmanager
def s3_gate(emulator: str) -> Generator[Gate]:
    """A gate in front of the emulator at this URL, open to everybody until a role is taken."""
    gate = Gate()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k.lower(): v for k, v in self.headers.items()}
            if gate.refuses(*checks(self.command, self.path, headers)):
                self.answer(403, {}, DENIED)
                return
            passed = {k: v for k, v in headers.items() if k not in NOT_PASSED_ON}
            answer = client.request(self.command, self.path, headers=passed, content=body)
            self.answer(answer.status_code, answer.headers, answer.content)

        do_DELETE = do_GET = do_HEAD = do_PUT = pass_on  # noqa: N815

        def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            for key, value in headers.items():
                if key.lower() not in NOT_PASSED_ON:
                    self.send_header(key, value)
            # A HEAD is answered with the length of what a GET would be.
            length = headers.get("content-length") if self.command == "HEAD" else None
            self.send_header("Content-Length", length or str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    with (
        httpx.Client(base_url=emulator, timeout=60) as client,
        ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server,
    ):
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        gate.url = f"http://127.0.0.1:{server.server_port}"
        yield gate
        server.shutdown()
