"""Rules for the arguments of the actions that a definition's Tasks call.

Step Functions refuses arguments that an action does not have, and values of another type. What is
known only when the workflow runs, and what no model has, is not judged.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple, cast

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from stepgate.asl.integration import Integration, parse_integration
from stepgate.checks.integrations import called_operation, renamed_arguments
from stepgate.checks.rule import RuleContext, Violation
from stepgate.permissions.arguments import is_dynamic
from stepgate.permissions.request import argument_name
from stepgate.permissions.resources import IDENTIFYING
from stepgate.permissions.services import load_input_shape

# The arguments of integrations that call no API of AWS's.
_ENDPOINT_ARGUMENTS: Mapping[str, frozenset[str]] = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    "apigateway:invoke": frozenset(
        {
            *("AllowNullValues", "ApiEndpoint", "AuthType", "Headers", "Method", "Path"),
            *("QueryParameters", "RequestBody", "Stage"),
        }
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-fields
    "http:invoke": frozenset(
        {
            *("ApiEndpoint", "Authentication", "Headers", "InvocationConfig", "Method"),
            *("QueryParameters", "RequestBody", "Transform"),
        }
    ),
}
# Arguments of optimized integrations that the API does not have, and those that are any JSON
# although the API has text.
_EXTRAS: Mapping[str, frozenset[str]] = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
    "bedrock:invokeModel": frozenset({"Body", "Input", "Output"}),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
    "events:putEvents": frozenset({"Detail"}),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    "lambda:invoke": frozenset({"Payload"}),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
    "sns:publish": frozenset({"Message"}),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
    "sqs:sendMessage": frozenset({"MessageBody"}),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    "states:startExecution": frozenset({"Input"}),
}
# Members that the AWS SDK for Java has under another name, by service and shape.
# https://github.com/aws/aws-sdk-java-v2/blob/master/services/dynamodb/src/main/resources/codegen-resources/dynamodb/customization.config
_SDK_MEMBERS: Mapping[tuple[str, str], frozenset[str]] = {
    ("dynamodb", "AttributeValue"): frozenset({"Nul"}),
}
_SCALAR = re.compile(r"true|false|-?\d+(\.\d+)?")
# What the value of a type is, and how it is in Python.
_TYPES: Mapping[str, tuple[str, type | tuple[type, ...]]] = {
    "structure": ("an object", dict),
    "map": ("an object", dict),
    "list": ("a list", list),
    "boolean": ("true or false", bool),
    "integer": ("a whole number", int),
    "long": ("a whole number", int),
    "float": ("a number", (int, float)),
    "double": ("a number", (int, float)),
    "string": ("text", str),
}


class _Call(NamedTuple):
    """What an action's arguments are compared with."""

    service: str
    is_sdk: bool
    extras: frozenset[str]


def require_known_arguments(context: RuleContext) -> Iterator[Violation]:
    """Each argument, also a nested one, exists, and has the type that its action requires."""
    for state in context.states:
        call, arguments = parse_integration(state.resource), state.arguments()
        if call and isinstance(arguments, Mapping):
            for problem in _request_problems(call, cast("Mapping[str, object]", arguments)):
                yield Violation(state.name, f"{call.service}:{call.action}: {problem}")


def _request_problems(call: Integration, arguments: Mapping[str, object]) -> Iterator[str]:
    name, is_sdk = f"{call.service}:{call.action}", call.kind == "aws-sdk"
    if not is_sdk and name in _ENDPOINT_ARGUMENTS:
        yield from _unknown_names(arguments, _ENDPOINT_ARGUMENTS[name])
    elif operation := called_operation(call):
        shape = load_input_shape(operation)
        extras = frozenset[str]() if is_sdk else _EXTRAS.get(name, frozenset())
        if isinstance(shape, StructureShape):
            compared = _Call(operation.service, is_sdk, extras)
            renamed = renamed_arguments(operation, arguments).values()
            named = {key: value for key, value in arguments.items() if key not in renamed}
            yield from _problems(compared, shape, named, "")
        else:
            yield from _unknown_names(arguments, ())


def _unknown_names(arguments: Iterable[str], known: Collection[str]) -> Iterator[str]:
    for key in arguments:
        if _plain(key) not in known and "${" not in key:
            yield _unknown(key, "", known)


