"""The component that programs in other languages create."""

from collections.abc import Callable, Mapping
from dataclasses import field, make_dataclass
from functools import partial
from keyword import iskeyword
from typing import Any, cast

import pulumi

from stepgate import authorization as authorizations
from stepgate import components
from stepgate.components.alarms import KINDS as ALARM_KINDS
from stepgate.components.alarms import Alarm, Alarms
from stepgate.components.rest_api import Throttle
from stepgate.components.values import with_whole_numbers
from stepgate.definitions import DefinitionError
from stepgate.events.event import Event
from stepgate.http.cors import Cors
from stepgate.json_values import shown
from stepgate.live.live import Live
from stepgate.provider.arguments import WorkflowApiArgs
from stepgate.route import RequestValue, Route
from stepgate.substitutions import substitute
from stepgate.suggestions import suggestion
from stepgate.workflow import Values, Workflow

Given = Mapping[str, Any]
"""What a program gives for one of the classes, by the names of its fields."""


class WorkflowApi(components.WorkflowApi):
    """Workflows of AWS Step Functions behind the routes of one REST API of API Gateway."""

    outputs: Mapping[str, pulumi.Output[Any]]
    """What apps read. Export it under the name `stepgate`."""

    # Not a child: the same stack has the same URNs, whatever language its program is written in.
    def __init__(
        self, name: str, args: WorkflowApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, **component_arguments(args), opts=opts)


def component_arguments(args: WorkflowApiArgs) -> dict[str, Any]:
    """The arguments of the Python component.

    Raises:
        pulumi.RunError: one line for an argument that Python's types would not allow.
    """
    given = _ordered(with_whole_numbers(args))
    values = _values_class(
        _plain("values", given.get("values", {})),
        _plain("placeholders", given.pop("placeholders", {})),
    )
    return _made(
        dict,
        given,
        workflows=lambda each: [_workflow(workflow, values) for workflow in each],
        authorization=_authorization,
        throttle=partial(_made, Throttle),
        cors=partial(_made, Cors),
        alarms=_alarms,
        live=partial(_made, Live, authorization=_authorization),
    )


def _ordered(value: Any) -> Any:
    """The value with its members by name: Pulumi hands them over in another order each time."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {name: _ordered(members[name]) for name in sorted(members)}
    if isinstance(value, list):
        return [_ordered(item) for item in cast("list[Any]", value)]
    return value


def _made(class_: Callable[..., Any], given: Given, **conversions: Callable[[Any], Any]) -> Any:
    """An object of the class, of what is given for its fields, converted where it is not plain."""
    return class_(
        **{
            name: conversions[name](_plain(name, value)) if name in conversions else value
            for name, value in given.items()
        }
    )


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, pulumi.Output):
        raise pulumi.RunError(
            f"{name} is an Output: use a plain value, and pass Outputs in `values` only"
        )
    return value


def _each(conversion: Callable[[Any], Any]) -> Callable[[Given], dict[str, Any]]:
    return lambda members: {name: conversion(member) for name, member in members.items()}


def _values_class(given: Given, placeholders: Given) -> type[Values]:
    """The class of the values, which all workflows share."""
    for name in given:
        if not name.isidentifier() or iskeyword(name):
            raise pulumi.RunError(
                f"the value {shown(name)}: use letters, digits and _ in its name, and no keyword "
                "of Python"
            )
    for name in placeholders.keys() - given.keys():
        raise pulumi.RunError(
            f"placeholders has {shown(name)}, which is not among values; "
            f"{suggestion(name, given, 'remove it')}"
        )
    return make_dataclass(
        "values",  # how errors call it
        [
            (name, Any, field(default_factory=partial(placeholders.get, name, name)))
            for name in given
        ],
        bases=(Values,),
        frozen=True,
        kw_only=True,
    )


def _workflow(given: Given, values: type[Values]) -> Workflow:
    try:
        workflow = _made(
            partial(Workflow, values=values),
            given,
            resources=_filled,
            statements=_filled,
            route=partial(
                _made,
                Route,
                input=_each(partial(_made, RequestValue)),
                authorization=_authorization,
            ),
            events=_each(partial(_made, Event, authorization=_authorization)),
        )
    except pulumi.RunError as error:
        raise pulumi.RunError(f"workflow {shown(given['name'])}: {error}") from None
    # It is written in the user's program, of which nothing is known here.
    object.__setattr__(workflow, "declared_at", "")
    return workflow


def _filled(written: list[Any]) -> Callable[[Values], list[Any]]:
    """A function that fills values into a list, as Python programs write it themselves."""

    def filled(values: Values) -> list[Any]:
        found, problems = substitute(written, values)
        if problems:
            raise DefinitionError(problems)
        return found

    return filled


_AUTHORIZATIONS: Mapping[str, Callable[[Any], authorizations.Authorization]] = {
    "iam": lambda _: authorizations.Iam(),
    "api_key": partial(
        _made,
        authorizations.ApiKey,
        keys=_each(partial(_made, authorizations.ApiKeyLimits)),
    ),
    "cognito": partial(_made, authorizations.Cognito),
    "jwt": partial(_made, authorizations.Jwt),
    "lambda_authorizer": partial(_made, authorizations.LambdaAuthorizer),
    "public": lambda _: authorizations.Public(),
}


def _authorization(given: Given) -> authorizations.Authorization:
    match [name for name, block in given.items() if block is not False]:
        case [name]:
            return _AUTHORIZATIONS[name](given[name])
        case names:
            raise pulumi.RunError(
                f"authorization has {shown(names)}: give exactly one of "
                "iam, apiKey, cognito, jwt, lambdaAuthorizer, public"
            )


def _alarms(given: Given) -> Alarms:
    return _made(Alarms, given, **dict.fromkeys(ALARM_KINDS, partial(_made, Alarm)))
