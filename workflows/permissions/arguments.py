"""What a request names: the values of its arguments, as far as the definition says them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
# What names of arguments and of ARNs' variables end in, and differ in.
_ENDINGS = frozenset({"arn", "arns", "name", "names", "id", "ids", "identifier", "url"})
_EXPRESSION = re.compile(r"\s*\{%.*%\}\s*", re.DOTALL)


@dataclass(frozen=True)
class Given:
    """What one argument, or several of one meaning, are given.

    Attributes:
        texts: what stands in the definition.
        dynamic: the name of an argument that only the workflow's input gives, or empty.
        name: the name of the first of them.
    """

    texts: tuple[str, ...] = ()
    dynamic: str = ""
    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.texts or self.dynamic)


@cache
def stem(name: str) -> str:
    """What a name is about: `InstanceIds`, `instance` and `InstanceArn` all are `instance`.

    Empty for a name that says nothing, such as `Name` or `Arn`.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    while words and words[-1] in _ENDINGS:
        words.pop()
    text = "".join(words)
    return text[:-1] if text.endswith("s") and not text.endswith("ss") else text


def given(arguments: Mapping[str, object], is_meant: Callable[[str], bool]) -> Given:
    """What those arguments are given whose name is meant, of which the outermost count."""
    for level in _levels(arguments):
        if found := _merged(given_outermost(fields, is_meant) for fields in level):
            return found
    return _NOTHING


def given_outermost(arguments: Mapping[str, object], is_meant: Callable[[str], bool]) -> Given:
    """The same, without looking into arguments that hold others."""
    return _merged(
        value_given
        for key, value in arguments.items()
        if is_meant(key.removesuffix(".$"))
        for value_given in _values(key, value)
    )


def texts(arguments: Mapping[str, object]) -> Iterator[str]:
    """All that stand in the request, at any depth."""
    for level in _levels(arguments):
        for fields in level:
            for key, value in fields.items():
                yield from (text for one in _values(key, value) for text in one.texts)


def is_dynamic(value: object) -> bool:
    """Whether it is a JSONata expression."""
    return isinstance(value, str) and _EXPRESSION.fullmatch(value) is not None


def _values(key: str, value: object) -> Iterator[Given]:
    if key.endswith(".$") or is_dynamic(value):
        yield Given(dynamic=key.removesuffix(".$"), name=key.removesuffix(".$"))
    elif isinstance(value, str):
        yield Given(texts=(value,), name=key)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _values(key, item)


def _levels(arguments: Mapping[str, object]) -> Iterator[list[Mapping[str, object]]]:
    """The request, then what is in it, level by level; the same part once."""
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


def _merged(found: Iterable[Given]) -> Given:
    all_ = list(found)
    if len(all_) <= 1:
        return all_[0] if all_ else _NOTHING
    return Given(
        tuple(dict.fromkeys(text for one in all_ for text in one.texts)),
        next((one.dynamic for one in all_ if one.dynamic), ""),
        next((one.name for one in all_ if one.name), ""),
    )


_NOTHING = Given()
