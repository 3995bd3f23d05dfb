"""The JSON Schema that API Gateway checks a body with."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

# What API Gateway takes over from an OpenAPI document and checks. Whatever else JSON Schema has, it
# refuses, or drops without a word: `oneOf`, `nullable`, `default`, `minItems`, `format`, …
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
KEYWORDS = frozenset(
    {
        "additionalProperties",
        "description",
        "enum",
        "items",
        "maximum",
        "maxLength",
        "minimum",
        "minLength",
        "pattern",
        "properties",
        "required",
        "title",
        "type",
    }
)

Schema = Mapping[str, Any]


def unsupported_keywords(schema: Schema, path: str = "") -> Iterator[str]:
    """Each keyword that API Gateway does not know, with its place as a JSON pointer."""
    for keyword in schema.keys() - KEYWORDS:
        yield f"{path}/{keyword}"
    for place, child in _children(schema):
        yield from unsupported_keywords(child, f"{path}/{place}")


def _children(schema: Schema) -> Iterator[tuple[str, Schema]]:
    properties = cast("Mapping[str, Schema]", schema.get("properties", {}))
    for name, child in properties.items():
        yield f"properties/{name}", child
    for keyword in ("items", "additionalProperties"):
        child: object = schema.get(keyword)
        if isinstance(child, Mapping):
            yield keyword, cast("Schema", child)
