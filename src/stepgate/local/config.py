"""A stack's configuration, by the rules of the Pulumi CLI.

https://www.pulumi.com/docs/iac/concepts/projects/project-file/#config-options
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from stepgate.local.errors import CommandError
from stepgate.local.yaml_file import EXPONENT_FROM, content

INTEGERS = range(-(2**63), 2**63)
"""What the CLI takes for an integer."""
TYPES = ("string", "integer", "boolean", "object", "array")
"""What Pulumi.yaml may declare."""


@dataclass(frozen=True)
class Value:
    """A value, and the file that it comes from."""

    value: Any
    file: str

    @property
    def text(self) -> str:
        """As the CLI hands it to a program."""
        return _text(self.value)


def stack_config(project: Path, stack: str) -> dict[str, str]:
    """What a program is given as its configuration: the stack's values over the project's defaults.

    Raises:
        CommandError: see `checked_config`; one line for each value that is wrong.
    """
    config, wrong = checked_config(project, stack)
    if wrong:
        raise CommandError("\n".join(wrong.values()))
    return config


def checked_config(project: Path, stack: str) -> tuple[dict[str, str], dict[str, str]]:
    """The configuration as in `stack_config`, and one line for each value that is wrong, by key.

    The CLI hands every value to the program as text, lists and objects as JSON, and checks it
    against the type that the project declares. Wrong is a value that is missing, encrypted, or of
    another type, and a declared type that the CLI does not know.

    Raises:
        CommandError: a file that cannot be read (see `stepgate.local.yaml_file`), or whose `config`
            is not keys and values.
    """
    namespace = content(project / "Pulumi.yaml")["name"]
    declared: dict[str, Mapping[str, Any]] = {}
    values: dict[str, Value] = {}
    for key, declaration in _config(project / "Pulumi.yaml", namespace).items():
        match declaration.value:
            case {**fields}:
                declared[key] = cast("dict[str, Any]", fields)
                value: Any = declared[key].get("value", declared[key].get("default"))
                if value is not None:
                    values[key] = Value(value, declaration.file)
            case _:
                values[key] = _as_text(declaration)
    stack_values = _config(project / f"Pulumi.{stack}.yaml", namespace)
    values |= {key: _as_text(value) for key, value in stack_values.items()}
    config = {key: value.text for key, value in values.items()}
    return config, dict(sorted(_wrong(declared, values, stack)))


def _wrong(
    declared: Mapping[str, Mapping[str, Any]], values: Mapping[str, Value], stack: str
) -> Iterator[tuple[str, str]]:
    for key in declared.keys() | values.keys():
        declaration, value = declared.get(key, {}), values.get(key)
        if wrong := _wrong_type(declaration):
            yield key, f"{key} in Pulumi.yaml {wrong}"
        elif value is None:
            yield key, f"{key} has no value in Pulumi.{stack}.yaml and no default in Pulumi.yaml"
        elif _holds_a_secret(value.value):
            yield (
                key,
                f"{key} is encrypted in {value.file}, and the local stack has no key; "
                "write a value for local use in plain text",
            )
        elif "type" in declaration and not _is_of_type(value.value, declaration):
            yield (
                key,
                f"{key} is {value.value!r} in {value.file}; "
                f"Pulumi.yaml declares a value of type {declaration['type']}",
            )


def _wrong_type(declaration: Mapping[str, Any]) -> str | None:
    match declaration:
        case {"type": "array", "items": {"type": _}}:
            return _wrong_type(declaration["items"])
        case {"type": "array"}:
            return "lacks the type of its items: add for example items: {type: string}"
        case {"type": unknown} if unknown not in TYPES:
            return f"has the unknown type {unknown}: write {', '.join(TYPES[:-1])} or {TYPES[-1]}"
        case _:
            return None


def _config(file: Path, namespace: str) -> dict[str, Value]:
    """The file's configuration; a key without a namespace is in the project's."""
    config = content(file).get("config")
    if not isinstance(config, dict | None):
        raise CommandError(
            f"{file} has config: {config!r}; write keys and values below it, for example "
            "aws:region: us-east-1"
        )
    items = cast("dict[object, Any]", config or {}).items()
    return {_key(str(key), namespace): Value(value, file.name) for key, value in items}


def _key(key: str, namespace: str) -> str:
    """`region`, `aws:region`, or `aws:config:region` as the CLI once wrote it."""
    return key.replace(":config:", ":") if ":" in key else f"{namespace}:{key}"


def _as_text(value: Value) -> Value:
    """Of a stack's value the CLI keeps the text, unless it is a list or an object."""
    return value if isinstance(value.value, list | dict) else Value(value.text, value.file)


def _text(value: Any) -> str:
    if isinstance(value, str | None):
        return value or ""
    if not isinstance(value, float):
        return json.dumps(value)
    written_out = 1e-6 <= abs(value) < EXPONENT_FROM  # noqa: PLR2004 as Go does
    return f"{Decimal(repr(value)):f}" if written_out else repr(value).replace("e-0", "e-")


def _holds_a_secret(value: Any) -> bool:
    match value:
        case {"secure": str()} if len(cast("dict[str, Any]", value)) == 1:
            return True
        case dict():
            return any(map(_holds_a_secret, cast("dict[str, Any]", value).values()))
        case list():
            return any(map(_holds_a_secret, cast("list[Any]", value)))
        case _:
            return False


def _is_of_type(value: Any, declaration: Mapping[str, Any]) -> bool:
    """Text that reads as a number or a truth will do, for `pulumi config set` stores such."""
    match declaration["type"]:
        case "string":
            return isinstance(value, str)
        case "integer":
            return _is_integer(value)
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case "object":
            return isinstance(value, dict)
        case _:
            return isinstance(value, list) and all(
                _is_of_type(item, declaration["items"]) for item in cast("list[Any]", value)
            )


def _is_integer(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[+-]?[0-9]+", value) is not None and int(value) in INTEGERS
    return isinstance(value, int) and not isinstance(value, bool)
