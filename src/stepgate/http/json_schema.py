"""An input schema in the terms of JSON Schema's draft 4, and what API Gateway checks of it.

"API Gateway models are defined using JSON schema draft 4, instead of the JSON schema used by
OpenAPI." The same schemas go into an OpenAPI 3.0 document for clients, so only what both have is
written: one type and no type `null`, for example.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, cast, runtime_checkable
from urllib.parse import unquote

from stepgate.events.event import Event
from stepgate.workflow import Workflow

Schema = dict[str, Any]

# What API Gateway imports and checks. Of the rest, AWS's page says that it "is not supported"
# (`anyOf`, `oneOf`, `exclusiveMinimum`, …) or "not included in simple request validation"
# (`minItems`, `maxItems`); an import drops a list of types as well:
# https://github.com/aws/serverless-application-model/issues/2374
CHECKED = frozenset(
    {
        "$ref",
        "additionalProperties",
        "description",
        "enum",
        "items",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "pattern",
        "properties",
        "required",
        "title",
        "type",
    }
)
# What says nothing about which inputs are valid.
ANNOTATIONS = frozenset({"default", "description", "example", "format", "title"})
DROPPED = frozenset(
    {
        "$comment",
        "$id",
        "$schema",
        "contentEncoding",
        "contentMediaType",
        "deprecated",
        "discriminator",
        "id",
        "readOnly",
        "writeOnly",
    }
)
"""Annotations that OpenAPI 3.0 or API Gateway does not have. With a `discriminator`, `oneOf` says
the same."""

BRANCHES = ("allOf", "anyOf", "oneOf")
DEFINITIONS = ("$defs", "definitions")
_LOCAL = "#/definitions/"


@runtime_checkable
class SchemaModel(Protocol):
    """A model of Pydantic's."""

    def model_json_schema(self) -> Schema: ...


def written_schema(workflow: Workflow) -> Mapping[str, Any] | None:
    """The workflow's input schema as the program gives it; a model's own one."""
    return _written(workflow.input_schema)


def written_event_schema(event: Event) -> Mapping[str, Any] | None:
    """The same of an event's body."""
    return _written(event.schema)


