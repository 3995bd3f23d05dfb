"""What a program changes in the resources underneath a WorkflowApi."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from stepgate.code_location import defined_at
from stepgate.json_values import shown

Transform = Callable[
    [dict[str, Any], pulumi.ResourceOptions], tuple[dict[str, Any], pulumi.ResourceOptions]
]
"""From a resource's arguments and options to those that it gets instead."""

KINDS = (
    *("alarm", "dashboard", "log_group", "queue", "rest_api", "role", "role_policy", "stage"),
    *("state_machine", "table"),
)


def transformed(
    transforms: Mapping[str, Transform],
    kind: str,
    args: dict[str, Any],
    opts: pulumi.ResourceOptions,
) -> tuple[dict[str, Any], pulumi.ResourceOptions]:
    """The arguments and options of a resource of a kind, after the program's own transform.

    Raises:
        pulumi.RunError: the transform returns something else.
    """
    transform = transforms.get(kind)
    if transform is None:
        return args, opts
    found = transform(args, opts)
    match found:
        case (dict(), pulumi.ResourceOptions()):
            return found
        case _:
            place = defined_at(transform)
            raise pulumi.RunError(
                f"transform of {kind!r}{place and f' ({place})'}: it returns {shown(found)}; "
                "return both, as in (args, opts)"
            )
