"""The mapping templates of the live API's routes, in the Velocity Template Language."""

from stepgate.http.problems import TOO_MANY_REQUESTS
from stepgate.http.request_input import escaped


def follow_request(state_machine_arn: str) -> str:
    r"""StartSyncExecution with the message as text.

    The ids of connections are API Gateway's own. The route is `follow` or `unfollow`.
    """
    message = escaped(escaped("$input.body"))
    members = {
        "action": "$context.routeKey",
        "connection": "$context.connectionId",
        "message": message,
    }
    input_ = ", ".join(rf"\"{name}\": \"{value}\"" for name, value in members.items())
    return f'{{"stateMachineArn": "{state_machine_arn}", "input": "{{{input_}}}"}}'


def follow_response() -> str:
    """The frame that the state machine makes, or a problem if it was not started or has failed."""
    return f"""\
#set($outcome = "$!input.path('$.status')")
#set($error = "$!input.path('$.__type')")
#if($outcome == "SUCCEEDED")$input.path('$.output')#elseif($error.contains("Throttling"))
{_problem(429, "Too Many Requests", TOO_MANY_REQUESTS)}
#else
{_problem(500, "Internal Server Error", "The request to Step Functions failed.")}
#end"""


def plain_request() -> str:
    """The status of a MOCK integration's response."""
    return '{"statusCode": 200}'


def plain_response() -> str:
    """What answers a ping, and any message that no route takes."""
    unknown = "Write JSON with the action follow, unfollow or ping."
    return f"""\
#if($context.routeKey == "ping"){{"type": "pong"}}#else
{_problem(400, "Bad Request", unknown)}
#end"""


def _problem(status: int, title: str, detail: str) -> str:
    return f'{{"type": "problem", "status": {status}, "title": "{title}", "detail": "{detail}"}}'
