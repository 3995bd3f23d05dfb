"""Validates a workflow's input against its JSON Schema, as API Gateway does (Draft 4)."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from jsonschema import Draft4Validator
from jsonschema.exceptions import UnknownType, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from stepgate.client.errors import InvalidInput, OutputsUnusable, one_line
from stepgate.client.schema import Schema, dangling_reference

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def validate_input(workflow: str, value: Any, schema: Schema, openapi: Mapping[str, Any]) -> None:
    """
    Args:
        openapi: the schema's document, whose components it may refer to.

    Raises:
        InvalidInput: the value does not match the schema.
        OutputsUnusable: the schema is invalid, or refers to something outside the document.
    """
    document = {**schema, "components": openapi.get("components", {})}
    try:
        # An empty registry: the default one fetches what a reference names.
        validator = cast("Any", Draft4Validator(document, registry=Registry()))
        error: ValidationError | None = next(validator.iter_errors(value), None)
    except Unresolvable as unresolvable:
        raise OutputsUnusable(dangling_reference(unresolvable.ref)) from None
    except RecursionError:
        raise InvalidInput(workflow, "", "is nested too deeply to be validated") from None
    except OverflowError:
        raise InvalidInput(workflow, "", "has a number that is too large to be validated") from None
    except (AttributeError, TypeError, UnknownType, ValueError, ZeroDivisionError):
        raise OutputsUnusable(
            f'the schema for {workflow} in output "openapi" is invalid; redeploy'
        ) from None
    except re.error:  # a pattern that Python cannot read; API Gateway validates it
        return
    if error is not None:
        raise InvalidInput(workflow, *_describe(error))


def _describe(error: ValidationError) -> tuple[str, str]:
    """The field's path, and what is wrong with it."""
    path = [*error.absolute_path]
    instance = cast("dict[str, Any]", error.instance)
    match error.validator:
        case "required":
            missing = next(n for n in cast("list[str]", error.validator_value) if n not in instance)
            return _format_path([*path, missing]), "is missing"
        case "additionalProperties" if error.validator_value is False:
            known = cast("dict[str, Any]", error.schema).get("properties", {})
            extra = next(name for name in instance if name not in known)
            return _format_path([*path, extra]), f"is unknown; known: {', '.join(known) or 'none'}"
        case _:
            return _format_path(path), f"is invalid: {one_line(error.message)}"


def _format_path(path: Iterable[str | int]) -> str:
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
    return text
