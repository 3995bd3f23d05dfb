"""The rule for a definition's fields, as statelint sees them."""

import json
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from statelint.linter import Linter  # pyright: ignore[reportMissingTypeStubs]

from workflows.language.fields import (
    DEFINITION_FIELDS,
    NESTED_FIELDS,
    ONLY_IN,
    PART_FIELDS,
    STATE_FIELDS,
)
from workflows.language.states import State
from workflows.rules.breach import Breach, Subject
from workflows.workflow import Definition

# What statelint 3.1.0 refuses although the language has it.
FALSE_ALARMS = (
    # https://states-language.net/spec.html#assign
    re.compile(r'^Field "Assign" not allowed'),
    # JSON does not tell 2 from 2.0.
    re.compile(r"BackoffRate is \d+ but should be a Float$"),
    # The greatest value of MaxAttempts and of TimeoutSeconds, 99999999, is allowed itself:
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    re.compile(r" is (\d+) but allowed ceiling is \1$"),
    # Distributed Map: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    re.compile(r'^Field "Label" not allowed'),
    re.compile(r'^Field "\w+" not allowed in .*\.ReaderConfig$'),
    re.compile(r'^Field "WriterConfig" not allowed in .*\.ResultWriter$'),
    re.compile(r'\.ResultWriter does not have required field "Resource"$'),
    # A state's value may be an expression, and the whole definition's TimeoutSeconds may not:
    # https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    re.compile(r'^State Machine\.States\..* is "\{%.*%\}" but should be ', re.DOTALL),
    re.compile(r"\.Condition is (true|false) but should be a String$"),
    # What a template of CloudFormation or SAM puts in later.
    # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-sam-sfn.html
    re.compile(r'\.Resource is ".*\$\{.*" but should be A URI$'),
)
# What rules of the project's own say better.
TOLD_ELSEWHERE = (
    re.compile(r"^No state found named "),
    re.compile(r"^StartAt value .* not found in ", re.DOTALL),
    re.compile(r"^No transition found to state "),
    re.compile(r"^No terminal state found in machine at "),
    re.compile(r'^Field ".*" of \w+ at ".*" is not a JSONPath or intrinsic', re.DOTALL),
    re.compile(r" but should be a (JSONPath|Reference Path)"),
    re.compile(r"Path is .* but should be a String$", re.DOTALL),
    re.compile(r'(?<!ItemReader)(?<!ResultWriter)\.Resource is ".+" but should be A URI$'),
)

# Where the floor itself is allowed.
_FROM_FLOOR = r"(?:^|\.)(?:Seconds|BackoffRate|MaxConcurrency|ToleratedFailure\w+)"
# What statelint says, and what to say instead.
_REWORDED = tuple(
    (re.compile(said, re.DOTALL), instead)
    for said, instead in (
        (rf"({_FROM_FLOOR} is .*) but allowed floor is (\d+)$", r"\1; write at least \2"),
        (r" but allowed floor is (-?\d+)$", r"; write more than \1"),
        (r" but allowed ceiling is (-?\d+)$", r"; write at most \1"),
        (r" but should be a String$", "; write a string"),
        (r" but should be an Integer$", "; write a whole number"),
        (r" but should be (a Float|numeric)$", "; write a number"),
        (r" but should be a Boolean$", "; write true or false"),
        (r" but should be an Object$", "; write an object"),
        (r" but should be an Array$", "; write a list"),
        (r" but should be A URI$", "; write an ARN"),
        (r" but should be an RFC3339 timestamp$", '; write such as "2026-01-31T12:00:00Z"'),
        (r", not one of the allowed values \[(.*)\]$", r"; write one of \1"),
        (r" is empty, non-empty required$", " is empty; write at least one item"),
        (r" should be non-null$", " is null; write a value, or leave it out"),
        (r'^it does not have required field "Next"$', 'leads nowhere; write Next, or "End": true'),
        (r'^(?:it )?(.*)does not have required field "(.*)"$', r"\1has no \2; write it"),
        (
            r"^(?:it )?(.*)does not have required field from \[(.*)\]$",
            r"\1has none of \2; write one",
        ),
        (
            r'^(?:it )?(.*)has forbidden field "(.*)"$',
            r"\1has \2, which has no place there; leave it out",
        ),
        (r"^(State .* is also defined at .*)$", r"\1; give one of them another name"),
    )
)
_MORE_THAN_ONE = re.compile(r"^(?P<place>.*) may have only one of \[(?P<fields>.*)\]$", re.DOTALL)
_UNKNOWN_FIELD = re.compile(r'^Field "(?P<field>.*)" not allowed in (?P<place>.*)$', re.DOTALL)


