"""Values filled into the `${name}` of a definition, as in SAM's `DefinitionSubstitutions`.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-sam-sfn.html
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar, cast

from stepgate.json_values import member_path, shown
from stepgate.suggestions import suggestion
from stepgate.workflow import Definition, StateMachineArns, UnusedWorkflow, Values

# `${}` is none: States.Format('${}', $.price) writes an amount in dollars.
PLACEHOLDER = re.compile(r"\$\{\s*(?P<literal>!?)(?P<name>[A-Za-z_][\w.:-]*)\s*\}")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
PSEUDO_PARAMETERS = {
    "AWS::AccountId": "account_id",
    "AWS::Partition": "partition",
    "AWS::Region": "region",
}

Written = TypeVar("Written", Definition, list[Any])


def substitute(written: Written, values: Values) -> tuple[Written, list[str]]:
    """What is written with the values filled into all its texts, and a line for each problem.

    A text that is nothing but one placeholder becomes the value, whatever its type. `${!name}`
    becomes `${name}`, as in CloudFormation's `Fn::Sub`.
    """
    substitution = _Substitution(values)
    return substitution.filled(written, ""), substitution.problems


def with_pseudo_parameters(definition: Definition, values: Values) -> Definition:
    """The definition with nothing filled in but the account, the Region and the partition.

    Any other placeholder stays, because only a template knows what it becomes.
    """
    text = json.dumps(definition)
    for name, field in PSEUDO_PARAMETERS.items():
        text = text.replace(f"${{{name}}}", getattr(values, field))
    return json.loads(text)


class _PlaceholderError(ValueError):
    """What is wrong with a placeholder, and what to write instead."""


class _Substitution:
    """
    Attributes:
        problems: a line for each placeholder that cannot be filled, with its place.
    """

    def __init__(self, values: Values) -> None:
        self._values = values
        self.problems: list[str] = []

    def filled(self, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return self._filled_dict(cast("dict[Any, Any]", value), path)
        if isinstance(value, list | tuple):
            items = enumerate(cast("list[Any]", value))
            return [self.filled(item, member_path(path, index)) for index, item in items]
        if not isinstance(value, str):
            return value
        whole = PLACEHOLDER.fullmatch(value)
        if whole and not whole["literal"]:
            return self._tried(lambda: _value(whole["name"], self._values), path)
        return self._filled_text(value, path)

    def _filled_dict(self, value: dict[Any, Any], path: str) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, member in value.items():
            inner = member_path(path, key if isinstance(key, str) else shown(key))
            name = self._filled_text(key, inner) if isinstance(key, str) else key
            if name in found:
                self.problems.append(f"{inner}: {shown(name)} appears twice; rename or remove one")
            found[name] = self.filled(member, inner)
        return found

    def _filled_text(self, text: str, path: str) -> str:
        return PLACEHOLDER.sub(
            lambda match: self._tried(lambda: _text(match, self._values), path), text
        )

    def _tried(self, fill: Callable[[], Any], path: str) -> Any:
        try:
            return fill()
        except _PlaceholderError as problem:
            self.problems.append(f"{path}: {problem}")
            return ""


def _text(placeholder: re.Match[str], values: Values) -> str:
    """What a placeholder in the middle of a text becomes."""
    name = placeholder["name"]
    if placeholder["literal"]:
        return f"${{{name}}}"
    value = _value(name, values)
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise _PlaceholderError(
        f"${{{name}}} is of the type {type(value).__name__}, which a text cannot hold; write "
        f'"${{{name}}}" as the whole value'
    )


def _value(name: str, values: Values) -> Any:
    field, *members = PSEUDO_PARAMETERS.get(name, name).split(".")
    known = [each.name for each in fields(values)]
    if field not in known:
        class_ = type(values)
        where = class_.__name__ if class_ is not Values else "a class derived from Values"
        cure = "add it to" if name.isidentifier() else "use the name of a field of"
        raise _PlaceholderError(
            f"${{{name}}} is not a value of the workflow; "
            f"{_did_you_mean(name, (*known, *PSEUDO_PARAMETERS))}{cure} {where}, or write "
            f"${{!{name}}} for the text itself"
        )
    value = getattr(values, field)
    for member in members:
        if not isinstance(value, Mapping):
            raise _PlaceholderError(f"${{{name}}}: {field} has no members; write ${{{field}}}")
        found = cast("Mapping[str, Any]", value)
        if member not in found and isinstance(found, StateMachineArns):
            raise _PlaceholderError(f"${{{name}}}: {UnusedWorkflow(member)}")
        if member not in found:
            known = [f"{name.removesuffix(member)}{each}" for each in found]
            raise _PlaceholderError(
                f"${{{name}}}: {field} has no member {member!r}; "
                f"{_did_you_mean(name, known)}give it to the WorkflowApi in values"
            )
        value = found[member]
    return value


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    found = suggestion(name, known, "", shown="${{{}}}".format)
    return f"{found} If not, " if found else ""
