"""LocalStack 4.9.2, corrected where it does what AWS does not.

Runs in the emulator's own environment. Each correction stands in front of the function of the
emulator that `apply` names, which is its first argument.
"""

import collections
import contextlib
import functools
import io
import json
import logging
import os
import re
import threading

from airspeed.operators import Assignment, NameOrCall
from localstack.aws.api import CommonServiceException
from localstack.aws.api.stepfunctions import InvalidExecutionInput, InvalidName
from localstack.runtime.main import main
from localstack.services.apigateway.helpers import get_rest_api_container
from localstack.services.apigateway.legacy.provider import ApigatewayProvider
from localstack.services.apigateway.next_gen.execute_api import gateway_response, handlers
from localstack.services.apigateway.next_gen.execute_api.template_mapping import (
    VelocityInput,
    VelocityUtilApiGateway,
)
from localstack.services.events import target as rule_target
from localstack.services.stepfunctions.asl.component.common.path import result_path
from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser
from localstack.services.stepfunctions.asl.utils import json_path
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.services.stepfunctions.provider import StepFunctionsProvider
from localstack.utils.patch import patch
from moto.iam.exceptions import LimitExceededException
from moto.iam.models import IAMBackend
from twisted.internet import endpoints

LOG = logging.getLogger(__name__)

BODY_BYTES = 10_485_760
INPUT_BYTES = 262_144
NAME_CHARACTERS = 80
MANAGED_POLICY_CHARACTERS = 6_144
INLINE_POLICIES_CHARACTERS = 10_240
POLICIES_OF_A_ROLE = 10
NAME_FORBIDS = r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe-\U0010ffff]"""


def apply() -> None:
    """Corrects the emulator in this process."""
    patch(VelocityUtilApiGateway.escapeJavaScript)(escape_java_script)
    patch(NameOrCall.calculate)(call_method_of_string)
    patch(VelocityInput.__init__)(map_headers)
    patch(Assignment.evaluate_raw)(override_once)
    patch(ApigatewayProvider.put_rest_api)(import_gateway_responses)
    patch(handlers.GatewayExceptionHandler.create_exception_response)(apply_gateway_response)
    patch(handlers.GatewayExceptionHandler.__call__)(fail_as_the_gateway)
    patch(handlers.InvocationRequestRouter.__call__)(limit_body)
    patch(handlers.MethodRequestHandler.__call__)(look_at_the_content_type_first)
    patch(StepFunctionsProvider.start_execution)(start_once)
    patch(StepFunctionsProvider.start_execution)(check_name_and_input)
    patch(StepFunctionsProvider.start_sync_execution)(check_name_and_input)
    # Parsers share what they have learnt. Several at once failed once with an IndexError.
    AmazonStateLanguageParser.parse = one_at_a_time(AmazonStateLanguageParser.parse)
    # To parse a path takes 20 ms, most of what a state takes, and executions share one process.
    json_path.parse = functools.cache(json_path.parse)
    result_path.parse = functools.cache(result_path.parse)
    patch(Execution.to_describe_output)(describe_input_as_sent)
    patch(rule_target.replace_template_placeholders)(insert_as_json)
    patch(rule_target.StatesTargetSender.send_event)(start_with_any_input)
    patch(IAMBackend.create_policy)(limit_managed_policy)
    patch(IAMBackend.put_role_policy)(limit_inline_policies)
    patch(IAMBackend.attach_role_policy)(limit_policies_of_a_role)


def listen_where_told() -> None:
    """LocalStack 4.9.2 takes only the port of GATEWAY_LISTEN and listens on every interface."""
    host, _, _ = os.environ["GATEWAY_LISTEN"].rpartition(":")
    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface=host)


# Mapping templates


def escape_java_script(original, self, value):
    r""" "This function will turn any regular single quotes (') into escaped ones (\')."

    It is commons-lang's, so it escapes slashes and whatever is not ASCII too.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    text = value if isinstance(value, str) else original(self, value)
    return re.sub(r"""["'/\\\x00-\x1f]|[^\x00-\x7f]""", _escape, text)


def _escape(match):
    if letter := dict(zip("\b\t\n\f\r\"'/\\", "btnfr\"'/\\", strict=True)).get(match[0]):
        return f"\\{letter}"
    units = match[0].encode("utf-16-be", "surrogatepass").hex().upper()
    return re.sub("....", r"\\u\g<0>", units)


def call_method_of_string(original, self, target, loader, namespace):
    """ "A mapping template is a script expressed in Velocity Template Language (VTL)."

    So a string has the methods of Java's, and not those of Python's.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
    """
    if not isinstance(target, str):
        return original(self, target, loader, namespace)
    method = STRING_METHODS.get(self.name)
    if method is None or self.parameters is None:
        return None
    return method(target, *self.parameters.calculate(namespace, loader))


