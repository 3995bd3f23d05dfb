"""API Gateway's mapping templates, in the Velocity Template Language.

Each function returns the text of one template. The variables and functions that AWS provides:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html

Three rules apply to all of them. `escapeJavaScript` writes an apostrophe as `\\'`, which is invalid
in JSON, so that is undone. A path that is missing from the body gives null or a value that prints
nothing, so it is read into quotes, or guarded. An override can be set only once per request.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from stepgate.events.machine import ERRORS as EVENT_ERRORS
from stepgate.http.cors import Cors, origin_condition
from stepgate.http.execution_wait import DEFAULT_SECONDS, MOST_SECONDS, NOT_FOUND
from stepgate.http.private_names import MAX_NAME, SEPARATOR, key_of, read_owner
from stepgate.http.problems import PROBLEM_TYPE, RETRY_AFTER_SECONDS, TOO_MANY_REQUESTS
from stepgate.http.reason_phrases import reason_phrase
from stepgate.http.request_input import (
    escaped,
    for_parameter,
    input_text,
    prepare_input,
    read_header,
)
from stepgate.live.tickets import NOT_FOUND as NO_TICKET
from stepgate.route import ITEM_VARIABLE, Route

PREFLIGHT_SECONDS = 7200
"""How long a browser may remember a preflight; Chromium's limit."""

# The headers that a browser's script may read and send.
EXPOSED_HEADERS = ("Execution-Name", "Location", "Retry-After")
ALLOWED_HEADERS = (
    *("Authorization", "Content-Type", "Execution-Name", "Idempotency-Key"),
    *("X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token", "X-Api-Key"),
)

KEY = "[A-Za-z0-9_-]{1,80}"
"""An Idempotency-Key or Execution-Name, which becomes the execution's name."""


@dataclass(frozen=True)
class Case:
    """A condition in Velocity, and the response to it: `detail` is a text in Velocity's quotes."""

    condition: str
    status: int
    detail: str


def _errors(*cases: tuple[str, int, str]) -> tuple[Case, ...]:
    return tuple(Case(f"$error == '{error}'", status, detail) for error, status, detail in cases)


# The errors that Step Functions documents for each call, except for those of the deployment.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
_INVALID_BODY = "The body is not valid JSON, or has more than 262,144 bytes."
_NO_EXECUTION = "This execution does not exist."
THROTTLED = _errors(
    ("ThrottlingException", 429, TOO_MANY_REQUESTS),
    ("ExecutionLimitExceeded", 429, "Too many executions are running; try again in a moment."),
    ("KmsThrottlingException", 429, TOO_MANY_REQUESTS),
)
INVALID_KEY = "Invalid Idempotency-Key: use 1-80 letters, digits, dashes or underscores."
INVALID_NAME = "Invalid Execution-Name: use 1-80 letters, digits, dashes or underscores."
INVALID_PRIVATE_KEY = (
    "Invalid Idempotency-Key: use letters, digits, dashes or underscores, at most 78 less the "
    "length of who calls."
)
START_ERRORS = (
    *_errors(
        ("InvalidExecutionInput", 400, _INVALID_BODY),
        ("ValidationException", 400, _INVALID_BODY),
        ("InvalidName", 400, INVALID_KEY),
        (
            "ExecutionAlreadyExists",
            409,
            "This Idempotency-Key is in use by an execution with another input, or that has ended.",
        ),
    ),
    *THROTTLED,
)
EXECUTION_ERRORS = (
    *_errors(
        ("ExecutionDoesNotExist", 404, _NO_EXECUTION),
        ("InvalidArn", 404, _NO_EXECUTION),
        ("ValidationException", 404, _NO_EXECUTION),
    ),
    *THROTTLED,
)
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
WAIT_ERRORS = (
    *_errors(
        ("InvalidExecutionInput", 400, f"seconds must be a whole number from 1 to {MOST_SECONDS}."),
    ),
    *THROTTLED,
)


