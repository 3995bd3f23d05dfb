"""What an input schema may have: values as draft 4 of JSON Schema and its successors allow them.

https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from stepgate.checks.findings import Finding, workflow_finding
from stepgate.checks.patterns import pattern_problem
from stepgate.http.json_schema import (
    BRANCHES,
    DEFINITIONS,
    DROPPED,
    definitions_of,
    draft4_schema,
    listed_names,
    referenced_name,
    unchecked_keywords,
    written_schemas,
)
from stepgate.json_values import shown
from stepgate.suggestions import suggestion
from stepgate.workflow import Workflow

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
MAX_DEPTH = 200
"""In parts of a path: translating needs a few of Python's 1,000 frames for each."""
MAX_PLACES = 3
MAX_SHOWN = 60

Check = Callable[[Any], bool]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _items(value: object) -> Sequence[Any]:
    """What is in a list; a tuple is one in JSON."""
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()


def _is_name_list(value: object) -> bool:
    names = _items(value)
    return bool(names) and all(isinstance(n, str) for n in names) and len({*names}) == len(names)


def _is_type(value: object) -> bool:
    types = _items(value) if _is_name_list(value) else [value]
    return all(isinstance(type_, str) and type_ in TYPES for type_ in types)


def _is_enum(value: object) -> bool:
    values = [json.dumps(each, sort_keys=True) for each in _items(value)]
    return bool(values) and len({*values}) == len(values)


def _is_schema_list(value: object) -> bool:
    return bool(_items(value))


def _is(*types: type) -> Check:
    return lambda value: isinstance(value, types)


def _is_anything(_: Any) -> bool:
    return True


_ANYTHING = (_is_anything, "")
_NUMBER = (_is_number, "write a number")
_SIZE = (_is_size, "write a whole number from 0")
_TEXT = (_is(str), "write text")
_LIMIT = (_is(bool, int, float), "write a number")
_SCHEMA = (_is(dict, bool), "write an object")
_OBJECT = (_is(dict), "write an object")
_SCHEMAS = (_is_schema_list, "write a list with at least one schema")

VALUES: Mapping[str, tuple[Check, str]] = {
    **dict.fromkeys(DEFINITIONS, _OBJECT),
    **dict.fromkeys(BRANCHES, _SCHEMAS),
    "$ref": _TEXT,
    "additionalProperties": _SCHEMA,
    "const": _ANYTHING,
    "default": _ANYTHING,
    "description": _TEXT,
    "enum": (_is_enum, "write a list of at least one value, each once"),
    "example": _ANYTHING,
    "examples": (_is(list, tuple), "write a list"),
    "exclusiveMaximum": _LIMIT,
    "exclusiveMinimum": _LIMIT,
    "format": _TEXT,
    "items": _SCHEMA,
    "maxItems": _SIZE,
    "maxLength": _SIZE,
    "maxProperties": _SIZE,
    "maximum": _NUMBER,
    "minItems": _SIZE,
    "minLength": _SIZE,
    "minProperties": _SIZE,
    "minimum": _NUMBER,
    "multipleOf": (lambda value: _is_number(value) and value > 0, "write a number above 0"),
    "not": _SCHEMA,
    "pattern": _TEXT,
    "properties": _OBJECT,
    "propertyNames": _OBJECT,
    "required": (_is_name_list, "write a list of at least one name, each once, or leave it out"),
    "title": _TEXT,
    "type": (_is_type, f"write one of {', '.join(TYPES)}, or a list of some, each once"),
    "uniqueItems": (_is(bool), "write true or false"),
}

INSTEAD = {
    "additionalItems": "write items",
    "contains": "remove it",
    "dependencies": "write anyOf",
    "dependentRequired": "write anyOf",
    "dependentSchemas": "write anyOf",
    "else": "write anyOf",
    "if": "write anyOf",
    "nullable": 'write a list of types, for example ["string", "null"]',
    "patternProperties": "write additionalProperties",
    "prefixItems": "write items, or an object",
    "then": "write anyOf",
    "unevaluatedItems": "write items",
    "unevaluatedProperties": "write additionalProperties",
}
"""Keywords without an equal, and what comes nearest."""


