"""What is known about a request before it is made, according to its API's model.

`{"Entries.$": "$.entries"}` does not show that each entry names an event bus; the model of
EventBridge's API does. It also shows that an entry's detail is text, so that nothing in it names a
resource.
"""

import re
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from stepgate.permissions.arguments import is_dynamic, known_beginning
from stepgate.permissions.services import Operation, load_input_shape

Request = dict[str, Any]

_SENDS_EMAIL = frozenset(
    f"ses:Send{kind}"
    for kind in ("BulkEmail", "BulkTemplatedEmail", "Email", "RawEmail", "TemplatedEmail")
)
_FUNCTION_ARN = re.compile(r"arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+")
_SENDERS = frozenset({"FromEmailAddress", "Source"})

# Arguments whose keys are names.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
KEYED = frozenset({"RequestItems"})
# `*`, `?` and `${` in a request are plain text, and IAM would read them as patterns.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
_SPECIAL = re.compile(r"[*?]|\$(?=\{)")
# `?` is escaped in a literal.
_VERSION = re.compile(r"(\?|\$\{\?\})versionId=.*")
_FIRST_WORD = re.compile(r"^[A-Z]+?(?=[A-Z][a-z]|[^A-Z]|$)")


def as_request(value: object) -> Request:
    """A copy of the mapping; empty for any other value."""
    return dict(cast("Request", value)) if isinstance(value, Mapping) else {}


def describe_request(operation: Operation, arguments: object) -> Request:
    """The texts of a request that may name a resource: no documents, and no enumerations.

    A dynamic structure, or a list of them, gets all members of the API's model, with dynamic
    values. So does a request that is dynamic as a whole, or is the state's input itself.
    """
    shape = load_input_shape(operation)
    if not isinstance(shape, StructureShape):
        return {}
    if isinstance(arguments, Mapping):
        return _given_members(shape, cast("Request", arguments), {})
    return _open_members(shape, {})


def argument_name(member: str) -> str:
    """How a state names a member of an API's request: in PascalCase, whatever the API uses.

    The AWS SDK for Java lowers a name's first word, and Step Functions capitalizes it again:
    `DbInstanceIdentifier` for `DBInstanceIdentifier`.
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    https://github.com/aws/aws-sdk-java-v2/blob/master/codegen/src/main/java/software/amazon/awssdk/codegen/internal/Utils.java
    """
    lowered = _FIRST_WORD.sub(lambda word: word[0].lower(), member)
    return lowered[0].upper() + lowered[1:]


def missing_members(operation: Operation, arguments: object) -> list[str]:
    """The members that the API requires and the arguments lack, named as in a state."""
    shape = load_input_shape(operation)
    if not isinstance(arguments, Mapping) or not isinstance(shape, StructureShape):
        return []
    # A null is sent as nothing.
    given = {_plain(key) for key, value in cast("Request", arguments).items() if value is not None}
    # The SDK generates these if they are missing, for example a `ClientRequestToken`.
    generated = {
        name for name, member in shape.members.items() if member.metadata.get("idempotencyToken")
    }
    return [
        argument_name(name)
        for name in shape.required_members
        if name.lower() not in given and name not in generated
    ]


def request_as_authorized(action: str, request: Request) -> Request:
    """The request that IAM authorizes for an action, which is not always the one that is sent."""
    match action:
        case "lambda:InvokeFunction" if qualifier := _qualifier(request):
            name = request.get("FunctionName")
            if not isinstance(name, str) or is_dynamic(name):
                return request
            return {"FunctionName": f"{name}:{qualifier}"}
        case _ if request.keys() & {"CopySource", "CopySource.$"}:
            # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
            is_path = "CopySource.$" in request
            source = str(request["CopySource.$" if is_path else "CopySource"])
            copy = {k: v for k, v in request.items() if k.removesuffix(".$") != "CopySource"}
            is_read = action in ("s3:GetObject", "s3:GetObjectVersion")
            read_or_written = _object_request(source, is_path=is_path) if is_read else copy
            return request_as_authorized(action, read_or_written)
        case _ if action in _SENDS_EMAIL:
            return {k: _sender(v) if k in _SENDERS else v for k, v in request.items()}
        case _ if action.startswith("s3:") and ":accesspoint/" in str(request.get("Bucket")):
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
            name = request["Bucket"]
            return {"AccessPointName": name} | {k: v for k, v in request.items() if k != "Bucket"}
        case _:
            return request


def declared_as_authorized(action: str, request: Request, declared: Sequence[str]) -> list[str]:
    """The declared ARNs as IAM compares them for a request: a function's with its qualifier."""
    qualifier = _qualifier(request) if action == "lambda:InvokeFunction" else ""
    return [
        f"{arn}:{qualifier}" if qualifier and _FUNCTION_ARN.fullmatch(arn) else arn
        for arn in declared
    ]


def _qualifier(request: Request) -> str:
    """The version or alias of a function, `*` if only the run knows it; empty without one.

    "You can append a version or an alias", and IAM compares the whole ARN.
    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resources-and-conditions.html
    """
    qualifier = request.get("Qualifier", "*" if "Qualifier.$" in request else "")
    return "*" if is_dynamic(qualifier) else str(qualifier)


def _sender(text: object) -> object:
    """The identities that may allow a sender: a name may be beside the address, as in
    `Shop <orders@example.com>`, and a domain that is verified allows all its addresses.

    https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
    """
    if not isinstance(text, str) or is_dynamic(text) or text.startswith("arn:"):
        return text
    address = parseaddr(text)[1] or text
    return list(dict.fromkeys((address, address.rpartition("@")[2])))


def escape_wildcards(text: str) -> str:
    """Plain text as a pattern of IAM that matches only itself."""
    return _SPECIAL.sub(r"${\g<0>}", text)


def _object_request(text: str, *, is_path: bool) -> Request:
    """A request for an object that is named as `bucket/key`, by a text, a path or an expression."""
    is_open = is_path or is_dynamic(text)
    known = known_beginning(text) if is_open else text
    if known.startswith("arn:"):  # of an access point, or an object in it
        bucket, _, key = known.partition("/object/")
        is_named = bool(key)
    else:
        bucket, slash, key = known.removeprefix("/").partition("/")
        is_named = bool(slash)
    if is_open and not is_named:
        return {"Bucket.$": text}
    whole, versions = _VERSION.subn("", key)
    return {"Bucket": bucket, "Key": f"{key}*" if is_open and not versions else whole}


def _described(shape: Shape, key: str, value: object, known: dict[str, Request]) -> object:
    """The value as the API reads it; None if it names no resource."""
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
        return value if is_dynamic(value) else escape_wildcards(value)
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
    """All members of a structure, with dynamic values.

    Args:
        known: the members of other structures; empty within a structure that contains itself.
    """
    if shape.name not in known:
        known[shape.name] = {}
        members: Request = {}
        for name, member in shape.members.items():
            item = _item(member)
            if isinstance(item, StructureShape):
                members[argument_name(name)] = _open_members(item, known)
            elif _may_name(item):
                members[f"{argument_name(name)}.$"] = "$"
        known[shape.name] = members
    return known[shape.name]


def _item(shape: Shape) -> Shape:
    """The shape of a list's items, at any depth; any other shape itself."""
    return _item(shape.member) if isinstance(shape, ListShape) else shape


def _is_text(shape: Shape) -> bool:
    return isinstance(shape, StringShape) and not shape.enum


def _may_name(shape: Shape) -> bool:
    return _is_text(shape) or shape.type_name in ("blob", "map")


def _plain(key: str) -> str:
    return key.removesuffix(".$").lower()