def sync_request(state_machine_arn: str, route: Route) -> str:
    """StartSyncExecution with the input that the route makes, and the Execution-Name as the name.

    An empty body is `{}`. A name that is given by the caller finds the execution in the log, also
    if the response is lost.
    """
    return f"""\
{prepare_input(route)}
{read_header("Execution-Name", "key", empty="*")}
{_key_as_name()}
{{"stateMachineArn": "{state_machine_arn}", "input": "{input_text(route)}"\
#if($key != ""), "name": "$key"#end}}"""


def async_request(state_machine_arn: str, route: Route) -> str:
    """StartExecution with the input that the route makes, and the Idempotency-Key as the name.

    Step Functions allows more characters in a name. An invalid key is replaced by a name that it
    refuses.
    """
    name = _private_name(route) if route.private else _key_as_name()
    return f"""\
{prepare_input(route)}
{_idempotency_key()}
{name}
{{"stateMachineArn": "{state_machine_arn}", "input": "{input_text(route)}"\
#if($key != ""), "name": "$key"#end}}"""


def _key_as_name() -> str:
    return f"""#if($key != "" && !$key.matches('{KEY}'))#set($key = "*")#end"""


def _private_name(route: Route) -> str:
    """Puts the caller in front of the key, which is random if the request has none."""
    return f"""\
{read_owner(route)}
#if($key == "")#set($key = $context.requestId.replaceAll('-', ''))#end
#set($valid = $owner != "" && $key.matches('{KEY}'))
#set($key = "${{owner}}{SEPARATOR}$key")
#if(!$valid || $key.length() > {MAX_NAME})#set($key = "*")#end"""


def execution_request(execution_arn_prefix: str, route: Route) -> str:
    """DescribeExecution or StopExecution of the execution in the path."""
    return f"""\
{_execution_arn(execution_arn_prefix, route)}
{{"executionArn": "{escaped("$executionArn")}"}}"""


def wait_request(state_machine_arn: str, execution_arn_prefix: str, route: Route) -> str:
    """StartSyncExecution of the state machine that waits for the execution in the path.

    Invalid seconds are replaced by an input that Step Functions refuses.

    Args:
        state_machine_arn: the machine that waits, see `execution_wait`.
    """
    found = "#set($seconds = $input.params().querystring.get($name))"
    quote = r"\""
    arn = f"{quote}executionArn{quote}: {quote}{escaped(escaped('$executionArn'))}{quote}"
    input_ = f"{{{arn}, {quote}seconds{quote}: $seconds}}"
    return f"""\
{_execution_arn(execution_arn_prefix, route)}
#set($seconds = "{DEFAULT_SECONDS}")
{for_parameter("querystring", "seconds", found)}
{{"stateMachineArn": "{state_machine_arn}", \
"input": "#if($seconds.matches('{_SECONDS}')){input_}#else?#end"}}"""


_SECONDS = "[1-9]|1[0-9]|2[0-5]"


def event_request(state_machine_arn: str, execution_arn_prefix: str, key: str, route: Route) -> str:
    """StartSyncExecution that continues the execution in the path, with the body as its text.

    Args:
        state_machine_arn: the events' own state machine.
        key: the event's, as its state writes it: `approval`, or `approval/{item}`.
    """
    key = key.replace(f"{{{ITEM_VARIABLE}}}", escaped(escaped("$input.params().path.item")))
    return f"""\
{prepare_input(Route())}
{_execution_arn(execution_arn_prefix, route)}
{{"stateMachineArn": "{state_machine_arn}", "input": "{{\
{_quoted("execution")}: {_quoted(escaped(escaped("$executionArn")))}, \
{_quoted("event")}: {_quoted(key)}, \
{_quoted("output")}: {_quoted(escaped(input_text(Route())))}}}"}}"""


def events_request(state_machine_arn: str, execution_arn_prefix: str, route: Route) -> str:
    """StartSyncExecution that lists the events for which the execution in the path waits."""
    return f"""\
{_execution_arn(execution_arn_prefix, route)}
{{"stateMachineArn": "{state_machine_arn}", \
"input": "{{{_quoted("execution")}: {_quoted(escaped(escaped("$executionArn")))}}}"}}"""


