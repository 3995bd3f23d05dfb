"""Generates an example input: a value that is valid for a JSON Schema (Draft 4)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

from stepgate.client.schema import Schema
from stepgate.client.validation import validate_input
from stepgate.example_input.values import example_numbers, example_strings, size_keyword

# A schema may refer to itself, or require more than a form can show.
MAX_DEPTH = 40
MAX_ATTEMPTS = 1_000
MAX_PROPERTIES = 100
MAX_ARRAY_LENGTH = 10_000
"""In characters: nested arrays multiply."""

VALUE_KEYWORDS = ("example", "default", "examples", "enum")
"""With these a schema itself gives a value."""
TYPES = {
    "object": ("properties", "required", "additionalProperties", "minProperties"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "string": ("format", "pattern", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "multipleOf"),
    "boolean": (),
    "null": (),
}
"""Each type, with the keywords that indicate it if a schema has no `type`."""

_EMPTY: Schema = {}
SchemaPath = tuple[str, ...]
"""The keywords and references that lead to a schema."""


def generate_example_input(schema: Schema | None, openapi: Mapping[str, Any]) -> Any:
    """A valid input, the same one each time; `{}` if there is no schema.

    Values that the schema itself gives come first. An optional property is included only if the
    schema gives a value for it.

    Args:
        openapi: the document that the schema is from; the schema may refer to its components.

    Returns:
        The first candidate that is valid. If none is, as for a contradictory or malformed schema,
        the first candidate.
    """
    return {} if schema is None else _Generator(openapi).example(schema, ())


class _Generator:
    """For one schema and the schemas in it."""

    def __init__(self, openapi: Mapping[str, Any]) -> None:
        self._openapi = openapi
        self._attempts = 0

    def example(self, schema: Schema, path: SchemaPath) -> Any:
        first: list[Any] = []
        for candidate in self._candidates(schema, path):
            if self._is_valid(candidate, schema):
                return candidate
            first = first or [candidate]
        return first[0] if first else None

    def _is_valid(self, value: Any, schema: Schema) -> bool:
        self._attempts += 1
        try:
            validate_input("", value, schema, self._openapi)
        except Exception:  # a malformed schema can raise anything
            return False
        return True

    def _candidates(self, schema: Schema, path: SchemaPath) -> Iterator[Any]:
        self._attempts += 1
        if self._attempts > MAX_ATTEMPTS or len(path) > MAX_DEPTH:
            return
        yield from (schema[key] for key in ("example", "default") if key in schema)
        yield from chain(_list(schema.get("examples")), _list(schema.get("enum")))
        rest = {key: value for key, value in schema.items() if key not in VALUE_KEYWORDS}
        for key in ("$ref", "allOf", "anyOf", "oneOf"):
            if key in rest:
                value = rest.pop(key)
                parts = [{key: value}] if key == "$ref" else _list(value) or [{}]
                for each in [parts] if key == "allOf" else [[part] for part in parts]:
                    yield from self._candidates(*self._merged(rest, each, (*path, key)))
                return
        for type_ in _types(schema):
            yield from self._of_type(type_, schema, path)

    def _merged(
        self, schema: Schema, parts: Sequence[Any], path: SchemaPath
    ) -> tuple[Schema, SchemaPath]:
        """One schema that combines the parts, and the path to it. A circular part is left out."""
        merged = {**schema}
        for each in parts:
            part = _fields(each)
            while isinstance(reference := part.get("$ref"), str):
                part = _EMPTY if reference in path else self._component(reference)
                path = (*path, reference)
            for key, value in part.items():
                merged[key] = _combine(key, merged[key], value) if key in merged else value
        return merged, path

    def _component(self, reference: str) -> Schema:
        schemas = _fields(_fields(self._openapi.get("components")).get("schemas"))
        return _fields(schemas.get(reference.removeprefix("#/components/schemas/")))

    def _of_type(self, type_: object, schema: Schema, path: SchemaPath) -> Iterator[Any]:
        match type_:
            case "object":
                yield from self._objects(schema, (*path, "properties"))
            case "array":
                yield from self._arrays(schema, (*path, "items"))
            case "string":
                yield from example_strings(schema)
            case "integer" | "number":
                yield from example_numbers(schema, is_integer=type_ == "integer")
            case "boolean":
                yield from (False, True)
            case _:
                yield None

    def _objects(self, schema: Schema, path: SchemaPath) -> Iterator[Any]:
        properties = _fields(schema.get("properties"))
        other = schema.get("additionalProperties")
        required = [name for name in _list(schema.get("required")) if isinstance(name, str)]
        included = [
            name for name in properties if name in required or self._gives_value(properties[name])
        ]
        values: dict[str, Any] = {}
        for names in ([*included, *required], required, [*properties, *required]):
            for name in names:
                if name not in values:
                    values[name] = self.example(_fields(properties.get(name, other)), path)
            yield {name: values[name] for name in names}
        missing = size_keyword(schema, "minProperties", MAX_PROPERTIES) - len(values)
        if missing > 0:
            made_up = (f"name{number}" for number in range(1, missing + 1))
            yield values | dict.fromkeys(made_up, self.example(_fields(other), path))

    def _gives_value(self, schema: object) -> bool:
        """Whether a schema itself gives a value."""
        merged, _ = self._merged({}, [schema], ())
        return any(key in merged for key in VALUE_KEYWORDS)

    def _arrays(self, schema: Schema, path: SchemaPath) -> Iterator[Any]:
        items = schema.get("items")
        listed = _list(items)
        item_schema = _fields(schema.get("additionalItems") if listed else items)
        item = self.example(item_schema, path)
        length = size_keyword(schema, "minItems", MAX_ARRAY_LENGTH // len(repr(item)))
        if listed:
            first = [self.example(_fields(each), path) for each in listed]
            yield first + [item] * (length - len(first))
            return
        if items:  # one item shows what belongs in the array
            yield [item] * max(length, 1)
        yield [item] * length
        unique: list[Any] = []
        for each in self._candidates(item_schema, path):
            if len(unique) < length and each not in unique and self._is_valid(each, item_schema):
                unique.append(each)
        yield unique


def _types(schema: Schema) -> Sequence[Any]:
    type_ = schema.get("type")
    if type_ is None:
        likely = [name for name, words in TYPES.items() if any(word in schema for word in words)]
        return [*likely, *TYPES]
    return _list(type_) or [type_]


def _combine(key: str, one: Any, other: Any) -> Any:
    """The value of a keyword that two schemas have; the second value if they do not combine."""
    match key:
        case "properties":
            known, more = _fields(one), _fields(other)
            both = {name: {"allOf": [known[name], more[name]]} for name in known if name in more}
            return {**known, **more, **both}
        case "required" | "allOf":
            return [*_list(one), *_list(other)]
        case _:
            return other


def _fields(value: object) -> Schema:
    return cast("Schema", value) if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
