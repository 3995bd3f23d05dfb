"""A Hypothesis strategy for the inputs that a workflow takes, from its `input_schema`."""

import math
from collections.abc import Callable, Mapping
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft4Validator

from stepgate.http.json_schema import draft4_schema, referenced_name, written_schema
from stepgate.workflow import Workflow

Schema = Mapping[str, Any]

TEXT = st.text(st.characters(codec="utf-8"))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
_KEYWORDS = {
    "object": ("properties", "required", "additionalProperties", "minProperties"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "multipleOf"),
}
"""Keywords that show the type of a schema without `type`."""


def inputs(workflow: Workflow) -> SearchStrategy[Any]:
    """A strategy of Hypothesis for the inputs that a workflow accepts.

    Args:
        workflow: its `input_schema` says what is valid. Without one any JSON object is.
    """
    written = written_schema(workflow)
    if written is None:
        return st.dictionaries(TEXT, JSON, max_size=5)
    schema = draft4_schema(written)
    validator = Draft4Validator(schema)

    def is_valid(value: Any) -> bool:
        return validator.is_valid(value)  # pyright: ignore[reportUnknownMemberType]

    return _Strategies(schema.get("definitions", {})).of(schema).filter(is_valid)


class _Strategies:
    """Values that are valid but for what a keyword says in words of its own, such as `not`."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions
        self._made: dict[str, SearchStrategy[Any]] = {}

    def of(self, schema: Schema) -> SearchStrategy[Any]:
        rest = dict(schema)
        if name := referenced_name(rest.pop("$ref", None)):
            return self._definition(name)
        if "enum" in rest:
            return st.sampled_from(rest["enum"])
        for keyword in ("anyOf", "oneOf"):
            if branches := rest.pop(keyword, None):
                return st.one_of([self.of(_merged(rest, branch)) for branch in branches])
        for part in rest.pop("allOf", ()):
            rest = _merged(rest, part)
        if "allOf" in rest or "anyOf" in rest or "oneOf" in rest or "$ref" in rest:
            return self.of(rest)
        return st.one_of([self._of_type(type_, rest) for type_ in _types(rest)])

    def _definition(self, name: str) -> SearchStrategy[Any]:
        if name not in self._made:  # deferred, because a schema may contain itself
            self._made[name] = st.deferred(lambda: self.of(self._definitions[name]))
        return self._made[name]

    def _of_type(self, type_: str, schema: Schema) -> SearchStrategy[Any]:
        of_type: Mapping[str, Callable[[Schema], SearchStrategy[Any]]] = {
            "object": self._objects,
            "array": self._arrays,
            "string": _strings,
            "integer": _integers,
            "number": lambda schema: _integers(schema) | _floats(schema),
            "boolean": lambda schema: st.booleans(),  # noqa: ARG005 they have no keywords
            "null": lambda schema: st.none(),  # noqa: ARG005
        }
        return of_type[type_](schema) if type_ in of_type else JSON

    def _objects(self, schema: Schema) -> SearchStrategy[dict[str, Any]]:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        required = schema.get("required", ())
        other = schema.get("additionalProperties", True)
        others = JSON if other is True else self.of(other or {})
        own = {name: self.of(each) for name, each in properties.items()}
        needed = {name: own.pop(name, others) for name in required}
        known = st.fixed_dictionaries(needed, optional=own)
        if other is False:
            return known
        missing = max(schema.get("minProperties", 0) - len(required), 0)
        more = st.dictionaries(TEXT, others, min_size=missing, max_size=missing + 2)
        return st.tuples(more, known).map(lambda both: both[0] | both[1])

    def _arrays(self, schema: Schema) -> SearchStrategy[list[Any]]:
        items = schema.get("items", {})
        if isinstance(items, list):
            return st.tuples(*map(self.of, cast("list[Schema]", items))).map(list)
        least = schema.get("minItems", 0)
        most = schema.get("maxItems", least + 5)
        return st.lists(self.of(items), min_size=least, max_size=min(most, least + 5))


def _strings(schema: Schema) -> SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], alphabet=st.characters(codec="utf-8"))
    match schema.get("format"):
        case "date-time":
            return st.datetimes(timezones=st.timezones()).map(lambda each: each.isoformat())
        case "date":
            return st.dates().map(lambda each: each.isoformat())
        case "uuid":
            return st.uuids().map(str)
        case "email":
            return st.emails()
        case _:
            least = schema.get("minLength", 0)
            most = min(schema.get("maxLength", least + 50), least + 50)
            return st.text(st.characters(codec="utf-8"), min_size=least, max_size=most)


def _integers(schema: Schema) -> SearchStrategy[int]:
    step = schema.get("multipleOf", 1)
    step = step if isinstance(step, int) else 1
    least, most = schema.get("minimum"), schema.get("maximum")
    return st.integers(
        None if least is None else math.ceil(least / step),
        None if most is None else math.floor(most / step),
    ).map(lambda each: each * step)


def _floats(schema: Schema) -> SearchStrategy[float]:
    return st.floats(
        schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False
    )


def _types(schema: Schema) -> list[str]:
    type_ = schema.get("type")
    if isinstance(type_, list):
        return cast("list[str]", type_)
    if isinstance(type_, str):
        return [type_]
    return [name for name, words in _KEYWORDS.items() if any(w in schema for w in words)] or ["any"]


def _merged(schema: Schema, part: Schema) -> dict[str, Any]:
    """One schema that says what both say, as far as one value of each keyword can."""
    properties = {**schema.get("properties", {}), **part.get("properties", {})}
    required = [*dict.fromkeys([*schema.get("required", ()), *part.get("required", ())])]
    merged = {**schema, **part}
    return merged | {
        keyword: value
        for keyword, value in (("properties", properties), ("required", required))
        if value
    }
