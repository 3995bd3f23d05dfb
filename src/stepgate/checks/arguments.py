"""Rules for the arguments of the actions that a definition's Tasks call.

Step Functions refuses arguments that an action does not have, and values of another type. What is
known only when the workflow runs, and what no model has, is not judged.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

from botocore.model import (
    DenormalizedStructureBuilder,
    ListShape,
    MapShape,
    Shape,
    StringShape,
    StructureShape,
)

from stepgate.asl.integration import Integration, parse_integration
from stepgate.asl.states import State
from stepgate.checks.integrations import called_operation, renamed_arguments
from stepgate.checks.rule import RuleContext, Violation
from stepgate.json_values import shown
from stepgate.permissions.actions import iam_actions
from stepgate.permissions.arguments import find_top_level_values, is_dynamic
from stepgate.permissions.request import argument_name
from stepgate.permissions.resources import names_resource
from stepgate.permissions.services import load_input_shape
from stepgate.suggestions import suggestion

_Arguments: TypeAlias = Mapping[str, object]

_TEXT = {"type": "string"}


def _shape(**members: object) -> StructureShape:
    return DenormalizedStructureBuilder().with_members(members).build_model()


# The arguments of integrations that call no API of AWS's.
_ENDPOINT_SHAPES: Mapping[str, StructureShape] = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    "apigateway:invoke": _shape(
        **dict.fromkeys(("ApiEndpoint", "AuthType", "Method", "Path", "Stage"), _TEXT)
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-fields
    "http:invoke": _shape(
        ApiEndpoint=_TEXT,
        Authentication={"type": "structure", "members": {"ConnectionArn": _TEXT}},
        Method=_TEXT,
    ),
}
# Arguments of integrations that are any JSON: the model has text for them, or does not have them.
_EXTRAS: Mapping[str, frozenset[str]] = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    "apigateway:invoke": frozenset(
        {"AllowNullValues", "Headers", "QueryParameters", "RequestBody"}
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
    "bedrock:invokeModel": frozenset({"Body", "Input", "Output"}),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
    "events:putEvents": frozenset({"Detail"}),
    # https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-fields
    "http:invoke": frozenset(
        {"Headers", "InvocationConfig", "QueryParameters", "RequestBody", "Transform"}
    ),
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
# The members of a state's other requests that name resources.
_PART_TEXTS = frozenset({"Bucket", "Key", "Prefix", "RoleArn"})
_SCALAR = re.compile(r"true|false|-?\d+(\.\d+)?")
SHAPE_TYPES: Mapping[str, tuple[str, type | tuple[type, ...]]] = {
    "structure": ("an object", dict),
    "map": ("an object", dict),
    "list": ("a list", list),
    "boolean": ("true or false", bool),
    "integer": ("a whole number", int),
    "long": ("a whole number", int),
    "float": ("a number", (int, float)),
    "double": ("a number", (int, float)),
    "string": ("text", str),
    "blob": ("text", str),
}
"""What a value of each type of botocore's shapes is, in words and in Python."""


class _Form(NamedTuple):
    """What the text of an argument may be: a pattern, and the same in words."""

    pattern: str
    meant: str


_TOPIC = _Form(r"arn:[^:]+:sns:[^:]+:\d{12}:.+", "the ARN of a topic or of an endpoint")
# The arguments that take one form alone, which AWS's model does not say: by service, or by an
# integration that calls no API of AWS's.
_FORMS: Mapping[str, Mapping[str, _Form]] = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    "apigateway:invoke": {
        "AuthType": _Form(
            "NO_AUTH|IAM_ROLE|RESOURCE_POLICY", "NO_AUTH, IAM_ROLE or RESOURCE_POLICY"
        )
    },
    # https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-fields
    "http:invoke": {
        "ConnectionArn": _Form(
            r"arn:[^:]+:events:[^:]+:\d{12}:connection/.+", "the ARN of an EventBridge connection"
        )
    },
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    "lambda": {
        "FunctionName": _Form(
            r"(?!arn:).+|arn:[^:]+:lambda:[^:]+:[^:]+:function:.+", "a function's name or ARN"
        )
    },
    # A name, or the ARN of an access point.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    "s3": {"Bucket": _Form(r"(?!arn:[^:]*:s3:::).+", "a bucket's name, without arn:…:s3:::")},
    # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    "sns": {"TopicArn": _TOPIC, "TargetArn": _TOPIC},
    # "The URL of the Amazon SQS queue"; AWS's own SDKs send a queue's name too.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    # https://github.com/aws/aws-sdk-js-v3/pull/6337
    "sqs": {
        "QueueUrl": _Form(
            r"(?!arn:).+", "a queue's URL, such as https://sqs.REGION.amazonaws.com/ACCOUNT/NAME"
        )
    },
    # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    "stepfunctions": {
        "ActivityArn": _Form(
            r"arn:[^:]+:states:[^:]+:\d{12}:activity:.+", "the ARN of an activity"
        ),
        "ExecutionArn": _Form(
            r"arn:[^:]+:states:[^:]+:\d{12}:(execution|express):.+", "the ARN of an execution"
        ),
        "StateMachineArn": _Form(
            r"arn:[^:]+:states:[^:]+:\d{12}:stateMachine:.+", "the ARN of a state machine"
        ),
    },
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
    "sts": {"RoleArn": _Form(r"arn:[^:]+:iam::\d{12}:role/.+", "the ARN of a role")},
}


