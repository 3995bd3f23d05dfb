"""API Gateway's mapping templates, in the Velocity Template Language.

Each is a function from what it depends on to its text. What AWS gives a template to work with:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html

Three rules hold in all of them. `escapeJavaScript` writes an apostrophe as `\\'`, which JSON does
not know, so that is taken back. A path of the body that leads nowhere gives null or something that
prints nothing, so it is read into quotes, or guarded. An override may be set once a request.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from infra.phrases import phrase

RETRY_AFTER_SECONDS = 1
PREFLIGHT_SECONDS = 7200
"""How long a browser may remember a preflight; Chromium's limit."""

# What a browser's script may read of an answer, and send beside its body.
EXPOSED_HEADERS = "Location,Retry-After"
ALLOWED_HEADERS = (
    "Authorization,Content-Type,Idempotency-Key,X-Amz-Date,X-Amz-Security-Token,X-Api-Key"
)

KEY = "[A-Za-z0-9_-]{1,80}"
"""An Idempotency-Key, which becomes the execution's name."""


@dataclass(frozen=True)
class Case:
    """A condition in Velocity, and how it is answered: `detail` is text in Velocity's quotes."""

    condition: str
    status: int
    detail: str


def _errors(*cases: tuple[str, int, str]) -> tuple[Case, ...]:
    return tuple(Case(f"$error == '{error}'", status, detail) for error, status, detail in cases)


# The errors that Step Functions documents for each call, where they are not a fault of this side.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
THROTTLED = _errors(
    ("ThrottlingException", 429, "Too many requests; try again in a moment."),
    ("ExecutionLimitExceeded", 429, "Too many executions are running; try again in a moment."),
    ("KmsThrottlingException", 429, "Too many requests; try again in a moment."),
)
START_ERRORS = (
    *_errors(
        ("InvalidExecutionInput", 400, "The body is not JSON of at most 262,144 bytes."),
        ("ValidationException", 400, "The body is not JSON of at most 262,144 bytes."),
        ("InvalidName", 400, "An Idempotency-Key is 1 to 80 letters, digits, dashes, underscores."),
        (
            "ExecutionAlreadyExists",
            409,
            "This Idempotency-Key was used before, for another input or an execution that ended.",
        ),
    ),
    *THROTTLED,
)
EXECUTION_ERRORS = (
    *_errors(
        ("ExecutionDoesNotExist", 404, "There is no such execution."),
        ("InvalidArn", 404, "There is no such execution."),
        ("ValidationException", 404, "There is no such execution."),
    ),
    *THROTTLED,
)


def sync_request(state_machine_arn: str) -> str:
    """StartSyncExecution with the request's body as the input, text for text; none is `{}`."""
    return f"""\
{_body()}
{{"stateMachineArn": "{state_machine_arn}", "input": "{_escaped("$body")}"}}"""


def async_request(state_machine_arn: str) -> str:
    """StartExecution with the body as the input and the Idempotency-Key as the name, if any.

    A key of another form is replaced with one that Step Functions refuses, for it would take more.
    """
    return f"""\
{_body()}
{_idempotency_key()}
#if($key != "" && !$key.matches('{KEY}'))#set($key = "*")#end
{{"stateMachineArn": "{state_machine_arn}", "input": "{_escaped("$body")}"\
#if($key != ""), "name": "$key"#end}}"""


def execution_request(execution_arn_prefix: str) -> str:
    """DescribeExecution or StopExecution of the execution that the path names.

    The ARN is always one of the route's own state machine, whatever the path contains.
    """
    return f"""\
{{"executionArn": "{execution_arn_prefix}{_escaped("$input.params().path.execution")}"}}"""


def preflight_request() -> str:
    """The answer of a MOCK integration."""
    return '{"statusCode": 204}'


def sync_response(errors: Mapping[str, int], origins: Sequence[str]) -> str:
    """The workflow's output as it is, or a problem document for an execution that failed.

    StartSyncExecution answers 200 however the execution ended; `status` tells. The cause of a
    failure may hold ARNs and more, so it is shown only for the errors that the workflow declares
    (name → HTTP status).
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
    """
    cases = (
        Case("$outcome == 'TIMED_OUT'", 504, "The workflow did not end within its time."),
        *_errors(*((e, status, "$!input.path('$.cause')") for e, status in errors.items())),
    )
    otherwise = Case("", 502, "The workflow failed with an error that this route does not declare.")
    return f"""\
{_cors(origins)}\
#set($outcome = "$!input.path('$.status')")
#set($output = "$!input.path('$.output')")
#if($outcome == "SUCCEEDED" && $output != "")$output#else
#set($error = "$!input.path('$.error')")
#set($execution = "$!input.path('$.name')")
{_problem(cases, otherwise, members=("error", "execution"))}
#end"""


def async_response(workflow: str, origins: Sequence[str]) -> str:
    """The execution that was started, and where its state is; dates are seconds since 1970.

    `Location` is relative to the request's URL, so it is right behind any stage and domain.
    """
    return f"""\
{_cors(origins)}\
#set($execution = $input.path('$.executionArn').split(":").get(7))
#set($context.responseOverride.header.Location = "{workflow}/$execution")
{{"executionArn": $input.json('$.executionArn'), "execution": "$execution", \
"startDate": $input.json('$.startDate'), "status": "RUNNING", \
"location": "{workflow}/$execution"}}"""


