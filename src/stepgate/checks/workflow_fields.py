"""What the fields of a Workflow may be. All other checks rely on it."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast, get_args

from stepgate.checks.findings import Finding, workflow_finding
from stepgate.events.event import Event
from stepgate.http.json_schema import written_event_schema, written_schema
from stepgate.json_values import json_problems, shown
from stepgate.route import RequestValue, Route
from stepgate.suggestions import suggestion
from stepgate.workflow import Mode, Progress, Workflow

# Lower than the default, so that `asynchronous` is close to `async`.
MIN_SIMILARITY = 0.5


def field_errors(workflow: Workflow) -> Iterator[Finding]:
    """A line for each field that is of another type, or not one of the allowed values."""
    for problem in _problems(workflow):
        yield workflow_finding("require-valid-workflows", workflow, problem)


def _problems(workflow: Workflow) -> Iterator[str]:
    # Their declared types are what is checked here.
    fields = cast("dict[str, object]", vars(workflow))
    for name in ("name", "description"):
        if not isinstance(fields[name], str):
            yield f"{name} is {shown(fields[name])}; write text"
    yield from _choice_problems("mode", fields["mode"], get_args(Mode))
    yield from _choice_problems("progress", fields["progress"], get_args(Progress))
    yield from _definition_problems(fields["definition"])
    yield from _errors_problems(fields["errors"])
    yield from _schema_problems("input_schema", lambda: written_schema(workflow))
    yield from _events_problems(fields["events"])
    yield from _uses_problems(fields["uses"])
    yield from _route_problems(fields["route"])
    for name, example in (("resources", "ARNs"), ("statements", "IAM statements")):
        if not callable(fields[name]):
            yield (
                f"{name} is {shown(fields[name])}; write a function of the values that returns a "
                f"list of {example}"
            )


def _choice_problems(field: str, value: object, choices: tuple[str, ...]) -> Iterator[str]:
    if value not in choices:
        text = value.lower() if isinstance(value, str) else ""
        cure = suggestion(text, choices, f"write one of {_listed(choices)}", cutoff=MIN_SIMILARITY)
        yield f"{field} is {shown(value)}; {cure}"


def _definition_problems(value: object) -> Iterator[str]:
    if isinstance(value, str) and (value.lstrip().startswith("{") or "\n" in value):
        yield "definition is the text of a definition; write json.loads(…) of it, or a file's path"
    elif not (callable(value) or isinstance(value, dict | str | os.PathLike)):
        yield (
            f"definition is {shown(value)}; write a function of the values, a "
            "dict, or the path of a file"
        )


def _errors_problems(value: object) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f'errors is {shown(value)}; write a dict, for example {{"NotFound": 404}}'
        return
    for error, status in cast("Mapping[object, object]", value).items():
        if not isinstance(error, str) or not isinstance(status, int):
            yield (
                f"errors has {shown(error)}: {shown(status)}; write an error's name and its HTTP "
                'status, for example "NotFound": 404'
            )


def _uses_problems(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield f"uses is {shown(value)}; a tuple of one needs a comma, ({shown(value)},)"
        return
    names = cast("Sequence[object]", value if isinstance(value, list | tuple) else [value])
    for name in names:
        if not isinstance(name, str):
            yield f'uses has {shown(name)}; write names of workflows, for example ("child",)'


def _route_problems(value: object) -> Iterator[str]:
    if not isinstance(value, Route):
        yield f'route is {shown(value)}; write for example Route(path="/orders/{{id}}")'
        return
    fields = cast("dict[str, object]", vars(value))
    for name, type_, said in (
        *((name, str, "text") for name in ("method", "path", "execution_path")),
        *((name, int, "a whole number") for name in ("status", "timeout_seconds")),
    ):
        if not isinstance(fields[name], type_):
            yield f"the route's {name} is {shown(fields[name])}; write {said}"
    for name in ("private", "wait"):
        if not isinstance(fields[name], bool):
            yield f"the route's {name} is {shown(fields[name])}; write True or False"
    for name, type_, example in (
        ("input", RequestValue, '{"order": request.body}'),
        ("headers", str, '{"Location": "$.location"}'),
    ):
        members = fields[name]
        if name == "input" and members is None:
            continue
        if not isinstance(members, Mapping):
            yield f"the route's {name} is {shown(members)}; write a dict, for example {example}"
            continue
        for key, member in cast("Mapping[object, object]", members).items():
            if not isinstance(key, str) or not isinstance(member, type_):
                yield (
                    f"the route's {name} has {shown(key)}: {shown(member)}; write for example "
                    f"{example}"
                )
            elif isinstance(member, RequestValue) and not isinstance(
                cast("object", member.name), str
            ):
                yield (
                    f"the route's {name} has {shown(key)}: request.{member.source}"
                    f"({shown(member.name)}); write the name as text"
                )


def _events_problems(value: object) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f'events is {shown(value)}; write a dict, for example {{"approval": Event()}}'
        return
    for name, event in cast("Mapping[object, object]", value).items():
        if not isinstance(name, str) or not isinstance(event, Event):
            yield (
                f"events has {shown(name)}: {shown(event)}; write an event's name and an Event, "
                'for example "approval": Event()'
            )
            continue
        yield from _schema_problems(
            f"the schema of event {name}", partial(written_event_schema, event)
        )
        if not isinstance(cast("object", event.per_item), bool):
            yield f"per_item of event {name} is {shown(event.per_item)}; write True or False"


def _schema_problems(what: str, written: Callable[[], object]) -> Iterator[str]:
    try:
        value = written()
    except Exception as error:  # a model can raise anything
        reason = " ".join(str(error).split())
        yield f"{what} is a model without a JSON schema: {reason}; change the model"
        return
    if value is None:
        return
    if not isinstance(value, dict):
        yield (
            f'{what} is {shown(value)}; write a dict, for example {{"type": "object"}}, or '
            "a model of Pydantic's"
        )
        return
    try:
        for problem in json_problems(cast("dict[Any, Any]", value)):
            yield f"{what} is not JSON: {problem}"
    except RecursionError:
        yield f"{what} is nested too deeply, or contains itself; use fewer levels"


def _listed(choices: tuple[str, ...]) -> str:
    return ", ".join(map(repr, choices))
