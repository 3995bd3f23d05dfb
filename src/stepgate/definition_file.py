"""A definition in a file of its own, in JSON or YAML."""

import json
import re
from pathlib import Path
from typing import Any, cast

from stepgate.strict_json import exact_float, parse_json
from stepgate.workflow import Definition

YAML_SUFFIXES = (".yaml", ".yml")
"""Any other file is read as JSON."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class DefinitionFileError(ValueError):
    """The file holds no definition; one line with the file, and the line in it if one is wrong."""


def read_definition(file: Path) -> Definition:
    """The definition in a file, of JSON's types only.

    In YAML, a number is what JSON or YAML 1.2 takes for a decimal number; dates, `yes`, `on`,
    `0777` and `1:30` are text, and so is every key.

    Args:
        file: relative to the current folder, which is the project's while its program runs.

    Raises:
        DefinitionFileError: it is missing, is not JSON or YAML, has a name twice in one object, a
            number that would be rounded, a tag of YAML, or is not an object.
    """
    try:
        # Some editors begin a file with a byte order mark.
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DefinitionFileError(
            f"{file}: there is no such file in {Path.cwd()}; write a path that is relative to that "
            "folder"
        ) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DefinitionFileError(f"{file}:{line}: not UTF-8; save it as UTF-8") from None
    except (OSError, ValueError) as error:  # a path with a null character is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise DefinitionFileError(
            f"{file}: cannot be read: {reason}; name a file in JSON or YAML"
        ) from None
    try:
        is_yaml = file.suffix.lower() in YAML_SUFFIXES
        definition = _from_yaml(file, text) if is_yaml else _from_json(file, text)
    except RecursionError:
        raise DefinitionFileError(f"{file}: nested too deeply; use fewer levels") from None
    if not isinstance(definition, dict):
        raise DefinitionFileError(
            f"{file}: not a state machine: write an object with StartAt and States"
        )
    return cast("Definition", definition)


def _from_json(file: Path, text: str) -> Any:
    try:
        return parse_json(text, parse_float=exact_float)
    except json.JSONDecodeError as error:
        raise DefinitionFileError(
            f"{file}:{error.lineno}: not JSON: {error.msg} (column {error.colno}); correct it, or "
            f"end the file's name in {YAML_SUFFIXES[0]} if it is YAML"
        ) from None
    except ValueError as error:
        line = _rejected_line(text)
        raise DefinitionFileError(f"{file}{f':{line}' if line else ''}: {error}") from None


def _rejected_line(text: str) -> int | None:
    """The line of the first name that appears twice, or value that is not accepted, in JSON."""
    tokens = [*_TOKEN.finditer(text)]
    open_: list[set[str]] = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        try:
            match token[0]:
                case "{" | "[":
                    open_.append(set())
                case "}" | "]":
                    open_.pop()
                case "," | ":":
                    pass
                case name if after and after[0] == ":":
                    if parse_json(name) in open_[-1]:
                        raise ValueError
                    open_[-1].add(parse_json(name))
                case value:
                    parse_json(value, parse_float=exact_float)
        except ValueError:
            return text.count("\n", 0, token.start()) + 1
    return None


def _from_yaml(file: Path, text: str) -> Any:
    # Only where it is needed: the package without its extra `check` has no PyYAML.
    from stepgate.yaml_loader import YamlRejected, parse_yaml  # noqa: PLC0415

    try:
        return parse_yaml(text)
    except YamlRejected as error:
        raise DefinitionFileError(f"{file}:{error.line}: {error}") from None
