"""The API as one OpenAPI document, which API Gateway imports.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from infra import mapping_templates
from infra.policies import START_ACTION
from workflows.workflow import Workflow

Document = dict[str, Any]
Authorization = Literal["iam", "none"]

# API Gateway picks a request's template by the text of its Content-Type; clients write it so.
JSON_TYPES = (
    "application/json",
    *(f"application/json;{space}charset={c}" for space in ("", " ") for c in ("utf-8", "UTF-8")),
)
SUCCESS = {"sync": 200, "async": 202}

SECURITY_SCHEMES: dict[Authorization, Document] = {
    "iam": {
        "sigv4": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "awsSigv4",
        }
    },
    "none": {},
}


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
    state_machine_arns: dict[str, str]


def openapi_document(
    title: str, workflows: Sequence[Workflow], backend: Backend, authorization: Authorization
) -> Document:
    """The whole API: one path with one POST for each workflow."""
    return {
        "openapi": "3.0.1",
        "info": {"title": title, "version": "1"},
        "paths": {
            f"/{workflow.name}": {"post": _operation(workflow, backend, authorization)}
            for workflow in workflows
        },
        "components": {"securitySchemes": SECURITY_SCHEMES[authorization]},
    }


def _operation(workflow: Workflow, backend: Backend, authorization: Authorization) -> Document:
    success = SUCCESS[workflow.mode]
    failures = {400, 429, 502}
    if workflow.mode == "sync":
        failures |= {504, *workflow.errors.values()}
    return {
        "operationId": workflow.name,
        # API Gateway ignores `security` at the document's root.
        "security": [{scheme: []} for scheme in SECURITY_SCHEMES[authorization]],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": _responses({success}, "application/json")
        | _responses(failures, "application/problem+json"),
        "x-amazon-apigateway-integration": _integration(workflow, backend, success),
    }


def _responses(statuses: Iterable[int], content_type: str) -> Document:
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {content_type: {"schema": {"type": "object"}}},
        }
        for status in sorted(statuses)
    }


def _integration(workflow: Workflow, backend: Backend, success: int) -> Document:
    action = START_ACTION[workflow.mode]
    request = mapping_templates.start_request(backend.state_machine_arns[workflow.name])
    response = (
        mapping_templates.sync_response(workflow.errors)
        if workflow.mode == "sync"
        else mapping_templates.async_response()
    )
    refusal = mapping_templates.service_error_response()
    return {
        "type": "aws",
        "httpMethod": "POST",
        "uri": f"arn:{backend.partition}:apigateway:{backend.region}:states:action/{action}",
        "credentials": backend.role_arn,
        # Otherwise an unmapped content type hands the client's body to Step Functions as it is,
        # and the client chooses the state machine.
        "passthroughBehavior": "never",
        "requestTemplates": dict.fromkeys(JSON_TYPES, request),
        # `default` takes every answer that no pattern matches, so failures have their own.
        "responses": {
            "default": _integration_response(success, response),
            r"4\d{2}": _integration_response(400, refusal),
            r"5\d{2}": _integration_response(502, refusal),
        },
    }


def _integration_response(status: int, template: str) -> Document:
    return {"statusCode": str(status), "responseTemplates": {"application/json": template}}
