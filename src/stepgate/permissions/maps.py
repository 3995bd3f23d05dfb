"""Permissions for a distributed Map: it starts its own state machine, and reads and writes in S3.

https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
"""

from collections.abc import Iterator, Sequence

from stepgate.asl.states import State
from stepgate.permissions.arguments import find_top_level_values, is_dynamic
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.grant import Grant, Permission, UnresolvedPermission
from stepgate.permissions.integrations import S3_WRITE_ACTIONS
from stepgate.permissions.request import Request, as_request, request_as_authorized
from stepgate.permissions.resources import resolve_permission


def map_permissions(
    state: State, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission]:
    """Empty for a Map that is not distributed."""
    if not state.is_distributed:
        return
    machine = context.arn("states", f"stateMachine:{context.state_machine}")
    executions = context.arn("states", f"execution:{context.state_machine}:*")
    yield Grant("states:StartExecution", (machine,))
    # Former versions of AWS's page have StopExecution too.
    for action in ("states:DescribeExecution", "states:StopExecution"):
        yield Grant(action, (executions,))
    # A policy of its own there: an execution that is redriven redrives those of its Maps. Without a
    # label, AWS makes one.
    label = state.fields.get("Label", "*")
    items = context.arn("states", f"execution:{context.state_machine}/{label}:*")
    yield Grant("states:RedriveExecution", (items,))
    if state.fields.get("ItemReader"):
        yield from _reader_permissions(state, context, declared)
    if state.fields.get("ResultWriter"):
        arguments = _arguments(state, "ResultWriter")
        folder = _prefix(arguments).removesuffix("/")
        objects = {**arguments, "Key": f"{folder}/*" if folder else "*"}
        if arguments:  # without a bucket, the results go into the state's output
            for action in S3_WRITE_ACTIONS:
                yield _permission(action, objects, context, declared)


def _reader_permissions(
    state: State, context: ArnContext, declared: Sequence[str]
) -> Iterator[Permission]:
    reader = as_request(state.fields.get("ItemReader"))
    arguments = _arguments(state, "ItemReader")
    resource = str(reader.get("Resource"))
    if resource.endswith(":s3:listObjectsV2"):
        prefix = _prefix(arguments)
        listed = resolve_permission("s3:ListBucket", arguments, context, declared)
        if isinstance(listed, Grant) and prefix:
            listed = listed._replace(condition={"StringLike": {"s3:prefix": [prefix]}})
        yield listed
        objects = {**arguments, "Key": f"{prefix}*"}
        yield _permission("s3:GetObject", objects, context, declared)
    elif resource.endswith(":s3:getObject"):
        # The files that a manifest lists are read too; the one of a query in Athena has their type.
        # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
        config = as_request(reader.get("ReaderConfig"))
        is_manifest = config.get("InputType") == "MANIFEST" or "ManifestType" in config
        objects = {**arguments, "Key": "*"} if is_manifest else arguments
        yield _permission("s3:GetObject", objects, context, declared)
    else:
        yield UnresolvedPermission(
            "s3:*",
            "ItemReader",
            f"the permissions of an ItemReader with the Resource {resource} are unknown; add them "
            "to the workflow's statements",
        )


def _arguments(state: State, part: str) -> Request:
    """An expression may give any bucket."""
    arguments = state.arguments(part)
    return {"Bucket.$": arguments} if is_dynamic(arguments) else as_request(arguments)


def _permission(
    action: str, objects: Request, context: ArnContext, declared: Sequence[str]
) -> Permission:
    return resolve_permission(action, request_as_authorized(action, objects), context, declared)


def _prefix(arguments: Request) -> str:
    """Empty if there is none, or if only the input determines it."""
    return next(iter(find_top_level_values(arguments, lambda name: name == "Prefix").literals), "")
