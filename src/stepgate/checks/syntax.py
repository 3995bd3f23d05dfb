"""Rules for a definition's fields: which there are, and what values they have.

A table has the names (`stepgate.asl.fields`). statelint has what is required and the types of
values, apart from those that are checked here.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from statelint.linter import Linter  # pyright: ignore[reportMissingTypeStubs]

from stepgate.asl.fields import (
    DEFINITION_FIELDS,
    EXPRESSIONS,
    LIMITS,
    ONLY_IN,
    STATE_FIELDS,
    TIMESTAMPS,
    VALUES,
    Limits,
)
from stepgate.asl.parts import Part, iter_parts, part_fields
from stepgate.asl.states import QueryLanguage, State, root_machine
from stepgate.checks.rule import RuleContext, Violation
from stepgate.substitutions import PLACEHOLDER
from stepgate.suggestions import suggestion
from stepgate.workflow import Definition


def require_known_fields(context: RuleContext) -> Iterator[Violation]:
    """Each field is one that its state's type has, in the state's query language."""
    for field in context.definition:
        if field not in DEFINITION_FIELDS:
            cure = _nearest(field, DEFINITION_FIELDS)
            yield Violation("", f"unknown field {field} in the definition; {cure}")
    for state in context.states:
        if state.type not in STATE_FIELDS:  # which statelint reports
            continue
        other = _other_language(state)
        for part in iter_parts(state):
            known = [f for f in part_fields(state, part.kind) if f not in ONLY_IN[other]]
            for written in part.fields:
                field = _without_suffix(written, part, state)
                if field not in known:
                    yield Violation(state.name, _unknown(field, part, known, state))


def _without_suffix(field: str, part: Part, state: State) -> str:
    is_template = part.kind == "Credentials" and state.query_language == "JSONPath"
    return field.removesuffix(".$") if is_template else field


def _unknown(field: str, part: Part, known: Sequence[str], state: State) -> str:
    other = _other_language(state)
    here = part.place or f"a {state.type} state"
    if field in part_fields(state, part.kind):
        # A definition in JSONata has no state in JSONPath.
        is_possible = other == "JSONata" or state.default_language == "JSONPath"
        cure = f'remove it, or write "QueryLanguage": "{other}"' if is_possible else "remove it"
        return f"{part.at(field)} is only for {other}; {cure}"
    if any(field in fields for fields in STATE_FIELDS.values()):
        return f"has {part.at(field)}, which is not allowed in {here}; {_nearest(field, known)}"
    return f"unknown field {field} in {here}; {_nearest(field, known)}"


def _nearest(field: str, known: Sequence[str]) -> str:
    return suggestion(field, known, "remove it", cutoff=0.75, shown=str)


def _other_language(state: State) -> QueryLanguage:
    return "JSONPath" if state.query_language == "JSONata" else "JSONata"


def require_one_language(context: RuleContext) -> Iterator[Violation]:
    """No state goes back to JSONPath in a definition in JSONata.

    https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    """
    for state in context.states:
        if state.default_language == "JSONata" and state.query_language == "JSONPath":
            yield Violation(
                state.name,
                'QueryLanguage is "JSONPath", but the definition\'s is "JSONata", which is then '
                "that of every state; remove it, or write JSONata only in the states that need it",
            )


def require_roles(context: RuleContext) -> Iterator[Violation]:
    """Credentials name a role.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
    """
    for state in context.states:
        for part in iter_parts(state):
            if part.kind == "Credentials" and not {"RoleArn", "RoleArn.$"} & part.fields.keys():
                yield Violation(
                    state.name,
                    "Credentials has no RoleArn; add the ARN of the role that the Task assumes, or "
                    "remove Credentials",
                )


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def require_valid_values(context: RuleContext) -> Iterator[Violation]:
    """Numbers are within their limits, timestamps have a zone, and other values are known."""
    for field, value in context.definition.items():
        if field in LIMITS and (cure := _cure(value, field, "")):
            yield Violation("", f"{field} is {_shown(value)}; {cure}")
    for state in context.states:
        for part in iter_parts(state):
            known = part_fields(state, part.kind)
            for field, value in part.fields.items():
                if field not in known or is_expression(value, field, state):
                    continue
                if cure := _cure(value, field, part.kind):
                    yield Violation(state.name, f"{part.at(field)} is {_shown(value)}; {cure}")


def is_expression(value: object, field: str, state: State) -> bool:
    """Whether it is a JSONata expression, in a field where AWS evaluates one."""
    return (
        state.query_language == "JSONata"
        and field in (*EXPRESSIONS[""], *EXPRESSIONS.get(state.type, ()))
        and isinstance(value, str)
        and value.startswith("{%")
        and value.endswith("%}")
    )


def _cure(value: object, field: str, kind: str) -> str:
    """What to write instead; empty if it is valid, or if only a template's values decide."""
    if isinstance(value, str) and PLACEHOLDER.search(value):
        return ""
    if field in LIMITS:
        return _number_cure(value, LIMITS[field])
    if field in TIMESTAMPS:
        return "" if _is_timestamp(value) else _TIMESTAMP_CURE
    values = VALUES.get(kind, {}).get(field)
    return f"write one of {', '.join(values)}" if values and value not in values else ""


