"""An input to begin with: one that a workflow's JSON Schema (Draft 4) lets through."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

from stepgate.dashboard.scalars import numbers, size, texts
from stepgate.schema import Schema, check_input

# A schema may go on without end, or ask for more than a form can show.
DEEPEST = 40
MOST_TRIED = 1_000
LARGEST_ARRAY = 10_000
"""In characters: arrays within arrays multiply."""

VALUES = ("example", "default", "examples", "enum")
"""The keywords by which a schema itself says a value."""
KINDS = {
    "object": ("properties", "required", "additionalProperties"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "string": ("format", "pattern", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "multipleOf"),
    "boolean": (),
    "null": (),
}
"""The types, with the keywords that tell of one where a schema names none."""

_NOTHING: Schema = {}
Way = tuple[str, ...]
"""The keywords and references that lead to a schema."""


def example(schema: Schema | None, openapi: Mapping[str, Any]) -> Any:
    """An input that fits the schema, the same one each time; `{}` if there is no schema.

    Values that the schema itself says come first. A property that may be missing is shown where
    the schema says a value for it, and is left out otherwise.

    Args:
        openapi: the document that the schema is from, whose components it may refer to.

    Returns:
        What fits, or else the first that was tried: nothing may fit, or the schema may be none.
    """
    return {} if schema is None else _Examples(openapi).best(schema, ())


class _Examples:
    """Of one schema and of all that is in it."""

    def __init__(self, openapi: Mapping[str, Any]) -> None:
        self._openapi = openapi
        self._tried = 0

    def best(self, schema: Schema, way: Way) -> Any:
        first: list[Any] = []
        for candidate in self._candidates(schema, way):
            if self._fits(candidate, schema):
                return candidate
            first = first or [candidate]
        return first[0] if first else None

    def _fits(self, value: Any, schema: Schema) -> bool:
        self._tried += 1
        try:
            check_input("", value, schema, self._openapi)
        except Exception:  # a schema may be odd in more ways than can be listed
            return False
        return True

    def _candidates(self, schema: Schema, way: Way) -> Iterator[Any]:
        self._tried += 1
        if self._tried > MOST_TRIED or len(way) > DEEPEST:
            return
        yield from (schema[key] for key in ("example", "default") if key in schema)
        yield from chain(_list(schema.get("examples")), _list(schema.get("enum")))
        rest = {key: value for key, value in schema.items() if key not in VALUES}
        for key in ("$ref", "allOf", "anyOf", "oneOf"):
            if key in rest:
                value = rest.pop(key)
                parts = [{key: value}] if key == "$ref" else _list(value) or [{}]
                for each in [parts] if key == "allOf" else [[part] for part in parts]:
                    yield from self._candidates(*self._merged(rest, each, (*way, key)))
                return
        for kind in _kinds(schema):
            yield from self._of_kind(kind, schema, way)

    def _merged(self, schema: Schema, parts: Sequence[Any], way: Way) -> tuple[Schema, Way]:
        """One schema of them all, and the way to it. A part that it is in itself is left out."""
        merged = {**schema}
        for each in parts:
            part = _fields(each)
            while isinstance(reference := part.get("$ref"), str):
                part = _NOTHING if reference in way else self._referred(reference)
                way = (*way, reference)
            for key, value in part.items():
                merged[key] = _both(key, merged[key], value) if key in merged else value
        return merged, way

    def _referred(self, reference: str) -> Schema:
        schemas = _fields(_fields(self._openapi.get("components")).get("schemas"))
        return _fields(schemas.get(reference.removeprefix("#/components/schemas/")))

    def _of_kind(self, kind: object, schema: Schema, way: Way) -> Iterator[Any]:
        match kind:
            case "object":
                yield from self._objects(schema, (*way, "properties"))
            case "array":
                yield from self._arrays(schema, (*way, "items"))
            case "string":
                yield from texts(schema)
            case "integer" | "number":
                yield from numbers(schema, is_whole=kind == "integer")
            case "boolean":
                yield from (False, True)
            case _:
                yield None

    def _objects(self, schema: Schema, way: Way) -> Iterator[Any]:
        properties = _fields(schema.get("properties"))
        other = schema.get("additionalProperties")
        required = [name for name in _list(schema.get("required")) if isinstance(name, str)]
        shown = [name for name in properties if name in required or self._says(properties[name])]
        values: dict[str, Any] = {}
        for names in ([*shown, *required], required, [*properties, *required]):
            for name in names:
                if name not in values:
                    values[name] = self.best(_fields(properties.get(name, other)), way)
            yield {name: values[name] for name in names}

    def _says(self, schema: object) -> bool:
        """Whether a schema says a value."""
        merged, _ = self._merged({}, [schema], ())
        return any(key in merged for key in VALUES)

    def _arrays(self, schema: Schema, way: Way) -> Iterator[Any]:
        items = schema.get("items")
        listed = _list(items)
        of_item = _fields(schema.get("additionalItems") if listed else items)
        item = self.best(of_item, way)
        least = size(schema, "minItems", LARGEST_ARRAY // len(repr(item)))
        if listed:
            begun = [self.best(_fields(each), way) for each in listed]
            yield begun + [item] * (least - len(begun))
            return
        if items:  # one shows what belongs into the array
            yield [item] * max(least, 1)
        yield [item] * least
        unique: list[Any] = []
        for each in self._candidates(of_item, way):
            if len(unique) < least and each not in unique and self._fits(each, of_item):
                unique.append(each)
        yield unique


def _kinds(schema: Schema) -> Sequence[Any]:
    kind = schema.get("type")
    if kind is None:
        likely = [kind for kind, words in KINDS.items() if any(word in schema for word in words)]
        return [*likely, *KINDS]
    return _list(kind) or [kind]


def _both(key: str, one: Any, other: Any) -> Any:
    """What a keyword says where two schemas have it; the second one's where that is unclear."""
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
