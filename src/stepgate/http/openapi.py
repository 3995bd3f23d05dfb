"""The API as one OpenAPI document, for API Gateway and for clients.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from stepgate.http import mapping_templates as templates
from stepgate.http.authorization import SECURITY_SCHEMES, Authorization
from stepgate.http.gateway_responses import gateway_responses
from stepgate.http.input_models import checked_models, input_models, model_names
from stepgate.http.problems import PROBLEM_TYPE
from stepgate.http.reason_phrases import reason_phrase
from stepgate.permissions.arns import build_execution_arn
from stepgate.workflow import Workflow

Document = dict[str, Any]

# API Gateway selects a request's template and model by the exact text of its Content-Type. Clients
# use these.
JSON_TYPES = (
    "application/json",
    *(f"application/json;{space}charset={c}" for space in ("", " ") for c in ("utf-8", "UTF-8")),
)

# The error statuses of any request, and those of a request with a body.
ANY_ROUTE = {403, 429, 500, 502, 504}
ANY_BODY = {400, 413, 415}

PROBLEM: Document = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "error": {"type": "string", "description": "The error name of the workflow or the service"},
        "execution": {"type": "string", "description": "The execution's name, if there is one"},
    },
}
TEXT: Document = {"type": "string"}
SECONDS: Document = {"type": "number", "description": "Seconds since 1970"}
STARTED: Document = {
    "type": "object",
    "required": ["executionArn", "execution", "startDate", "status", "location"],
    "properties": {
        "executionArn": TEXT,
        "execution": TEXT,
        "startDate": SECONDS,
        "status": {"type": "string", "enum": ["RUNNING"]},
        "location": TEXT,
    },
}
EXECUTION: Document = {
    "type": "object",
    "required": ["executionArn", "execution", "status", "startDate"],
    "properties": {
        "executionArn": TEXT,
        "execution": TEXT,
        "status": {
            "type": "string",
            "enum": ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"],
        },
        "startDate": SECONDS,
        "stopDate": SECONDS,
        "input": {},
        "output": {},
        "error": TEXT,
        "cause": TEXT,
    },
}
STOPPED: Document = {
    "type": "object",
    "required": ["stopDate"],
    "properties": {"stopDate": SECONDS},
}

LOCATION = {
    "Location": {"schema": TEXT, "description": "The URL of the execution, relative to the request"}
}
EXECUTION_NAME = {"Execution-Name": {"schema": TEXT, "description": "The execution's name"}}
RETRY_AFTER = {"Retry-After": {"schema": TEXT, "description": "Seconds to wait"}}


@dataclass(frozen=True)
class IntegrationTargets:
    """The targets of the integrations.

    Attributes:
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        region: the Region, for example `us-east-1`.
        role_arn: the role in which API Gateway calls Step Functions.
        state_machine_arns: each workflow's state machine, by the workflow's name.
    """

    partition: str
    region: str
    role_arn: str
    state_machine_arns: Mapping[str, str]


@dataclass(frozen=True)
class ApiOptions:
    """Options of the API.

    Attributes:
        title: the API's title.
        authorization: who may call the routes.
        origins: the origins whose scripts may read the responses.
    """

    title: str
    authorization: Authorization
    origins: Sequence[str] = ()


def openapi_document(
    workflows: Sequence[Workflow], options: ApiOptions, targets: IntegrationTargets
) -> Document:
    """The document for API Gateway's import."""
    paths: Document = {}
    models = model_names(workflows)
    for workflow in workflows:
        paths |= _Routes(workflow, models[workflow.name], options, targets).paths()
    return {
        "openapi": "3.0.1",
        "info": {"title": options.title, "version": "1"},
        "paths": paths,
        "components": {
            "securitySchemes": SECURITY_SCHEMES[options.authorization],
            "schemas": {
                "Problem": PROBLEM,
                "Started": STARTED,
                "Execution": EXECUTION,
                "Stopped": STOPPED,
                **checked_models(workflows),
            },
        },
        "x-amazon-apigateway-request-validators": {
            "body": {"validateRequestBody": True, "validateRequestParameters": False}
        },
        "x-amazon-apigateway-gateway-responses": gateway_responses(
            options.authorization, options.origins
        ),
    }


def client_document(document: Document, workflows: Sequence[Workflow], url: str) -> Document:
    """The document for clients: with the API's URL and all of the input schemas, also what API
    Gateway does not check, and without the integrations."""
    shown = _without_integrations(document)
    schemas = shown["components"]["schemas"] | input_models(workflows)
    return {
        **shown,
        "components": {**shown["components"], "schemas": schemas},
        "servers": [{"url": url}],
    }


def _without_integrations(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_integrations(item) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_integrations(value)
        for key, value in cast("Document", node).items()
        if not key.startswith("x-amazon-") and key not in JSON_TYPES[1:]
    }


