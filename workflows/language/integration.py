"""What a Task calls, read from its `Resource`.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

Pattern = Literal["", "sync", "sync:2", "waitForTaskToken"]
"""How a Task waits: not at all beyond the answer, for the job's end, or for a callback."""

_SERVICE = re.compile(
    r"arn:aws[a-z-]*:states:::(?P<sdk>aws-sdk:)?(?P<service>[\w-]+):(?P<action>\w+)"
    r"(?:\.(?P<pattern>sync|sync:2|waitForTaskToken))?"
)
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[^:]*:[^:]*:function:.+")
_ACTIVITY = re.compile(r"arn:aws[a-z-]*:states:[^:]*:[^:]*:activity:.+")


@dataclass(frozen=True)
class Integration:
    """One call.

    Attributes:
        kind: `aws-sdk` for an action of AWS's SDK, `optimized` for those that Step Functions has a
            form of its own for, `function` for a Lambda function's ARN, `activity` for an
            activity's, whose work is fetched by a worker.
        service: such as `ec2`, as it stands in the resource; empty for function and activity.
        action: such as `describeInstances`; empty for function and activity.
        pattern: see `Pattern`.
    """

    kind: Literal["aws-sdk", "optimized", "function", "activity"]
    service: str = ""
    action: str = ""
    pattern: Pattern = ""


@cache
def integration(resource: str) -> Integration | None:
    """The call that a resource stands for; None if it has none of the known forms."""
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