def schema_problems(schema: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong in an input schema, where, and what to write instead."""
    written: Any = dict(schema)
    problems = [*_problems(written, "", definitions := _definitions(written))]
    for keyword in DEFINITIONS:
        if isinstance(written.get(keyword), dict):
            for name, child in written[keyword].items():
                problems += _problems(child, f"/{keyword}/{name}", definitions)
    for name in _definitions_in_circles(definitions):
        problems.append(f"the definition {name!r}, which only refers to itself; write its type")
    yield from problems
    if not problems and (type_ := draft4_schema(written).get("type")) != "object":
        yield f"the type {type_!r}; write 'object'"


def unchecked_schemas(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    """A finding for each workflow whose input API Gateway checks only in part.

    Args:
        workflows: those whose input schemas have no problems.
    """
    for workflow in workflows:
        for what, written in written_schemas(workflow):
            places = [*unchecked_keywords(draft4_schema(written))]
            if not places:
                continue
            keywords = ", ".join(sorted({keyword for keyword, _ in places}))
            where = ", ".join(dict.fromkeys(path for _, path in places[:MAX_PLACES]))
            more = f" and {len(places) - MAX_PLACES} more" if len(places) > MAX_PLACES else ""
            yield workflow_finding(
                "recommend-checked-schemas",
                workflow,
                f"API Gateway does not check {keywords} in {what} "
                f"(at {where}{more}); only the client does, so check it in the definition as well",
            )


def _definitions(written: Mapping[str, Any]) -> dict[str, Any]:
    sound: dict[str, Any] = {k: v for k, v in written.items() if isinstance(v, dict)}
    return definitions_of(sound)


def _problems(schema: object, path: str, definitions: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield f"{shown_json(schema)} at {path or '/'}; write an object"
        return
    if path.count("/") > MAX_DEPTH:
        yield "more levels than can be checked; use fewer"
        return
    fields = cast("Mapping[str, Any]", schema)
    for keyword, value in fields.items():
        if keyword in DROPPED or keyword.startswith("x-"):
            continue
        if keyword not in VALUES:
            yield f"{path}/{keyword}, which API Gateway does not have; {_instead(keyword)}"
        elif keyword in DEFINITIONS and path:
            yield f"{path}/{keyword}; write it at the top of the schema"
        elif not VALUES[keyword][0](value):
            yield f"{shown_json(value)} at {path}/{keyword}; {VALUES[keyword][1]}"
        elif keyword == "pattern" and (problem := pattern_problem(value)):
            yield f"the pattern {shown_json(value)} at {path}/{keyword}: {problem}"
        elif keyword == "$ref" and (problem := _reference_problem(value, definitions)):
            yield f"{shown_json(value)} at {path}/{keyword}; {problem}"
        elif keyword == "propertyNames" and not _can_be_listed(value, definitions):
            yield f"{path}/{keyword}, which API Gateway does not have; {_instead(keyword)}"
    for where, child in _children(fields, path):
        yield from _problems(child, where, definitions)


def _children(fields: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    properties = fields.get("properties")
    if isinstance(properties, dict):
        for name, child in cast("dict[str, Any]", properties).items():
            yield f"{path}/properties/{name}", child
    for keyword in BRANCHES:
        for index, child in enumerate(_items(fields.get(keyword))):
            yield f"{path}/{keyword}/{index}", child
    for keyword in ("additionalProperties", "items", "not"):
        if isinstance(fields.get(keyword), dict):
            yield f"{path}/{keyword}", fields[keyword]


def _instead(keyword: str) -> str:
    if keyword == "propertyNames":
        return 'use it only with "enum", or remove it'
    if keyword in INSTEAD:
        return INSTEAD[keyword]
    return suggestion(keyword, VALUES, "remove it", shown=str)


def _reference_problem(reference: str, definitions: Mapping[str, Any]) -> str | None:
    name = referenced_name(reference)
    if name is None:
        return 'write "#/$defs/NAME", with the schema under $defs at the top'
    if name and name not in definitions:
        return f"there is no {name!r} under $defs; known: {', '.join(definitions) or 'none'}"
    return None


def _can_be_listed(names: Mapping[str, Any], definitions: Mapping[str, Any]) -> bool:
    """Whether names of properties are among some, or any text."""
    is_any_text = names.get("type", "string") == "string" and not (
        names.keys() - {"type", "format", "title", "description"}
    )
    return is_any_text or listed_names(names, {**definitions}) is not None


def _definitions_in_circles(definitions: Mapping[str, Any]) -> Iterator[str]:
    """Definitions that are nothing but references to one another."""
    for name in definitions:
        at, left = name, Counter([name])
        while isinstance(found := definitions.get(at), dict) and "$ref" in found:
            at = referenced_name(cast("dict[str, Any]", found)["$ref"]) or ""
            left[at] += 1
            if left[at] > 1:
                yield name
                break


def shown_json(value: object) -> str:
    """A value as JSON, in one line and shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else shown(value)
