"""What is known of a request before it is made.

`{"Entries.$": "$.entries"}` does not show that each entry names an event bus; EventBridge's API
does.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from botocore.model import ListShape, Shape, StructureShape

from workflows.permissions.arguments import is_dynamic
from workflows.permissions.services import Operation, input_shape

Request = dict[str, Any]


def whole_request(operation: Operation, arguments: object) -> Request:
    """The arguments, where a dynamic structure, or a list of them, has dynamic members instead.

    A request that is dynamic as a whole, or is the state's input itself, has all of the API's.
    """
    request = dict(cast("Request", arguments)) if isinstance(arguments, Mapping) else None
    if request is None:
        return dict(_dynamic_members(operation))
    dynamic = [key for key, value in request.items() if key.endswith(".$") or is_dynamic(value)]
    if dynamic:
        members = _dynamic_members(operation)
        for key in dynamic:
            name = key.removesuffix(".$")
            if name in members:
                del request[key]
                request[name] = members[name]
    return request


def checked_request(action: str, request: Request) -> Request:
    """The request as IAM sees it when it checks an action, which is not always the one sent."""
    match action:
        case "lambda:InvokeFunction" if "Qualifier" in request or "Qualifier.$" in request:
            # "You can append a version or an alias": IAM compares the ARN with it.
            # https://docs.aws.amazon.com/lambda/latest/dg/access-control-resources-and-conditions.html
            name = request.get("FunctionName")
            qualified = f"{name}:{request.get('Qualifier', '*')}"
            return {"FunctionName": qualified} if isinstance(name, str) else request
        case "s3:GetObject" if "CopySource" in request:
            # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
            bucket, _, key = str(request["CopySource"]).removeprefix("/").partition("/")
            return {"Bucket": bucket, "Key": key}
        case "s3:GetObject" if "CopySource.$" in request:
            return {"Bucket.$": request["CopySource.$"]}
        case _:
            return request


@cache
def _dynamic_members(operation: Operation) -> Request:
    """All that a request may have, under the names that Step Functions has for it."""
    return _members(input_shape(operation), frozenset())


def _members(shape: Shape | None, outer: frozenset[str]) -> Request:
    if not isinstance(shape, StructureShape) or shape.name in outer:
        return {}
    members: Request = {}
    for name, member in shape.members.items():
        pascal, inner = name[0].upper() + name[1:], _item(member)
        if isinstance(inner, StructureShape):
            members[pascal] = _members(inner, outer | {shape.name})
        else:
            members[f"{pascal}.$"] = "$"
    return members


def _item(shape: Shape) -> Shape:
    """What a list is of, for what is one."""
    return _item(shape.member) if isinstance(shape, ListShape) else shape
