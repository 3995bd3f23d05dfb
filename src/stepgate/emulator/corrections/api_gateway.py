"""API Gateway: what it answers itself, before and instead of an integration."""

import functools
import io
import json
import logging
import re
from urllib.parse import unquote

from localstack.services.apigateway.helpers import get_rest_api_container
from localstack.services.apigateway.legacy.provider import ApigatewayProvider
from localstack.services.apigateway.next_gen.execute_api import gateway_response, handlers
from localstack.utils.patch import patch

from .mapping_templates import value_at

LOG = logging.getLogger(__name__)

BODY_BYTES = 10_485_760
# A limit of AWS's is not known; Jackson, the usual parser in Java, has this one.
NESTED = 1_000


def apply() -> None:
    patch(ApigatewayProvider.put_rest_api)(import_gateway_responses)
    patch(handlers.GatewayExceptionHandler.create_exception_response)(apply_gateway_response)
    patch(handlers.GatewayExceptionHandler.__call__)(fail_as_the_gateway)
    patch(handlers.InvocationRequestRouter.__call__)(limit_body)
    patch(handlers.InvocationRequestRouter.route_and_enrich)(decode_path_parameters)
    patch(handlers.MethodRequestHandler.__call__)(look_at_the_content_type_first)
    handlers.MethodRequestHandler._is_body_valid = staticmethod(
        functools.partial(refuse_what_is_no_json, handlers.MethodRequestHandler._is_body_valid)
    )
    handlers.IntegrationRequestHandler.get_request_template = staticmethod(
        functools.partial(
            know_json_by_all_its_names, handlers.IntegrationRequestHandler.get_request_template
        )
    )


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


def decode_path_parameters(original, self, context):
    """REST APIs decode URL-encoded request parameters before they pass them on.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    """
    original(self, context)
    parameters = context.invocation_request["path_parameters"]
    context.invocation_request["path_parameters"] = {
        name: unquote(value) for name, value in parameters.items()
    }


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
            lambda match: str(value_at(match[1].split("."), variables) or ""),
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
    """ "Payload size: 10 MB"; above, AWS answers with this text, and no one can change it.

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


JSON_TYPE = re.compile(
    r"""application/json\s*(;\s*(charset=(["']?)utf-?8\3)?\s*)?""", re.IGNORECASE
)


def know_json_by_all_its_names(original, integration, request):
    """ "The type and subtype tokens are case-insensitive", and a charset may be quoted.

    https://www.rfc-editor.org/rfc/rfc9110#name-media-type
    """
    headers = dict(request["headers"].items())
    if JSON_TYPE.fullmatch(headers.get("Content-Type", "")):
        headers["Content-Type"] = "application/json"
    return original(integration, {**request, "headers": headers})


def refuse_what_is_no_json(original, method, rest_api, request):
    """ "API Gateway fails the request, returns a 400 error response to the caller": for a body that
    is not UTF-8, and for one that is nested too deep for a parser, too.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
    """
    body = request.get("body") or b""
    try:
        return not is_nested_too_deep(body) and original(method, rest_api, request)
    except UnicodeDecodeError:
        return False


def is_nested_too_deep(body):
    """Texts are left out: brackets in them nest nothing."""
    depth = deepest = 0
    for bracket in re.sub(rb'"(\\.|[^"\\])*"|[^][{}"]+', b"", body):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest > NESTED
