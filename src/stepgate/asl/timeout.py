"""The timeout of a synchronous definition that has none."""

from stepgate.workflow import Definition, Mode

INTEGRATION_TIMEOUT = 29
"""How long API Gateway waits for an integration by default, in seconds.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

ROUTE_TIMEOUT = INTEGRATION_TIMEOUT - 1
"""The longest timeout of an execution whose route still answers, in whole seconds."""


def with_route_timeout(definition: Definition, mode: Mode) -> Definition:
    """The definition, with its route's timeout if it is synchronous and has none."""
    if mode == "async" or "TimeoutSeconds" in definition:
        return definition
    return {"TimeoutSeconds": ROUTE_TIMEOUT, **definition}
