"""What is known of a request before it is made, as its API describes it.

`{"Entries.$": "$.entries"}` does not show that each entry names an event bus; EventBridge's API
does. And it says that an entry's detail is text, so that nothing in it names anything.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from workflows.permissions.arguments import is_dynamic
from workflows.permissions.services import Operation, input_shape

Request = dict[str, Any]

# Arguments whose keys are names.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
KEYED = frozenset({"RequestItems"})
# A request's own `*`, `?` and `${` are none of IAM's.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
_SPECIAL = re.compile(r"[*?]|\$(?=\{)")


def described_request(operation: Operation, arguments: object) -> Request:
    """The texts of a request, without whatever its API takes for a document or a choice of its own.

    A dynamic structure, or a list of them, has all members of the API's, with dynamic values; so
    has a request that is dynamic as a whole, or is the state's input itself.
    """
    shape = input_shape(operation)
    if not isinstance(shape, StructureShape):
        return {}
    if isinstance(arguments, Mapping):
        return _given_members(shape, cast("Request", arguments), {})
    return _open_members(shape, {})


def missing_members(operation: Operation, arguments: object) -> list[str]:
    """What the API requires and the arguments lack, under the names that a state has for it."""
    shape = input_shape(operation)
    if not isinstance(arguments, Mapping) or not isinstance(shape, StructureShape):
        return []
    given = {_plain(key) for key in cast("Request", arguments)}
    # What the SDK makes up itself where it is missing, such as a `ClientRequestToken`.
    made_up = {
        name for name, member in shape.members.items() if member.metadata.get("idempotencyToken")
    }
    return [
        _pascal(name)
        for name in shape.required_members
        if name.lower() not in given and name not in made_up
    ]


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
        case _ if action.startswith("s3:") and ":accesspoint/" in str(request.get("Bucket")):
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
            name = str(request["Bucket"]).rpartition("/")[2]
            return {"AccessPointName": name} | {k: v for k, v in request.items() if k != "Bucket"}
        case _:
            return request


def _described(shape: Shape, key: str, value: object, known: dict[str, Request]) -> object:
    """What the API makes of a value; None for what names nothing."""
    if isinstance(shape, StructureShape):
        is_given = isinstance(value, Mapping)
        return _given_members(shape, cast("Request", value), known) if is_given else None
    if isinstance(shape, ListShape):
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        found = [_described(shape.member, key, item, known) for item in items]
        return [item for item in found if item is not None]
    if isinstance(shape, MapShape) and key in KEYED and isinstance(value, Mapping):
        return [name.removesuffix(".$") for name in cast("Request", value)]
    if _is_text(shape) and isinstance(value, str):
        return value if is_dynamic(value) else _SPECIAL.sub(r"${\g<0>}", value)
    return None


def _given_members(shape: StructureShape, value: Request, known: dict[str, Request]) -> Request:
    members = {name.lower(): member for name, member in shape.members.items()}
    request: Request = {}
    for key, inner in value.items():
        member = members.get(_plain(key))
        if member is None:
            continue
        plain, item = key.removesuffix(".$"), _item(member)
        if not key.endswith(".$") and not is_dynamic(inner):
            found = _described(member, plain, inner, known)
        elif isinstance(item, StructureShape):
            key, found = plain, _open_members(item, known)  # noqa: PLW2901 each member is dynamic
        else:
            found = inner if _may_name(item) else None
        if found is not None:
            request[key] = found
    return request


def _open_members(shape: StructureShape, known: dict[str, Request]) -> Request:
    """All of a structure's members, with dynamic values.

    Args:
        known: those of other structures. One that is a part of its own has nothing there.
    """
    if shape.name not in known:
        known[shape.name] = {}
        members: Request = {}
        for name, member in shape.members.items():
            item = _item(member)
            if isinstance(item, StructureShape):
                members[_pascal(name)] = _open_members(item, known)
            elif _may_name(item):
                members[f"{_pascal(name)}.$"] = "$"
        known[shape.name] = members
    return known[shape.name]


def _item(shape: Shape) -> Shape:
    """What a list is of, for what is one."""
    return _item(shape.member) if isinstance(shape, ListShape) else shape


def _is_text(shape: Shape) -> bool:
    return isinstance(shape, StringShape) and not shape.enum


def _may_name(shape: Shape) -> bool:
    return _is_text(shape) or shape.type_name in ("blob", "map")


def _pascal(name: str) -> str:
    """Step Functions writes arguments so, whatever the API does."""
    return name[0].upper() + name[1:]


def _plain(key: str) -> str:
    return key.removesuffix(".$").lower()