def _regex(pattern):  # a dot is no line terminator, and classes such as \w are of ASCII
    dot = r"[^\n\r\x85\u2028\u2029]"
    return re.compile(re.sub(r"(\\.|\[[^]]*\])|\.", lambda m: m[1] or dot, pattern), re.ASCII)


def _replace_all(text, pattern, replacement):
    def replaced(match):  # \x is the character x, $1 the first group
        return re.sub(r"\\(.)|\$(\d)", lambda r: r[1] or match[int(r[2])] or "", replacement)

    return _regex(pattern).sub(replaced, text)


def _split(text, pattern):
    parts = _regex(pattern).split(text)
    kept = max((i for i, part in enumerate(parts, 1) if part), default=0)
    return parts[:kept] if len(parts) > 1 else parts


STRING_METHODS = {
    "contains": lambda text, other: other in text,
    "endsWith": str.endswith,
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == other.lower(),
    "indexOf": str.find,
    "isEmpty": lambda text: not text,
    "length": lambda text: len(text.encode("utf-16-be", "surrogatepass")) // 2,
    "matches": lambda text, pattern: bool(_regex(pattern).fullmatch(text)),
    "replace": str.replace,
    "replaceAll": _replace_all,
    "split": _split,
    "startsWith": str.startswith,
    "substring": lambda text, start, end=None: text[start:end],
    "toLowerCase": str.lower,
    "toString": str,
    "toUpperCase": str.upper,
    "trim": lambda text: text.strip("".join(map(chr, range(0x21)))),
}


def map_headers(original, self, body, params):
    """`$input.params()`: "Returns a map of all the request parameters."

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    original(self, body, {**params, "header": dict(params["header"].items())})


def override_once(original, self, stream, namespace, loader):
    """ "Overrides are final. An override may only be applied to each parameter once."

    "If you try to override the same parameter multiple times, API Gateway returns a 5XX response."

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
    """
    keys = [self.root_term, *(term.calculate(namespace, loader) for term in self.terms)]
    if keys[1:2] in (["requestOverride"], ["responseOverride"]) and _at(keys, namespace.top()):
        raise ValueError(f"${'.'.join(keys)} is set twice")
    original(self, stream, namespace, loader)


def _at(keys, variables):
    return functools.reduce(lambda found, key: found.get(key) or {}, keys, variables)


# API Gateway


def import_gateway_responses(original, self, context, request):
    """The document's `x-amazon-apigateway-gateway-responses`, which the emulator leaves out.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
    """
    body = request["body"].read()
    answer = original(self, context, {**request, "body": io.BytesIO(body)})
    responses = get_rest_api_container(context, request["restApiId"]).gateway_responses
    document = json.loads(body)
    for type_, response in document.get("x-amazon-apigateway-gateway-responses", {}).items():
        responses[type_] = gateway_response.build_gateway_response(
            type_,
            response.get("statusCode"),
            response.get("responseParameters"),
            response.get("responseTemplates"),
            default_response=False,
        )
    return answer


REQUEST_HEADER = "method.request.header."


def apply_gateway_response(original, self, exception, context):
    """ "A non-VTL mapping template supporting only simple variable substitutions", and headers.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
    """
    answer = original(self, exception, context)
    response = gateway_response.get_gateway_response_or_default(
        exception.type, context.deployment.rest_api.gateway_responses
    )
    error = {
        "message": exception.message,
        "messageString": json.dumps(exception.message),
        "responseType": exception.type,
    }
    variables = {"context": {**context.context_variables, "error": error}}
    answer.set_data(
        re.sub(
            r"\$(context(?:\.\w+)+)",
            lambda match: str(_at(match[1].split("."), variables) or ""),
            response["responseTemplates"]["application/json"],
        )
    )
    for parameter, source in response["responseParameters"].items():
        sent = context.invocation_request["headers"].get(source.removeprefix(REQUEST_HEADER))
        if value := source[1:-1] if source.startswith("'") else sent:
            answer.headers[parameter.removeprefix("gatewayresponse.header.")] = value
    return answer


def fail_as_the_gateway(original, self, chain, exception, *rest):
    """ "The default gateway response for an unspecified response type with a status code of 5XX."

    A template that fails has that one too.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    if not isinstance(exception, gateway_response.BaseGatewayException):
        LOG.warning("API Gateway fails", exc_info=exception)
        exception = gateway_response.InternalServerError("Internal server error")
    original(self, chain, exception, *rest)


def limit_body(original, self, chain, context, response):
    """ "Payload size: 10 MB"; above, AWS answers with this text, and nobody can change it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    """
    if len(context.invocation_request["body"]) <= BODY_BYTES:
        return original(self, chain, context, response)
    text = f"HTTP content length exceeded {BODY_BYTES} bytes."
    return chain.respond(413, text, {"Content-Type": "text/plain"})


