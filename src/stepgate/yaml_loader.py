"""YAML read strictly: with the types of YAML 1.2, of which JSON has all, and no key twice.

https://yaml.org/spec/1.2.2/#103-core-schema
"""

import re
from collections import Counter
from typing import Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.reader import ReaderError

from stepgate.strict_json import exact_float, parse_int

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")


class YamlRejected(ValueError):  # noqa: N818 - what is wrong says more than `Error`
    """What is wrong, and what to write instead.

    Attributes:
        line: counted from 1.
    """

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


class DuplicateKey(yaml.MarkedYAMLError):
    """A key appears twice in one mapping."""


class StrictLoader(yaml.SafeLoader):
    """Knows null, true, false and text; a subclass adds its numbers.

    Unlike in YAML 1.1, which PyYAML reads, `yes` and `on` are text.
    """

    def compose_mapping_node(self, anchor: Any) -> MappingNode:
        # Here, because merge keys add members to a mapping when it is constructed.
        node = super().compose_mapping_node(anchor)
        keys = Counter(key.value for key, _ in node.value if isinstance(key, ScalarNode))
        for key, _ in reversed(node.value):
            if isinstance(key, ScalarNode) and keys[key.value] > 1:
                text = f"{key.value} appears {keys[key.value]} times; leave one"
                raise DuplicateKey(None, None, text, key.start_mark)
        return node


StrictLoader.yaml_implicit_resolvers = {}  # those of YAML 1.1
# The first pattern that matches counts; what matches none is text.
for tag, pattern, first in (
    (f"{_TAG}null", r"(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    (f"{_TAG}bool", r"(true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    (f"{_TAG}merge", r"<<$", ["<"]),
):
    StrictLoader.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
        tag, re.compile(pattern, re.ASCII), first
    )


class JsonLoader(StrictLoader):
    """Makes values of JSON's types only: a date is text, and so is `0777`, `1:30` and every key."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        for key, _ in node.value:
            if not isinstance(key, ScalarNode):
                raise YamlRejected(_line(key), "a key is a list or an object; write text")
            if key.tag.startswith(_TAG):
                key.tag = f"{_TAG}str"
        return super().construct_mapping(node, deep)


def parse_yaml(text: str) -> Any:
    """The value of a YAML document, of JSON's types only.

    Raises:
        YamlRejected: it is not one document of YAML, has a key twice, a tag that is not JSON's, or
            a number that would be rounded.
        RecursionError: it is nested too deeply.
    """
    try:
        return yaml.load(text, JsonLoader)  # noqa: S506 it constructs plain values only
    except DuplicateKey as error:
        raise YamlRejected(_marked_line(error), str(error.problem)) from None
    except yaml.MarkedYAMLError as error:
        raise YamlRejected(_marked_line(error), f"not YAML: {error.problem}; correct it") from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlRejected(line, f"not YAML: {error.reason}; remove the character") from None


def _line(node: Node) -> int:
    return node.start_mark.line + 1


def _marked_line(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1


def _number(_: object, node: ScalarNode) -> int | float:
    try:
        return parse_int(node.value) if _INTEGER.fullmatch(node.value) else exact_float(node.value)
    except ValueError as error:
        raise YamlRejected(_line(node), str(error)) from None


def _rejected_tag(_: object, node: Node) -> NoReturn:
    tag = node.tag.replace(_TAG, "!!")
    raise YamlRejected(
        _line(node),
        f"the tag {tag} is not JSON's; remove it, and write ${{name}} for a value of the workflow",
    )


JsonLoader.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
    f"{_TAG}float",
    re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", re.ASCII),
    list("-+.0123456789"),
)
JsonLoader.yaml_constructors = {}  # those of YAML 1.1
for kind in ("null", "bool", "str", "seq", "map"):
    JsonLoader.add_constructor(f"{_TAG}{kind}", getattr(JsonLoader, f"construct_yaml_{kind}"))
JsonLoader.add_constructor(f"{_TAG}int", _number)
JsonLoader.add_constructor(f"{_TAG}float", _number)
JsonLoader.add_constructor(None, _rejected_tag)  # pyright: ignore[reportArgumentType] any other tag
