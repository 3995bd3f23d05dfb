"""The API as one OpenAPI document, for API Gateway and for clients.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from posixpath import basename, dirname, relpath
from typing import Any, cast

from stepgate.authorization import Authorization, AuthorizationName, as_authorization
from stepgate.events.event import EVENTS_MACHINE
from stepgate.http import mapping_templates as templates
from stepgate.http.authorization import (
    authorizers,
    client_scheme,
    scopes,
    security,
    security_scheme,
    takes_token,
)
from stepgate.http.cors import Cors
from stepgate.http.execution_wait import DEFAULT_SECONDS, MOST_SECONDS
from stepgate.http.gateway_responses import gateway_responses
from stepgate.http.input_models import (
    checked_models,
    event_model_names,
    input_models,
    model_names,
    takes_no_body,
)
from stepgate.http.problems import PROBLEM_TYPE
from stepgate.http.reason_phrases import reason_phrase
from stepgate.live.live import gives_tickets
from stepgate.live.tickets import TICKETS_MACHINE
from stepgate.permissions.arns import build_alias_arn, build_execution_arn
from stepgate.route import (
    EXECUTION_VARIABLE,
    INTEGRATION_TIMEOUT,
    ITEM_VARIABLE,
    WAIT_MACHINE,
    Route,
    variables,
)
from stepgate.workflow import Workflow

Document = dict[str, Any]

# API Gateway selects a request's template and model by the exact text of its Content-Type. Clients
# use these.
JSON_TYPES = (
    "application/json",
    *(f"application/json;{space}charset={c}" for space in ("", " ") for c in ("utf-8", "UTF-8")),
)

# Scripts may give a preflight a Content-Type of its own. Any other is a 415; a MOCK integration
# that passes a body through would answer 500.
PREFLIGHT_TYPES = (
    *JSON_TYPES,
    *("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"),
    "text/plain;charset=UTF-8",
)

# The error statuses of any request, and those of a request that runs or starts a workflow.
ANY_ROUTE = {403, 429, 500, 502, 504}
ANY_START = {400, 413, 415}

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
        "version": {
            "type": "integer",
            "description": "The version of the workflow's state machine",
        },
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
WAITED: Document = {
    "type": "object",
    "required": ["location"],
    "properties": {"location": TEXT},
}

IDEMPOTENCY_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": TEXT,
    "description": "The execution's name, so that a repeated request does not start another one: "
    "1-80 letters, digits, dashes or underscores, hard to guess",
}
PRIVATE_KEY: Document = IDEMPOTENCY_KEY | {
    "description": "The execution's name, so that a repeated request does not start another one: "
    "letters, digits, dashes or underscores, at most 78 less the length of who calls",
}
CALL_NAME: Document = {
    "name": "Execution-Name",
    "in": "header",
    "schema": TEXT,
    "description": "The execution's name, for example a UUID, by which its log finds it: 1-80 "
    "letters, digits, dashes or underscores",
}
WAIT_SECONDS: Document = {
    "name": "seconds",
    "in": "query",
    "schema": TEXT,
    "description": "How long to wait at most",
}
# What an import makes of these is not documented, so only clients see them.
OWN_PARAMETERS: list[tuple[Document, Document]] = [
    *(
        (key, {"pattern": f'^({templates.KEY}|"{templates.KEY}")$'})
        for key in (IDEMPOTENCY_KEY, PRIVATE_KEY)
    ),
    (CALL_NAME, {"pattern": f"^{templates.KEY}$"}),
    (
        WAIT_SECONDS,
        {"type": "integer", "minimum": 1, "maximum": MOST_SECONDS, "default": DEFAULT_SECONDS},
    ),
]
SENT: Document = {
    "type": "object",
    "required": ["event"],
    "properties": {"event": {"type": "string", "description": "The event, or event/item"}},
}
EVENTS: Document = {
    "type": "object",
    "required": ["events"],
    "properties": {
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["event", "since", "until"],
                "properties": {"event": TEXT, "since": SECONDS, "until": SECONDS},
            },
        }
    },
}
TICKET: Document = {
    "type": "object",
    "required": ["ticket", "expires"],
    "properties": {
        "ticket": {"type": "string", "description": "Good once, and only for this execution"},
        "expires": {"type": "string", "format": "date-time"},
    },
}
EVENT_SCHEMAS = {"Events": EVENTS, "Sent": SENT}

DESCRIBED = {
    EXECUTION_VARIABLE: "The execution's name",
    ITEM_VARIABLE: "The item of the Map, for example its index",
}
"""The variables in paths that are not a workflow's own."""

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
        state_machine_arns: each workflow's state machine, by the workflow's name; and the one that
            waits, if a route needs it.
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
        authorization: who may call the routes that do not say it themselves.
        cors: which scripts may call the routes.
        tickets: whether executions have a route for tickets, with which they are followed live.
    """

    title: str
    authorization: Authorization | AuthorizationName
    cors: Cors = Cors()  # noqa: RUF009 - it is frozen
    tickets: bool = False


def openapi_document(
    workflows: Sequence[Workflow], options: ApiOptions, targets: IntegrationTargets
) -> Document:
    """The document for API Gateway's import; no value of an authorization is unknown any more."""
    models = model_names(workflows)
    event_models = event_model_names(workflows)
    schemas = checked_models(workflows)
    known = authorizers(authorizations(workflows, options.authorization))
    paths: dict[str, Document] = {}
    headers: dict[str, list[str]] = {}
    for workflow in workflows:
        own_events = {name: event_models[workflow.name, name] for name in workflow.events}
        model = models[workflow.name]
        routes = _Routes(workflow, model, own_events, schemas, options, targets, known)
        for path, operations in routes.paths().items():
            paths.setdefault(path, {}).update(operations)
            headers.setdefault(path, []).extend(workflow.route.names("header"))
            for each in authorizations([workflow], options.authorization):
                headers[path] += getattr(each, "headers", ())
    if options.cors.origins:
        for path, operations in paths.items():
            operations["options"] = _preflight(path, operations, headers[path], options.cors)
    return {
        "openapi": "3.0.1",
        "info": {"title": options.title, "version": "1"},
        "paths": paths,
        "components": {
            "securitySchemes": {
                name: security_scheme(
                    each,
                    partition=targets.partition,
                    region=targets.region,
                    role_arn=targets.role_arn,
                )
                for name, each in known.items()
            },
            "schemas": {
                "Problem": PROBLEM,
                "Started": STARTED,
                "Execution": EXECUTION,
                "Stopped": STOPPED,
                **({"Waited": WAITED} if any(w.route.wait for w in workflows) else {}),
                **(EVENT_SCHEMAS if event_models else {}),
                **({"Ticket": TICKET} if options.tickets else {}),
                **schemas,
            },
        },
        "x-amazon-apigateway-request-validators": {
            "body": {"validateRequestBody": True, "validateRequestParameters": False}
        },
        "x-amazon-apigateway-gateway-responses": gateway_responses(known.values(), options.cors),
    }


