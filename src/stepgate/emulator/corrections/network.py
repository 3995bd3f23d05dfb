"""Who can reach the emulator."""

import functools
import os

from twisted.internet import endpoints


def apply() -> None:
    """LocalStack 4.9.2 takes only the port of GATEWAY_LISTEN and listens on every interface."""
    host, _, _ = os.environ["GATEWAY_LISTEN"].rpartition(":")
    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface=host)
