"""The models of the workflows' inputs: the schemas of the API's document."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from stepgate.http.json_schema import (
    Schema,
    checked_part,
    draft4_schema,
    referenced_name,
    with_children,
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


def input_models(
    workflows: Sequence[Workflow], part: Callable[[Schema], Schema] = lambda schema: schema
) -> dict[str, Schema]:
    """The schemas of the inputs, and those that they refer to, by their models' names.

    Args:
        part: what is taken of each schema. Default: all of it.
    """
    roots = model_names(workflows)
    models: dict[str, Schema] = {}
    for workflow in workflows:
        written = written_schema(workflow)
        if written is None:
            continue
        schema = draft4_schema(written)
        names = {"": roots[workflow.name]}
        for name in schema.get("definitions", {}):
            words = re.sub(r"[^A-Za-z0-9]", "", name)
            taken = {*roots.values(), *models, *names.values()}
            names[name] = _unused(f"{names['']}{words}", taken)
        for name, each in {**schema.pop("definitions", {}), "": schema}.items():
            models[names[name]] = part(_referring(each, names))
    return models


checked_models = partial(input_models, part=checked_part)


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
