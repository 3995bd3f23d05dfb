"""A definition in a file of its own, in JSON or YAML."""

import json
import re
from pathlib import Path
from typing import Any, cast

from stepgate.strict_json import exact_float, parse_json
from stepgate.workflow import Definition

YAML_SUFFIXES = (".yaml", ".yml")
"""Any other file is read as JSON."""

NOT_A_STATE_MACHINE = "not a state machine: write an object with StartAt and States"

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class DefinitionFileError(ValueError):
    """The file holds no definition; one line with the file, and the line in it if one is wrong.

    Attributes:
        problem: what is wrong, and what to write instead.
        line: counted from 1; 0 if it is not about one line.
    """

    def __init__(self, file: Path, problem: str, line: int = 0) -> None:
        super().__init__(f"{file}:{line}: {problem}" if line else f"{file}: {problem}")
        self.problem = problem
        self.line = line


def read_definition(file: Path) -> Definition:
    """The definition in a file, of JSON's types only.

    In YAML, a number is what JSON or YAML 1.2 takes for a decimal number; dates, `yes`, `on`,
    `0777` and `1:30` are text, and so is every key.

    Args:
        file: relative to the current folder, which is the project's while its program runs.

    Raises:
        DefinitionFileError: it is missing, a named pipe, is not JSON or YAML, has a name twice in
            one object, a number that would be rounded, a tag of YAML, or is not an object.
    """
    try:
        # A shell's <(command) is a pipe, too, but has no name that leads to a file.
        is_pipe = file.is_fifo() and file.resolve().exists()
        # Some editors begin a file with a byte order mark.
        text = "" if is_pipe else file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DefinitionFileError(
            file,
            f"there is no such file in {Path.cwd()}; write a path that is relative to that folder",
        ) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DefinitionFileError(file, "not UTF-8; save it as UTF-8", line) from None
    except (OSError, ValueError) as error:  # a path with a null character is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise DefinitionFileError(
            file, f"cannot be read: {reason}; name a file in JSON or YAML"
        ) from None
    if is_pipe:
        raise DefinitionFileError(file, "a named pipe, which may never end; name a file")
    try:
        is_yaml = file.suffix.lower() in YAML_SUFFIXES
        definition = _from_yaml(file, text) if is_yaml else _from_json(file, text)
    except RecursionError:
        raise DefinitionFileError(file, "nested too deeply; use fewer levels") from None
    if not isinstance(definition, dict):
        raise DefinitionFileError(file, NOT_A_STATE_MACHINE)
    return cast("Definition", definition)


def _from_json(file: Path, text: str) -> Any:
    try:
        return parse_json(text, parse_float=exact_float)
    except json.JSONDecodeError as error:
        raise DefinitionFileError(
            file,
            f"not JSON: {error.msg} (column {error.colno}); correct it, or end the file's name in "
            f"{YAML_SUFFIXES[0]} if it is YAML",
            error.lineno,
        ) from None
    except ValueError as error:
        raise DefinitionFileError(file, str(error), _rejected_line(text)) from None


def _rejected_line(text: str) -> int:
    """The line of the first name that appears twice, or value that is not accepted, in JSON.

    0 if there is none.
    """
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
    return 0


def _from_yaml(file: Path, text: str) -> Any:
    # Only where it is needed: the package without its extra `check` has no PyYAML.
    from stepgate.yaml_loader import YamlRejected, parse_yaml  # noqa: PLC0415

    try:
        return parse_yaml(text)
    except YamlRejected as error:
        raise DefinitionFileError(file, str(error), error.line) from None
