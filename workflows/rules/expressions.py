"""Rules for JSONPath and intrinsic functions. JSONata is not looked at."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from workflows.language.paths import expression_problem, path_problem, reference_path_problem
from workflows.language.states import Fields
from workflows.rules.breach import Breach, Subject

_PROBLEMS = {
    "path": path_problem,
    "reference path": reference_path_problem,
    "expression": expression_problem,
}
# Data of the workflow's own, and states that are looked at themselves.
_OTHERS = ("Result", "Branches", "ItemProcessor", "Iterator")
# Here only `name.$` is an expression, and other names are the workflow's.
# https://states-language.net/spec.html#payload-template
_TEMPLATES = (
    *("Parameters", "ResultSelector", "ItemSelector", "BatchInput", "Assign", "Credentials"),
)
_KINDS = {"ResultPath": "reference path", "ErrorPath": "expression", "CausePath": "expression"}


class Expression(NamedTuple):
    """Where it stands in its state, what it is a case of, and what stands there: mostly a text."""

    field: str
    kind: str
    value: object


def parsed_paths(subject: Subject) -> Iterator[Breach]:
    """Every path is one."""
    for state, expression in _all(subject):
        if not isinstance(expression.value, str):
            yield Breach(state, _no_text(expression))
        elif not _is_function(expression.value):
            yield from _breaches(state, expression, expression.value)


def known_functions(subject: Subject) -> Iterator[Breach]:
    """Every intrinsic function exists and has the arguments that it takes."""
    for state, expression in _all(subject):
        if isinstance(expression.value, str) and _is_function(expression.value):
            yield from _breaches(state, expression, expression.value)


def _all(subject: Subject) -> Iterator[tuple[str, Expression]]:
    """Each with the state that it stands in."""
    for state in subject.states:
        if state.query_language != "JSONata":
            for expression in _expressions(state.fields):
                yield state.name, expression


def _is_function(text: str) -> bool:
    return text.startswith("States.")


def _breaches(state: str, expression: Expression, text: str) -> Iterator[Breach]:
    if problem := _PROBLEMS[expression.kind](text):
        yield Breach(state, f"{expression.field}: {problem}")


def _no_text(expression: Expression) -> str:
    remedy = (
        "a path or a function, or the key without .$"
        if expression.field.endswith(".$")
        else "a path, such as $.name"
    )
    return f"{expression.field} is {json.dumps(expression.value, default=repr)}; write {remedy}"


def _expressions(fields: Fields, place: str = "") -> Iterator[Expression]:
    for key, value in fields.items():
        field = f"{place}{key}"
        if key in _OTHERS:
            continue
        if key in _TEMPLATES:
            yield from _in_template(value, field)
        elif key == "Variable" or key.endswith("Path"):
            # Some may be null, and statelint says which must not.
            if value is not None or key == "Variable":
                yield Expression(field, _KINDS.get(key, "path"), value)
        else:
            for where, child in _children(value, field):
                yield from _expressions(child, f"{where}.")


def _in_template(value: object, place: str) -> Iterator[Expression]:
    for where, child in _children(value, place):
        for key, inner in child.items():
            if key.endswith(".$"):
                yield Expression(f"{where}.{key}", "expression", inner)
            else:
                yield from _in_template(inner, f"{where}.{key}")


def _children(value: object, place: str) -> Iterator[tuple[str, Fields]]:
    """The mapping itself, or those in a list, each with its place."""
    if isinstance(value, Mapping):
        yield place, cast("Fields", value)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _children(item, f"{place}[{index}]")
