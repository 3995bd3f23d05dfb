"""What definitions are made from, before a deployment and as it comes to know it."""

import typing
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import pulumi

from stepgate.checks.findings import Finding, workflow_finding
from stepgate.code_location import error_text
from stepgate.json_values import shown
from stepgate.reports import refuse
from stepgate.suggestions import suggestion
from stepgate.workflow import StateMachineArns, Values, Workflow

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# Up to here a double holds each whole number.
WHOLE_NUMBERS = 2**53

COMMON = frozenset(field.name for field in fields(Values))
"""The values that every workflow has, and that a deployment knows by itself."""


def value_errors(workflows: Sequence[Workflow], given: Mapping[str, Any]) -> list[Finding]:
    """One finding for each value that is missing, unknown or of another type than its field."""
    errors = [line for workflow in workflows for line in _class_errors(workflow)]
    if errors:
        return errors
    needed = {name for workflow in workflows for name in _own_fields(workflow.values)}
    for name in sorted(needed - given.keys()):
        workflow = next(w for w in workflows if name in _own_fields(w.values))
        errors.append(
            workflow_finding(
                "require-deployment-values",
                workflow,
                f"the value {name!r} of {workflow.values.__name__} is "
                f"missing; give it as in values={{{name!r}: …}}",
            )
        )
    for name in sorted(given.keys() - needed):
        errors.append(_unknown(name, needed))
    for workflow in workflows:
        own = [name for name in _own_fields(workflow.values) if name in given]
        errors += _type_errors(workflow, {n: given[n] for n in own if _is_known(given[n])})
    return [*dict.fromkeys(errors)]


def has_values(workflow: Workflow, given: Mapping[str, Any]) -> bool:
    """Whether `known_values` can be had: all that the workflow needs is given, as it has to be."""
    if any(_class_errors(workflow)):
        return False
    own = _own_fields(workflow.values)
    known = {name: given[name] for name in own if name in given and _is_known(given[name])}
    return given.keys() >= {*own} and not any(_type_errors(workflow, known))


def known_values(workflow: Workflow, given: Mapping[str, Any]) -> Values:
    """What is known before a deployment, and placeholders for the rest."""
    known = {name: given[name] for name in _own_fields(workflow.values) if _is_known(given[name])}
    return replace(workflow.values(), **_converted(workflow.values, known))


def deployed_values(
    workflow: Workflow, given: Mapping[str, Any], common: Mapping[str, pulumi.Input[Any]]
) -> pulumi.Output[Values]:
    """The workflow's values in a deployment, which waits only for those that its class has.

    Args:
        common: the values of `Values` itself.

    Raises:
        pulumi.RunError: by the Output, if a value turns out to be missing or of another type.
    """
    own = {name: given[name] for name in _own_fields(workflow.values)}

    def values(known: dict[str, Any]) -> Values:
        refuse(_type_errors(workflow, {name: known[name] for name in own}))
        arns = StateMachineArns(known["state_machine_arns"])
        converted = _converted(workflow.values, known)
        return replace(workflow.values(), **converted | {"state_machine_arns": arns})

    return pulumi.Output.all(**own, **common).apply(values)


def _own_fields(class_: type[Values]) -> list[str]:
    return [field.name for field in fields(class_) if field.init and field.name not in COMMON]


def _is_class_variable(type_: object) -> bool:
    return typing.ClassVar in (type_, typing.get_origin(type_))


