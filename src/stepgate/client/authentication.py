"""Authentication of requests, as the stack's `authorization` requires."""

import re
from collections.abc import Generator

import httpx

from stepgate.client.outputs import Outputs

SECRET_HEADERS = ("Authorization", "x-api-key", "x-amz-security-token")


def authentication(outputs: Outputs) -> httpx.Auth:
    """
    Raises:
        CredentialsUnusable: there are no AWS credentials to sign with.
    """
    match outputs.authorization:
        case "none":
            return httpx.Auth()
        case "api-key":
            return ApiKeyAuth(outputs.api_key)
        case "iam":
            # Only here is botocore needed, which takes longer to load than all the rest.
            from stepgate.client.signature import SignatureAuth, credentials  # noqa: PLC0415

            return SignatureAuth(credentials(outputs), outputs.region)


def redact_secrets(text: str, request: httpx.Request) -> str:
    """A response's text, without any secrets of the request that it repeats."""
    for name in SECRET_HEADERS:
        if secret := request.headers.get(name):
            text = text.replace(secret, f"[{name}]")
    return re.sub(r"\b(Signature|Credential)=[^,\s]+", r"\1=[hidden]", text)


class ApiKeyAuth(httpx.Auth):
    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.headers["x-api-key"] = self._key
        yield request
