"""How a mapping template makes a state machine's input from a request.

Whatever a caller sends as text is escaped. The body is JSON already, and stays as it was written: a
number keeps its digits. Beside other members it has to be one JSON value, or a caller could close
it and go on with members of their own; a body of another form is replaced by a text that Step
Functions refuses as an input. So are a JWT authorizer's claims, which are JSON text too.
"""

import json
from collections.abc import Iterator

from stepgate.authorization import Authorization
from stepgate.http.authorization import authorization_of, claim_reference, has_json_claims
from stepgate.route import RequestValue, Route

MAX_LEVELS = 100
"""How deep a body may be nested, if it is one member of several."""

_MAPS = {"path": "path", "query": "querystring", "header": "header"}
_PRESENT = "$present_{}"
_VALUE = "$value_{}"


def escaped(reference: str) -> str:
    """The text of a reference, escaped for a JSON string."""
    return rf"""$util.escapeJavaScript({reference}).replaceAll("\\'", "'")"""


def read_header(name: str, variable: str, empty: str = "") -> str:
    """Reads a header; names are in any case in HTTP/1.1, and in lower case in HTTP/2.

    Args:
        empty: what an empty header is read as. A missing one is an empty text.
    """
    found = f"#set(${variable} = $input.params().header.get($name))"
    if empty:
        found += f'#if(${variable} == "")#set(${variable} = "{empty}")#end'
    return f'#set(${variable} = "")\n{for_parameter("header", name, found)}'


def prepare_input(route: Route) -> str:
    """The lines before `input_text`."""
    if route.input is None:
        return _BODY
    return "\n".join(
        line
        for number, value in enumerate(route.input.values())
        for line in _prepared(number, value, authorization_of(route))
    )


def input_text(route: Route) -> str:
    """The input as the inner text of a JSON string."""
    if route.input is None:
        return escaped("$body")
    json_claims = has_json_claims(authorization_of(route))
    printed = "".join(
        _member(number, name, value, is_json=json_claims and value.source == "claim")
        for number, (name, value) in enumerate(route.input.items())
    )
    return f'{{#set($comma = ""){printed}}}'


_BODY = '#set($body = $input.body)#if($body == "")#set($body = "{}")#end'


def _one_value(variable: str) -> str:
    """Replaces what is not one JSON value by a text that is not JSON at all.

    Without escapes and strings, and with each object and array replaced by 0 from the innermost to
    the outermost, one value is one word.
    """
    return rf"""
#set($shape = {variable}.replaceAll('\\.', '').replaceAll('"[^"]*"', '0'))
#foreach($level in [1..{MAX_LEVELS}])\
#set($shape = $shape.replaceAll('\{{[^\[\]{{}}]*\}}|\[[^\[\]{{}}]*\]', '0'))#end
#if(!$shape.matches('\s*[^\s,:"\[\]{{}}\\]+\s*'))#set({variable} = "?")#end""".replace("\\\n", "")


def _prepared(number: int, value: RequestValue, authorization: Authorization) -> Iterator[str]:
    if value.source == "body":
        yield f"{_BODY}{_one_value('$body')}"
        return
    present, text = _PRESENT.format(number), _VALUE.format(number)
    yield f'#set({present} = false)#set({text} = "")'
    match value.source:
        case "context" | "claim":
            reference = (
                f"$!context.{value.name}"
                if value.source == "context"
                else claim_reference(authorization, value.name)
            )
            yield f'#set({text} = "{reference}")'
            yield f'#if({text} != "")#set({present} = true)#end'
            if value.source == "claim" and has_json_claims(authorization):
                yield f"#if({present}){_one_value(text)}#end"
        case source:
            map_ = _MAPS[source]
            found = f"#set({present} = true)#set({text} = $input.params().{map_}.get($name))"
            yield for_parameter(map_, value.name, found)


def _member(number: int, name: str, value: RequestValue, *, is_json: bool) -> str:
    key = json.dumps(json.dumps(name))[1:-1]
    if value.source == "body":
        return f'${{comma}}{key}: {escaped("$body")}#set($comma = ", ")'
    text = escaped(_VALUE.format(number))
    text = text if is_json else rf"\"{escaped(text)}\""
    return f"""#if({_PRESENT.format(number)})${{comma}}{key}: {text}#set($comma = ", ")#end"""


def for_parameter(map_: str, name: str, then: str) -> str:
    """Runs the lines of `then` with `$name`, if the request has the parameter."""
    same = f"$name.toLowerCase() == '{name.lower()}'" if map_ == "header" else f"$name == '{name}'"
    return f"#foreach($name in $input.params().{map_}.keySet())#if({same}){then}#end#end"
