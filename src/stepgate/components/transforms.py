"""What a program changes in the resources underneath a WorkflowApi."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from stepgate.code_location import defined_at, error_text
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
        pulumi.RunError: the transform fails, or returns something else.
    """
    transform = transforms.get(kind)
    if transform is None:
        return args, opts
    place = defined_at(transform)
    named = f"transform of {kind!r}{place and f' ({place})'}"
    try:
        found = transform(args, opts)
    except Exception as error:  # whatever a program's own functions may raise
        said = f"{error_text(error)}; correct the function, which gets (args, opts)"
        raise pulumi.RunError(f"{named}: {said}") from error
    match found:
        case (dict(), pulumi.ResourceOptions()):
            return found
        case _:
            raise pulumi.RunError(
                f"{named}: it returns {shown(found)}; return both, as in (args, opts)"
            )
