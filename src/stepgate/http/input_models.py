"""The models of the workflows' inputs and events: the schemas of the API's document."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from stepgate.http.json_schema import (
    Schema,
    checked_part,
    draft4_schema,
    referenced_name,
    with_children,
    written_event_schema,
    written_schema,
)
from stepgate.workflow import Workflow


def model_names(workflows: Sequence[Workflow]) -> dict[str, str]:
    """The name of each input's model, by the workflow's name.

    API Gateway allows only letters and digits in it, so `order-2` and `order2` need a number.
    """
    names: dict[str, str] = {}
    for workflow in workflows:
        words = "".join(part.capitalize() for part in workflow.name.split("-"))
        names[workflow.name] = _unused(f"{words}Input", names.values())
    return names


def event_model_names(workflows: Sequence[Workflow]) -> dict[tuple[str, str], str]:
    """The name of the model of each event's body, by the workflow's name and the event's."""
    taken = {*model_names(workflows).values()}
    names: dict[tuple[str, str], str] = {}
    for workflow in workflows:
        for event in workflow.events:
            words = "".join(part.capitalize() for part in f"{workflow.name}-{event}".split("-"))
            names[workflow.name, event] = _unused(f"{words}Event", taken)
            taken.add(names[workflow.name, event])
    return names


def input_models(
    workflows: Sequence[Workflow], part: Callable[[Schema], Schema] = lambda schema: schema
) -> dict[str, Schema]:
    """The schemas of the inputs and events, and those that they refer to, by their models' names.

    Args:
        part: what is taken of each schema. Default: all of it.
    """
    inputs, events = model_names(workflows), event_model_names(workflows)
    roots = {*inputs.values(), *events.values()}
    written = [(inputs[workflow.name], written_schema(workflow)) for workflow in workflows]
    written += [
        (events[workflow.name, name], written_event_schema(event))
        for workflow in workflows
        for name, event in workflow.events.items()
    ]
    models: dict[str, Schema] = {}
    for root, source in written:
        if source is None:
            continue
        schema = draft4_schema(source)
        names = {"": root}
        for name in schema.get("definitions", {}):
            words = re.sub(r"[^A-Za-z0-9]", "", name)
            taken = {*roots, *models, *names.values()}
            names[name] = _unused(f"{names['']}{words}", taken)
        for name, each in {**schema.pop("definitions", {}), "": schema}.items():
            models[names[name]] = part(_referring(each, names))
    return models


checked_models = partial(input_models, part=checked_part)


def takes_no_body(model: Schema) -> bool:
    """Whether an empty body, which is an empty object, passes API Gateway's check of a model."""
    return model.get("type", "object") == "object" and not {"enum", "required"} & model.keys()


def _referring(schema: Schema, names: Mapping[str, str]) -> Schema:
    """The schema with references to models in place of its own definitions."""
    changed = with_children(schema, partial(_referring, names=names))
    if "$ref" in schema:
        model = names[referenced_name(schema["$ref"]) or ""]
        changed["$ref"] = f"#/components/schemas/{model}"
    return changed


def _unused(name: str, taken: Collection[str]) -> str:
    number, unused = 1, name
    while unused in taken:
        number += 1
        unused = f"{name}{number}"
    return unused