class _Call(NamedTuple):
    """What an action's arguments are compared with.

    Attributes:
        extras: arguments that are any JSON.
        names_resource: whether an argument names a resource, by its name.
    """

    service: str
    is_sdk: bool
    extras: frozenset[str]
    names_resource: Callable[[str], bool]


def require_known_arguments(context: RuleContext) -> Iterator[Violation]:
    """Each argument, also a nested one, exists, and has the type that its action requires."""
    for state in context.states:
        call, arguments = parse_integration(state.resource), state.arguments()
        if call and isinstance(arguments, Mapping):
            for problem in _request_problems(context, call, cast("_Arguments", arguments)):
                yield Violation(state.name, f"{call.service}:{call.action}: {problem}")
        for part, _, fields in _parts(state):
            for name, value in fields.items():
                if name in _PART_TEXTS and not isinstance(value, str | None):
                    problem = f"{name} must be text, not {_described(value)}"
                    yield Violation(state.name, f"{part}: {problem}")


def _parts(state: State) -> Iterator[tuple[str, str, _Arguments]]:
    """What else names resources: the part of the state, its service, and its members."""
    for part, service, fields in (
        ("Credentials", "sts", state.fields.get("Credentials")),
        ("ItemReader", "s3", state.arguments("ItemReader")),
        ("ResultWriter", "s3", state.arguments("ResultWriter")),
    ):
        if isinstance(fields, Mapping):
            yield part, service, cast("_Arguments", fields)


def _request_problems(
    context: RuleContext, call: Integration, arguments: _Arguments
) -> Iterator[str]:
    name, is_sdk = f"{call.service}:{call.action}", call.kind == "aws-sdk"
    extras = frozenset[str]() if is_sdk else _EXTRAS.get(name, frozenset())
    if not is_sdk and (endpoint := _ENDPOINT_SHAPES.get(name)):
        compared = _Call(call.service, is_sdk, extras, bool)  # every name: no text here is JSON
        yield from _problems(compared, endpoint, arguments, "")
    elif operation := called_operation(call):
        shape = load_input_shape(operation)
        if isinstance(shape, StructureShape):
            actions = iam_actions(operation)

            def names_any(argument: str) -> bool:
                return any(names_resource(a, argument, context.arn_context) for a in actions)

            renamed = renamed_arguments(operation, arguments).values()
            named = {key: value for key, value in arguments.items() if key not in renamed}
            compared = _Call(operation.service, is_sdk, extras, names_any)
            yield from _problems(compared, shape, named, "")
        else:
            yield from (_unknown(key, "", ()) for key in arguments if "${" not in key)


def recommend_resource_forms(context: RuleContext) -> Iterator[Violation]:
    """A resource is named in the form that its argument takes: a queue by its URL, for example."""
    for state in context.states:
        call, arguments = parse_integration(state.resource), state.arguments()
        requests = [*_parts(state)]
        if call and isinstance(arguments, Mapping):
            operation = called_operation(call)
            name = f"{call.service}:{call.action}"
            service = operation.service if operation else name
            given = cast("_Arguments", arguments)
            parts = (given, given.get("Authentication"), given.get("InvocationConfig"))
            requests += [
                (name, service, cast("_Arguments", fields))
                for fields in parts
                if isinstance(fields, Mapping)
            ]
        for name, service, fields in requests:
            for argument, form in _FORMS.get(service, {}).items():
                for text in find_top_level_values(fields, argument.__eq__).literals:
                    if "${" not in text and not re.fullmatch(form.pattern, text):
                        yield Violation(
                            state.name,
                            f"{name}: {argument} is {shown(text)}; write {form.meant}",
                        )


def _problems(call: _Call, shape: Shape, value: object, path: str) -> Iterator[str]:
    """What is wrong with a value, which is not known to be dynamic.

    Args:
        path: where it is in the request, for example `Filters[0].Values`; empty for the request.
    """
    if value is None or (isinstance(value, str) and (is_dynamic(value) or "${" in value)):
        return
    if path and (wrong := _wrong_type(call, shape, value, path)):
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
            known = [each.names[0] for each in spelled.values()]
            yield _unknown(key, path, [*known, *(() if path else call.extras)])
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


def _wrong_type(call: _Call, shape: Shape, value: object, path: str) -> str:
    """What is wrong with the value's type; empty if nothing is known to be."""
    if shape.type_name not in SHAPE_TYPES or getattr(shape, "is_document_type", False):
        return ""
    meant, types = SHAPE_TYPES[shape.type_name]
    if _is_accepted(value, types):
        return ""
    # Some texts are JSON documents, and Step Functions makes them of objects; a name is not. A blob
    # may be of anything.
    may_be_json = shape.type_name == "blob" or isinstance(value, Mapping | list)
    is_name = _is_enumeration(shape) or call.names_resource(_last_name(path))
    if types is str and may_be_json and not is_name:
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
    remedy = suggestion(plain.lower(), by_lower, "remove it", shown=by_lower.__getitem__)
    return f"unknown argument {plain}{place}; {remedy}"


def _plain(key: str) -> str:
    return key.removesuffix(".$")
