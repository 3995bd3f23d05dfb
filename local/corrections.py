"""LocalStack, corrected where it differs from AWS. Runs in the emulator's own environment."""

import functools
import os

from localstack.runtime.main import main
from localstack.services.apigateway.next_gen.execute_api import template_mapping
from twisted.internet import endpoints


def listen_where_told() -> None:
    """LocalStack 4.9.2 takes only the port of GATEWAY_LISTEN and listens on every interface."""
    host, _, _ = os.environ["GATEWAY_LISTEN"].rpartition(":")
    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface=host)


def escape_apostrophes() -> None:
    """ "This function will turn any regular single quotes (') into escaped ones (\\')."

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    velocity = template_mapping.VelocityUtilApiGateway
    escape = velocity.escapeJavaScript
    velocity.escapeJavaScript = lambda self, text: escape(self, text).replace("'", "\\'")


if __name__ == "__main__":
    listen_where_told()
    escape_apostrophes()
    main()
