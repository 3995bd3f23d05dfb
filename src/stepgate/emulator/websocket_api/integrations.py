"""Integrations: what a route makes of a message, and of its backend's answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html
"""

import json
import re
from dataclasses import dataclass, field
from types import SimpleNamespace

from localstack.services.apigateway.next_gen.execute_api.integrations.aws import (
    RestApiAwsIntegration,
)
from localstack.services.apigateway.next_gen.execute_api.template_mapping import (
    ApiGatewayVtlTemplate,
)
from werkzeug.datastructures import Headers

from .connections import MESSAGE_BYTES
from .expressions import evaluate


class IntegrationError(Exception):
    """A request that the API is not configured for; the client gets no other detail."""


@dataclass(frozen=True)
class Event:
    """What a route is invoked with.

    Attributes:
        body: the message; empty for the routes `$connect` and `$disconnect`.
        context: `$context`.
        params: `$input.params()`, which only `$connect` has.
    """

    body: str
    context: dict
    params: dict = field(
        default_factory=lambda: {kind: {} for kind in ("path", "querystring", "header")}
    )

    @property
    def message(self):
        """The body as JSON; empty if it is not."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return {}


def invoke(served, route, event):
    """Calls a route's integration.

    Returns:
        what goes to the client; None from a route without a response, whatever its backend answers.
    """
    integration = served.integration(route)
    if not integration:
        raise IntegrationError(f"{route['RouteKey']} has no integration")
    status, answer = _call(served, integration, event)
    if not served.answers(route):
        return None
    text = _response(served, integration, event, status, answer)
    if len(text.encode()) > MESSAGE_BYTES:
        raise IntegrationError(f"the response of {route['RouteKey']} is larger than 128 KB")
    return text


def _call(served, integration, event):
    body = _request(served, integration, event)
    if integration["IntegrationType"] == "MOCK":
        try:
            return int(json.loads(body)["statusCode"]), ""
        except (KeyError, TypeError, ValueError):
            raise IntegrationError(f"no status code is in {body}") from None
    api, stage = served.api, served.stage
    # What the integration of a REST API reads of its context.
    context = SimpleNamespace(
        account_id=api["AccountId"],
        api_id=api["ApiId"],
        context_variables=event.context,
        integration={"credentials": integration.get("CredentialsArn")},
        integration_request={
            "body": body.encode(),
            "headers": Headers({"Content-Type": "application/json"}),
            "http_method": integration.get("IntegrationMethod", "POST"),
            "query_string_parameters": {},
            "uri": evaluate(
                integration["IntegrationUri"], {"stageVariables": stage["StageVariables"]}
            ),
        },
        region=api["Region"],
        resource={"path": ""},
        resource_method={"httpMethod": event.context["routeKey"]},
        stage=stage["StageName"],
        stage_variables=stage["StageVariables"],
    )
    answer = RestApiAwsIntegration().invoke(context)
    return answer["status_code"], answer["body"].decode()


def _request(served, integration, event):
    """`PassthroughBehavior`: "WHEN_NO_MATCH passes the request body for unmapped content types
    through to the integration backend without transformation", "WHEN_NO_TEMPLATES allows
    pass-through when the integration has no content types mapped to templates".

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html
    """
    templates = integration.get("RequestTemplates") or {}
    template = _template(integration, templates, {"request": {"body": event.message}})
    if template is not None:
        return _rendered(served, template, event.body, event)
    passes = {"WHEN_NO_MATCH": True, "WHEN_NO_TEMPLATES": not templates, "NEVER": False}
    if not passes[integration["PassthroughBehavior"]]:
        raise IntegrationError("no template matches")
    return event.body


def _response(served, integration, event, status, answer):
    """ "For non-proxy integrations, you must set up at least one integration response."

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html
    """
    responses = served.integration_responses(integration)
    matching = [
        key for key in responses if key != "$default" and re.fullmatch(key[1:-1], str(status))
    ]
    response = responses.get((matching or ["$default"])[0])
    if response is None:
        raise IntegrationError(f"no integration response matches the status {status}")
    variables = {
        "integration": {"response": {"statuscode": status}},
        "request": {"body": event.message},
    }
    template = _template(response, response.get("ResponseTemplates") or {}, variables)
    return answer if template is None else _rendered(served, template, answer, event)


def _template(owner, templates, variables):
    """The template that is selected; None if there is none.

    Which one it is without a template selection expression is not in AWS's pages. Public programs
    have the only one under `$default` or `application/json` then.
    """
    if expression := owner.get("TemplateSelectionExpression"):
        return templates.get(evaluate(expression, variables))
    return templates.get("$default", templates.get("application/json"))


def _rendered(served, template, body, event):
    variables = {
        "context": event.context,
        "input": {"body": body, "params": event.params},
        "stageVariables": served.stage["StageVariables"],
    }
    overrides = {"requestOverride": {}, "responseOverride": {}}
    rendered, _ = ApiGatewayVtlTemplate().render_request(template, variables, overrides)
    return rendered
