"""Selection expressions: how a message, or an answer, selects a route or a template."""

import re

VARIABLE = re.compile(r"\\\$|\$\{(?P<braced>[\w.-]+)\}|\$(?P<plain>\w+(?:\.\w+)*)")
ROUTE = re.compile(r"\$request\.body(\.\w+)+|\$\{request\.body(\.\w+)+\}")


def evaluate(expression, variables):
    r""" "A variable is prefixed with "$". Curly braces can be used to explicitly define variable
    boundaries. […] A dollar sign ($) can be escaped with "\"."

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html

    Args:
        variables: nested dicts. A variable that is not there, or holds no text, number or boolean,
            is empty.
    """

    def value(match):
        path = match["braced"] or match["plain"]
        return _value_at(path.split("."), variables) if path else "$"

    return VARIABLE.sub(value, expression)


def _value_at(path, found):
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    match found:
        case bool():
            return str(found).lower()
        case str() | int() | float():
            return str(found)
        case _:
            return ""
