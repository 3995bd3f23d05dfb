"""The timeout of a synchronous definition that has none."""

from stepgate.route import INTEGRATION_TIMEOUT
from stepgate.workflow import Definition, Mode


def with_route_timeout(
    definition: Definition, mode: Mode, route_seconds: int = INTEGRATION_TIMEOUT
) -> Definition:
    """The definition, with its route's timeout if it is synchronous and has none.

    It is a second less than the route waits, so that the route still answers.
    """
    if mode == "async" or "TimeoutSeconds" in definition:
        return definition
    return {"TimeoutSeconds": route_seconds - 1, **definition}