def valid_form(subject: Subject) -> Iterator[Breach]:
    """It passes statelint."""
    # The longest place first: another state's may be the beginning of it.
    places = sorted(subject.states, key=lambda state: -len(state.place))
    for problem in _problems(subject.definition):
        if any(pattern.search(problem) for pattern in (*FALSE_ALARMS, *TOLD_ELSEWHERE)):
            continue
        state = next((state for state in places if _names(problem, state)), None)
        if state is None:
            text = problem.replace("State Machine.", "", 1)
            yield Breach("", _reworded(text.replace("State Machine", "the definition", 1), None))
        else:
            text = problem.replace(f"{state.place}.", "", 1).replace(state.place, "it", 1)
            yield Breach(state.name, _reworded(text, state))


def _problems(definition: Definition) -> list[str]:
    try:
        return Linter.validate(definition)
    except (AttributeError, KeyError, TypeError) as error:
        # statelint 3.1.0 takes for granted that what leads to a state is text.
        return [
            f"State Machine has a value of a wrong type ({error}); write a state's name in StartAt "
            "and every Next, and an object for every state"
        ]


def _names(problem: str, state: State) -> bool:
    at = problem.find(state.place)
    end = at + len(state.place)
    return at >= 0 and (end == len(problem) or problem[end] in '. "[')


def _reworded(problem: str, state: State | None) -> str:
    if unknown := _UNKNOWN_FIELD.match(problem):
        return _unknown_field(unknown["field"], unknown["place"], state)
    if state and (several := _MORE_THAN_ONE.match(problem)):
        return _more_than_one(several["place"], several["fields"], state)
    if state and problem == 'it has forbidden field "Next"' and "End" in state.fields:
        return "has both Next and End; write one of them"
    for pattern, instead in _REWORDED:
        text, found = pattern.subn(instead, problem)
        if found:
            return text
    return problem


def _more_than_one(place: str, fields: str, state: State) -> str:
    """Statelint names all of which there may be one."""
    found: Any = state.fields
    for step in re.findall(r"\w+", place if place != "it" else ""):
        found = found[int(step) if step.isdigit() else step]
    names = " and ".join(name for name in json.loads(f"[{fields}]") if name in found)
    return f"{'' if place == 'it' else f'{place} '}has {names}; write only one of them"


def _unknown_field(field: str, place: str, state: State | None) -> str:
    here = f"a {state.type} state" if state and place == "it" else place
    other = _other_language(state) if state else ""
    if field in ONLY_IN.get(other, ()):
        return (
            f'{field} is a field of {other} only; leave it out, or write "QueryLanguage": "{other}"'
        )
    known = [each for each in _known_fields(place, state) if each != field]
    nearest = get_close_matches(field, known, n=1, cutoff=0.75)
    return f"{field} is no field of {here}; {f'write {nearest[0]}' if nearest else 'leave it out'}"


def _known_fields(place: str, state: State | None) -> Sequence[str]:
    if state is None:
        return DEFINITION_FIELDS
    if place == "it":
        known = STATE_FIELDS.get(state.type, ())
    else:
        known = PART_FIELDS.get(re.split(r"[.\[]", place)[0], NESTED_FIELDS)
    return [field for field in known if field not in ONLY_IN[_other_language(state)]]


def _other_language(state: State) -> str:
    return "JSONPath" if state.query_language == "JSONata" else "JSONata"
