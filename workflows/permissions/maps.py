"""What a distributed Map needs: it starts its own state machine, and reads and writes in S3.

https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from workflows.language.states import State
from workflows.permissions.arguments import given_outermost
from workflows.permissions.grant import Gap, Grant
from workflows.permissions.place import Place
from workflows.permissions.resources import grant

_WRITE = (
    "s3:AbortMultipartUpload",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)


def map_needs(state: State, place: Place, declared: Sequence[str]) -> Iterator[Grant | Gap]:
    """Nothing for a Map that is not distributed."""
    if not state.is_distributed:
        return
    machine = place.arn("states", f"stateMachine:{place.machine}")
    executions = place.arn("states", f"execution:{place.machine}:*")
    yield Grant("states:StartExecution", (machine,))
    yield Grant("states:DescribeExecution", (executions,))
    if state.fields.get("ItemReader"):
        yield from _read(state, place, declared)
    if state.fields.get("ResultWriter"):
        arguments = _mapping(state.arguments("ResultWriter"))
        folder = _prefix(arguments).removesuffix("/")
        objects = {**arguments, "Key": f"{folder}/*" if folder else "*"}
        if arguments:  # without a bucket the results go into the state's output
            for action in _WRITE:
                yield grant(action, objects, place, declared)


def _read(state: State, place: Place, declared: Sequence[str]) -> Iterator[Grant | Gap]:
    reader = _mapping(state.fields.get("ItemReader"))
    arguments = _mapping(state.arguments("ItemReader"))
    resource = str(reader.get("Resource"))
    if resource.endswith(":s3:listObjectsV2"):
        prefix = _prefix(arguments)
        listed = grant("s3:ListBucket", arguments, place, declared)
        if isinstance(listed, Grant) and prefix:
            listed = listed._replace(condition={"StringLike": {"s3:prefix": [prefix]}})
        yield listed
        yield grant("s3:GetObject", {**arguments, "Key": f"{prefix}*"}, place, declared)
    elif resource.endswith(":s3:getObject"):
        # The files that a manifest lists are read too.
        is_manifest = _mapping(reader.get("ReaderConfig")).get("InputType") == "MANIFEST"
        objects = {**arguments, "Key": "*"} if is_manifest else arguments
        yield grant("s3:GetObject", objects, place, declared)
    else:
        yield Gap(
            "s3:*",
            "ItemReader",
            f"no permissions are known for an ItemReader with the Resource {resource}; add those "
            "that it needs to the workflow's statements",
        )


def _prefix(arguments: Mapping[str, Any]) -> str:
    """Empty where there is none, or only the input says it."""
    return next(iter(given_outermost(arguments, lambda name: name == "Prefix").texts), "")


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
