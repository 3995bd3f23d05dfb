"""API Gateway's mapping templates, in the Velocity Template Language.

Each is a function from what it depends on to its text. What AWS gives a template to work with:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

NOT_MAPPED = "The workflow failed with an error that this route does not declare."
TIMED_OUT = "The workflow did not end within its time."

# https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
# and the errors of StartExecution and StartSyncExecution. Any other is a fault behind the route.
SERVICE_ERRORS = {
    "InvalidExecutionInput": (400, "The body is not JSON."),
    "ValidationException": (400, "Step Functions refused the input: is it over 262,144 bytes?"),
    "ThrottlingException": (429, "Too many requests; try again in a moment."),
    "ExecutionLimitExceeded": (429, "Too many executions are running; try again in a moment."),
}
BEHIND_THE_ROUTE = (502, "Step Functions could not start the workflow.")
RETRY_AFTER_SECONDS = 1


def start_request(state_machine_arn: str) -> str:
    """Starts the state machine with the request's body as its input, text for text.

    An empty body is `{}`. `escapeJavaScript` writes an apostrophe as `\\'`, which JSON does not
    know, so that is taken back.
    """
    return f"""\
#set($body = $input.body)
#if($body == "")#set($body = "{{}}")#end
{{"stateMachineArn": "{state_machine_arn}", "input": "{_escaped("$body")}"}}"""


def sync_response(errors: Mapping[str, int]) -> str:
    """The workflow's output as it is, or a problem document for an execution that failed.

    StartSyncExecution answers 200 however the execution ended; `status` tells. The cause of a
    failure may hold ARNs and more, so it is shown only for the errors that the workflow declares
    (name → HTTP status).
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
    """
    cases = [
        (f"$error == '{error}'", status, "$!input.path('$.cause')")
        for error, status in errors.items()
    ]
    timed_out = ("$outcome == 'TIMED_OUT'", 504, TIMED_OUT)
    return f"""\
#set($outcome = $input.path('$.status'))
#if($outcome == "SUCCEEDED")$input.path('$.output')#else
#set($error = "$!input.path('$.error')")
#set($execution = "$!input.path('$.name')")
{_problem([timed_out, *cases], otherwise=(502, NOT_MAPPED), members=("error", "execution"))}
#end"""


def async_response() -> str:
    """The execution that was started; `startDate` in seconds since 1970."""
    return """\
{"executionArn": $input.json('$.executionArn'), \
"execution": "$input.path('$.executionArn').split(":").get(7)", \
"startDate": $input.json('$.startDate'), "status": "RUNNING"}"""


def service_error_response() -> str:
    """A problem document for a call that Step Functions refused.

    The error's name stands behind a prefix that differs from error to error, or behind none.
    """
    cases = [
        (f"$error == '{error}'", status, detail)
        for error, (status, detail) in SERVICE_ERRORS.items()
    ]
    return f"""\
#set($error = "$!input.path('$.__type')")
#set($error = $error.replaceAll('^.*#', ''))
{_problem(cases, otherwise=BEHIND_THE_ROUTE, members=("error",))}"""


def _problem(
    cases: Iterable[tuple[str, int, str]], *, otherwise: tuple[int, str], members: Iterable[str]
) -> str:
    """A problem document of RFC 9457 for the first case (condition, status, detail) that holds.

    `members` are variables that go into the document, each under its own name, if not empty.
    """
    status, detail = otherwise
    choice = "".join(
        f"#{'elseif' if i else 'if'}({condition})\n{_answer(status, detail)}"
        for i, (condition, status, detail) in enumerate(cases)
    )
    return f"""\
{choice}#else
{_answer(status, detail)}#end
#if($status == 429)\
#set($context.responseOverride.header.Retry-After = "{RETRY_AFTER_SECONDS}")\
#end
#set($context.responseOverride.status = $status)
#set($context.responseOverride.header.Content-Type = "application/problem+json")
{{"type": "about:blank", "title": "$title", "status": $status, \
"detail": "{_escaped("$detail")}"\
{"".join(_member(name) for name in members)}}}"""


def _answer(status: int, detail: str) -> str:
    return f"""\
#set($status = {status})
#set($title = "{HTTPStatus(status).phrase}")
#set($detail = "{detail}")
"""


def _member(name: str) -> str:
    return f"""#if(${name} != ""), "{name}": "{_escaped(f"${name}")}"#end"""


def _escaped(reference: str) -> str:
    """The text of a reference as it stands between the quotes of a JSON string."""
    return rf"""$util.escapeJavaScript({reference}).replaceAll("\\'", "'")"""