def _number_cure(value: object, limits: Limits) -> str:
    if limits.is_integer and (isinstance(value, bool) or not isinstance(value, int)):
        return "write an integer"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "write a number"
    if value < limits.least:
        return f"write at least {limits.least:g}"
    return f"write at most {limits.most:.0f}" if value > limits.most else ""


_TIMESTAMP_CURE = 'write a timestamp with T and a zone, for example "2026-01-31T12:00:00Z"'


def _is_timestamp(value: object) -> bool:
    """Whether it is in the profile of RFC 3339 with an uppercase T, and a Z or an offset.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
    """
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value[:19])
    except ValueError:
        return value[17:19] == "60"  # a leap second
    return True


def _shown(value: object) -> str:
    return json.dumps(value, default=repr)


class FalseAlarm(NamedTuple):
    """What statelint 3.1.0 rejects although it is valid.

    Attributes:
        types: of states; empty for the definition itself.
        place: the field.
        said: the rest of the problem.
        language: of states; any if it is empty.
    """

    types: str
    place: str
    said: str
    language: str = ""

    def matches(self, problem: "Problem") -> bool:
        state = problem.state
        return (
            (state.type if state else "") in self.types.split(" ")
            and self.language in ("", state.query_language if state else "")
            and bool(re.fullmatch(self.place, problem.place))
            and bool(re.fullmatch(self.said, problem.said, re.DOTALL))
        )


FALSE_ALARMS = (
    FalseAlarm("Choice", r"Choices\[\d+\]\.Condition", "is (true|false) but .*", "JSONata"),
    FalseAlarm("Map", "ResultWriter", 'does not have required field "Resource"'),
    # An object, besides an array and an expression.
    # https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    FalseAlarm("Map", "Items", r"is [\[{].* but should be a JSONata", "JSONata"),
    FalseAlarm("Parallel", "Arguments", r"is \[.* but should be a JSONata", "JSONata"),
    # Placeholders of a CloudFormation or SAM template.
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-sam-sfn.html
    FalseAlarm("Task Map", r"(\w+\.)?Resource", r'is ".*\$\{.*" but should be A URI'),
)
# What other rules report with more detail.
_COVERED = (
    re.compile(r"No state found named "),
    re.compile(r"StartAt value .* not found in ", re.DOTALL),
    re.compile(r"No transition found to state "),
    re.compile(r"No terminal state found in machine at "),
    re.compile(r'Field "(?!(Is|String|Numeric|Boolean|Timestamp)\w+" not allowed in Choices)'),
    re.compile(r"(\S+: )?States\.ALL can only appear in the last element"),
    re.compile(r"(it|\S+) has forbidden field \"(?!(Next|And|Or|Not)\")"),
    re.compile(r".* but should be (a JSONPath|a Reference Path)", re.DOTALL),
    re.compile(r"\S*Path is .* but should be a String$", re.DOTALL),
    re.compile(r'(?!ItemReader|ResultWriter)\S*Resource is ".+" but should be A URI$'),
    re.compile(r"\S*Assign is "),
    re.compile(rf"(\S+\.)?({'|'.join([*LIMITS, *TIMESTAMPS])}) (is|should be) "),
)

# What statelint reports, and what is reported instead.
_REWORDED = tuple(
    (re.compile(reported, re.DOTALL), instead)
    for reported, instead in (
        (r" but should be a String$", "; write a string"),
        (r" but should be a Boolean$", "; write true or false"),
        (r" but should be an Object$", "; write an object"),
        (r" but should be an Array$", "; write an array"),
        (r" but should be numeric$", "; write a number"),
        (r" but should be a JSONata$", '; write an object, or an expression: "{% … %}"'),
        (r" but should be A URI$", "; write an ARN"),
        (r", not one of the allowed values \[(.*)\]$", r"; write one of \1"),
        (r" is empty, non-empty required$", " is empty; write at least one item"),
        (r" should be non-null$", " is null; write a value, or remove it"),
        (
            r'^it does not have required field "Next"$',
            'has no next state; add Next, or "End": true',
        ),
        (r'^(?:it )?(.*)does not have required field "(.*)"$', r"\1has no \2; add it"),
        (
            r"^(?:it )?(.*)does not have required field from \[(.*)\]$",
            r"\1has none of \2; add one",
        ),
        (
            r'^(?:it )?(.*)has forbidden field "(.*)"$',
            r"\1has \2, which is not allowed there; remove it",
        ),
        (r'^Field "(\w+)" not allowed in (Choices.*)$', r"\2 has \1 without Variable; add it"),
        (r"^(State .* is also defined at .*)$", r"\1; rename one of them"),
    )
)
_MORE_THAN_ONE = re.compile(
    r"^(?P<location>.*) may have only one of \[(?P<fields>.*)\]$", re.DOTALL
)


