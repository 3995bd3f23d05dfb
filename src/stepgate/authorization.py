"""Who may call the routes: what a user writes.

One of these is the `authorization` of a WorkflowApi, and of a Route that has its own. A value that
only a deployment knows, such as the ARN of a function of the same program, may be an Output of
Pulumi's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, TypeAlias, cast

AuthorizationName = Literal["iam", "api-key", "none"]
"""Short for `Iam()`, `ApiKey()` and `Public()`."""

Kind = Literal["iam", "api-key", "none", "cognito", "jwt", "lambda"]
"""How the stack's outputs name each kind."""

SCHEME_NAMES: Mapping[Kind, str] = {
    "iam": "sigv4",
    "api-key": "apiKey",
    "cognito": "cognito",
    "jwt": "jwt",
    "lambda": "lambda",
}
"""What the security schemes of each kind are called in the API's document; a second one of a kind
has a number behind it."""

Period = Literal["day", "week", "month"]

Algorithm = Literal["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
"""https://docs.aws.amazon.com/apigateway/latest/api/API_JwtConfiguration.html"""

Unknown: TypeAlias = Any
"""A `pulumi.Output[str]`; the pure part of the package does not import Pulumi."""


@dataclass(frozen=True)
class Iam:
    """Requests that are signed with IAM; `WorkflowApi.grant_invoke` lets a role send them.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
    """

    kind: ClassVar[Kind] = "iam"


@dataclass(frozen=True)
class Public:
    """Requests of anyone on the internet; needs `allow_public=True`."""

    kind: ClassVar[Kind] = "none"


@dataclass(frozen=True, kw_only=True)
class ApiKeyLimits:
    """How many requests one API key is good for, over all routes.

    They are not hard limits: "Usage plan throttling and quotas are not hard limits, and are applied
    on a best-effort basis. In some cases, clients can exceed the quotas that you set."
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html

    Attributes:
        rate: requests per second.
        burst: requests at once.
        quota: requests per `period`. None: as many as the rate allows.
        period: what the quota is counted in: "day", "week" or "month".
    """

    rate: int = 10
    burst: int = 50
    quota: int | None = None
    period: Period = "month"


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """Requests with an API key in the header `x-api-key`.

    A key opens each route of the API that asks for one. AWS advises against keys as the only means
    to know who calls: they do not expire, and each request carries one in full.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html

    Attributes:
        keys: named keys with their limits, for example `{"partner": ApiKeyLimits(rate=5)}`; the
            output `apiKeys` has their values by name. Default: one key with the limits of
            `WorkflowApi(throttle=…)`, in the output `apiKey`.
    """

    kind: ClassVar[Kind] = "api-key"
    keys: Mapping[str, ApiKeyLimits] = field(default_factory=dict[str, ApiKeyLimits])


@dataclass(frozen=True, kw_only=True)
class Cognito:
    """Requests with a token of a user pool of Amazon Cognito, in the header `Authorization`.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html

    Attributes:
        user_pool_arns: the ARNs of the user pools.
        scopes: OAuth scopes of which an access token needs one. None: an ID token is needed.
    """

    kind: ClassVar[Kind] = "cognito"
    user_pool_arns: Sequence[str | Unknown]
    scopes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Jwt:
    """Requests with a JSON Web Token of any OpenID Connect provider, in the header `Authorization`.

    API Gateway checks the token itself: its key, algorithm, issuer, audience, times and scopes.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer.html

    Attributes:
        issuer: the issuer's URL, exactly as in the token's claim `iss`. It begins with `https://`
            and can be reached from the internet; on the emulator `http://127.0.0.1` will do.
        audiences: the values of the claim `aud`, or of `client_id` in a token without `aud`, that
            are accepted.
        scopes: OAuth scopes of which a token needs one. None: any token will do.
        algorithms: the signing algorithms that are accepted.
    """

    kind: ClassVar[Kind] = "jwt"
    issuer: str | Unknown
    audiences: Sequence[str | Unknown]
    scopes: Sequence[str] = ()
    algorithms: Sequence[Algorithm] = ("RS256",)


@dataclass(frozen=True, kw_only=True)
class LambdaAuthorizer:
    """Requests that a function of your own allows: a Lambda authorizer of type REQUEST.

    The API's role is allowed to invoke the function.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html

    Attributes:
        function_arn: the function's ARN.
        headers: the headers that say who calls. A request without one of them is a 401, and the
            function is not invoked.
        ttl_seconds: how long an answer of the function is used again for the same headers, at most
            3600. The policy in it then has to fit all routes that the caller may call, so by
            default each request is asked about.
    """

    kind: ClassVar[Kind] = "lambda"
    function_arn: str | Unknown
    headers: Sequence[str] = ("Authorization",)
    ttl_seconds: int = 0


Authorization: TypeAlias = Iam | ApiKey | Public | Cognito | Jwt | LambdaAuthorizer

_NAMED: Mapping[AuthorizationName, Authorization] = {
    "iam": Iam(),
    "api-key": ApiKey(),
    "none": Public(),
}


def as_authorization(value: Authorization | AuthorizationName) -> Authorization:
    """The object that a short name stands for."""
    return _NAMED[value] if isinstance(value, str) else value


def is_unknown(value: object) -> bool:
    """Whether only a deployment knows the value."""
    return callable(getattr(value, "apply", None))


def with_known_values(
    authorization: Authorization, known: Callable[[object], str]
) -> Authorization:
    """The authorization with a text for each value that only a deployment knows."""

    def text(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(map(text, cast("Sequence[Any]", value)))
        return known(value) if is_unknown(value) else value

    if not isinstance(authorization, Cognito | Jwt | LambdaAuthorizer):
        return authorization
    values = {each.name: text(getattr(authorization, each.name)) for each in fields(authorization)}
    return replace(authorization, **values)