def look_at_the_content_type_first(original, self, chain, context, response):
    """ "When a request payload cannot be validated because no model schema can be matched, you can
    choose to passthrough or block the original payload": so 415 comes before 400.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
    """
    request = context.invocation_request
    handlers.IntegrationRequestHandler.get_request_template(context.integration, request)
    original(self, chain, context, response)


# Step Functions


def check_name_and_input(original, self, context, **request):
    """The "Length Constraints" of a name and an input, and what "a name must not contain".

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    name, text = request.get("name"), request.get("input")
    if name is not None and not 1 <= len(name) <= NAME_CHARACTERS:
        raise _invalid(f"Value '{name}' at 'name'", NAME_CHARACTERS)
    if len((text or "").encode(errors="surrogatepass")) > INPUT_BYTES:
        raise _invalid("Value at 'input'", INPUT_BYTES)
    if name and re.search(NAME_FORBIDS, name):
        raise InvalidName(f"Invalid Name: '{name}'")
    try:
        json.loads(text or "{}", parse_constant=int)  # NaN and Infinity are no JSON
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: {error}") from error
    return original(self, context, **request)


def _invalid(what, length):
    constraint = f"Member must have length less than or equal to {length}"
    return CommonServiceException(
        "ValidationException",
        f"1 validation error detected: {what} failed to satisfy constraint: {constraint}",
    )


def one_at_a_time(function):
    lock = threading.Lock()

    @functools.wraps(function)
    def locked(*args):
        with lock:
            return function(*args)

    return locked


# One for each name, for starting takes a while, and an execution's end may start another.
_starting = collections.defaultdict(threading.Lock)


def start_once(original, self, context, **request):
    """ "If you call StartExecution with the same name and input as a running execution, the call
    succeeds": the same text, where the emulator compares what it means.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    sent = {"input": request.get("input") or "{}"}
    machine = request["state_machine_arn"].replace(":stateMachine:", ":execution:", 1)
    name = request.get("name")
    with _starting[machine, name] if name else contextlib.nullcontext():
        executions = self.get_store(context).executions
        known = executions.get(f"{machine}:{name}")
        if known and known.sent != sent:
            raise CommonServiceException(
                "ExecutionAlreadyExists", f"Execution Already Exists: '{known.exec_arn}'"
            )
        answer = original(self, context, **request)
        executions[answer["executionArn"]].sent = sent
    return answer


def describe_input_as_sent(original, self):
    """ "The string that contains the JSON input data of the execution", not that data again.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    """
    return {**original(self), **getattr(self, "sent", {})}


# EventBridge


def insert_as_json(original, template, replacements, is_json_template):
    """`aws.events.event.json` is "the full original event payload as JSON", whatever quotes are in
    its strings.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    placeholders = [*rule_target.TRANSFORMER_PLACEHOLDER_PATTERN.finditer(template)]
    if not is_json_template or any(
        rule_target.is_nested_in_string(template, match) for match in placeholders
    ):
        return original(template, replacements, is_json_template)
    return json.loads(
        rule_target.TRANSFORMER_PLACEHOLDER_PATTERN.sub(
            lambda match: json.dumps(replacements.get(match[1])), template
        )
    )


def start_with_any_input(original, self, event, trace_header):  # noqa: ARG001
    """A rule's target is started with what the transformer makes, which need not have an `id`.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    self.service = "stepfunctions"
    self.client.start_execution(stateMachineArn=self.arn, input=json.dumps(event))


# IAM


def limit_managed_policy(original, self, description, path, document, *rest):
    """ "The size of each managed policy can't exceed 6,144 characters."

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if _characters(document) > MANAGED_POLICY_CHARACTERS:
        message = f"Cannot exceed quota for PolicySize: {MANAGED_POLICY_CHARACTERS}"
        raise LimitExceededException(message)
    return original(self, description, path, document, *rest)


def limit_inline_policies(original, self, role, name, document):
    """ "The total aggregate policy size (the sum size of all inline policies) per entity can't
    exceed" 10,240 characters for a role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    inline = {**self.get_role(role).policies, name: document}
    if sum(map(_characters, inline.values())) > INLINE_POLICIES_CHARACTERS:
        message = f"Maximum policy size of {INLINE_POLICIES_CHARACTERS} bytes exceeded for role"
        raise LimitExceededException(f"{message} {role}")
    return original(self, role, name, document)


def limit_policies_of_a_role(original, self, arn, role):
    """ "Managed policies attached to an IAM role: 10", if nobody has asked AWS for more.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if len({*self.get_role(role).managed_policies, arn}) > POLICIES_OF_A_ROLE:
        message = f"Cannot exceed quota for PoliciesPerRole: {POLICIES_OF_A_ROLE}"
        raise LimitExceededException(message)
    return original(self, arn, role)


def _characters(document):
    """ "IAM doesn't count white space when calculating the size of a policy." """
    return len("".join(document.split()))


if __name__ == "__main__":
    listen_where_told()
    apply()
    main()
