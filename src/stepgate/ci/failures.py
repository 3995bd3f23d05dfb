"""Why a command of Pulumi failed, and what to do next."""

import re
from collections.abc import Iterable, Iterator

from pulumi.automation import CommandError
from pulumi.automation.events import EngineEvent

from stepgate.ci.changes import short_type, urn_name, urn_type

NEXT_STEPS = (
    (
        "no stack named",
        "create it with `pulumi stack init`, or choose one of `pulumi stack ls`",
    ),
    (
        "currently locked by|Another update is currently in progress",
        "wait for the other run; if it was killed, remove its lock with `pulumi cancel`",
    ),
    (
        "passphrase|PULUMI_ACCESS_TOKEN|pulumi login",
        "set PULUMI_BACKEND_URL and PULUMI_CONFIG_PASSPHRASE, or PULUMI_ACCESS_TOKEN",
    ),
    (
        "[Nn]o valid credential|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|"
        "failed to refresh cached credentials",
        "set AWS credentials that are valid now, as for the AWS CLI",
    ),
    (
        "AccessDenied|UnauthorizedOperation|not authorized",
        "allow what the reason names; a new permission takes up to a minute to take effect",
    ),
    (
        "CloudWatch Logs role ARN must be set",
        "set API Gateway's role for logs, once for the account and Region, as docs/alarms.md shows",
    ),
    (
        "[Tt]hrottl|TooManyRequests|RequestLimitExceeded|ServiceUnavailable",
        "AWS was busy: run the same command again",
    ),
)
"""What a reason contains, as a regular expression, and what to do then."""
NO_REASON = "update failed|an unhandled error occurred"
"""What the engine says beside the reason."""
OTHERWISE = "correct what the reason names, and run the same command again"


def failure(events: Iterable[EngineEvent], error: CommandError) -> str:
    """A line for each resource that failed, with the reason, and a last one with the next step.

    Args:
        events: the engine's, up to its failure; none if it was not reached.
    """
    lines = [*_reasons(events)] or [f"pulumi: {line}" for line in _written(error)]
    return "\n".join([*lines, f"next: {_next_step(' '.join(lines))}"])


def _reasons(events: Iterable[EngineEvent]) -> Iterator[str]:
    """The errors that name a resource, or else the program's own."""
    errors = [
        (diagnostic.urn or "", diagnostic.message.strip())
        for event in events
        if (diagnostic := event.diagnostic_event) and diagnostic.severity == "error"
    ]
    of_resources = [(urn, message) for urn, message in errors if urn]
    of_the_program = [each for each in errors if not re.match(NO_REASON, each[1])]
    for urn, message in of_resources or of_the_program:
        yield f"{_resource(urn)}: {message}" if urn else message


def _resource(urn: str) -> str:
    return f"{urn_name(urn)} ({short_type(urn_type(urn))})"


def _written(error: CommandError) -> list[str]:
    """What the CLI wrote as an error; everything if nothing is marked as one."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    marked = [line.partition("error: ")[2] for line in lines if "error: " in line]
    return marked or lines


def _next_step(reason: str) -> str:
    return next((step for cause, step in NEXT_STEPS if re.search(cause, reason)), OTHERWISE)
