"""A stack's configuration, by the rules of the Pulumi CLI.

https://www.pulumi.com/docs/iac/concepts/projects/project-file/#config-options
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from local.errors import CommandError

TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


@dataclass(frozen=True)
class Value:
    """A value, its text as the CLI hands it to a program, and the file that it stands in."""

    value: Any
    text: str
    file: str


def project_name(project: Path) -> str:
    return _yaml(project / "Pulumi.yaml", yaml.SafeLoader)["name"]


def stack_config(project: Path, stack: str) -> dict[str, str]:
    """What a program is given as its configuration: the stack's values over the project's defaults.

    The CLI hands every value to the program as text, lists and objects as JSON, and checks it
    against the type that the project declares.

    Raises:
        CommandError: a file that is missing or no YAML, a value that is missing, encrypted, or of
            another type than declared; one line for each value.
    """
    namespace = project_name(project)
    declared: dict[str, Mapping[str, Any]] = {}
    values: dict[str, Value] = {}
    for key, declaration in _config(project / "Pulumi.yaml", namespace).items():
        match declaration.value:
            case {"type": str()}:
                declared[key] = declaration.value
                if "default" in declaration.value:
                    values[key] = _value(declaration.value["default"], declaration.file)
            case {"value": value}:
                values[key] = _value(value, declaration.file)
            case _:
                values[key] = declaration
    values |= _config(project / f"Pulumi.{stack}.yaml", namespace)
    if wrong := sorted(_wrong(declared, values, stack)):
        raise CommandError("\n".join(wrong))
    return {key: value.text for key, value in values.items()}


def _wrong(
    declared: Mapping[str, Mapping[str, Any]], values: Mapping[str, Value], stack: str
) -> Iterator[str]:
    for key in declared.keys() - values.keys():
        yield f"{key} has no value in Pulumi.{stack}.yaml and no default in Pulumi.yaml"
    for key, value in values.items():
        if _is_typed(value.value, {"type": "object"}) and "secure" in value.value:
            yield (
                f"{key} is encrypted in {value.file}, and the local stack has no key; "
                "write a value for local use in plain text"
            )
        elif key in declared and not _is_of_type(value, declared[key]):
            yield (
                f"{key} is {value.text!r} in {value.file}; "
                f"Pulumi.yaml declares a value of type {declared[key]['type']}"
            )


def _config(file: Path, namespace: str) -> dict[str, Value]:
    """The file's configuration; a key without a namespace is in the project's.

    A scalar's text is taken as it is written, as the CLI does: YAML's own types make a date of
    `2026-01-01` and a float of `1.10`.
    """
    typed: Mapping[str, Any] = _yaml(file, yaml.SafeLoader).get("config") or {}
    written: Mapping[str, Any] = _yaml(file, yaml.BaseLoader).get("config") or {}
    return {
        key if ":" in key else f"{namespace}:{key}": (
            Value(value, written[key], file.name)
            if isinstance(written[key], str)
            else _value(value, file.name)
        )
        for key, value in typed.items()
    }


def _value(value: Any, file: str) -> Value:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return Value(value, text, file)


def _yaml(file: Path, loader: type[yaml.SafeLoader | yaml.BaseLoader]) -> dict[str, Any]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), loader)  # noqa: S506 both are safe
    except FileNotFoundError:
        raise CommandError(f"{file} is missing") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict | None):
        raise CommandError(f"{file} is no YAML of keys and values")
    return cast("dict[str, Any]", content or {})


def _is_of_type(value: Value, declaration: Mapping[str, Any]) -> bool:
    """Text that reads as a number or a truth will do, for `pulumi config set` stores nothing else.

    Within a list it will not.
    """
    match declaration["type"]:
        case "string":
            return not isinstance(value.value, dict | list)
        case "integer":
            return re.fullmatch(r"[+-]?\d+", value.text) is not None
        case "boolean":
            return value.text in ("true", "false")
        case _:
            return _is_typed(value.value, declaration)


def _is_typed(value: Any, declaration: Mapping[str, Any]) -> bool:
    if declaration["type"] not in TYPES:
        raise CommandError(f"Pulumi.yaml declares the unknown type {declaration['type']}")
    if not isinstance(value, list):
        return type(value) is TYPES[declaration["type"]]
    if declaration["type"] != "array":
        return False
    if "items" not in declaration:
        raise CommandError("Pulumi.yaml declares an array without the type of its items")
    return all(_is_typed(item, declaration["items"]) for item in cast("list[Any]", value))