class Problem(NamedTuple):
    """What statelint reports.

    Attributes:
        state: the state that it is about; None for the definition itself.
        text: with the state's location removed, or `it` in its place.
    """

    state: State | None
    text: str

    @property
    def place(self) -> str:
        """The field that it is about, or the part of the state."""
        return self.text.partition(" ")[0]

    @property
    def said(self) -> str:
        return self.text.partition(" ")[2]


def require_valid_fields(context: RuleContext) -> Iterator[Violation]:
    """It passes statelint."""
    # The longest location first: another state's may be a prefix of it.
    states = sorted(context.states, key=lambda state: -len(state.location))
    for text in _reported(context.definition):
        problem = _problem(text, states)
        if not (_is_covered(problem) or any(each.matches(problem) for each in FALSE_ALARMS)):
            yield Violation(problem.state.name if problem.state else "", _reworded(problem))


def _problem(text: str, states: Sequence[State]) -> Problem:
    state = next((state for state in states if _names(text, state)), None)
    if state is None:
        text = text.replace("State Machine.", "", 1).replace("State Machine", "the definition", 1)
        return Problem(None, text)
    text = text.replace(f"{state.location}.", "", 1).replace(state.location, "it", 1)
    return Problem(state, text.replace("State Machine.", ""))


def _is_covered(problem: Problem) -> bool:
    state, text = problem
    field = problem.place.rpartition(".")[2]
    if state and is_expression(_value(problem.place, state), field, state):
        return True
    if text == 'it has forbidden field "Next"' and state and "End" not in state.fields:
        return True
    return any(pattern.match(text) for pattern in _COVERED)


def _value(place: str, state: State) -> object:
    """What is in a field of a state or of one of its parts."""
    return next(
        (
            part.fields[field]
            for part in iter_parts(state)
            for field in part.fields
            if part.at(field) == place
        ),
        None,
    )


def _reported(definition: Definition) -> list[str]:
    """What statelint reports.

    For statelint, nested states have the language of the Map or Parallel around them, so that each
    state gets its own here.
    """
    language = root_machine(definition).query_language
    try:
        return Linter.validate(_with_language(definition, language))
    except (AttributeError, KeyError, TypeError) as error:
        # statelint 3.1.0 assumes that the name of a next state is a string.
        return [
            f"State Machine has a value of a wrong type ({error}); write a state's name in StartAt "
            "and every Next, and an object for every state"
        ]


def _with_language(machine: Any, language: QueryLanguage) -> Any:
    """A machine whose states all name the language that they have."""
    fields = cast("Definition", machine)
    if not isinstance(machine, dict) or not isinstance(fields.get("States"), dict):
        return fields
    states = {name: _in_language(state, language) for name, state in fields["States"].items()}
    return {**fields, "States": states}


def _in_language(state: Any, language: QueryLanguage) -> Any:
    if not isinstance(state, dict):
        return state
    fields: Definition = {"QueryLanguage": language, **cast("Definition", state)}
    # For statelint any End makes a Next superfluous.
    if fields.get("End") is False and "Next" not in fields:
        del fields["End"]
    if isinstance(fields.get("Branches"), list):
        fields["Branches"] = [_with_language(branch, language) for branch in fields["Branches"]]
    for field in ("ItemProcessor", "Iterator"):
        if field in fields:
            fields[field] = _with_language(fields[field], language)
    return fields


def _names(problem: str, state: State) -> bool:
    at = problem.find(state.location)
    end = at + len(state.location)
    return at >= 0 and (end == len(problem) or problem[end] in '. "[')


def _reworded(problem: Problem) -> str:
    state, text = problem
    if state and (several := _MORE_THAN_ONE.match(text)):
        return _more_than_one(several["location"], several["fields"], state)
    if state and text == 'it has forbidden field "Next"' and "End" in state.fields:
        return "has Next and End; write only one of them"
    for pattern, instead in _REWORDED:
        reworded, found = pattern.subn(instead, text)
        if found:
            return reworded
    return text


def _more_than_one(location: str, fields: str, state: State) -> str:
    """Statelint names all of the fields, not those that are there."""
    found: Any = state.fields
    for step in re.findall(r"\w+", location if location != "it" else ""):
        found = found[int(step) if step.isdigit() else step]
    names = " and ".join(name for name in json.loads(f"[{fields}]") if name in found)
    return f"{'' if location == 'it' else f'{location} '}has {names}; write only one of them"
