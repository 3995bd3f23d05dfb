"""JSONata expressions: whether one can be parsed, and what it reads.

AWS has version 2.0.6 of JSONata, without `$eval`, and with functions of its own.
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

# jsonata-python 0.7.1 sets the recursion limit of the whole process when it is imported.
_LIMIT = sys.getrecursionlimit()
from jsonata.jexception import JException  # noqa: E402 # pyright: ignore[reportMissingTypeStubs]
from jsonata.parser import Parser  # noqa: E402 # pyright: ignore[reportMissingTypeStubs]

sys.setrecursionlimit(_LIMIT)

OPENING, CLOSING = "{%", "%}"

FUNCTIONS = frozenset(
    {
        # https://docs.jsonata.org/string-functions, and the pages beside it
        *("string", "length", "substring", "substringBefore", "substringAfter", "uppercase"),
        *("lowercase", "trim", "pad", "contains", "split", "join", "match", "replace"),
        *("base64encode", "base64decode", "encodeUrlComponent", "encodeUrl"),
        *("decodeUrlComponent", "decodeUrl", "number", "abs", "floor", "ceil", "round", "power"),
        *("sqrt", "formatNumber", "formatBase", "formatInteger", "parseInteger"),
        *("sum", "max", "min", "average", "boolean", "not", "exists"),
        *("count", "append", "sort", "reverse", "shuffle", "distinct", "zip"),
        *("keys", "lookup", "spread", "merge", "sift", "each", "error", "assert", "type"),
        *("now", "millis", "fromMillis", "toMillis"),
        *("map", "filter", "single", "reduce", "clone"),
        # https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
        *("partition", "range", "hash", "random", "uuid", "parse"),
    }
)
"""Without `$eval`, which AWS does not have."""


@dataclass(frozen=True)
class Expression:
    """What an expression reads.

    Attributes:
        problem: why it cannot be parsed; empty if it can.
        names: what it reads from the context item at its top level, which an expression on AWS does
            not have: a field's name, `$` or `$$`.
        reserved: the fields of `$states`.
        variables: other variables that it does not bind itself.
        functions: those that it calls by name and does not bind itself.
        patterns: its regular expressions, as they stand between slashes.
    """

    problem: str = ""
    names: set[str] = field(default_factory=set[str])
    reserved: set[str] = field(default_factory=set[str])
    variables: set[str] = field(default_factory=set[str])
    functions: set[str] = field(default_factory=set[str])
    patterns: set[str] = field(default_factory=set[str])


# jsonata-python 0.7.1 does not know the escape of an apostrophe, and refuses `%` where it cannot
# see what it is the parent of.
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_UNKNOWN_PARENT = "S0217"
# Of version 2.1.0; 2.0.6 refuses them.
_NEWER_OPERATORS = ("??", "?:")


@cache
def read_expression(source: str) -> Expression:
    """
    Args:
        source: what is between the delimiters.
    """
    known = _ESCAPE.sub(lambda pair: r"\u0027" if pair[1] == "'" else pair[0], source)
    found, bound = Expression(), set[str]()

    def keep_pattern(pattern: str, _: object) -> re.Pattern[str]:
        found.patterns.add(pattern)
        return re.compile("")  # Python's syntax is not JavaScript's, and nothing is matched here

    parser = Parser()
    for operator in _NEWER_OPERATORS:
        del parser.symbol_table[operator]
    try:
        tree: Any = parser.parse(known, keep_pattern)
    except JException as error:
        return Expression() if error.error == _UNKNOWN_PARENT else Expression(_one_line(error))
    except KeyError as error:
        return Expression(f"Unknown operator: {error.args[0]}")
    except RecursionError:
        return Expression()  # deeper than Python can look
    _read(tree, True, found, bound)
    found.variables.difference_update(bound)
    found.functions.difference_update(bound)
    return found


def _one_line(error: JException) -> str:
    return " ".join(str(error).split())


# Evaluated against the context item of the node itself, or against other items.
_SAME_CONTEXT = (
    *("arguments", "body", "lhs", "rhs", "condition", "then", "_else"),
    *("expression", "expressions", "lhs_object"),
)
_OTHER_CONTEXT = ("predicate", "stages", "group", "terms", "expr", "pattern", "update", "delete")


def _read(node: Any, is_top: bool, found: Expression, bound: set[str]) -> None:
    """Adds what a node of the syntax tree reads, and the variables that it binds."""
    bound.update(_bound(node))
    match node.type:
        case "name" if is_top:
            found.names.add(str(node.value))
        case "variable":
            _read_variable(str(node.value), is_top, found)
        case "path":
            first, *others = node.steps
            if first.type == "variable" and first.value == "states":
                found.reserved.update(step.value for step in others[:1] if step.type == "name")
            _read(first, is_top, found, bound)
            for step in others:
                _read(step, False, found, bound)
        case "function" | "partial":
            if node.procedure.type == "variable":
                found.functions.add(str(node.procedure.value))
            else:
                _read(node.procedure, is_top, found, bound)
        case _:
            pass
    is_item = node.type is None  # a group or a sort term
    for child in _children(node, _SAME_CONTEXT):
        _read(child, is_top and not is_item, found, bound)
    for child in _children(node, _OTHER_CONTEXT):
        _read(child, False, found, bound)


def _bound(node: Any) -> Iterator[str]:
    """The variables that a node gives a value."""
    yield from (name for name in (node.focus, node.index) if isinstance(name, str))
    if node.type == "bind":
        yield str(node.lhs.value)
    elif node.type == "lambda":
        yield from (str(argument.value) for argument in node.arguments)


def _read_variable(name: str, is_top: bool, found: Expression) -> None:
    if name == "$":
        found.names.add("$$")
    elif not name:
        if is_top:
            found.names.add("$")
    elif name != "states":
        found.variables.add(name)


def _children(node: Any, attributes: tuple[str, ...]) -> Iterator[Any]:
    for attribute in attributes:
        yield from _symbols(getattr(node, attribute))


def _symbols(value: object) -> Iterator[Any]:
    if isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _symbols(item)
    elif isinstance(value, Parser.Symbol):
        yield value
