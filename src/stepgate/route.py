"""The route in front of a workflow: which requests it takes, and what becomes the input."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stepgate.authorization import Authorization, AuthorizationName

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

INTEGRATION_TIMEOUT = 29
"""How long API Gateway waits for an integration by default, in seconds.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

METHODS_WITH_BODY = ("POST", "PUT", "PATCH")

EXECUTION_VARIABLE = "execution"
"""The variable of an execution's name, in the path of an asynchronous workflow's executions."""

ITEM_VARIABLE = "item"
"""The variable of the index of a Map's item, in the path of an event."""


WAIT_MACHINE = "completion-wait"
"""The name of the state machine behind the wait routes; workflows cannot have it."""


@dataclass(frozen=True)
class RequestValue:
    """A part of a request, as `request.query("page")` and its siblings return it.

    Attributes:
        source: which part of the request.
        name: the name of the parameter, claim or variable in it; empty for the body.
    """

    source: Literal["body", "path", "query", "header", "claim", "context"]
    name: str = ""


class Request:
    """The parts of a request, for the `input` of a `Route`: `{"order": request.body}`."""

    body = RequestValue("body")
    """The body, a JSON value."""

    @staticmethod
    def path(name: str) -> RequestValue:
        """The text of a variable in the path, for example `id` in `/orders/{id}`."""
        return RequestValue("path", name)

    @staticmethod
    def query(name: str) -> RequestValue:
        """The text of a parameter in the query string."""
        return RequestValue("query", name)

    @staticmethod
    def header(name: str) -> RequestValue:
        """The text of a header, whose name is compared without case."""
        return RequestValue("header", name)

    @staticmethod
    def claim(name: str) -> RequestValue:
        """A claim of the caller's token, for example `sub`, or what a Lambda authorizer's function
        gives in its `context`.

        With `Jwt` it is any JSON value, with `Cognito` and `LambdaAuthorizer` text. Only a claim
        at the token's top level has a name.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-claims.html
        """
        return RequestValue("claim", name)

    @staticmethod
    def context(name: str) -> RequestValue:
        """The text of a variable of API Gateway's `$context`, for example `identity.sourceIp`.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
        """
        return RequestValue("context", name)


request = Request()


@dataclass(frozen=True, kw_only=True)
class Route:
    """The route in front of a workflow. Without arguments it is `POST /{name of the workflow}`.

    Attributes:
        method: the method of the request that runs or starts the workflow.
        path: the path behind the stage, such as `/customers/{customer_id}/orders`. Default: the
            workflow's name.
        input: the members of the state machine's input, and where each comes from; a parameter
            that the request does not have is left out. None: the body is the input.
        status: of a synchronous workflow's success, 200 to 399.
        headers: of a synchronous workflow's success: text, or a path into the output that begins
            with `$.`, such as `$.location`. A header whose path leads nowhere is left out.
        timeout_seconds: how long the route waits for a synchronous workflow. Above 29 the account
            needs a higher quota first.
        execution_path: the path of an asynchronous workflow's executions, with `{execution}` for
            an execution's name. Default: `path` with `/{execution}` behind it.
        authorization: who may call the route. Default: as the WorkflowApi says.
        private: whether only the caller who started an execution of an asynchronous workflow may
            read and stop it.
        wait: whether an asynchronous route has `GET {execution_path}/wait` too, which answers when
            an execution has ended.
    """

    method: Method = "POST"
    path: str = ""
    input: Mapping[str, RequestValue] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    timeout_seconds: int = INTEGRATION_TIMEOUT
    execution_path: str = ""
    authorization: Authorization | AuthorizationName | None = None
    private: bool = False
    wait: bool = False

    @property
    def has_body(self) -> bool:
        """Whether the body of a request is used."""
        return self.input is None or any(each.source == "body" for each in self.input.values())

    def names(self, source: str) -> list[str]:
        """The names of the parameters of one kind that the input uses, each once.

        Args:
            source: the kind, as in `RequestValue.source`.
        """
        values = (self.input or {}).values()
        return [*dict.fromkeys(value.name for value in values if value.source == source)]


def variables(path: str) -> list[str]:
    """The names of the variables in a path, in their order."""
    return re.findall(r"{([^{}]*)}", path)
