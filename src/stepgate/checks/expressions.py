"""Rules for JSONPath, intrinsic functions and variables."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from stepgate.asl.fields import TEMPLATES
from stepgate.asl.parts import iter_parts
from stepgate.asl.paths import expression_problem, path_problem, reference_path_problem
from stepgate.asl.states import Fields
from stepgate.checks.rule import RuleContext, Violation

# https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
VARIABLE_LENGTH = 80
RESERVED_VARIABLE = "states"

_PROBLEMS = {
    "path": path_problem,
    "reference path": reference_path_problem,
    "expression": expression_problem,
}
# The workflow's own data, and nested states, which are checked as states.
_SKIPPED = ("Result", "Branches", "ItemProcessor", "Iterator")
_KINDS = {"ResultPath": "reference path", "ErrorPath": "expression", "CausePath": "expression"}


class Expression(NamedTuple):
    """A field of a state, the kind of expression that it takes, and its value, usually a string."""

    field: str
    kind: str
    value: object


def require_valid_paths(context: RuleContext) -> Iterator[Violation]:
    """Every path is valid."""
    for state, expression in _all(context):
        if not isinstance(expression.value, str):
            yield Violation(state, _not_text(expression))
        elif not _is_function(expression.value):
            yield from _violations(state, expression, expression.value)


def require_valid_functions(context: RuleContext) -> Iterator[Violation]:
    """Every intrinsic function exists and has valid arguments."""
    for state, expression in _all(context):
        if isinstance(expression.value, str) and _is_function(expression.value):
            yield from _violations(state, expression, expression.value)


def require_unique_names(context: RuleContext) -> Iterator[Violation]:
    """No name in a payload template is there twice, as `name` and as `name.$`.

    https://states-language.net/spec.html#payload-template
    """
    for state in context.states:
        if state.query_language != "JSONata":
            for part in iter_parts(state):
                for field, value in part.fields.items():
                    for place in _twice(value, part.at(field)) if field in TEMPLATES else ():
                        yield Violation(
                            state.name, f"has {place} and {place}.$; write only one of them"
                        )


def _twice(value: object, place: str) -> Iterator[str]:
    for child_place, child in _children(value, place):
        for name, inner in child.items():
            if f"{name}.$" in child:
                yield f"{child_place}.{name}"
            yield from _twice(inner, f"{child_place}.{name}")


def require_valid_variables(context: RuleContext) -> Iterator[Violation]:
    """Assign is an object with names of variables.

    https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
    """
    for state in context.states:
        for part in iter_parts(state):
            if "Assign" not in part.fields:
                continue
            assigned = part.fields["Assign"]
            if not isinstance(assigned, Mapping):
                yield Violation(
                    state.name,
                    f"{part.at('Assign')} is {json.dumps(assigned, default=repr)}; write an "
                    'object, for example {"count": 1}',
                )
                continue
            for written in cast("Fields", assigned):
                is_path = state.query_language != "JSONata"
                name = written.removesuffix(".$") if is_path else written
                if problem := _variable_problem(name):
                    yield Violation(state.name, f"{part.at('Assign')}.{written}: {problem}")


def _variable_problem(name: str) -> str:
    if name == RESERVED_VARIABLE:
        return f"{name!r} is reserved; use another name"
    if len(name) > VARIABLE_LENGTH:
        return f"the name has {len(name)} characters; use at most {VARIABLE_LENGTH}"
    # Letters and digits of any script, as in Python.
    if not name.isidentifier() or name.startswith("_"):
        return (
            f"{name!r} is not a valid variable; use letters, digits and _, beginning with a letter"
        )
    return ""


def _all(context: RuleContext) -> Iterator[tuple[str, Expression]]:
    """Each with the name of its state."""
    for state in context.states:
        if state.query_language != "JSONata":
            for expression in _expressions(state.fields):
                yield state.name, expression


def _is_function(text: str) -> bool:
    return text.startswith("States.")


def _violations(state: str, expression: Expression, text: str) -> Iterator[Violation]:
    if problem := _PROBLEMS[expression.kind](text):
        yield Violation(state, f"{expression.field}: {problem}")


def _not_text(expression: Expression) -> str:
    cure = (
        "write a path or a function, or remove .$ from the key"
        if expression.field.endswith(".$")
        else "write a path, for example $.name"
    )
    return f"{expression.field} is {json.dumps(expression.value, default=repr)}; {cure}"


def _expressions(fields: Fields, prefix: str = "") -> Iterator[Expression]:
    for key, value in fields.items():
        field = f"{prefix}{key}"
        if key in _SKIPPED:
            continue
        if key in TEMPLATES:
            yield from _in_template(value, field)
        elif key == "Variable" or key.endswith("Path"):
            # Some may be null; statelint reports those that must not.
            if value is not None or key == "Variable":
                yield Expression(field, _KINDS.get(key, "path"), value)
        else:
            for child_field, child in _children(value, field):
                yield from _expressions(child, f"{child_field}.")


def _in_template(value: object, field: str) -> Iterator[Expression]:
    for child_field, child in _children(value, field):
        for key, inner in child.items():
            if key.endswith(".$"):
                yield Expression(f"{child_field}.{key}", "expression", inner)
            else:
                yield from _in_template(inner, f"{child_field}.{key}")


def _children(value: object, field: str) -> Iterator[tuple[str, Fields]]:
    """The mapping itself, or those in a list, each with its field."""
    if isinstance(value, Mapping):
        yield field, cast("Fields", value)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _children(item, f"{field}[{index}]")
