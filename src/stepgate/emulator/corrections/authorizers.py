"""Authorizers: who may call a method, which LocalStack lets anyone do."""

import io
import json
import logging
import re
import threading
import time
from urllib.request import urlopen

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from localstack.aws.connect import connect_to
from localstack.services.apigateway.helpers import get_rest_api_container
from localstack.services.apigateway.legacy.provider import ApigatewayProvider
from localstack.services.apigateway.next_gen.execute_api import gateway_response, handlers
from localstack.utils.patch import patch
from moto.utilities.utils import load_resource

LOG = logging.getLogger(__name__)

COGNITO = re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[\w-]+")
ISSUER_SECONDS = 5
REQUEST_HEADER = "method.request.header."


def apply() -> None:
    patch(ApigatewayProvider.put_rest_api)(import_jwt_configurations)
    handlers.preprocess_request.append(authorize)


def import_jwt_configurations(original, self, context, request):
    """The issuers of the document's authorizers, which the emulator leaves out.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-create.html
    """
    body = request["body"].read()
    answer = original(self, context, {**request, "body": io.BytesIO(body)})
    schemes = json.loads(body).get("components", {}).get("securitySchemes", {})
    container = get_rest_api_container(context, request["restApiId"])
    for authorizer in container.authorizers.values():
        written = schemes.get(authorizer["name"], {}).get("x-amazon-apigateway-authorizer", {})
        authorizer["jwtConfiguration"] = written.get("jwtConfiguration")
    return answer


def authorize(chain, context, response):  # noqa: ARG001 - called as each handler is
    """What API Gateway does before it looks at anything else in a request."""
    authorizer = context.deployment.rest_api.authorizers.get(
        context.resource_method.get("authorizerId")
    )
    if authorizer:
        variables = AUTHORIZERS[authorizer["type"]](authorizer, context)
        context.context_variables["authorizer"] = variables
    else:
        identify_signer(context)


def identify_signer(context):
    """`$context.identity.caller`: "The principal identifier of the caller that signed the request."

    The emulator checks no signature, and each access key is a caller of its own.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    signature = context.invocation_request["headers"].get("Authorization", "")
    if signed := re.match(r"AWS4-HMAC-SHA256 Credential=(\w+)/", signature):
        context.context_variables["identity"]["caller"] = signed[1]


def authorize_jwt(authorizer, context):
    """A token of any issuer; each claim is JSON text, in which what is not ASCII is escaped.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-claims.html
    """
    configuration = authorizer["jwtConfiguration"]
    issuers = {each["issuer"]: each["audiences"] for each in configuration["issuers"]}
    claims = valid_claims(context, configuration["defaultAlgorithms"], issuers)
    # "client_id" is looked at only without "aud", as for HTTP APIs.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    audiences = claims.get("aud", claims.get("client_id"))
    given = audiences if isinstance(audiences, list) else [audiences]
    if not any(each in issuers[claims["iss"]] for each in given):
        refuse("its audience is another")
    if not has_scope(context, claims):
        raise gateway_response.AccessDeniedError("Forbidden")
    return {"claims": {name: json_text(value) for name, value in claims.items()}}


def authorize_user(authorizer, context):
    """A token of a user pool: an access token where scopes are asked for, an ID token elsewhere.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
    """
    issuers = {}
    for arn in authorizer["providerARNs"]:
        _, partition, _, region, _, resource = arn.split(":")
        domain = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        pool = resource.removeprefix("userpool/")
        issuers[f"https://cognito-idp.{region}.{domain}/{pool}"] = None
    claims = valid_claims(context, ["RS256"], issuers)
    needed = "access" if context.resource_method.get("authorizationScopes") else "id"
    if claims.get("token_use") != needed:
        refuse(f"it is not an {needed} token")
    if not has_scope(context, claims):
        refuse("it has none of the scopes")
    return {"claims": {name: plain_text(value) for name, value in claims.items()}}


def authorize_by_function(authorizer, context):
    """Asks a function for a policy, as an authorizer of type REQUEST does without a cache.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
    """
    request = context.invocation_request
    headers = request["headers"]
    sources = [each.strip() for each in authorizer.get("identitySource", "").split(",")]
    if not all(headers.get(each.removeprefix(REQUEST_HEADER)) for each in sources if each):
        refuse("a header that says who calls is missing")
    arn = (
        f"arn:aws:execute-api:{context.region}:{context.account_id}:{context.api_id}/"
        f"{context.stage}/{request['http_method']}{request['path']}"
    )
    event = {
        "type": "REQUEST",
        "methodArn": arn,
        "resource": context.resource["path"],
        "path": request["path"],
        "httpMethod": request["http_method"],
        "headers": dict(headers.items()),
        "queryStringParameters": request["query_string_parameters"],
        "pathParameters": request["path_parameters"],
        "stageVariables": context.stage_variables or {},
        "requestContext": context.context_variables,
    }
    return allowed_variables(invoke(authorizer["authorizerUri"], event), arn)


def allowed_variables(output, arn):
    """The variables of `$context.authorizer` from a function's answer, if its policy allows."""
    try:
        principal, statements = output["principalId"], output["policyDocument"]["Statement"]
        more = output.get("context") or {}
        effects = {each["Effect"] for each in as_list(statements) if allows(each, arn)}
        variables = {name: plain_text(value) for name, value in more.items()}
    except (AttributeError, KeyError, TypeError):
        LOG.warning("the authorizer's output is not valid: %s", output)
        raise gateway_response.AuthorizerConfigurationError from None
    if effects != {"Allow"}:
        raise gateway_response.AccessDeniedError("User is not authorized to access this resource")
    return {**variables, "principalId": plain_text(principal)}