@dataclass(frozen=True)
class _Routes:
    """The paths of one workflow."""

    workflow: Workflow
    model: str
    options: ApiOptions
    targets: IntegrationTargets

    def paths(self) -> Document:
        start = self._start_sync() if self.workflow.mode == "sync" else self._start_async()
        paths: Document = {f"/{self.workflow.name}": self._with_preflight({"post": start})}
        if self.workflow.mode == "async":
            paths[f"/{self.workflow.name}/{{execution}}"] = self._with_preflight(
                {"get": self._describe(), "delete": self._stop()}
            )
        return paths

    def _start_sync(self) -> Document:
        statuses = ANY_ROUTE | ANY_BODY | set(self.workflow.errors.values())
        return {
            **self._operation("", {"200": _response(200, headers=EXECUTION_NAME)}, statuses),
            **self._body(),
            **self._integration(
                "StartSyncExecution",
                templates.sync_request(self._state_machine_arn),
                (200, templates.sync_response(self.workflow.errors, self.options.origins)),
                templates.start_error_response(self.options.origins),
            ),
        }

    def _start_async(self) -> Document:
        key = {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": TEXT,
            "description": "The execution's name, so that a repeated request does not start "
            "another one: 1-80 letters, digits, dashes or underscores, hard to guess",
        }
        started = _response(202, _ref("Started"), LOCATION)
        return {
            **self._operation("", {"202": started}, ANY_ROUTE | ANY_BODY | {409}),
            "parameters": [key],
            **self._body(),
            **self._integration(
                "StartExecution",
                templates.async_request(self._state_machine_arn),
                (202, templates.async_response(self.workflow.name, self.options.origins)),
                templates.start_error_response(self.options.origins),
            ),
        }

    def _describe(self) -> Document:
        described = _response(200, _ref("Execution"))
        template = templates.description_response(self.workflow.errors, self.options.origins)
        return self._on_execution("DescribeExecution", "-execution", described, (200, template))

    def _stop(self) -> Document:
        stopped = _response(202, _ref("Stopped"))
        template = templates.stop_response(self.options.origins)
        return self._on_execution("StopExecution", "-stop", stopped, (202, template))

    def _on_execution(
        self, action: str, suffix: str, response: Document, success: tuple[int, str]
    ) -> Document:
        return {
            **self._operation(suffix, {str(success[0]): response}, ANY_ROUTE | {404, 415}),
            "parameters": [_EXECUTION],
            **self._integration(
                action,
                templates.execution_request(build_execution_arn(self._state_machine_arn, "")),
                success,
                templates.execution_error_response(self.options.origins),
            ),
        }

    def _with_preflight(self, operations: Document) -> Document:
        """The operations, and the preflight that browsers send before a script's request."""
        if not self.options.origins:
            return operations
        template = templates.preflight_response(
            self.options.origins, [method.upper() for method in operations]
        )
        preflight = {
            # A browser's preflight has no signature and no key.
            "security": [],
            "parameters": [
                parameter
                for parameter in next(iter(operations.values())).get("parameters", ())
                if parameter["in"] == "path"
            ],
            "responses": {"204": {"description": reason_phrase(204)}},
            "x-amazon-apigateway-integration": {
                "type": "mock",
                "requestTemplates": {"application/json": templates.preflight_request()},
                "responses": {"default": _integration_response(204, template)},
            },
        }
        return {**operations, "options": preflight}

    def _operation(self, suffix: str, success: Document, failures: set[int]) -> Document:
        return {
            "operationId": f"{self.workflow.name}{suffix}",
            # API Gateway ignores `security` at the document's root.
            "security": [{name: []} for name in SECURITY_SCHEMES[self.options.authorization]],
            "responses": {
                **success,
                **{
                    str(status): _response(
                        status,
                        _ref("Problem"),
                        RETRY_AFTER if status == HTTPStatus.TOO_MANY_REQUESTS else {},
                        content_type=PROBLEM_TYPE,
                    )
                    for status in sorted(failures)
                },
            },
        }

    def _body(self) -> Document:
        if self.workflow.input_schema is None:
            return {"requestBody": {"content": {type_: {} for type_ in JSON_TYPES}}}
        schema = _ref(self.model)
        return {
            "requestBody": {"content": {type_: {"schema": schema} for type_ in JSON_TYPES}},
            "x-amazon-apigateway-request-validator": "body",
        }

    def _integration(
        self, action: str, request: str, success: tuple[int, str], refusal: str
    ) -> Document:
        partition, region = self.targets.partition, self.targets.region
        return {
            "x-amazon-apigateway-integration": {
                "type": "aws",
                "httpMethod": "POST",
                "uri": f"arn:{partition}:apigateway:{region}:states:action/{action}",
                "credentials": self.targets.role_arn,
                # Otherwise API Gateway would send the body of an unmapped content type to Step
                # Functions unchanged, and the client could choose the state machine.
                "passthroughBehavior": "never",
                "requestTemplates": dict.fromkeys(JSON_TYPES, request),
                # `default` is for responses that no pattern matches, so failures have their own: a
                # single one, because API Gateway keeps one integration response per status.
                "responses": {
                    "default": _integration_response(*success),
                    r"[45]\d{2}": _integration_response(502, refusal),
                },
            }
        }

    @property
    def _state_machine_arn(self) -> str:
        return self.targets.state_machine_arns[self.workflow.name]


_EXECUTION = {
    "name": "execution",
    "in": "path",
    "required": True,
    "schema": TEXT,
    "description": "The execution's name",
}


def _ref(schema: str) -> Document:
    return {"$ref": f"#/components/schemas/{schema}"}


def _response(
    status: int,
    schema: Document | None = None,
    headers: Document | None = None,
    *,
    content_type: str = "application/json",
) -> Document:
    response = {
        "description": reason_phrase(status),
        "content": {content_type: {"schema": schema} if schema else {}},
    }
    return response | ({"headers": headers} if headers else {})


def _integration_response(status: int, template: str) -> Document:
    return {"statusCode": str(status), "responseTemplates": {"application/json": template}}
