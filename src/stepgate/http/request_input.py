"""How a mapping template makes a state machine's input from a request.

Whatever a caller sends as text is escaped. The body is JSON already, and stays as it was written: a
number keeps its digits. Beside other members it has to be one JSON value, or a caller could close
it and go on with members of their own; a body of another form is replaced by a text that Step
Functions refuses as an input.
"""

import json
from collections.abc import Iterator, Mapping

from stepgate.route import RequestValue

MAX_LEVELS = 100
"""How deep a body may be nested, if it is one member of several."""

_MAPS = {"path": "path", "query": "querystring", "header": "header"}
_PRESENT = "$present_{}"
_VALUE = "$value_{}"


def escaped(reference: str) -> str:
    """The text of a reference, escaped for a JSON string."""
    return rf"""$util.escapeJavaScript({reference}).replaceAll("\\'", "'")"""


def read_header(name: str, variable: str) -> str:
    """Reads a header; names are in any case in HTTP/1.1, and in lower case in HTTP/2."""
    found = f"#set(${variable} = $input.params().header.get($name))"
    return f'#set(${variable} = "")\n{_for_parameter("header", name, found)}'


def prepare_input(members: Mapping[str, RequestValue] | None) -> str:
    """The lines that stand in front of `input_text`."""
    if members is None:
        return _BODY
    return "\n".join(_prepared(members))


def input_text(members: Mapping[str, RequestValue] | None) -> str:
    """The input as the inner text of a JSON string."""
    if members is None:
        return escaped("$body")
    printed = "".join(_member(i, *member) for i, member in enumerate(members.items()))
    return f'{{#set($comma = ""){printed}}}'


_BODY = '#set($body = $input.body)#if($body == "")#set($body = "{}")#end'

# Without escapes and strings, and with each object and array replaced by 0 from the innermost to
# the outermost, one value is one word.
_ONE_VALUE = rf"""
#set($shape = $body.replaceAll('\\.', '').replaceAll('"[^"]*"', '0'))
#foreach($level in [1..{MAX_LEVELS}])\
#set($shape = $shape.replaceAll('\{{[^\[\]{{}}]*\}}|\[[^\[\]{{}}]*\]', '0'))#end
#if(!$shape.matches('\s*[^\s,:"\[\]{{}}\\]+\s*'))#set($body = "?")#end""".replace("\\\n", "")


def _prepared(members: Mapping[str, RequestValue]) -> Iterator[str]:
    for i, value in enumerate(members.values()):
        if value.source == "body":
            yield f"{_BODY}{_ONE_VALUE}"
            continue
        present, text = _PRESENT.format(i), _VALUE.format(i)
        yield f'#set({present} = false)#set({text} = "")'
        if value.source == "context":
            yield f'#set({text} = "$!context.{value.name}")'
            yield f'#if({text} != "")#set({present} = true)#end'
        else:
            map_ = _MAPS[value.source]
            found = f"#set({present} = true)#set({text} = $input.params().{map_}.get($name))"
            yield _for_parameter(map_, value.name, found)


def _member(number: int, name: str, value: RequestValue) -> str:
    key = json.dumps(json.dumps(name))[1:-1]
    if value.source == "body":
        return f'${{comma}}{key}: {escaped("$body")}#set($comma = ", ")'
    text = escaped(escaped(_VALUE.format(number)))
    member = rf"""${{comma}}{key}: \"{text}\"#set($comma = ", ")"""
    return f"#if({_PRESENT.format(number)}){member}#end"


def _for_parameter(map_: str, name: str, then: str) -> str:
    same = f"$name.toLowerCase() == '{name.lower()}'" if map_ == "header" else f"$name == '{name}'"
    return f"#foreach($name in $input.params().{map_}.keySet())#if({same}){then}#end#end"
