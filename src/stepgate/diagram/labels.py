"""Labels: what a state does, and when a choice rule applies."""

import json
import re
from collections.abc import Mapping
from typing import TypeGuard

from stepgate.asl.states import Fields

MAX_PATH_LENGTH = 24
"""Characters. Of a longer path the end is shown, because that is where paths differ."""

OPERATORS = {
    "Equals": "=",
    "LessThan": "<",
    "LessThanEquals": "≤",
    "GreaterThan": ">",
    "GreaterThanEquals": "≥",
    "Matches": "matches",
}
_COMPARISON = re.compile(
    r"(?:String|Numeric|Timestamp|Boolean)(?P<operator>[A-Z]\w+?)(?P<path>Path)?"
)
_TEST = re.compile(r"Is(\w+)")
_EXPRESSION = re.compile(r"\{%(.*)%\}", re.DOTALL)
_INTEGRATION = re.compile(r"arn:[\w-]+:states:::(?:aws-sdk:)?(.+)")
_OWN_RESOURCE = re.compile(r"arn:[\w-]+:(?:lambda|states):[^:]*:[^:]*:(function|activity):(.+)")


def state_detail(state: Fields) -> str:
    """What a state does; empty if its type already says it."""
    match state.get("Type"):
        case "Task":
            return _action(_value(state.get("Resource", "")))
        case "Wait":
            return _wait_time(state)
        case "Fail":
            return _first(state, "Error", "ErrorPath")
        case "Map":
            items = _first(state, "Items", "ItemsPath")
            return f"each of {items}" if items else ""
        case _:
            return ""


def rule_label(rule: Fields) -> str:
    """When a choice rule applies, for example `$.n > 3 and $.name is present`."""
    if "Condition" in rule:
        return _value(rule["Condition"])
    return _test_label(rule, nested=False)


def _test_label(test: Fields, *, nested: bool) -> str:
    for field, word in (("And", " and "), ("Or", " or ")):
        if _are_tests(tests := test.get(field)):
            first = _variable(tests[0]) + " " if tests else ""
            texts = [_test_label(each, nested=True) for each in tests]
            # The same variable is not repeated: `$.n > 3 and < 5`.
            text = word.join([*texts[:1], *(each.removeprefix(first) for each in texts[1:])])
            return f"({text})" if nested and len(texts) > 1 else text
    if _are_tests(negated := [test.get("Not")]):
        return f"not ({_test_label(negated[0], nested=False)})"
    variable = _variable(test)
    return next(
        (f"{variable} {relation}" for k, v in test.items() if (relation := _relation(k, v))),
        variable,
    )


def _are_tests(value: object) -> TypeGuard[list[Fields]]:
    if not isinstance(value, list):
        return False
    tests: list[object] = value  # pyright: ignore[reportUnknownVariableType]
    return all(isinstance(each, Mapping) for each in tests)


def _variable(test: Fields) -> str:
    return _path(_value(test.get("Variable", "")))


def _relation(field: str, value: object) -> str:
    if match := _COMPARISON.fullmatch(field):
        operator = OPERATORS.get(match["operator"], match["operator"])
        return f"{operator} {_path(_value(value)) if match['path'] else json.dumps(value)}"
    if match := _TEST.fullmatch(field):
        return f"is {'' if value else 'not '}{match[1].lower()}"
    return ""


def _path(path: str) -> str:
    if len(path) <= MAX_PATH_LENGTH:
        return path
    tail = path[-MAX_PATH_LENGTH + 2 :]
    return "$…" + tail[max(tail.find("."), 0) :].lstrip(".")


def _action(resource: str) -> str:
    if match := _INTEGRATION.fullmatch(resource):
        return match[1]
    if match := _OWN_RESOURCE.fullmatch(resource):
        return f"{match[1]} {match[2]}"
    return resource


def _wait_time(state: Fields) -> str:
    seconds = state.get("Seconds")
    if isinstance(seconds, int | float):
        return f"{seconds} s"
    if until := _first(state, "Timestamp", "TimestampPath"):
        return f"until {until}"
    return _first(state, "Seconds", "SecondsPath")


def _first(state: Fields, *fields: str) -> str:
    return next((_value(state[field]) for field in fields if field in state), "")


def _value(value: object) -> str:
    """As it is written; a JSONata expression without its delimiters."""
    if not isinstance(value, str):
        return json.dumps(value, default=str)
    match = _EXPRESSION.fullmatch(value)
    return match[1].strip() if match else value