def written_schemas(workflow: Workflow) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The schemas that a workflow has, each with what it is called in an error."""
    if (schema := written_schema(workflow)) is not None:
        yield "input_schema", schema
    for name, event in workflow.events.items():
        if (schema := written_event_schema(event)) is not None:
            yield f"the schema of event {name}", schema


def _written(source: Mapping[str, Any] | type[Any] | None) -> Mapping[str, Any] | None:
    if isinstance(source, SchemaModel):
        return source.model_json_schema()
    return cast("Mapping[str, Any] | None", source)


def draft4_schema(written: Mapping[str, Any]) -> Schema:
    """The schema in draft 4, with the same meaning.

    Args:
        written: a valid schema of any draft, see `stepgate.checks.input_schema`.
    """
    own = definitions_of(written)
    translated = partial(_translated, definitions=own)
    definitions = {name: translated(schema) for name, schema in own.items()}
    root = translated({k: v for k, v in written.items() if k not in DEFINITIONS})
    # A recursive model of Pydantic's is a reference at its root.
    for _ in definitions:
        reference = _only_branch(root) or root
        if name := referenced_name(reference.get("$ref")):
            notes = {k: v for k, v in root.items() if k in ANNOTATIONS}
            root = {**definitions[name], **notes}
    return {**root, "definitions": definitions} if definitions else root


def definitions_of(written: Mapping[str, Any]) -> Schema:
    return {
        name: schema
        for keyword in DEFINITIONS
        for name, schema in cast("Schema", written.get(keyword, {})).items()
    }


def referenced_name(reference: object) -> str | None:
    """The definition that a reference names: "" for the whole schema, None for anything else."""
    if reference == "#":
        return ""
    if not isinstance(reference, str):
        return None
    for keyword in DEFINITIONS:
        name = reference.removeprefix(f"#/{keyword}/")
        if name != reference and "/" not in name:
            return unquote(name).replace("~1", "/").replace("~0", "~")
    return None


def checked_part(schema: Schema) -> Schema:
    """What API Gateway checks of a schema in draft 4: a schema that accepts no less."""
    if (only := _only_branch(schema)) is not None:
        return checked_part(only)
    kept = {keyword: value for keyword, value in schema.items() if keyword in CHECKED}
    if None in kept.get("enum", ()):
        del kept["enum"]
    return with_children(kept, checked_part)


# The values of keywords with which they allow everything.
_ASKS_NOTHING = {
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "uniqueItems"), False),
    **dict.fromkeys(("minItems", "minProperties"), 0),
}


def unchecked_keywords(schema: Schema, path: str = "") -> Iterator[tuple[str, str]]:
    """What API Gateway does not check of a schema in draft 4: each keyword and where it is."""
    if (only := _only_branch(schema)) is not None:
        yield from unchecked_keywords(only, path)
        return
    for keyword in sorted(schema.keys() - CHECKED - ANNOTATIONS - {"definitions"}):
        if keyword not in _ASKS_NOTHING or schema[keyword] != _ASKS_NOTHING[keyword]:
            yield keyword, path or "/"
    if None in schema.get("enum", ()):
        yield "enum with null", path or "/"
    kept = {k: v for k, v in schema.items() if k in CHECKED or k == "definitions"}
    for where, child in children(kept, path):
        yield from unchecked_keywords(child, where)


def children(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """The schemas in a schema, each with its path."""
    for keyword in ("properties", "definitions"):
        for name, child in schema.get(keyword, {}).items():
            yield f"{path}/{keyword}/{name}", child
    for keyword in BRANCHES:
        for index, child in enumerate(schema.get(keyword, ())):
            yield f"{path}/{keyword}/{index}", child
    for keyword in ("additionalProperties", "items", "not"):
        if isinstance(child := schema.get(keyword), dict):
            yield f"{path}/{keyword}", child


def with_children(schema: Schema, change: Callable[[Any], Any]) -> Schema:
    """The schema with each of the schemas in it changed."""
    changed = dict(schema)
    for keyword in ("properties", "definitions"):
        if keyword in schema:
            changed[keyword] = {name: change(child) for name, child in schema[keyword].items()}
    for keyword in BRANCHES:
        if keyword in schema:
            changed[keyword] = [change(child) for child in schema[keyword]]
    for keyword in ("items", "not"):
        if keyword in schema:
            changed[keyword] = change(schema[keyword])
    if isinstance(schema.get("additionalProperties"), dict):
        changed["additionalProperties"] = change(schema["additionalProperties"])
    return changed


def _only_branch(schema: Schema) -> Schema | None:
    """The one schema that a schema stands for, beside annotations."""
    branches = schema.get("allOf", ())
    is_only = len(branches) == 1 and schema.keys() <= ANNOTATIONS | {"allOf", "definitions"}
    return branches[0] if is_only else None


def _translated(written: Any, definitions: Schema) -> Schema:
    if isinstance(written, bool):
        return {} if written else {"not": {}}
    schema = {
        keyword: value
        for keyword, value in written.items()
        if keyword not in DROPPED and not keyword.startswith("x-")
    }
    _rename_values(schema)
    _restrict_names(schema, definitions)
    _exclude_limits(schema)
    schema = with_children(schema, partial(_translated, definitions=definitions))
    _separate_types(schema)
    if "$ref" in schema:
        reference = {"$ref": _local_reference(schema.pop("$ref"))}
        if not schema:
            return reference
        # Draft 4 ignores what is beside a reference.
        schema["allOf"] = [reference, *schema.get("allOf", ())]
    return schema


def _local_reference(reference: str) -> str:
    name = referenced_name(reference)
    return f"{_LOCAL}{name.replace('~', '~0').replace('/', '~1')}" if name else "#"


def _rename_values(schema: Schema) -> None:
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if examples := schema.pop("examples", []):
        schema.setdefault("example", examples[0])


def _restrict_names(schema: Schema, definitions: Schema) -> None:
    """Names of properties that have to be among some are these properties and no others."""
    names = listed_names(schema.pop("propertyNames", None), definitions)
    if names is not None:
        others = schema.get("additionalProperties", {})
        known = schema.get("properties", {})
        schema["properties"] = {name: known.get(name, others) for name in names}
        schema["additionalProperties"] = False


def listed_names(names: Any, definitions: Schema) -> list[str] | None:
    """The names that a schema for names lists, in itself or by reference."""
    own = cast("Schema", names) if isinstance(names, dict) else {}
    referred: Any = definitions.get(referenced_name(own.get("$ref")) or "", own)
    found = cast("Schema", referred) if isinstance(referred, dict) else {}
    listed: Any = [found["const"]] if "const" in found else found.get("enum")
    if not isinstance(listed, list | tuple):
        return None
    return [name for name in cast("Sequence[object]", listed) if isinstance(name, str)]


def _exclude_limits(schema: Schema) -> None:
    """Writes limits that are themselves excluded as draft 4 does; an integer has a nearest one."""
    for limit, exclusive, step in (
        ("minimum", "exclusiveMinimum", 1),
        ("maximum", "exclusiveMaximum", -1),
    ):
        excluded, included = schema.pop(exclusive, False), schema.get(limit)
        if isinstance(excluded, bool):
            excluded = included if excluded else None
        if excluded is None or (included is not None and included * step > excluded * step):
            continue
        schema[limit] = excluded
        if schema.get("type") == "integer":
            schema[limit] = (math.floor if step > 0 else math.ceil)(excluded) + step
        else:
            schema[exclusive] = True


def _separate_types(schema: Schema) -> None:
    """Writes a list of types, and the type `null`, as alternatives."""
    types = schema.pop("type", None)
    if isinstance(types, str) and types != "null":
        schema["type"] = types
    elif types == "null":
        schema.setdefault("enum", [None])
    elif types:
        each: list[Schema] = [{"enum": [None]} if t == "null" else {"type": t} for t in types]
        if len(each) == 1 and not each[0].keys() & schema.keys():
            schema |= each[0]
        elif "anyOf" in schema:
            schema["allOf"] = [*schema.get("allOf", ()), {"anyOf": each}]
        else:
            schema["anyOf"] = each
