"""Jayway's JsonPath as the judge of what is a path."""

import re
from collections.abc import Generator, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepgate.asl.paths import (
    path_problem,
)
from tests.asl.test_paths import PATHS, WRONG_PATHS
from tests.velocity.renderers import JsonPath, Velocity


@pytest.fixture(scope="module")
def jsonpath(velocity: Velocity) -> Generator[JsonPath]:
    with JsonPath(velocity.build) as engine:
        yield engine


def test_jsonpath_compiles_the_right_paths_alone(jsonpath: JsonPath) -> None:
    assert jsonpath.refusals(PATHS) == [None] * len(PATHS)
    compiled = {
        path
        for path, refusal in zip(WRONG_PATHS, jsonpath.refusals(list(WRONG_PATHS)), strict=True)
        if refusal is None
    }
    # It writes `$.` in front of what begins with neither `$` nor `@`.
    assert compiled == {"a.b", "@.a", "$.a["}


def text(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The parts, one behind the other."""
    strategies = (st.just(part) if isinstance(part, str) else part for part in parts)
    return st.tuples(*strategies).map("".join)


def several(
    part: st.SearchStrategy[str], least: int, most: int, separator: str = ""
) -> st.SearchStrategy[str]:
    return st.lists(part, min_size=least, max_size=most).map(separator.join)


blanks = st.sampled_from(["", "", " "])
names = st.text("abué中_-09", min_size=1, max_size=4)
numbers = st.integers(-9, 30).map(str)
quoted = text("'", st.text('ab é.,"[](?:', max_size=4), "'")
quoted |= text('"', st.text("ab é.,'[](?:", max_size=4), '"')
slices = text(numbers, ":") | text(":", numbers) | text(numbers, ":", numbers)
selectors = st.just("*") | several(numbers, 1, 3, " , ") | slices | quoted
selectors |= several(text("'", names, "'"), 2, 3, ", ")
brackets = text("[", blanks, selectors, blanks, "]")
dotted = text(st.sampled_from([".", ".."]), names | st.just("*") | brackets)

# A filter reads a path only to a function with arguments, and no bracket behind a bracket.
operands = text(
    st.sampled_from("@@$"), several(text(".", names, st.just("") | brackets), 0, 2)
) | st.sampled_from(["@['a b']", "@.length()", "$..a"])
literals = quoted | numbers | st.sampled_from(["true", "null", "1.5e3", "['a',1]", "/a.*b/i"])
symbols = st.sampled_from(["==", "===", "!=", "!==", "<", "<=", ">", ">=", "=~"])
words = st.sampled_from(["in", "nin", "contains", "all", "size", "exists", "type"])
words |= st.sampled_from(["matches", "empty", "subsetof", "anyof", "NONEOF"])
relations = text(blanks, symbols, blanks) | text(" ", words, " ")
comparisons = (
    text(operands, relations, literals | operands)
    | text(literals, relations, operands)
    | text(st.sampled_from(["", "!"]), operands)
)
conditions = st.recursive(
    comparisons,
    lambda inner: (
        text(st.sampled_from(["(", "!("]), inner, ")")
        | text(inner, st.sampled_from([" && ", " || "]), inner)
    ),
    max_leaves=4,
)
filters = text("[?(", blanks, conditions, blanks, ")]")
functions = st.sampled_from([".length()", ".sum($.a, 1)", '.concat("a", $.b)'])
paths = text("$", several(dotted | brackets | filters | functions, 0, 4))


characters = st.sampled_from("$@.*?()[]{}'\",:-!=<>~&|/\\ \t1au")


def changed(path: str, character: str) -> Iterator[str]:
    """The path with the character at each place, put in or instead of another, and with each of
    its own taken away."""
    for at in range(len(path)):
        yield path[: at + 1] + character + path[at + 1 :]
        yield path[:at] + character + path[at + 1 :]
        yield path[:at] + path[at + 1 :]


# In a filter JsonPath takes all that is between two quotes for a string, even names and brackets.
STRAY_QUOTE = r"""(?:'(?:\\.|[^\\'])*+'|"(?:\\.|[^\\"])*+"|[^'"])*+['"]"""
# Where JsonPath compiles what is refused here.
STRICTER = {
    "AWS's paths begin with $": r"(?!\$)",
    "JsonPath ignores a bracket that is opened last": r".*(?:[\[(] *$|\]\[[ )<>=~!])",
    "JsonPath ignores what is between a comma and a name": r".*(['\"]) *,(?! *\1)",
    "a quote that is not closed": rf"(?=.*\(){STRAY_QUOTE}",
    "JsonPath reads a relation right behind a constant": r".*\?.*(?:true|false|null)[a-zA-Z]",
}
# Where JsonPath refuses what is right here, or what is not looked at.
LAXER = {
    "the context object and variables": r".*\$[^.\[\s)]",
    "the specification's escapes": r".*\\",
    "a quote that is not closed": rf"(?=.*\(){STRAY_QUOTE}",
    "numbers beyond 32 bits": r".*\d{10}",
    "the arguments of a function": r".*(?:[^?(! &|]|(?<!\[)\?|(?<!&)&|(?<!\|)\|)\([^)]",
    "what is in a list in a filter": r".*\?.*\[[^\]]*[()]",
    "in a filter JsonPath misreads a bracket behind a bracket": r".*\?.*\]\.?\[",
    "regular expressions": r".*\?.*/",
    "AWS takes text without quotes in a filter": r".*\?.*(?:[<>=~(&|!]|\b[a-z]+) *[\w]",
    "AWS takes a computed index": r".*\[ *\( *@",
}


def differs(path: str, differences: dict[str, str]) -> bool:
    return any(re.match(pattern, path, re.DOTALL) for pattern in differences.values())


@pytest.mark.proof
def test_what_jsonpath_is_made_for_is_right(jsonpath: JsonPath) -> None:
    @settings(max_examples=2_000)
    @given(paths)
    def holds(path: str) -> None:
        assert jsonpath.refusals([path]) == [None]
        assert path_problem(path) is None

    holds()


@pytest.mark.proof
def test_what_jsonpath_compiles_is_right_and_what_it_refuses_is_told(jsonpath: JsonPath) -> None:
    @settings(max_examples=1_000)
    @given(paths, characters)
    def holds(path: str, character: str) -> None:
        texts = [text for text in changed(path, character) if text]
        compiled = [refusal is None for refusal in jsonpath.refusals(texts)]
        right = [path_problem(text) is None for text in texts]
        judged = list(zip(texts, compiled, right, strict=True))
        assert not [t for t, c, r in judged if c and not r and not differs(t, STRICTER)]
        assert not [t for t, c, r in judged if r and not c and not differs(t, LAXER)]

    holds()