def _problems(call: _Call, shape: Shape, value: object, path: str) -> Iterator[str]:
    """What is wrong with a value, which is not known to be dynamic.

    Args:
        path: where it is in the request, for example `Filters[0].Values`; empty for the request.
    """
    if value is None or (isinstance(value, str) and (is_dynamic(value) or "${" in value)):
        return
    if path and (wrong := _wrong_type(shape, value, path)):
        yield wrong
    elif isinstance(value, list) and isinstance(shape, ListShape):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _problems(call, shape.member, item, f"{path}[{index}]")
    elif isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        if isinstance(shape, MapShape):
            for key, inner in fields.items():
                if not key.endswith(".$"):
                    yield from _problems(call, shape.value, inner, f"{path}.{key}")
        elif isinstance(shape, StructureShape) and not shape.is_document_type:
            yield from _member_problems(call, shape, fields, path)


def _member_problems(
    call: _Call, shape: StructureShape, fields: Mapping[str, object], path: str
) -> Iterator[str]:
    spelled = _spelled_members(shape)
    extras = call.extras | _SDK_MEMBERS.get((call.service, shape.name), frozenset())
    for key, value in fields.items():
        plain = _plain(key)
        if plain in extras or "${" in key:
            continue
        member = spelled.get(plain.lower())
        if member is None and plain.lower().removesuffix("value") in spelled:
            continue  # the AWS SDK for Java adds it to a name that is a word of Java's
        if member is None:
            yield _unknown(key, path, [each.names[0] for each in spelled.values()])
        elif plain not in member.names and (call.is_sdk or not path or plain != member.model):
            place = f" in {path}" if path else ""
            yield f"unknown argument {plain}{place}; arguments are in PascalCase: write " + (
                f"{member.names[0]}.$" if key.endswith(".$") else member.names[0]
            )
        elif not key.endswith(".$"):
            yield from _problems(call, member.shape, value, f"{path}.{plain}" if path else plain)


class _Member(NamedTuple):
    """A member of a structure.

    Attributes:
        names: how it may be written as an argument, the usual one first.
        model: its name in the API's model.
    """

    names: tuple[str, str]
    model: str
    shape: Shape


@lru_cache(maxsize=1024)
def _spelled_members(shape: StructureShape) -> Mapping[str, _Member]:
    """The members of a structure, by their names in lower case."""
    return {
        name.lower(): _Member((argument_name(name), name[0].upper() + name[1:]), name, member)
        for name, member in shape.members.items()
    }


def _wrong_type(shape: Shape, value: object, path: str) -> str:
    """What is wrong with the value's type; empty if nothing is known to be."""
    if shape.type_name not in _TYPES or getattr(shape, "is_document_type", False):
        return ""
    meant, types = _TYPES[shape.type_name]
    if _is_accepted(value, types):
        return ""
    # Some texts are JSON documents, and Step Functions makes them of objects; a name is not.
    is_name = _is_enumeration(shape) or IDENTIFYING.fullmatch(_last_name(path))
    if isinstance(value, Mapping | list) and types is str and not is_name:
        return ""
    if isinstance(value, str) and re.match(r"\$(?:[.$[]|$)|States\.\w+\(", value):
        return f"{path} must be {meant}, not the text {value!r}; to mean a path, write {path}.$"
    return f"{path} must be {meant}, not {_described(cast('object', value))}"


def _is_accepted(value: object, types: type | tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return types is bool
    if isinstance(value, float) and types is int:
        return value.is_integer()
    # AWS's own samples write numbers and booleans as text.
    # https://github.com/aws-samples/step-functions-workflows-collection/tree/main/ec2-instance-isolation-cdk
    if isinstance(value, str) and types not in (dict, list) and _SCALAR.fullmatch(value):
        return True
    return isinstance(value, types)


def _is_enumeration(shape: Shape) -> bool:
    return isinstance(shape, StringShape) and bool(shape.enum)


def _last_name(path: str) -> str:
    """Without the index of a list's item."""
    return path.rpartition(".")[2].partition("[")[0]


def _described(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"the text {value!r}"
        case int() | float():
            return f"the number {value}"
        case list():
            return "a list"
        case _:
            return "an object"


def _unknown(key: str, path: str, known: Iterable[str]) -> str:
    """One line about an argument that does not exist, among those that do."""
    plain, place = _plain(key), f" in {path}" if path else ""
    by_lower = {name.lower(): name for name in known}
    nearest = get_close_matches(plain.lower(), by_lower, n=1)
    remedy = f"did you mean {by_lower[nearest[0]]}?" if nearest else "remove it"
    return f"unknown argument {plain}{place}; {remedy}"


def _plain(key: str) -> str:
    return key.removesuffix(".$")
