"""A stack's configuration, by the rules of the Pulumi CLI.

https://www.pulumi.com/docs/iac/concepts/projects/project-file/#config-options
"""

import json
import re
from pathlib import Path
from typing import Any, cast

import yaml

from local.errors import CommandError


def project_name(project: Path) -> str:
    return _yaml(project / "Pulumi.yaml")["name"]


def stack_config(project: Path, stack: str) -> dict[str, str]:
    """What a program is given as its configuration: the stack's values over the project's defaults.

    The CLI hands every value to the program as text, lists and objects as JSON, and checks the
    text against the type that the project declares.

    Raises:
        CommandError: a file that is missing or no YAML, a value that is missing, encrypted, or of
            another type than declared; one line for each value.
    """
    project_file, stack_file = project / "Pulumi.yaml", project / f"Pulumi.{stack}.yaml"
    namespace = project_name(project)
    declared = _config(project_file, namespace)
    defaults = {key: d["default"] for key, d in declared.items() if "default" in d}
    values = defaults | _config(stack_file, namespace)
    wrong = [
        *(
            f"{key} has no value in {stack_file.name} and no default in {project_file.name}"
            for key in declared.keys() - values.keys()
        ),
        *(
            f"{key} is encrypted in {stack_file.name}, and the local stack has no key; "
            "write a value for local use in plain text"
            for key, value in values.items()
            if isinstance(value, dict) and "secure" in value
        ),
        *(
            f"{key} is {_text(values[key])!r} in {stack_file.name}; "
            f"{project_file.name} declares a value of type {declaration['type']}"
            for key, declaration in declared.items()
            if key in values and not _is_of_type(values[key], declaration)
        ),
    ]
    if wrong:
        raise CommandError("\n".join(sorted(wrong)))
    return {key: _text(value) for key, value in values.items()}


def _config(file: Path, namespace: str) -> dict[str, Any]:
    """The file's configuration; a key without a namespace is in the project's."""
    config: dict[str, Any] = _yaml(file).get("config") or {}
    return {key if ":" in key else f"{namespace}:{key}": value for key, value in config.items()}


def _yaml(file: Path) -> dict[str, Any]:
    try:
        return yaml.safe_load(file.read_text()) or {}
    except FileNotFoundError:
        raise CommandError(f"{file} is missing") from None
    except yaml.YAMLError as error:
        raise CommandError(f"{file} is no YAML: {' '.join(str(error).split())}") from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_of_type(value: Any, declaration: dict[str, Any]) -> bool:
    match declaration["type"]:
        case "string":
            return not isinstance(value, dict | list)
        case "integer":
            return re.fullmatch(r"[+-]?\d+", _text(value)) is not None
        case "boolean":
            return _text(value) in ("true", "false")
        case "array":
            return isinstance(value, list) and all(
                _is_of_type(item, declaration["items"]) for item in cast("list[Any]", value)
            )
        case unknown:
            raise CommandError(f"Pulumi.yaml declares a value of the unknown type {unknown}")
