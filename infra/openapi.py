"""The API as one OpenAPI document, which API Gateway imports and clients read.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from infra import mapping_templates as templates
from infra.arns import execution_arn
from infra.authorization import SECURITY_SCHEMES, Authorization
from infra.gateway_responses import gateway_responses
from infra.phrases import phrase
from workflows.workflow import Workflow

Document = dict[str, Any]

# API Gateway picks a request's template and model by the text of its Content-Type, and clients
# write it so.
JSON_TYPES = (
    "application/json",
    *(f"application/json;{space}charset={c}" for space in ("", " ") for c in ("utf-8", "UTF-8")),
)
PROBLEM_TYPE = "application/problem+json"

# What API Gateway may answer to any request, and Step Functions to any call.
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
        "error": {"type": "string", "description": "The workflow's or the service's error name"},
        "execution": {"type": "string", "description": "The execution's name, where there is one"},
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
    "Location": {"schema": TEXT, "description": "Where the execution is, relative to the request"}
}
RETRY_AFTER = {"Retry-After": {"schema": TEXT, "description": "Seconds to wait"}}


@dataclass(frozen=True)
class Backend:
    """What the integrations call.

    Attributes:
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        region: the Region, such as `us-east-1`.
        role_arn: the role that API Gateway calls Step Functions in.
        state_machine_arns: each workflow's state machine, by the workflow's name.
    """

    partition: str
    region: str
    role_arn: str
    state_machine_arns: Mapping[str, str]


@dataclass(frozen=True)
class Front:
    """What callers see: the API's title, who may call, and whose scripts may read the answers."""

    title: str
    authorization: Authorization
    origins: Sequence[str] = ()


def openapi_document(workflows: Sequence[Workflow], front: Front, backend: Backend) -> Document:
    """The whole API, as API Gateway imports it."""
    paths: Document = {}
    for workflow in workflows:
        paths |= _Routes(workflow, front, backend).paths()
    return {
        "openapi": "3.0.1",
        "info": {"title": front.title, "version": "1"},
        "paths": paths,
        "components": {
            "securitySchemes": SECURITY_SCHEMES[front.authorization],
            "schemas": {
                "Problem": PROBLEM,
                "Started": STARTED,
                "Execution": EXECUTION,
                "Stopped": STOPPED,
                **{model_name(w): w.input_schema for w in workflows if w.input_schema is not None},
            },
        },
        "x-amazon-apigateway-request-validators": {
            "body": {"validateRequestBody": True, "validateRequestParameters": False}
        },
        "x-amazon-apigateway-gateway-responses": gateway_responses(
            front.authorization, front.origins
        ),
    }


def client_document(document: Document, url: str) -> Document:
    """The document for clients: where the API is, and nothing of what is behind it."""
    return {**_without_integrations(document), "servers": [{"url": url}]}


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


def model_name(workflow: Workflow) -> str:
    """The name of the input's schema; API Gateway takes letters and digits only."""
    return "".join(part.capitalize() for part in workflow.name.split("-")) + "Input"


@dataclass(frozen=True)
class _Routes:
    """The paths of one workflow."""

    workflow: Workflow
    front: Front
    backend: Backend

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
            **self._operation("", {"200": _response(200)}, statuses),
            **self._body(),
            **self._integration(
                "StartSyncExecution",
                templates.sync_request(self._state_machine_arn),
                (200, templates.sync_response(self.workflow.errors, self.front.origins)),
                templates.start_error_response(self.front.origins),
            ),
        }

    def _start_async(self) -> Document:
        key = {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": TEXT,
            "description": "Names the execution, so that a request sent again starts no second "
            "one: 1 to 80 letters, digits, dashes and underscores, hard to guess",
        }
        started = _response(202, _ref("Started"), LOCATION)
        return {
            **self._operation("", {"202": started}, ANY_ROUTE | ANY_BODY | {409}),
            "parameters": [key],
            **self._body(),
            **self._integration(
                "StartExecution",
                templates.async_request(self._state_machine_arn),
                (202, templates.async_response(self.workflow.name, self.front.origins)),
                templates.start_error_response(self.front.origins),
            ),
        }

    def _describe(self) -> Document:
        described = _response(200, _ref("Execution"))
        return {
            **self._operation("-execution", {"200": described}, ANY_ROUTE | {404, 415}),
            "parameters": [_EXECUTION],
            **self._integration(
                "DescribeExecution",
                templates.execution_request(execution_arn(self._state_machine_arn, "")),
                (200, templates.description_response(self.front.origins)),
                templates.execution_error_response(self.front.origins),
            ),
        }

    def _stop(self) -> Document:
        stopped = _response(202, _ref("Stopped"))
        return {
            **self._operation("-stop", {"202": stopped}, ANY_ROUTE | {404, 415}),
            "parameters": [_EXECUTION],
            **self._integration(
                "StopExecution",
                templates.execution_request(execution_arn(self._state_machine_arn, "")),
                (202, templates.stop_response(self.front.origins)),
                templates.execution_error_response(self.front.origins),
            ),
        }

    def _with_preflight(self, operations: Document) -> Document:
        """The operations, and the one that a browser asks before it sends a script's request."""
        if not self.front.origins:
            return operations
        template = templates.preflight_response(
            self.front.origins, [method.upper() for method in operations]
        )
        preflight = {
            # A browser signs no preflight and sends no key with it.
            "security": [],
            "parameters": [
                parameter
                for parameter in next(iter(operations.values())).get("parameters", ())
                if parameter["in"] == "path"
            ],
            "responses": {"204": {"description": phrase(204)}},
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
            "security": [{name: []} for name in SECURITY_SCHEMES[self.front.authorization]],
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
        schema = _ref(model_name(self.workflow))
        return {
            "requestBody": {"content": {type_: {"schema": schema} for type_ in JSON_TYPES}},
            "x-amazon-apigateway-request-validator": "body",
        }

    def _integration(
        self, action: str, request: str, success: tuple[int, str], refusal: str
    ) -> Document:
        partition, region = self.backend.partition, self.backend.region
        return {
            "x-amazon-apigateway-integration": {
                "type": "aws",
                "httpMethod": "POST",
                "uri": f"arn:{partition}:apigateway:{region}:states:action/{action}",
                "credentials": self.backend.role_arn,
                # Otherwise an unmapped content type hands the client's body to Step Functions as
                # it is, and the client chooses the state machine.
                "passthroughBehavior": "never",
                "requestTemplates": dict.fromkeys(JSON_TYPES, request),
                # `default` takes every answer that no pattern matches, so failures have their own;
                # one, for API Gateway keeps one integration response for each status.
                "responses": {
                    "default": _integration_response(*success),
                    r"[45]\d{2}": _integration_response(502, refusal),
                },
            }
        }

    @property
    def _state_machine_arn(self) -> str:
        return self.backend.state_machine_arns[self.workflow.name]


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
        "description": phrase(status),
        "content": {content_type: {"schema": schema} if schema else {}},
    }
    return response | ({"headers": headers} if headers else {})


def _integration_response(status: int, template: str) -> Document:
    return {"statusCode": str(status), "responseTemplates": {"application/json": template}}