def authorizations(
    workflows: Sequence[Workflow], default: Authorization | AuthorizationName
) -> list[Authorization]:
    """What each workflow's route asks of a caller, and then the events that have their own.

    Args:
        default: for the routes that do not say it themselves.
    """
    events = [event for each in workflows for event in each.events.values()]
    return [
        *(as_authorization(each.route.authorization or default) for each in workflows),
        *(as_authorization(each.authorization) for each in events if each.authorization),
    ]


def client_document(document: Document, workflows: Sequence[Workflow], url: str) -> Document:
    """The document for clients: with the API's URL and all of the schemas, also what API Gateway
    does not check, and without the integrations."""
    shown = _without_integrations(document)
    schemes = document["components"]["securitySchemes"]
    for operations in shown["paths"].values():
        for operation in operations.values():
            # OpenAPI 3.0 has scopes for OAuth alone; here the description names them.
            operation["security"] = [{name: [] for name in each} for each in operation["security"]]
    return {
        **shown,
        "components": {
            **shown["components"],
            "securitySchemes": {name: client_scheme(each) for name, each in schemes.items()},
            "schemas": shown["components"]["schemas"] | input_models(workflows),
        },
        "servers": [{"url": url}],
    }


def _without_integrations(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_integrations(item) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    for parameter, schema in OWN_PARAMETERS:
        if node == parameter:
            return {**parameter, "schema": TEXT | schema}
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
    event_models: Mapping[str, str]
    schemas: Mapping[str, Document]
    options: ApiOptions
    targets: IntegrationTargets
    known: Mapping[str, Authorization]

    @property
    def route(self) -> Route:
        """The route, which says itself who may call it."""
        return replace(self.workflow.route, authorization=self.authorization)

    @property
    def authorization(self) -> Authorization:
        return as_authorization(self.workflow.route.authorization or self.options.authorization)

    def paths(self) -> dict[str, Document]:
        """The operations by path and method."""
        workflow = self.workflow
        method = workflow.route.method.lower()
        if workflow.mode == "sync":
            return {workflow.path: {method: self._start_sync()}}
        return {
            workflow.path: {method: self._start_async()},
            workflow.execution_path: {"get": self._describe(), "delete": self._stop()},
            **({workflow.wait_path: {"get": self._wait()}} if workflow.route.wait else {}),
            **({workflow.events_path: {"get": self._list_events()}} if workflow.events else {}),
            **{workflow.event_path(name): {"post": self._send(name)} for name in workflow.events},
            **(
                {workflow.tickets_path: {"post": self._give_ticket()}}
                if self.options.tickets and gives_tickets(workflow)
                else {}
            ),
        }

    def _start_sync(self) -> Document:
        route, errors = self.route, self.workflow.errors
        headers = {name: {"schema": TEXT} for name in route.headers} | EXECUTION_NAME
        success = {str(route.status): _response(route.status, headers=headers)}
        return {
            **self._operation("", success, ANY_ROUTE | ANY_START | {*errors.values()}),
            **self._parameters(CALL_NAME),
            **self._body(),
            **self._integration(
                "StartSyncExecution",
                templates.sync_request(self._started_arn, route),
                (route.status, templates.sync_response(errors, route, self.options.cors)),
                templates.start_error_response(self.options.cors, templates.INVALID_NAME),
            ),
        }

    def _start_async(self) -> Document:
        key = PRIVATE_KEY if self.route.private else IDEMPOTENCY_KEY
        started = _response(202, _ref("Started"), LOCATION)
        return {
            **self._operation("", {"202": started}, ANY_ROUTE | ANY_START | {409}),
            **self._parameters(key),
            **self._body(),
            **self._integration(
                "StartExecution",
                templates.async_request(self._started_arn, self.route),
                (
                    202,
                    templates.async_response(
                        location(self.workflow), self.options.cors, private=self.route.private
                    ),
                ),
                templates.start_error_response(
                    self.options.cors,
                    templates.INVALID_PRIVATE_KEY if self.route.private else templates.INVALID_KEY,
                ),
            ),
        }

    def _describe(self) -> Document:
        described = _response(200, _ref("Execution"))
        template = templates.description_response(
            self.workflow.errors, self.options.cors, private=self.route.private
        )
        return self._on_execution("DescribeExecution", "-execution", described, (200, template))

    def _stop(self) -> Document:
        stopped = _response(202, _ref("Stopped"))
        template = templates.stop_response(self.options.cors)
        return self._on_execution("StopExecution", "-stop", stopped, (202, template))

    def _wait(self) -> Document:
        cors = self.options.cors
        # Most clients follow the redirect by themselves.
        success = {
            "200": _response(200, _ref("Execution")),
            "303": _response(303, _ref("Waited"), LOCATION),
        }
        return {
            **self._operation("-wait", success, ANY_ROUTE | {400, 404, 415}),
            "parameters": [*_path_parameters(self.workflow.wait_path), WAIT_SECONDS],
            **self._integration(
                "StartSyncExecution",
                templates.wait_request(
                    self.targets.state_machine_arns[WAIT_MACHINE],
                    build_execution_arn(self._state_machine_arn, ""),
                    self.route,
                ),
                (303, templates.wait_response(location_after_wait(self.workflow), cors)),
                templates.wait_error_response(cors),
            ),
        }

    def _list_events(self) -> Document:
        request = templates.events_request(self._events_arn, self._execution_arn, self.route)
        return {
            **self._operation(
                ".events", {"200": _response(200, _ref("Events"))}, ANY_ROUTE | {404, 415}
            ),
            "parameters": _path_parameters(self.workflow.events_path),
            **self._events_integration(request, 200),
        }

    def _send(self, event: str) -> Document:
        path = self.workflow.event_path(event)
        key = path.removeprefix(f"{self.workflow.events_path}/")
        declared = self.workflow.events[event]
        # Who may send it need not be who has started the execution.
        route = replace(self.route, private=self.route.private and not declared.authorization)
        request = templates.event_request(self._events_arn, self._execution_arn, key, route)
        return {
            **self._operation(
                f".events.{event}",
                {"202": _response(202, _ref("Sent"))},
                ANY_ROUTE | ANY_START | {404, 409, 410},
                declared.authorization,
            ),
            "parameters": _path_parameters(path),
            **self._json_body(self.event_models[event]),
            **self._events_integration(request, 202),
        }

    def _give_ticket(self) -> Document:
        cors = self.options.cors
        request = templates.ticket_request(
            self.targets.state_machine_arns[TICKETS_MACHINE],
            self._execution_arn,
            self.workflow.name,
            self.route,
        )
        return {
            **self._operation(
                "-ticket", {"201": _response(201, _ref("Ticket"))}, ANY_ROUTE | {404, 415}
            ),
            "parameters": _path_parameters(self.workflow.tickets_path),
            **self._integration(
                "StartSyncExecution",
                request,
                (201, templates.ticket_response(cors)),
                templates.start_error_response(cors),
            ),
        }

    def _events_integration(self, request: str, status: int) -> Document:
        cors = self.options.cors
        return self._integration(
            "StartSyncExecution",
            request,
            (status, templates.event_response(cors)),
            templates.start_error_response(cors),
        )

    def _on_execution(
        self, action: str, suffix: str, response: Document, success: tuple[int, str]
    ) -> Document:
        return {
            **self._operation(suffix, {str(success[0]): response}, ANY_ROUTE | {404, 415}),
            "parameters": _path_parameters(self.workflow.execution_path),
            **self._integration(
                action,
                templates.execution_request(self._execution_arn, self.route),
                success,
                templates.execution_error_response(self.options.cors),
            ),
        }

    def _operation(
        self,
        suffix: str,
        success: Document,
        failures: set[int],
        own: Authorization | AuthorizationName | None = None,
    ) -> Document:
        authorization = as_authorization(own or self.authorization)
        needed = " or ".join(scopes(authorization))
        if takes_token(authorization):
            failures = failures | {401}
        said = [
            *([] if suffix else [self.workflow.description]),
            f"Needs a token with the scope {needed}." if needed else "",
        ]
        description = " ".join(filter(None, said))
        return {
            "operationId": f"{self.workflow.name}{suffix}",
            **({"description": description} if description else {}),
            # API Gateway ignores `security` at the document's root.
            "security": security(authorization, self.known),
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

    def _parameters(self, *more: Document) -> Document:
        route = self.workflow.route
        parameters = [
            *_path_parameters(self.workflow.path),
            *({"name": name, "in": "query", "schema": TEXT} for name in route.names("query")),
            *({"name": name, "in": "header", "schema": TEXT} for name in route.names("header")),
            *more,
        ]
        return {"parameters": parameters} if parameters else {}

    def _body(self) -> Document:
        return self._json_body(self.model) if self.workflow.route.has_body else {}

    def _json_body(self, model: str) -> Document:
        """A request's body, and its check if there is such a model."""
        if model not in self.schemas:
            return {"requestBody": {"content": {type_: {} for type_ in JSON_TYPES}}}
        content = {type_: {"schema": _ref(model)} for type_ in JSON_TYPES}
        required = {} if takes_no_body(self.schemas[model]) else {"required": True}
        return {
            "requestBody": {**required, "content": content},
            "x-amazon-apigateway-request-validator": "body",
        }

    def _integration(
        self, action: str, request: str, success: tuple[int, str], refusal: str
    ) -> Document:
        partition, region = self.targets.partition, self.targets.region
        seconds = self.workflow.route.timeout_seconds
        return {
            "x-amazon-apigateway-integration": {
                "type": "aws",
                "httpMethod": "POST",
                "uri": f"arn:{partition}:apigateway:{region}:states:action/{action}",
                "credentials": self.targets.role_arn,
                **({} if seconds == INTEGRATION_TIMEOUT else {"timeoutInMillis": seconds * 1000}),
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

    @property
    def _started_arn(self) -> str:
        return build_alias_arn(self._state_machine_arn)

    @property
    def _execution_arn(self) -> str:
        """The ARN of an execution, without its name."""
        return build_execution_arn(self._state_machine_arn, "")

    @property
    def _events_arn(self) -> str:
        return self.targets.state_machine_arns[EVENTS_MACHINE]


def location(workflow: Workflow) -> str:
    """The URL of an execution relative to the URL of the request that starts it."""
    return relpath(workflow.execution_path, dirname(workflow.path))


def location_after_wait(workflow: Workflow) -> str:
    """The URL of an execution relative to the URL of the request that waits for it."""
    return f"../{basename(workflow.execution_path)}"


def _path_parameters(path: str) -> list[Document]:
    return [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        | ({"description": DESCRIBED[name]} if name in DESCRIBED else {})
        for name in variables(path)
    ]


def _preflight(path: str, operations: Document, headers: Sequence[str], cors: Cors) -> Document:
    """The preflight that browsers send before a script's request."""
    methods = [method.upper() for method in operations]
    template = templates.preflight_response(cors, methods, headers)
    return {
        # A browser's preflight has no signature and no key.
        "security": [],
        "parameters": _path_parameters(path),
        "responses": {"204": {"description": reason_phrase(204)}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "passthroughBehavior": "never",
            "requestTemplates": dict.fromkeys(PREFLIGHT_TYPES, templates.preflight_request()),
            "responses": {"default": _integration_response(204, template)},
        },
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
