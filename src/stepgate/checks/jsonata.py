"""Rules for JSONata.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from stepgate.asl.fields import EXPRESSIONS
from stepgate.asl.jsonata import CLOSING, FUNCTIONS, OPENING, Expression, read_expression
from stepgate.asl.parts import Part, iter_parts
from stepgate.asl.states import Machine, State, root_machine
from stepgate.checks.rule import RuleContext, Violation
from stepgate.substitutions import PLACEHOLDER
from stepgate.suggestions import suggestion


class Text(NamedTuple):
    """A string where a JSONata expression can be.

    Attributes:
        place: where it is in its state, for example `Output.items[0]`.
        field: the field that it is in, for example `Output`.
        key: the last name in its place.
    """

    state: State
    part: Part
    field: str
    place: str
    key: str
    value: str

    @property
    def expression(self) -> Expression | None:
        """None if it is none, or if only a deployment knows the whole of it."""
        if not (self.value.startswith(OPENING) and self.value.endswith(CLOSING)):
            return None
        if PLACEHOLDER.search(self.value):
            return None
        return read_expression(self.value[len(OPENING) : -len(CLOSING)])

    @property
    def reserved(self) -> tuple[str, ...]:
        """The fields of `$states` that there are here.

        https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
        """
        if self.part.kind == "Catch":
            return ("context", "errorOutput", "input")
        has_result = self.state.type in ("Task", "Parallel", "Map") and not self.part.kind
        if has_result and self.field in ("Assign", "Output"):
            return ("context", "input", "result")
        return ("context", "input")


def _texts(state: State) -> Iterator[Text]:
    fields = (*EXPRESSIONS[""], *EXPRESSIONS.get(state.type, ()))
    for part in iter_parts(state):
        for field, value in part.fields.items():
            if field in fields:
                for place, key, text in _strings(value, part.at(field), field):
                    yield Text(state, part, field, place, key, text)


def _strings(value: object, place: str, key: str) -> Iterator[tuple[str, str, str]]:
    """Each string in a value, with its place and the last name in this."""
    if isinstance(value, str):
        yield place, key, value
    elif isinstance(value, Mapping):
        for name, inner in cast("Mapping[str, object]", value).items():
            yield from _strings(inner, f"{place}.{name}", name)
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            yield from _strings(inner, f"{place}[{index}]", key)


def require_valid_expressions(context: RuleContext) -> Iterator[Violation]:
    """Every expression has its delimiters, can be parsed, and reads what there is."""
    for text in iter_texts(context):
        for problem in _problems(text):
            yield Violation(text.state.name, f"{text.place}: {problem}")


def iter_texts(context: RuleContext) -> Iterator[Text]:
    """Each string of the definition where a JSONata expression can be."""
    for state in context.states:
        if state.query_language == "JSONata":
            yield from _texts(state)


def _problems(text: Text) -> Iterator[str]:
    value = text.value
    if value.startswith(OPENING) != value.endswith(CLOSING) or _is_padded(value):
        # "Improperly opening or closing the expression will result in a validation error."
        yield (
            f"{value!r} is not an expression; begin it with {OPENING} and end it with {CLOSING}, "
            "with nothing before or after them"
        )
        return
    expression = text.expression
    if expression is None:
        if text.field == "Condition" and not PLACEHOLDER.search(value):
            yield f"{value!r} is not an expression; write true, false or {OPENING} … {CLOSING}"
        return
    if expression.problem:
        yield f"{value!r} is not valid JSONata: {expression.problem}; correct the expression"
    for name in sorted(expression.names):
        yield _top_level_problem(name)
    for name in sorted(expression.reserved - {*text.reserved}):
        known = [f"$states.{field}" for field in text.reserved]
        cure = suggestion(
            name, text.reserved, f"use {' or '.join(known)}", shown="$states.{}".format
        )
        yield f"$states.{name} does not exist here; {cure}"
    if "eval" in expression.functions | expression.variables:
        yield "AWS does not have $eval; use $parse for JSON text, or write the expression itself"


def _is_padded(value: str) -> bool:
    stripped = value.strip()
    return stripped != value and stripped.startswith(OPENING) and stripped.endswith(CLOSING)


def _top_level_problem(name: str) -> str:
    if name == "States":
        return (
            "JSONata has no intrinsic functions of JSONPath, such as States.Format; use a function "
            "of JSONata, for example $string"
        )
    if name in ("$", "$$"):
        return f"{name} is nothing here; write $states.input for the state's input"
    return (
        f"{name} is read from nothing; write $states.input.{name} for a field of the input, "
        f"${name} for a variable, or '{name}' for text"
    )


def recommend_known_names(context: RuleContext) -> Iterator[Violation]:
    """Variables are assigned, functions and groups exist, and nothing of JSONPath is left.

    AWS accepts these definitions; the state then fails, or the text stays as it is.
    """
    for machine, variables in _scopes(root_machine(context.definition), frozenset()):
        for state in machine.states.values():
            if state.query_language == "JSONata":
                for text in _texts(state):
                    for problem in _doubts(text, variables):
                        yield Violation(state.name, f"{text.place}: {problem}")


def _scopes(machine: Machine, outer: frozenset[str]) -> Iterator[tuple[Machine, frozenset[str]]]:
    """Each machine with the variables that its states can read.

    States in a distributed Map cannot read those of the states around it.
    https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
    """
    own = {name for state in machine.states.values() for name in _assigned(state)}
    variables = outer | own
    yield machine, variables
    for state in machine.states.values():
        for inner in state.nested:
            yield from _scopes(inner, frozenset() if state.is_distributed else variables)


def _assigned(state: State) -> Iterator[str]:
    for part in iter_parts(state):
        assigned = part.fields.get("Assign")
        if isinstance(assigned, Mapping):
            for name in cast("Mapping[str, object]", assigned):
                yield name.removesuffix(".$")


# What is evaluated in JSONPath, or between delimiters.
# Groups of Python's regular expressions, which the emulator takes; JavaScript has only others.
_PYTHON_GROUP = re.compile(r"\(\?(?![:=!]|<[=!\w])[^)]{,3}")
_NOT_EVALUATED = re.compile(r"States\.\w+\(|\$\$?[.\[]|\$states\b")


def _doubts(text: Text, variables: frozenset[str]) -> Iterator[str]:
    value = text.value
    if text.key.endswith(".$"):
        yield (
            f"a name with .$ has no meaning in JSONata; write {text.key.removesuffix('.$')}, and "
            f"the value as {OPENING} … {CLOSING}"
        )
    elif _NOT_EVALUATED.match(value):
        yield f"{value!r} stays text; for an expression write {OPENING} … {CLOSING}"
    expression = text.expression
    if expression is None:
        return
    for name in sorted(expression.functions - FUNCTIONS - variables - {"eval"}):
        cure = suggestion(name, FUNCTIONS, "define it in the expression", shown="${}".format)
        yield f"there is no function ${name}; {cure}"
    for name in sorted(expression.variables - FUNCTIONS - variables - {"eval"}):
        otherwise = "assign it in a state before this one"
        cure = suggestion(name, variables, otherwise, shown="${}".format)
        yield f"no state here assigns ${name}; {cure}"
    for pattern in sorted(expression.patterns):
        if group := _PYTHON_GROUP.search(pattern):
            yield (
                f"/{pattern}/ has {group[0]!r}, which regular expressions of JavaScript do not "
                "have; a group is (…), (?:…), (?=…) or (?!…)"
            )
