"""What a Task calls, read from its `Resource`.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

Pattern = Literal["", "sync", "sync:2", "waitForTaskToken"]
"""What a Task waits for: only the response, the end of a job, or a callback."""

_SERVICE = re.compile(
    r"arn:aws[a-z-]*:states:[a-z\d-]*:\d*:(?P<sdk>aws-sdk:)?(?P<service>[\w-]+):(?P<action>\w+)"
    r"(?:\.(?P<pattern>sync|sync:2|waitForTaskToken))?"
)
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[^:]*:[^:]*:function:.+")
_ACTIVITY = re.compile(r"arn:aws[a-z-]*:states:[^:]*:[^:]*:activity:.+")


@dataclass(frozen=True)
class Integration:
    """A service integration: what a Task calls.

    Attributes:
        kind: `aws-sdk` for an action of the AWS SDK, `optimized` for an optimized integration,
            `function` for a Lambda function's ARN, `activity` for an activity's ARN.
        service: as written in the resource, for example `ec2`; empty for function and activity.
        action: for example `describeInstances`; empty for function and activity.
        pattern: see `Pattern`.
    """

    kind: Literal["aws-sdk", "optimized", "function", "activity"]
    service: str = ""
    action: str = ""
    pattern: Pattern = ""


@cache
def parse_integration(resource: str) -> Integration | None:
    """The integration that a resource names; None if it has none of the known forms."""
    if _FUNCTION.fullmatch(resource):
        return Integration("function")
    if _ACTIVITY.fullmatch(resource):
        return Integration("activity")
    match = _SERVICE.fullmatch(resource)
    if match is None:
        return None
    return Integration(
        "aws-sdk" if match["sdk"] else "optimized",
        match["service"],
        match["action"],
        match["pattern"] or "",  # pyright: ignore[reportArgumentType] the expression has its values
    )
