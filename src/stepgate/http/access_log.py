"""What API Gateway writes about each request, if it is asked to."""

import json

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "error": "$context.error.responseType",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integration.latency",
    "integrationStatus": "$context.integration.integrationStatus",
    "responseLength": "$context.responseLength",
    "sourceIp": "$context.identity.sourceIp",
    "caller": "$context.identity.userArn",
}
"""The members of a line, and the variable that each is made of.

Access logs have variables and no functions, so nothing in them can be escaped. These are values
that API Gateway sets itself or takes from a fixed set of characters; the path, the query, the
user agent, claims and the error's message have text of the caller in them, and a quote there would
break the line, or forge members of it. For the same reason neither payloads nor tokens are here.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

ACCESS_LOG_PREFIX = "/aws/apigateway/"
"""What the names of log groups of access logs begin with."""


def access_log_format() -> str:
    """The format of a line, which is JSON. All values are text: an absent one is `-`."""
    return json.dumps(ACCESS_LOG)