def ticket_request(
    state_machine_arn: str, execution_arn_prefix: str, workflow: str, route: Route
) -> str:
    """StartSyncExecution that gives a ticket for the execution in the path.

    Args:
        state_machine_arn: that of tickets.
        workflow: the workflow's name.
    """
    execution = escaped(escaped("$input.params().path.execution"))
    return f"""\
{_execution_arn(execution_arn_prefix, route)}
{{"stateMachineArn": "{state_machine_arn}", "input": "{{\
{_quoted("workflow")}: {_quoted(workflow)}, {_quoted("execution")}: {_quoted(execution)}, \
{_quoted("executionArn")}: {_quoted(escaped(escaped("$executionArn")))}}}"}}"""


def _quoted(text: str) -> str:
    """A text in JSON that is itself in a JSON string."""
    return rf"\"{text}\""


def preflight_request() -> str:
    """The status of a MOCK integration's response."""
    return '{"statusCode": 204}'


def sync_response(errors: Mapping[str, int], route: Route, cors: Cors) -> str:
    """The workflow's output unchanged, or a problem document for an execution that failed.

    StartSyncExecution returns 200 however the execution ended; `status` contains the result. The
    cause of a failure may contain ARNs and other internals, so it is included only for errors that
    the workflow declares (name → HTTP status). The header `Execution-Name` names the execution,
    and a success has the headers of the route.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
    """
    cases = (
        Case("$outcome == 'TIMED_OUT'", 504, "The workflow exceeded its time limit."),
        *_errors(*((e, status, "$!input.path('$.cause')") for e, status in errors.items())),
    )
    otherwise = Case("", 502, "The workflow failed with an undeclared error.")
    return f"""\
{_cors(cors, route.headers)}\
#set($outcome = "$!input.path('$.status')")
#set($output = "$!input.path('$.output')")
#set($execution = "$!input.path('$.name')")
#if($execution != "")
#set($context.responseOverride.header.Execution-Name = "$execution")
#end
#if($outcome == "SUCCEEDED" && $output != ""){_output_headers(route.headers)}$output#else
#set($error = "$!input.path('$.error')")
{_problem(cases, otherwise, members=("error", "execution"))}
#end"""


def async_response(location: str, cors: Cors, *, private: bool = False) -> str:
    """The execution that was started, and its location; dates are seconds since 1970.

    Args:
        location: the URL of the execution, with `{execution}` for its name. It is relative to the
            request's URL, so it is correct for any stage and domain.
    """
    location = location.format(execution="$execution")
    key = f"#set($execution = {key_of('$execution')})\n" if private else ""
    return f"""\
{_cors(cors)}\
#set($execution = $input.path('$.executionArn').split(":").get(7))
{key}\
#set($context.responseOverride.header.Location = "{location}")
{{"executionArn": $input.json('$.executionArn'), "execution": "$execution", \
"startDate": $input.json('$.startDate'), "status": "RUNNING", \
"location": "{location}"}}"""


def description_response(errors: Iterable[str], cors: Cors, *, private: bool = False) -> str:
    """The result of DescribeExecution, in which input and output are strings of JSON.

    As in `sync_response`, the cause is included only for errors that the workflow declares.
    """
    name = f""""{key_of("$input.path('$.name')")}\"""" if private else "$input.json('$.name')"
    declared = " || ".join(f"$error == '{error}'" for error in errors)
    cause = _optional_member("cause", "$input.json('$.cause')")
    # arn:aws:states:eu-west-1:123456789012:stateMachine:NAME:VERSION
    version = "$input.path('$.stateMachineVersionArn').split(':').get(7)"
    return f"""\
{_cors(cors)}\
#set($error = "$!input.path('$.error')")\
{{"executionArn": $input.json('$.executionArn'), "execution": {name}, \
"status": $input.json('$.status'), "startDate": $input.json('$.startDate')\
{_optional_member("stopDate", "$input.json('$.stopDate')")}\
{_optional_member("version", version, "stateMachineVersionArn")}\
{_optional_member("input", "$input.path('$.input')")}\
{_optional_member("output", "$input.path('$.output')")}\
{_optional_member("error", "$input.json('$.error')")}\
{f"#if({declared}){cause}#end" if declared else ""}}}"""


def stop_response(cors: Cors) -> str:
    """The time at which the execution was stopped, or had already ended."""
    return f"""{_cors(cors)}{{"stopDate": $input.json('$.stopDate')}}"""