def invoke(uri, event):
    """ "Unauthorized" as the error's text is a 401, any other error a 500.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
    """
    arn = uri.split("/functions/")[1].removesuffix("/invocations")
    client = connect_to(region_name=arn.split(":")[3]).lambda_
    try:
        answer = client.invoke(FunctionName=arn, Payload=json.dumps(event, default=str))
        output = json.loads(answer["Payload"].read())
    except Exception as error:
        LOG.warning("the authorizer cannot be invoked: %s", error)
        raise gateway_response.AuthorizerConfigurationError from None
    if "FunctionError" not in answer:
        return output
    if output.get("errorMessage") == "Unauthorized":
        refuse("the function says so")
    LOG.warning("the authorizer failed: %s", output)
    raise gateway_response.AuthorizerFailureError("Internal server error")


def allows(statement, arn):
    """Whether a statement is about invoking this method."""
    return matches(statement["Action"], "execute-api:Invoke") and matches(
        statement["Resource"], arn
    )


def matches(patterns, text):
    """`*` and `?` are as in any policy."""
    return any(
        re.fullmatch(re.escape(each).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL)
        for each in as_list(patterns)
    )


def as_list(value):
    return value if isinstance(value, list) else [value]


AUTHORIZERS = {
    "JWT": authorize_jwt,
    "COGNITO_USER_POOLS": authorize_user,
    "REQUEST": authorize_by_function,
}


def valid_claims(context, algorithms, issuers):
    """The claims of the request's token: its key, its algorithm, its issuer, its times.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer.html
    """
    token = context.invocation_request["headers"].get("Authorization", "")
    token = re.sub("^bearer ", "", token, flags=re.IGNORECASE)
    try:
        written = jws.extract_compact(token.encode())
        claims = json.loads(written.payload)
        issuer, kid = claims["iss"], written.headers()["kid"]
        if issuer not in issuers:
            refuse("its issuer is another")
        key = signing_key(issuer, kid)
        jws.deserialize_compact(token, key, algorithms=algorithms)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        refuse(error)
    now = time.time()
    try:
        if now >= claims["exp"] or now < claims.get("nbf", now) or now < claims.get("iat", now):
            refuse("it is expired, or not valid yet")
    except (KeyError, TypeError):
        refuse("it has no valid times")
    return claims


def has_scope(context, claims):
    """One of the method's scopes is enough."""
    needed = context.resource_method.get("authorizationScopes") or []
    scopes = claims.get("scope", claims.get("scp", ""))
    given = scopes.split() if isinstance(scopes, str) else scopes
    return not needed or (isinstance(given, list) and bool({*needed} & {*map(str, given)}))


def refuse(reason):
    LOG.info("a token is refused: %s", reason)
    raise gateway_response.UnauthorizedError("Unauthorized")


_keys = {}
_fetching = threading.Lock()


def signing_key(issuer, kid):
    """ "When API Gateway receives a token signed with a key it hasn't seen, it retrieves the key
    set again."

    Keys of user pools are those that moto signs with.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-keys.html
    """
    with _fetching:
        if (issuer, kid) not in _keys:
            for key in KeySet.import_key_set(key_set(issuer)).keys:
                _keys[issuer, key.kid] = key
    return _keys[issuer, kid]


def key_set(issuer):
    if COGNITO.fullmatch(issuer):
        return load_resource("moto.cognitoidp.models", "resources/jwks-public.json")
    try:
        discovered = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        return fetch(discovered["jwks_uri"])
    except (OSError, ValueError, KeyError) as error:
        LOG.warning("the keys of %s cannot be read: %s", issuer, error)
        raise gateway_response.AuthorizerConfigurationError from None


def fetch(url):
    with urlopen(url, timeout=ISSUER_SECONDS) as answer:  # noqa: S310 - the program names it
        return json.loads(answer.read())


def json_text(value):
    text = json.dumps(value, separators=(",", ":"))
    return re.sub(r"\\u[0-9a-f]{4}", lambda match: "\\u" + match[0][2:].upper(), text)


def plain_text(value):
    match value:
        case str():
            return value
        case list():
            return ",".join(map(plain_text, value))
        case _:
            return json.dumps(value)
