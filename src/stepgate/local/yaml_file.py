"""A YAML file as the Pulumi CLI reads it, which is not as PyYAML does.

https://github.com/go-yaml/yaml/blob/v3.0.1/resolve.go
"""

import math
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml
from yaml.nodes import ScalarNode

from stepgate.local.errors import CommandError
from stepgate.yaml_loader import DuplicateKey, StrictLoader

INTEGER = re.compile(r"[-+]?(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
INTEGERS = range(-(2**63), 2**64)
"""What Go has integers for; others become floats."""
EXPONENT_FROM = 10**21
"""Whole numbers are written out below it."""
EXAMPLE = "config: {aws:region: us-east-1}"


def content(file: Path) -> dict[str, Any]:
    """The file's keys and values.

    A number is an integer if it is whole. Unlike in YAML 1.1, `yes` and `1:30` are text.

    Raises:
        CommandError: the file is missing, is not YAML of keys and values, has a key twice or a
            value that is neither text, number, truth, list nor object.
    """
    try:
        with file.open(encoding="utf-8") as stream:
            loaded = yaml.load(stream, _Loader)  # noqa: S506 it constructs plain values only
    except FileNotFoundError:
        raise CommandError(f"{file} is missing: create it, for example with {EXAMPLE}") from None
    except DuplicateKey as error:
        raise CommandError(f"{_place(error.problem_mark)}: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(loaded, dict | None):
        raise CommandError(f"{file} is not YAML of keys and values; write for example {EXAMPLE}")
    return cast("dict[str, Any]", loaded or {})


class _Loader(StrictLoader):
    """Knows what Go knows too."""


def _number(_: object, node: ScalarNode) -> int | float | str:
    text = node.value.replace("_", "")
    if INTEGER.fullmatch(text):
        number = int(re.sub(r"^([-+]?)0(?=[0-7])", r"\g<1>0o", text), 0)
        return number if number in INTEGERS else _whole(float(number))
    if not FLOAT.fullmatch(text) or math.isinf(float(text)):
        return node.value
    return _whole(float(text))


def _whole(number: float) -> int | float:
    """The number as an integer, if it is one that is written out."""
    return int(Decimal(repr(number))) if number % 1 == 0 and abs(number) < EXPONENT_FROM else number


def _no_setting(_: object, node: ScalarNode) -> NoReturn:
    raise CommandError(
        f"{_place(node.start_mark)}: {node.value} has a type in YAML that no setting has; "
        "write it in quotes"
    )


def _place(mark: yaml.Mark | None) -> str:
    assert mark is not None
    return f"{mark.name} line {mark.line + 1}"


# The first pattern that matches counts.
for tag, pattern, first in (
    ("!no-setting", r"\d{4}-\d\d?-\d\d?([Tt ][\d:.]+(Z|[-+][\d:]+)?)?$", list("0123456789")),
    ("!no-setting", r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$", list("-+.")),
    ("!number", r"[-+.\d][\da-fA-FxXoO_.+-]*$", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
        tag, re.compile(pattern, re.ASCII), first
    )
_Loader.add_constructor("!number", _number)
_Loader.add_constructor("!no-setting", _no_setting)