def wait_response(location: str, cors: Cors) -> str:
    """The status route as the place to look at, or a problem document for an unknown execution.

    A state machine that has timed out has waited for longer than it was asked to.

    Args:
        location: the URL of the execution, as for `async_response`.
    """
    location = location.format(execution="$execution")
    return f"""\
{_cors(cors)}\
#set($error = "$!input.path('$.error')")
#set($outcome = "$!input.path('$.status')")
#if($outcome != "SUCCEEDED" && $outcome != "TIMED_OUT")
{_problem(_errors((NOT_FOUND, 404, _NO_EXECUTION)), _UPSTREAM_FAILURE, members=("error",))}
#else
#set($execution = $util.urlEncode($input.params().path.execution))
#set($context.responseOverride.header.Location = "{location}")
{{"location": "{location}"}}
#end"""


def wait_error_response(cors: Cors) -> str:
    """A problem document where the state machine that waits was not started."""
    return f"""\
{_cors(cors)}{_error_type()}
{_problem(WAIT_ERRORS, _UPSTREAM_FAILURE, members=("error",))}"""


def event_response(cors: Cors) -> str:
    """The output of the events' state machine, or a problem document if it failed."""
    cases = (
        Case("$outcome == 'TIMED_OUT'", 504, "Another request holds the event; try again."),
        *_errors(*((error, status, text) for error, (status, text) in EVENT_ERRORS.items())),
    )
    otherwise = Case("", 502, "The event could not be sent, or was perhaps; try again.")
    return f"""\
{_cors(cors)}\
#set($outcome = "$!input.path('$.status')")
#if($outcome == "SUCCEEDED")$input.path('$.output')#else
#set($error = "$!input.path('$.error')")
{_problem(cases, otherwise, members=("error",))}
#end"""


def ticket_response(cors: Cors) -> str:
    """The output of the state machine of tickets, or a problem document if it failed."""
    cases = (
        Case("$outcome == 'TIMED_OUT'", 504, "No ticket could be given in time; try again."),
        *_errors((NO_TICKET, 404, _NO_EXECUTION), ("ThrottlingException", 429, TOO_MANY_REQUESTS)),
    )
    return f"""\
{_cors(cors)}\
#set($outcome = "$!input.path('$.status')")
#if($outcome == "SUCCEEDED")$input.path('$.output')#else
#set($error = "$!input.path('$.error')")
{_problem(cases, _UPSTREAM_FAILURE, members=("error",))}
#end"""


def start_error_response(cors: Cors, invalid_name: str = INVALID_KEY) -> str:
    """A problem document for an execution that Step Functions did not start.

    Args:
        invalid_name: the detail if it refused the name.
    """
    cases = [
        replace(case, detail=invalid_name) if case.detail == INVALID_KEY else case
        for case in START_ERRORS
    ]
    return f"""\
{_cors(cors)}{_error_type()}
#set($execution = "")
#if($error == "ExecutionAlreadyExists")
{_idempotency_key()}
#set($execution = $key)
#end
{_problem(cases, _UPSTREAM_FAILURE, members=("error", "execution"))}"""


def execution_error_response(cors: Cors) -> str:
    """A problem document for an execution that Step Functions did not describe or stop."""
    return f"""\
{_cors(cors)}{_error_type()}
{_problem(EXECUTION_ERRORS, _UPSTREAM_FAILURE, members=("error",))}"""


def preflight_response(cors: Cors, methods: Sequence[str], headers: Iterable[str] = ()) -> str:
    """The methods and headers that a browser may send to a route.

    Args:
        headers: those that the routes read beside the usual ones.
    """
    allowed = ",".join(dict.fromkeys([*ALLOWED_HEADERS, *cors.headers, *headers]))
    return f"""\
{_cors(cors)}\
#set($context.responseOverride.header.Access-Control-Allow-Methods = "{",".join(methods)}")
#set($context.responseOverride.header.Access-Control-Allow-Headers = "{allowed}")
#set($context.responseOverride.header.Access-Control-Max-Age = "{PREFLIGHT_SECONDS}")
"""


