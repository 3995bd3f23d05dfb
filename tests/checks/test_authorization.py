"""Who may call the routes: what API Gateway can ask, and what a route can know of its callers."""

from dataclasses import replace
from typing import Any

import pytest

from stepgate import ApiKey, ApiKeyLimits, Cognito, Iam, Jwt, LambdaAuthorizer, Public, request
from stepgate.checks.authorization import authorization_problem, require_valid_authorization
from stepgate.events.event import Event
from stepgate.route import Route
from stepgate.workflow import Workflow
from tests.checks.definitions import machine, passing
from tests.findings import error_lines
from tests.http.authorizations import COGNITO, FUNCTION, JWT
from tests.located import without_places

LIMITS = ApiKeyLimits(rate=5, burst=10, quota=1000, period="day")


class Output:
    """What only a deployment knows."""

    def apply(self, _: Any) -> None: ...

    def __repr__(self) -> str:  # part of a test's id, which has no address
        return "Output()"


UNKNOWN: Any = Output()
VALID: list[Any] = [
    *("iam", "api-key", "none"),
    *(Iam(), ApiKey(), Public(), COGNITO, JWT, FUNCTION),
    ApiKey(keys={"partner": LIMITS, "own-app": ApiKeyLimits()}),
    replace(COGNITO, user_pool_arns=[UNKNOWN], scopes=["notes/read"]),
    Jwt(issuer=UNKNOWN, audiences=[UNKNOWN], algorithms=["ES256"]),
    replace(JWT, issuer="http://127.0.0.1:4000"),
    LambdaAuthorizer(function_arn=UNKNOWN, headers=["X-Who"], ttl_seconds=300),
]


def routed(name: str = "echo", **fields: Any) -> Workflow:
    return Workflow(name, "async", machine(Echo=passing()), route=Route(**fields))


def errors(*workflows: Workflow, default: Any = "iam", allow_public: bool = False) -> list[str]:
    found = require_valid_authorization(workflows, default, allow_public=allow_public)
    return without_places(error_lines(found))


@pytest.mark.parametrize("authorization", VALID, ids=repr)
def test_a_valid_authorization_has_no_problem(authorization: Any) -> None:
    assert authorization_problem(authorization) is None


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        (None, "use one of 'iam', 'api-key', 'none', or an Iam, "),
        ("jwt", "use one of 'iam', "),
        (Iam, "write Iam(…)"),
        (ApiKey(keys={"Partner": LIMITS}), "the key's name 'Partner' needs lower-case letters"),
        (ApiKey(keys={"a": {}}), "key 'a' is {}; write ApiKeyLimits("),  # type: ignore[dict-item]
        (ApiKey(keys=["a"]), "keys has to be a dict"),  # type: ignore[arg-type]
        (ApiKey(keys={"a": ApiKeyLimits(rate=0)}), "key 'a' has the rate 0; use a number from 1"),
        (ApiKey(keys={"a": replace(LIMITS, quota=True)}), "has the quota True"),
        (ApiKey(keys={"a": replace(LIMITS, period="year")}), "the period 'year'; use day, week"),  # type: ignore[arg-type]
        (Cognito(user_pool_arns="arn"), "user_pool_arns is the text 'arn'; write a list, ['arn']"),
        (Cognito(user_pool_arns=()), "user_pool_arns is (); write a list of at least one"),
        (Cognito(user_pool_arns=["eu-central-1_a"]), "has 'eu-central-1_a', which is not valid"),
        (replace(JWT, issuer="login.example.com"), "issuer is 'login.example.com'; write a URL"),
        (replace(JWT, issuer="https://a.test?b"), "without ? and #"),
        (
            replace(JWT, issuer="http://a.test"),
            "issuer is 'http://a.test'; write a URL that begins with https://",
        ),
        (replace(JWT, issuer=None), "issuer is None; write a URL"),
        (replace(JWT, audiences=()), "audiences is (); write a list of at least one"),
        (replace(JWT, audiences=("",)), "audiences has ''; write text"),
        (replace(JWT, scopes="read"), "scopes is the text 'read'; write a list, ['read']"),
        (replace(JWT, scopes=("a b",)), "scopes has 'a b', which is not valid there"),
        (
            replace(JWT, algorithms=("HS256",)),
            "algorithms is ('HS256',); use one or more of RS256, ",
        ),
        (replace(FUNCTION, function_arn="who"), "function_arn is 'who'; write arn:aws:lambda:"),
        (
            replace(FUNCTION, ttl_seconds=3601),
            "ttl_seconds is 3601; write a whole number from 0 to 3600",
        ),
        (replace(FUNCTION, headers=("a b",)), "headers has 'a b', which is not valid there"),
    ],
)
def test_a_wrong_authorization_is_one_line(authorization: Any, said: str) -> None:
    problem = authorization_problem(authorization)
    assert problem is not None
    assert said in problem
    assert "\n" not in problem