def description_response(origins: Sequence[str]) -> str:
    """An execution as DescribeExecution knows it; input and output are strings of JSON there."""
    return f"""\
{_cors(origins)}\
{{"executionArn": $input.json('$.executionArn'), "execution": $input.json('$.name'), \
"status": $input.json('$.status'), "startDate": $input.json('$.startDate')\
{_if_there("stopDate", "$input.json('$.stopDate')")}\
{_if_there("input", "$input.path('$.input')")}\
{_if_there("output", "$input.path('$.output')")}\
{_if_there("error", "$input.json('$.error')")}\
{_if_there("cause", "$input.json('$.cause')")}}}"""


def stop_response(origins: Sequence[str]) -> str:
    """When the execution was stopped, or had ended already."""
    return f"""{_cors(origins)}{{"stopDate": $input.json('$.stopDate')}}"""


def start_error_response(origins: Sequence[str]) -> str:
    """A problem document for an execution that Step Functions did not start."""
    return f"""\
{_cors(origins)}{_error_type()}
#set($execution = "")
#if($error == "ExecutionAlreadyExists")
{_idempotency_key()}
#set($execution = $key)
#end
{_problem(START_ERRORS, _BEHIND_THE_ROUTE, members=("error", "execution"))}"""


def execution_error_response(origins: Sequence[str]) -> str:
    """A problem document for an execution that Step Functions did not describe or stop."""
    return f"""\
{_cors(origins)}{_error_type()}
{_problem(EXECUTION_ERRORS, _BEHIND_THE_ROUTE, members=("error",))}"""


def preflight_response(origins: Sequence[str], methods: Sequence[str]) -> str:
    """What a browser may do with a route."""
    return f"""\
{_cors(origins)}\
#set($context.responseOverride.header.Access-Control-Allow-Methods = "{",".join(methods)}")
#set($context.responseOverride.header.Access-Control-Allow-Headers = "{ALLOWED_HEADERS}")
#set($context.responseOverride.header.Access-Control-Max-Age = "{PREFLIGHT_SECONDS}")
"""


_BEHIND_THE_ROUTE = Case("", 502, "Step Functions did not do what this route asked of it.")


def _problem(cases: Sequence[Case], otherwise: Case, *, members: Iterable[str]) -> str:
    """A problem document of RFC 9457 for the first case that holds.

    `members` are variables that go into the document, each under its own name, if not empty.
    """
    choice = "".join(
        f"#{'elseif' if i else 'if'}({case.condition})\n{_answer(case)}"
        for i, case in enumerate(cases)
    )
    return f"""\
{choice}#else
{_answer(otherwise)}#end
#if($status == 429)
#set($context.responseOverride.header.Retry-After = "{RETRY_AFTER_SECONDS}")
#end
#set($context.responseOverride.status = $status)
#set($context.responseOverride.header.Content-Type = "application/problem+json")
{{"type": "about:blank", "title": "$title", "status": $status, \
"detail": "{_escaped("$detail")}"\
{"".join(_member(name) for name in members)}}}"""


def _answer(case: Case) -> str:
    return f"""\
#set($status = {case.status})
#set($title = "{phrase(case.status)}")
#set($detail = "{case.detail}")
"""


def _member(name: str) -> str:
    return f"""#if(${name} != ""), "{name}": "{_escaped(f"${name}")}"#end"""


def _if_there(name: str, value: str) -> str:
    """A member, if the body has it; each has a variable of its own, for null would leave another's.

    Not by the bare name: `#set($input = …)` would hide the API's own `$input`.
    """
    own = f"$its_{name}"
    return f"""\
#set({own} = $input.path('$.{name}'))#if({own} && {own} != ""), "{name}": {value}#end"""


def _body() -> str:
    return '#set($body = $input.body)#if($body == "")#set($body = "{}")#end'


def _error_type() -> str:
    """The error's name stands behind a prefix that differs from error to error, or behind none."""
    return """\
#set($error = "$!input.path('$.__type')")
#set($error = $error.replaceAll('^.*#', ''))"""


def _idempotency_key() -> str:
    return _header("Idempotency-Key", "key")


def _header(name: str, variable: str) -> str:
    """Reads a header, whose name HTTP/1.1 spells in any way and HTTP/2 in lower case."""
    return f"""\
#set(${variable} = "")
#foreach($name in $input.params().header.keySet())\
#if($name.toLowerCase() == "{name.lower()}")\
#set(${variable} = $input.params().header.get($name))#end#end"""


def _cors(origins: Sequence[str]) -> str:
    """Lets scripts of these origins read the answer; of several, only the one that asks."""
    match origins:
        case []:
            return ""
        case [origin]:
            allow = _allow(origin)
        case _:
            listed = " || ".join(f"$origin == '{origin}'" for origin in origins)
            allow = f"""\
{_header("Origin", "origin")}
#if({listed})
{_allow("$origin")}#end
"""
    return f"""\
{allow}\
#set($context.responseOverride.header.Vary = "Origin")
#set($context.responseOverride.header.Access-Control-Expose-Headers = "{EXPOSED_HEADERS}")
"""


def _allow(origin: str) -> str:
    return f"""\
#set($context.responseOverride.header.Access-Control-Allow-Origin = "{origin}")
"""


def _escaped(reference: str) -> str:
    """The text of a reference as it stands between the quotes of a JSON string."""
    return rf"""$util.escapeJavaScript({reference}).replaceAll("\\'", "'")"""