def _class_errors(workflow: Workflow) -> Iterator[Finding]:
    """What is wrong with the class of a workflow's values."""
    class_ = cast("object", workflow.values)
    if not isinstance(class_, type) or not issubclass(class_, Values):
        yield workflow_finding(
            "require-deployment-values",
            workflow,
            f"values is {shown(workflow.values)}; write a dataclass derived from Values",
        )
        return
    try:
        types = typing.get_type_hints(class_)
    except Exception as error:  # whatever an annotation that is text may raise
        yield workflow_finding(
            "require-deployment-values",
            workflow,
            f"the types of {class_.__name__} cannot be read: "
            f"{error_text(error)}; import each of them where it is declared",
        )
        return
    declared = {field.name for field in fields(class_)}
    lost = [name for name in class_.__annotations__ if name not in declared]
    if lost := [name for name in lost if not _is_class_variable(types[name])]:
        yield workflow_finding(
            "require-deployment-values",
            workflow,
            f"{class_.__name__}.{lost[0]} is not a field; put "
            f"@dataclass(frozen=True) in front of {class_.__name__}",
        )
    for field in fields(class_):
        if field.init and field.default is MISSING and field.default_factory is MISSING:
            yield workflow_finding(
                "require-deployment-values",
                workflow,
                f"{class_.__name__}.{field.name} has no default; "
                "give it a placeholder, with which the definition is checked",
            )


def _unknown(name: str, needed: set[str]) -> Finding:
    text = f"the value {name!r} comes from the deployment; remove it from values"
    if name not in COMMON:
        cure = suggestion(name, needed, "remove it, or add it to their class")
        text = f"no workflow has the value {shown(name)}; {cure}"
    return Finding("require-deployment-values", text)


def _type_errors(workflow: Workflow, known: Mapping[str, Any]) -> Iterator[Finding]:
    class_ = workflow.values
    for name, value in known.items():
        try:
            _typed(class_, name, value)
        except ValueError:
            declared = typing.get_type_hints(class_)[name]
            text = declared.__name__ if isinstance(declared, type) else str(declared)
            cure = f"{class_.__name__} declares {text}"
            if isinstance(value, pulumi.Resource):
                cure = "give an attribute of it, for example queue.url"
            yield workflow_finding(
                "require-deployment-values",
                workflow,
                f"the value {name!r} is {shown(value)}; {cure}",
            )


def _typed(class_: type[Values], name: str, value: Any) -> Any:
    """The value as its field declares it; Pulumi hands over every number as a float.

    Raises:
        ValueError: it is of another type, or a resource.
    """
    if isinstance(value, pulumi.Resource):
        raise ValueError
    adapter = _adapters(class_)[name]
    value = with_whole_numbers(value)
    return adapter.validate_python(value, strict=True) if adapter else value


@cache
def _adapters(class_: type[Values]) -> dict[str, "TypeAdapter[Any] | None"]:
    """What checks the values of each field; None for a type of which nothing is known."""
    # Not above: it takes longer than all that is imported here but Pulumi.
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter  # noqa: PLC0415

    def adapter(type_: Any) -> TypeAdapter[Any] | None:
        for config in (None, ConfigDict(arbitrary_types_allowed=True)):
            with suppress(PydanticUserError):
                return TypeAdapter(type_, config=config)
        return None

    types = typing.get_type_hints(class_)
    return {name: adapter(types[name]) for name in _own_fields(class_)}


def with_whole_numbers(value: Any) -> Any:
    """The value with ints for the floats that Pulumi hands over for them."""
    if isinstance(value, dict):
        members = cast("dict[Any, Any]", value).items()
        return {key: with_whole_numbers(member) for key, member in members}
    if isinstance(value, list):
        return [with_whole_numbers(item) for item in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer() and abs(value) <= WHOLE_NUMBERS:
        return int(value)
    return value


def _converted(class_: type[Values], known: Mapping[str, Any]) -> dict[str, Any]:
    return {**known, **{n: _typed(class_, n, known[n]) for n in _own_fields(class_) if n in known}}


def _is_known(value: object) -> bool:
    """Whether nothing in it waits for a deployment."""
    if isinstance(value, Mapping):
        return all(map(_is_known, cast("Mapping[Any, object]", value).values()))
    if isinstance(value, list | tuple):
        return all(map(_is_known, cast("Sequence[object]", value)))
    return not isinstance(value, pulumi.Output | Awaitable)
