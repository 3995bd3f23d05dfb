"""Rules for JSONPath and intrinsic functions. JSONata is not looked at."""

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
    """Where it stands in its state, what it is a case of, and its text."""

    field: str
    kind: str
    text: str


def parsed_paths(subject: Subject) -> Iterator[Breach]:
    """Every path is one."""
    yield from _breaches(subject, functions=False)


def known_functions(subject: Subject) -> Iterator[Breach]:
    """Every intrinsic function exists and has the arguments that it takes."""
    yield from _breaches(subject, functions=True)


def _breaches(subject: Subject, *, functions: bool) -> Iterator[Breach]:
    for state in subject.states:
        if state.query_language == "JSONata":
            continue
        for field, kind, text in _expressions(state.fields):
            if text.startswith("States.") == functions and (problem := _PROBLEMS[kind](text)):
                yield Breach(state.name, f"{field}: {problem}")


def _expressions(fields: Fields, place: str = "") -> Iterator[Expression]:
    for key, value in fields.items():
        field = f"{place}{key}"
        if key in _OTHERS:
            continue
        if key in _TEMPLATES:
            yield from _in_template(value, field)
        elif isinstance(value, str):
            if key == "Variable" or key.endswith("Path"):
                yield Expression(field, _KINDS.get(key, "path"), value)
        else:
            for where, child in _children(value, field):
                yield from _expressions(child, f"{where}.")


def _in_template(value: object, place: str) -> Iterator[Expression]:
    for where, child in _children(value, place):
        for key, inner in child.items():
            if key.endswith(".$") and isinstance(inner, str):
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
