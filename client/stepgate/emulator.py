"""The emulator, which serves AWS's API at one origin and takes any credentials."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether the host of a URL is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def at_origin(url: str) -> dict[str, str]:
    """What makes a client of botocore one of the emulator that the URL is of."""
    parts = urlsplit(url)
    return {
        "endpoint_url": f"{parts.scheme}://{parts.netloc}",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