_UPSTREAM_FAILURE = Case("", 502, "The request to Step Functions failed.")


def _problem(cases: Sequence[Case], otherwise: Case, *, members: Iterable[str]) -> str:
    """A problem document of RFC 9457 for the first case whose condition is true.

    `members` are variables that are added to the document under their names, if not empty.
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
#set($context.responseOverride.header.Content-Type = "{PROBLEM_TYPE}")
{{"type": "about:blank", "title": "$title", "status": $status, \
"detail": "{escaped("$detail")}"\
{"".join(_member(name) for name in members)}}}"""


def _answer(case: Case) -> str:
    return f"""\
#set($status = {case.status})
#set($title = "{reason_phrase(case.status)}")
#set($detail = "{case.detail}")
"""


def _member(name: str) -> str:
    return f"""#if(${name} != ""), "{name}": "{escaped(f"${name}")}"#end"""


def _optional_member(name: str, value: str, path: str = "") -> str:
    """A member, if the body has it. Each has its own variable: setting null keeps the old value.

    Args:
        path: where the body has it, if not under its name. The variable's own name has a prefix,
            because `#set($input = …)` would hide the API's own `$input`.
    """
    own = f"$its_{name}"
    return f"""\
#set({own} = $input.path('$.{path or name}'))#if({own} && {own} != ""), "{name}": {value}#end"""


def _output_headers(headers: Mapping[str, str]) -> str:
    """Sets headers of a success; a line end in a value would begin a header of its own."""
    lines = ["#set($result = $util.parseJson($output))"] if headers else []
    for name, value in headers.items():
        if not value.startswith("$."):
            lines.append(f"#set($context.responseOverride.header.{name} = '{value}')")
            continue
        lines.append(
            f"""#set($header = "$!result.{value.removeprefix("$.")}")#if($header != "")\
#set($context.responseOverride.header.{name} = $header.replaceAll('[\r\n]', ' '))#end"""
        )
    return "\n".join(["", *lines, ""]) if lines else ""


def _error_type() -> str:
    """The error's name, without the prefix that some errors have."""
    return """\
#set($error = "$!input.path('$.__type')")
#set($error = $error.replaceAll('^.*#', ''))"""


def _execution_arn(prefix: str, route: Route) -> str:
    """Sets `$executionArn` to the ARN of the execution in the path.

    It always belongs to the route's own state machine, whatever the path contains; with a private
    route, to the caller's own executions. Without a caller it is not valid.
    """
    execution = "$input.params().path.execution"
    if not route.private:
        return f"""#set($executionArn = "{prefix}{execution}")"""
    return f"""\
{read_owner(route)}
#if($owner == "")#set($owner = "*")#end
#set($executionArn = "{prefix}${{owner}}{SEPARATOR}{execution}")"""


def _idempotency_key() -> str:
    """Reads the key, which the IETF's draft writes in quotes.

    https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
    """
    unquoted = """#set($key = $key.replaceAll('"', ''))"""
    return f"""\
{read_header("Idempotency-Key", "key", empty="*")}#if($key.matches('"{KEY}"')){unquoted}#end"""


def _cors(cors: Cors, exposed: Iterable[str] = ()) -> str:
    """Lets scripts read the response; only those of the request's origin, if it depends on it."""
    if not cors.origins:
        return ""
    if cors.only_origin:
        allow = _allow(cors.only_origin, cors)
    else:
        allow = f"""\
{read_header("Origin", "origin")}
#if({origin_condition(cors.origins)})
{_allow("$origin", cors)}#end
"""
    names = ",".join(dict.fromkeys([*EXPOSED_HEADERS, *cors.exposed_headers, *exposed]))
    return f"""\
{allow}\
#set($context.responseOverride.header.Vary = "Origin")
#set($context.responseOverride.header.Access-Control-Expose-Headers = "{names}")
"""


def _allow(origin: str, cors: Cors) -> str:
    credentials = """\
#set($context.responseOverride.header.Access-Control-Allow-Credentials = "true")
"""
    return f"""\
#set($context.responseOverride.header.Access-Control-Allow-Origin = "{origin}")
{credentials if cors.credentials else ""}"""
