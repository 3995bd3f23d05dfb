"""Who can reach the emulator."""

import functools
import os
import re

from localstack.aws.app import LocalstackAwsGateway
from localstack.utils.patch import patch
from twisted.internet import endpoints

# The last is LocalStack's own domain, whose names all lead to 127.0.0.1.
HERE = re.compile(r"(127\.0\.0\.1|localhost|([\w-]+\.)*localhost\.localstack\.cloud)(:\d+)?")


def apply() -> None:
    """LocalStack 4.9.2 takes only the port of GATEWAY_LISTEN and listens on every interface."""
    host, _, _ = os.environ["GATEWAY_LISTEN"].rpartition(":")
    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface=host)
    patch(LocalstackAwsGateway.__init__)(look_at_the_host_first)


def look_at_the_host_first(original, self, service_manager=None):
    original(self, service_manager)
    self.request_handlers.insert(0, refuse_foreign_host)


def refuse_foreign_host(chain, context, response):  # noqa: ARG001
    """A page on the web can let its own name lead to 127.0.0.1, and would then be same-origin."""
    host = context.request.headers.get("Host", "")
    if not HERE.fullmatch(host.lower()):
        chain.respond(403, f"{host} is not a name of this emulator; use 127.0.0.1 or localhost\n")
