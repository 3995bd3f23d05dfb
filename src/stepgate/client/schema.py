"""The JSON Schema of a workflow's input, in the API's OpenAPI document."""

from collections.abc import Mapping
from typing import Any, cast

from stepgate.client.errors import OutputsUnusable

COMPONENT = "#/components/schemas/"

Schema = Mapping[str, Any]


def input_schema(openapi: Mapping[str, Any], operation: Mapping[str, Any]) -> Schema | None:
    """The schema of the operation's request body, if it has one.

    Args:
        openapi: the operation's document.
    """
    match operation:
        case {"requestBody": {"content": {"application/json": {"schema": {**schema}}}}}:
            return _resolve(openapi, cast("Schema", schema))
        case _:
            return None


def _resolve(openapi: Mapping[str, Any], schema: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith(COMPONENT):
        return schema
    match openapi:
        case {"components": {"schemas": {**schemas}}}:
            found = schemas.get(reference.removeprefix(COMPONENT))
        case _:
            found = None
    if not isinstance(found, dict):
        raise OutputsUnusable(dangling_reference(reference))
    return cast("Schema", found)


def dangling_reference(reference: str) -> str:
    """The line about a reference that leads nowhere in the document."""
    return f'a schema in output "openapi" refers to {reference!r}, which is missing; redeploy'
