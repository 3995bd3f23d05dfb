"""The values of a request's arguments, as far as the definition contains them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
# Suffixes in which the names of arguments and of ARNs' variables differ.
_SUFFIXES = frozenset({"arn", "arns", "name", "names", "id", "ids", "identifier", "url"})
_BEGINNING = re.compile(
    r"""\s*(?:States\.Format\(\s*'(?P<template>(?:[^'\\{]|\\.)*)"""
    r"""|\{%\s*(?P<quote>['"])(?P<text>[^'"\\]*)(?P=quote)\s*(?:&|%\}))"""
)
_EXPRESSION = re.compile(r"\s*\{%.*%\}\s*", re.DOTALL)


@dataclass(frozen=True)
class ArgumentValues:
    """The values of one argument, or of several with one meaning.

    Attributes:
        literals: the values that the definition contains.
        dynamic: the name of an argument that is known only when the workflow runs, or empty.
        name: the name of the first argument.
    """

    literals: tuple[str, ...] = ()
    dynamic: str = ""
    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.literals or self.dynamic)


@cache
def name_stem(name: str) -> str:
    """What a name is about: `instance` for `InstanceIds`, `instance` and `InstanceArn`.

    Empty for a name without a meaning of its own, for example `Name` or `Arn`.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    while words and words[-1] in _SUFFIXES:
        words.pop()
    text = "".join(words)
    return text[:-1] if text.endswith("s") and not text.endswith("ss") else text


def find_values(arguments: Mapping[str, object], is_meant: Callable[[str], bool]) -> ArgumentValues:
    """The values of the arguments whose names are meant, at the outermost level that has any."""
    for level in _levels(arguments):
        if found := _merge(find_top_level_values(fields, is_meant) for fields in level):
            return found
    return _NONE


def find_top_level_values(
    arguments: Mapping[str, object], is_meant: Callable[[str], bool]
) -> ArgumentValues:
    """The same, without the arguments that are nested in others."""
    return _merge(
        values
        for key, value in arguments.items()
        if is_meant(key.removesuffix(".$"))
        for values in _values(key, value)
    )


def find_structures(arguments: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """The structures of this name, at any depth; empty where an argument is not a structure."""
    return [
        structure
        for level in _levels(arguments)
        for fields in level
        for key, value in fields.items()
        if key == name
        for structure in _children([value])
    ]


def find_literals(arguments: Mapping[str, object]) -> Iterator[str]:
    """All literal values of the request, at any depth."""
    for level in _levels(arguments):
        for fields in level:
            for key, value in fields.items():
                yield from (text for each in _values(key, value) for text in each.literals)


def is_dynamic(value: object) -> bool:
    """Whether it is a JSONata expression."""
    return isinstance(value, str) and _EXPRESSION.fullmatch(value) is not None


def known_beginning(text: str) -> str:
    """The text with which the value of a path or an expression begins, as far as it shows:
    `data/` for `States.Format('data/{}', $.id)` and for `{% 'data/' & $id %}`.
    """
    found = _BEGINNING.match(text)
    return (found["template"] or found["text"] or "").replace("\\", "") if found else ""


def _values(key: str, value: object) -> Iterator[ArgumentValues]:
    if key.endswith(".$") or is_dynamic(value):
        yield ArgumentValues(dynamic=key.removesuffix(".$"), name=key.removesuffix(".$"))
    elif isinstance(value, str):
        yield ArgumentValues(literals=(value,), name=key)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _values(key, item)


def _levels(arguments: Mapping[str, object]) -> Iterator[list[Mapping[str, object]]]:
    """The request, then what is nested in it, level by level; a shared part once."""
    level: list[Mapping[str, object]] = [arguments]
    seen = {id(arguments)}
    while level:
        yield level
        inner = [child for fields in level for child in _children(fields.values())]
        level = []
        for child in inner:
            if id(child) not in seen:
                seen.add(id(child))
                level.append(child)


def _children(values: Iterable[object]) -> Iterator[Mapping[str, object]]:
    for value in values:
        if isinstance(value, Mapping):
            yield cast("Mapping[str, object]", value)
        elif isinstance(value, list):
            yield from _children(cast("list[object]", value))


def _merge(found: Iterable[ArgumentValues]) -> ArgumentValues:
    all_ = list(found)
    if len(all_) <= 1:
        return all_[0] if all_ else _NONE
    return ArgumentValues(
        tuple(dict.fromkeys(text for each in all_ for text in each.literals)),
        next((each.dynamic for each in all_ if each.dynamic), ""),
        next((each.name for each in all_ if each.name), ""),
    )


_NONE = ArgumentValues()
