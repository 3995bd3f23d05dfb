"""Rules for who may call the routes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast, get_args
from urllib.parse import urlsplit

from stepgate.authorization import (
    Algorithm,
    ApiKey,
    ApiKeyLimits,
    Authorization,
    AuthorizationName,
    Cognito,
    Iam,
    Jwt,
    LambdaAuthorizer,
    Period,
    Public,
    as_authorization,
    is_unknown,
)
from stepgate.checks.findings import Finding, workflow_finding
from stepgate.http.authorization import takes_token
from stepgate.json_values import shown
from stepgate.workflow import Workflow

_USE = (
    "use one of 'iam', 'api-key', 'none', or an Iam, ApiKey, Public, Cognito, Jwt or "
    "LambdaAuthorizer"
)
PUBLIC = (
    "anyone on the internet could call the routes; allow that too if it is meant, or use 'iam' or "
    "'api-key'"
)
_KEY_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_POOL_ARN = re.compile(r"arn:[a-z-]+:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[\w-]+", re.ASCII)
_FUNCTION_ARN = re.compile(
    r"arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[\w-]+(:[\w$-]+)?", re.ASCII
)
# https://www.rfc-editor.org/rfc/rfc6749#section-3.3
_SCOPE = re.compile(r"[!#-\[\]-~]+")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
# In brackets and quotes in a template, so any other character of those could end it.
_CLAIM = re.compile(r"[A-Za-z0-9_:./@-]+")
# https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html
_MOST_TTL_SECONDS = 3600
ALGORITHMS = get_args(Algorithm)
LOOPBACK = ("127.0.0.1", "localhost")
_ROUTE = "the route"


def authorization_problem(value: object) -> str | None:
    """What is wrong with one authorization, and what to write instead."""
    match value:
        case "iam" | "api-key" | "none" | Iam() | Public():
            problems: Iterator[str | None] = iter(())
        case ApiKey():
            problems = _key_problems(cast("object", value.keys))
        case Cognito():
            problems = _pool_problems(value)
        case Jwt():
            problems = _jwt_problems(value)
        case LambdaAuthorizer():
            problems = _function_problems(value)
        case type() if value in get_args(Authorization):
            problems = iter([f"write {value.__name__}(…)"])
        case _:
            problems = iter([_USE])
    return next(filter(None, problems), None)


def require_valid_authorization(
    workflows: Sequence[Workflow],
    default: Authorization | AuthorizationName,
    *,
    allow_public: bool,
) -> Iterator[Finding]:
    """What the routes and events ask of callers, and what they need to know of them.

    Args:
        default: for the routes that do not say it themselves.
        allow_public: whether anyone may call routes.
    """
    first: tuple[str, ApiKey] | None = None
    for workflow in workflows:
        for place, own in _places(workflow).items():
            if own is not None and (problem := authorization_problem(own)):
                yield _finding(workflow, f"{place}'s authorization is {shown(own)}: {problem}")
                continue
            asked = as_authorization(own or default)
            if own is not None and isinstance(asked, Public) and not allow_public:
                yield _finding(
                    workflow,
                    f"{place}'s authorization lets anyone on the internet call it; set "
                    "allow_public=True on the WorkflowApi if that is meant",
                )
            if isinstance(asked, ApiKey):
                name, keys = first = first or (workflow.name, asked)
                if asked != keys:
                    yield _finding(
                        workflow,
                        f"{place}'s API keys are not those of workflow {shown(name)}; a key opens "
                        "all routes that ask for one, so give all of them the same "
                        "ApiKey(keys=…)",
                    )
            if place == _ROUTE:
                yield from (_finding(workflow, line) for line in _caller_problems(workflow, asked))


def _places(workflow: Workflow) -> Mapping[str, Authorization | AuthorizationName | None]:
    """What the route says, if it does, and each event that says it itself."""
    own: dict[str, Authorization | AuthorizationName | None] = {
        f"event {name}": event.authorization
        for name, event in workflow.events.items()
        if event.authorization is not None
    }
    return {_ROUTE: workflow.route.authorization, **own}


def _caller_problems(workflow: Workflow, asked: Authorization) -> Iterator[str]:
    """What the route needs to know of a caller, and cannot."""
    yield from _claim_problems(workflow, asked)
    if workflow.route.private and isinstance(asked, Public):
        yield (
            "its route is private, but anyone may call it, so nothing says who a caller is; "
            "use another authorization, or leave private out"
        )


def is_open_issuer(issuer: object) -> bool:
    """Whether an issuer is on this machine, and so known to the emulator alone."""
    return isinstance(issuer, str) and issuer.startswith("http://")


def _finding(workflow: Workflow, line: str) -> Finding:
    return workflow_finding("require-valid-authorization", workflow, line)


def _claim_problems(workflow: Workflow, asked: Authorization) -> Iterator[str]:
    for member, value in (workflow.route.input or {}).items():
        if value.source != "claim":
            continue
        claim = f"the route's input has {shown(member)}: request.claim({value.name!r})"
        if not takes_token(asked):
            yield (
                f"{claim}, but callers have no token with authorization {asked.kind!r}; use "
                "Cognito, Jwt or LambdaAuthorizer, or leave it out"
            )
        elif not _CLAIM.fullmatch(value.name):
            yield f"{claim}; use a name of letters, digits and _ : . / @ -"


def _key_problems(keys: object) -> Iterator[str]:
    if not isinstance(keys, Mapping):
        yield 'keys has to be a dict, for example {"partner": ApiKeyLimits(rate=5)}'
        return
    for name, limits in cast("Mapping[object, object]", keys).items():
        if not isinstance(name, str) or not _KEY_NAME.fullmatch(name):
            yield f"the key's name {shown(name)} needs lower-case letters, digits and single dashes"
        elif not isinstance(limits, ApiKeyLimits):
            yield f"key {name!r} is {shown(limits)}; write ApiKeyLimits(rate=5, burst=10)"
        elif limits.period not in get_args(Period):
            yield f"key {name!r} has the period {shown(limits.period)}; use day, week or month"
        else:
            for field in ("rate", "burst", "quota"):
                number: object = getattr(limits, field)
                if field == "quota" and number is None:
                    continue
                if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                    yield f"key {name!r} has the {field} {shown(number)}; use a number from 1"


def _pool_problems(cognito: Cognito) -> Iterator[str | None]:
    yield _texts_problem("user_pool_arns", cognito.user_pool_arns, _POOL_ARN)
    yield _scopes_problem(cognito.scopes)


def _jwt_problems(jwt: Jwt) -> Iterator[str | None]:
    if not is_unknown(jwt.issuer):
        yield _issuer_problem(jwt.issuer)
    yield _texts_problem("audiences", jwt.audiences)
    yield _scopes_problem(jwt.scopes)
    if _texts_problem("algorithms", jwt.algorithms) or not {*jwt.algorithms} <= {*ALGORITHMS}:
        yield f"algorithms is {shown(jwt.algorithms)}; use one or more of {', '.join(ALGORITHMS)}"


def _issuer_problem(issuer: object) -> str | None:
    if not isinstance(issuer, str):
        return f"issuer is {shown(issuer)}; write a URL, for example https://login.example.com/"
    try:
        url = urlsplit(issuer)
    except ValueError as error:
        return f"issuer {issuer!r} is not a URL: {error}"
    if not url.hostname or url.query or url.fragment:
        return f"issuer is {issuer!r}; write a URL without ? and #, as in the claim iss"
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
        return f"issuer is {issuer!r}; write a URL that begins with https://"
    return None


def _function_problems(authorizer: LambdaAuthorizer) -> Iterator[str | None]:
    arn: object = authorizer.function_arn
    if not is_unknown(arn) and not (isinstance(arn, str) and _FUNCTION_ARN.fullmatch(arn)):
        yield f"function_arn is {shown(arn)}; write arn:aws:lambda:REGION:ACCOUNT:function:NAME"
    ttl = cast("object", authorizer.ttl_seconds)
    if isinstance(ttl, bool) or not isinstance(ttl, int) or not 0 <= ttl <= _MOST_TTL_SECONDS:
        yield f"ttl_seconds is {shown(ttl)}; write a whole number from 0 to {_MOST_TTL_SECONDS}"
    yield _texts_problem("headers", authorizer.headers, _HEADER)


def _scopes_problem(scopes: object) -> str | None:
    return None if scopes in ((), []) else _texts_problem("scopes", scopes, _SCOPE)


def _texts_problem(field: str, texts: object, pattern: re.Pattern[str] | None = None) -> str | None:
    if isinstance(texts, str):
        return f"{field} is the text {texts!r}; write a list, [{texts!r}]"
    if not isinstance(texts, list | tuple) or not texts:
        return f"{field} is {shown(cast('object', texts))}; write a list of at least one text"
    for text in cast("Sequence[object]", texts):
        known = not is_unknown(text)
        if known and not (isinstance(text, str) and text):
            return f"{field} has {shown(text)}; write text"
        if known and pattern and not pattern.fullmatch(str(text)):
            return f"{field} has {shown(text)}, which is not valid there"
    return None
