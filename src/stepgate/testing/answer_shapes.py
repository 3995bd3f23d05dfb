"""Answers compared with AWS's models, as botocore has them.

Step Functions gives a state what an action of the AWS SDK for Java returns: members in PascalCase,
as in its arguments.
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from stepgate.asl.integration import Integration, parse_integration
from stepgate.checks.arguments import SHAPE_TYPES
from stepgate.checks.integrations import called_operation
from stepgate.json_values import member_path, shown
from stepgate.permissions.request import argument_name
from stepgate.permissions.services import (
    Operation,
    load_error_codes,
    load_output_shape,
    service_id,
)
from stepgate.suggestions import suggestion

# What an optimized integration returns beside the action's own result.
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
_METADATA = frozenset({"SdkHttpMetadata", "SdkResponseMetadata"})
# Integrations whose result is not that of the action's model.
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
_OWN_RESULT = frozenset({"lambda:invoke", "bedrock:invokeModel"})
# Members that the AWS SDK for Java has under another name.
# https://github.com/aws/aws-sdk-java-v2/blob/master/services/dynamodb/src/main/resources/codegen-resources/dynamodb/customization.config
_RENAMED = {("AttributeValue", "NULL"): "Nul"}
# A time is text from an SDK integration, a number from an optimized one.
_TYPES = {**SHAPE_TYPES, "timestamp": ("a time, as text or a number", (str, int, float))}
# What optimized integrations call a service, if not as the SDK does.
_OLD_PREFIXES = {"sfn": ("stepfunctions",)}
_EXAMPLES: Mapping[str, Any] = {
    "boolean": True,
    "integer": 1,
    "long": 1,
    "float": 1.5,
    "double": 1.5,
    "timestamp": "2026-01-01T00:00:00Z",
}
_NOTHING = StructureShape("Nothing", {"type": "structure", "members": {}})
_EXAMPLE_DEPTH = 12
"""Some shapes contain themselves."""


def answer_problems(resource: str, value: Any) -> Iterator[str]:
    """What the action that a Task calls never returns: members that it lacks, other types."""
    modelled = _modelled(resource)
    if modelled is None:
        return
    call, operation = modelled
    shape = load_output_shape(operation)
    if not isinstance(value, dict):
        yield f"it is {_described(value)}; the action returns an object"
    else:
        fields = cast("dict[str, Any]", value)
        own = {key: inner for key, inner in fields.items() if key not in _metadata(call)}
        yield from _problems(call, shape or _NOTHING, own, "")


def error_warning(resource: str, error: str) -> str:
    """Why the action that a Task calls is not known to fail with this error; empty if it is."""
    modelled = _modelled(resource)
    if modelled is None or error.startswith("States."):
        return ""
    names = _sdk_errors(modelled[1])
    if modelled[0].kind == "optimized":
        # Their names are those of older SDKs, in no order: DynamoDB.…, SQS.AmazonSQSException.
        prefix, _, code = error.lower().partition(".")
        service = names[0].partition(".")[0].lower()
        codes = {name.partition(".")[2].lower() for name in names}
        codes |= {each.removesuffix("exception") for each in codes}
        codes |= {f"amazon{service}exception", f"aws{service}exception"}
        if prefix in (service, *_OLD_PREFIXES.get(service, ())) and code in codes:
            return ""
    elif error in names:
        return ""
    remedy = suggestion(error, names, f"its errors are {', '.join(names[:5])}")
    return f"AWS's model of {called_name(resource)} has no error {error}; {remedy}"


def example_answer(resource: str, mentioned: str) -> str:
    """Python that answers the call, to be copied.

    Args:
        mentioned: the definition as text; of a result it has the members that are named there.
    """
    call = parse_integration(resource)
    if call and (call.kind == "activity" or call.pattern == "waitForTaskToken"):
        return 'continues({"approved": True})'
    modelled = _modelled(resource)
    if modelled is None:
        name = f"{call.service}:{call.action}" if call else ""
        return 'returns({"Payload": {}})' if name == "lambda:invoke" else "returns({})"
    shape = load_output_shape(modelled[1])
    return f"returns({_python(_example(shape, mentioned, 0))})"


def called_name(resource: str) -> str:
    """What a Task calls: `sqs:sendMessage`, or the resource if it is not an action of a service."""
    call = parse_integration(resource)
    return f"{call.service}:{call.action}" if call and call.service else resource


def _modelled(resource: str) -> tuple[Integration, Operation] | None:
    """What a Task calls, if AWS's model says what it returns."""
    call = parse_integration(resource)
    if call is None or call.pattern or f"{call.service}:{call.action}" in _OWN_RESULT:
        return None
    operation = called_operation(call)
    return (call, operation) if operation else None


