"""The input of a workflow against its JSON Schema, as API Gateway checks it (Draft 4)."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from jsonschema import Draft4Validator
from jsonschema.exceptions import UnknownType, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from stepgate.errors import InputInvalid, OutputsUnusable, one_line

_COMPONENT = "#/components/schemas/"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

Schema = Mapping[str, Any]


def input_schema(openapi: Mapping[str, Any], workflow: str) -> Schema | None:
    """The schema at the requestBody of the workflow's POST, or None if it has none."""
    match openapi:
        case {"paths": {**paths}}:
            match paths.get(f"/{workflow}"):
                case {
                    "post": {
                        "requestBody": {"content": {"application/json": {"schema": {**schema}}}}
                    }
                }:
                    return _resolved(openapi, cast("Schema", schema))
                case _:
                    return None
        case _:
            return None


def _resolved(openapi: Mapping[str, Any], schema: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith(_COMPONENT):
        return schema
    match openapi:
        case {"components": {"schemas": {**schemas}}}:
            found = schemas.get(reference.removeprefix(_COMPONENT))
        case _:
            found = None
    if not isinstance(found, dict):
        raise OutputsUnusable(_dangling(reference))
    return cast("Schema", found)


def check_input(workflow: str, value: Any, schema: Schema, openapi: Mapping[str, Any]) -> None:
    """
    Args:
        openapi: the document that the schema is from, whose components it may refer to.

    Raises:
        InputInvalid: the value breaks the schema.
        OutputsUnusable: the schema refers to something outside of the document, or is none.
    """
    whole = {**schema, "components": openapi.get("components", {})}
    try:
        # A registry of its own, for the default one fetches what a reference names.
        validator = cast("Any", Draft4Validator(whole, registry=Registry()))
        error: ValidationError | None = next(validator.iter_errors(value), None)
    except Unresolvable as unresolvable:
        raise OutputsUnusable(_dangling(unresolvable.ref)) from None
    except RecursionError:
        raise InputInvalid(workflow, "", "is nested too deeply to be checked") from None
    except OverflowError:
        raise InputInvalid(workflow, "", "has a number that is too large to be checked") from None
    except (AttributeError, TypeError, UnknownType, ValueError, ZeroDivisionError):
        raise OutputsUnusable(
            f"the output openapi has a schema for {workflow} that is none; deploy again"
        ) from None
    except re.error:  # a pattern that Python cannot read; API Gateway checks it
        return
    if error is not None:
        raise InputInvalid(workflow, *_described(error))


def _described(error: ValidationError) -> tuple[str, str]:
    """The field's path and what is wrong with it."""
    path = [*error.absolute_path]
    instance = cast("dict[str, Any]", error.instance)
    match error.validator:
        case "required":
            missing = next(n for n in cast("list[str]", error.validator_value) if n not in instance)
            return _shown([*path, missing]), "is missing"
        case "additionalProperties" if error.validator_value is False:
            known = cast("dict[str, Any]", error.schema).get("properties", {})
            extra = next(name for name in instance if name not in known)
            return _shown([*path, extra]), f"is not known; it knows {', '.join(known) or 'none'}"
        case _:
            return _shown(path), f"is wrong: {one_line(error.message)}"


def _shown(path: Iterable[str | int]) -> str:
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
    return text


def _dangling(reference: str) -> str:
    return f"the output openapi refers to {reference!r} in a schema, and has it not; deploy again"