def test_a_wrong_authorization_of_a_route_names_the_workflow() -> None:
    (line,) = errors(routed(authorization="open"))
    assert line.startswith("workflow 'echo': the route's authorization is 'open': use one of 'iam'")


def test_an_event_has_an_authorization_as_a_route_has() -> None:
    def waits(authorization: Any) -> Workflow:
        return replace(routed(), events={"paid": Event(authorization=authorization)})

    assert errors(waits(None), waits(ApiKey()), waits(JWT)) == []
    (wrong,) = errors(waits("key"))
    assert wrong.startswith("workflow 'echo': event paid's authorization is 'key': ")
    (public,) = errors(waits(Public()))
    assert "event paid's authorization lets anyone on the internet call it" in public
    assert errors(waits(Public()), allow_public=True) == []
    named = waits(ApiKey(keys={"provider": LIMITS}))
    (other,) = errors(replace(named, name="a", route=Route(authorization="api-key")))
    assert "event paid's API keys are not those of workflow 'a'" in other


def test_a_public_route_is_allowed_on_purpose() -> None:
    (line,) = errors(routed(authorization=Public()))
    assert "set allow_public=True on the WorkflowApi if that is meant" in line
    assert errors(routed(authorization="none"), allow_public=True) == []


@pytest.mark.parametrize("authorization", ["iam", "api-key", "none"])
def test_a_claim_needs_a_token(authorization: str) -> None:
    workflow = routed(input={"user": request.claim("sub")}, authorization=authorization)
    (line,) = errors(workflow, allow_public=True)
    assert line == (
        "workflow 'echo': the route's input has 'user': request.claim('sub'), but callers have no "
        f"token with authorization {authorization!r}; use Cognito, Jwt or LambdaAuthorizer, or "
        "leave it out"
    )


@pytest.mark.parametrize("authorization", [COGNITO, JWT, FUNCTION])
def test_a_claim_is_what_a_template_can_name(authorization: Any) -> None:
    for name in ("sub", "cognito:username", "https://example.com/role", "custom:a-b.c"):
        assert errors(routed(input={"a": request.claim(name)}), default=authorization) == []
    for name in ("", "a b", "a']", "$a", "é"):
        (line,) = errors(routed(input={"a": request.claim(name)}), default=authorization)
        assert f"request.claim({name!r}); use a name of letters" in line


def test_all_routes_with_a_key_have_the_same_keys() -> None:
    keys = ApiKey(keys={"partner": LIMITS})
    assert errors(routed("a"), routed("b", authorization=keys), default=keys) == []
    (line,) = errors(routed("a"), routed("b"), routed("c", authorization="api-key"), default=keys)
    assert "the route's API keys are not those of workflow 'a'" in line


def test_a_private_route_knows_who_calls() -> None:
    (line,) = errors(routed(private=True, authorization="none"), allow_public=True)
    assert "its route is private, but anyone may call it" in line
    for authorization in (Iam(), ApiKey(), COGNITO, JWT, FUNCTION):
        assert errors(routed(private=True), default=authorization) == []