@cache
def _sdk_errors(operation: Operation) -> tuple[str, ...]:
    """The names of a service's errors in the AWS SDK for Java: `Sqs.QueueDoesNotExistException`."""
    # Of several capitals only the first is one.
    service = "".join(
        re.sub(r"[A-Z]{2,}(?=\d|$)", lambda letters: letters[0].capitalize(), word)
        for word in service_id(operation).split()
    )
    codes = [
        code if code.endswith("Exception") else f"{code}Exception"
        for code in load_error_codes(operation)
    ]
    return tuple(
        f"{service}.{code}" for code in [f"{service}Exception", "SdkClientException", *codes]
    )


def _metadata(call: Integration) -> frozenset[str]:
    return _METADATA if call.kind == "optimized" else frozenset[str]()


def _problems(call: Integration, shape: Shape, value: Any, path: str) -> Iterator[str]:
    if value is None or shape.type_name not in _TYPES or getattr(shape, "is_document_type", False):
        return
    meant, types = _TYPES[shape.type_name]
    if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
        yield f"{path} is {_described(value)}; the action returns {meant}"
    elif isinstance(shape, ListShape):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _problems(call, shape.member, item, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _problems(call, shape.value, inner, member_path(path, key))
    elif isinstance(shape, StructureShape):
        members = _members(shape, call.kind == "optimized")
        for key, inner in cast("dict[str, Any]", value).items():
            if key in members:
                yield from _problems(call, members[key], inner, member_path(path, key))
            else:
                yield f"{member_path(path, key)} is unknown; {_remedy(key, members)}"


def _remedy(key: str, members: Mapping[str, Shape]) -> str:
    spelled = {name.lower(): name for name in members}
    if key.lower() in spelled:
        return f"write {spelled[key.lower()]}"
    known = ", ".join(sorted(members)[:8]) or "nothing"
    return suggestion(key, members, f"the action returns {known}")


@cache
def _members(shape: StructureShape, is_optimized: bool) -> Mapping[str, Shape]:
    """The members by the names that a state sees.

    Optimized integrations are older, and give some names as the API has them: `MD5OfMessageBody`.
    """
    members: dict[str, Shape] = {}
    for name, member in shape.members.items():
        members[_RENAMED.get((shape.name, name)) or argument_name(name)] = member
        if is_optimized:
            members[name[0].upper() + name[1:]] = member
    return members


def _example(shape: Shape | None, mentioned: str, depth: int) -> Any:
    if isinstance(shape, StructureShape):
        members: dict[str, Any] = {}
        for name, member in shape.members.items():
            key = _RENAMED.get((shape.name, name)) or argument_name(name)
            if depth < _EXAMPLE_DEPTH and re.search(rf"\b{key}\b", mentioned):
                members[key] = _example(member, mentioned, depth + 1)
        return members
    if isinstance(shape, ListShape):
        return [_example(shape.member, mentioned, depth + 1)]
    if isinstance(shape, MapShape):
        return {"name": _example(shape.value, mentioned, depth + 1)}
    if isinstance(shape, StringShape) and shape.enum:
        return shape.enum[0]
    return _EXAMPLES.get(shape.type_name, "text") if shape else {}


def _python(value: Any) -> str:
    text = json.dumps(value)
    return text.replace(": true", ": True").replace(": false", ": False")


def _described(value: Any) -> str:
    return "an object" if isinstance(value, dict) else shown(value)
