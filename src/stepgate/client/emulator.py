"""The emulator, which serves the AWS API at one origin and accepts any credentials."""

from ipaddress import ip_address
from urllib.parse import urlsplit

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
"""Requests to the emulator are signed with these: a user's own stay out of it."""

STOPPED = "the local stack does not run; start it with `stepgate local up`"


def is_loopback(host: str) -> bool:
    """Whether a URL's host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_emulated(route_url: str) -> bool:
    """Whether the emulator serves a route: API Gateway's own paths never begin with this."""
    return urlsplit(route_url).path.startswith("/_aws/execute-api/")


def emulator_options(url: str) -> dict[str, str]:
    """Arguments for a botocore client of the emulator that serves the URL."""
    parts = urlsplit(url)
    return {"endpoint_url": f"{parts.scheme}://{parts.netloc}", **CREDENTIALS}
