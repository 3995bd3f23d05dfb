r"""Paths and intrinsic functions: what AWS would refuse is found, and nothing else.

Jayway's JsonPath itself is the judge of paths.
"""

import re
from collections.abc import Generator, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.velocity.engine import JsonPath, Velocity
from workflows.language.paths import (
    FUNCTIONS,
    expression_problem,
    path_problem,
    reference_path_problem,
)

# https://states-language.net/spec.html#ref-paths
REFERENCE_PATHS = [
    "$.foo",
    "$.car.cdr",
    "$.store.book",
    r"$.store\.book",
    r"$.\stor\e.boo\k",
    r"$.foo.\.bar",
    r"$.foo\@bar.baz\[\[.\?pretty",
    "$.&Ж中.\U00010346",
    "$.ledgers.branch[0].pending.count",
    "$.ledgers[0][22][315].foo",
    "$['store']['book']",
    "$['store'][0]['book']",
]

# https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html and
# https://github.com/json-path/JsonPath
PATHS = [
    "$",
    "$.my-key",
    "$.größe_1",
    "$.abc.['def ghi']",
    "$.bar[-1]",
    "$.bar[-2:]",
    "$.bar[:2]",
    "$.bar[0:2]",
    "$.bar[0, 1]",
    "$.bar[*].id",
    "$['a','b']",
    '$["it\'s"]',
    r"$['it\'s']",
    "$.*",
    "$..book[2]",
    "$..*",
    "$.bar.length()",
    "$.sum($.a, $.b)",
    '$.name.concat("-", $.id)',
    "$.jar[?(@.a >= 5)]",
    "$.jar[?(@.a)].b",
    "$.jar[?(!@.a)]",
    "$.jar[?(@ == 'x')]",
    "$.jar[?(@.a == 'it\\'s )]' && (@.b < 10.5 || @['c d'] == null))][0]",
    "$.jar[?(!(@.a == true))]",
    "$.jar[?(@.a in ['x', 'y'] || @.b size 2)]",
    "$.jar[?(@.a =~ /.*x/i)]",
    "$.jar[?(@.a.length() > $.least)]",
    "$.jar[?(@.a[?(@.b)])]",
    "$.bar[0]a",  # JsonPath takes a name behind a bracket
    "$.bar[0:9:2]",  # and ignores a slice's step
]
# What AWS puts in front of a path: https://states-language.net/spec.html#path and
# https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
AWS_PATHS = ["$$", "$$.Execution.Id", "$$.Map.Item.Value['a']", "$order", "$größe.a", "$order[0]"]

BRACKETS = "write ['name'], [0], [0:2], [*] or [?(@.name == 1)]"
FILTER = "write one such as [?(@.name == 'text' && @.count > 1)]"
START = "does not begin with $; write $.name for a field of the input, or $"
WRONG_PATHS = {
    "": f"'' {START}",
    "a.b": f"'a.b' {START}",
    " $.a": f"' $.a' {START}",
    "@.a": f"'@.a' {START}",
    "$.a.": "'$.a.' has a dot without a name; write a name behind it",
    "$..": "'$..' has a dot without a name; write a name behind it",
    "$...a": "'$...a' has a dot without a name; write a name behind it",
    "$.a b": "'$.a b' has a blank in a name; write such a name as ['a name']",
    "$ .a": "'$ .a' has a blank in a name; write such a name as ['a name']",
    "$(a)": "'$(a)' has '(' where a dot or a bracket belongs",
    "$.a[": "'$.a[' has no closing bracket",
    "$.a['b'": "\"$.a['b'\" has no closing bracket",
    "$.a['b]": f'"$.a[\'b]" has "[\'b]"; {BRACKETS}',
    "$.a['b',]": f"\"$.a['b',]\" has \"['b',]\"; {BRACKETS}",
    "$.a[b]": f"'$.a[b]' has '[b]'; {BRACKETS}",
    "$.a[]": f"'$.a[]' has '[]'; {BRACKETS}",
    "$.a[::2]": f"'$.a[::2]' has '[::2]'; {BRACKETS}",
    "$.a[1,]": f"'$.a[1,]' has '[1,]'; {BRACKETS}",
    "$.a[(@.length-1)]": f"'$.a[(@.length-1)]' has '[(@.length-1)]'; {BRACKETS}",
    "$.a[?]": f"'$.a[?]' has '[?]'; {BRACKETS}",
    "$.a.length(": "'$.a.length(' has ( without )",
    "$[?(@.a = 1)]": f"'$[?(@.a = 1)]' has a filter that cannot be read at ' = 1)]'; {FILTER}",
    "$[?(@.a == b)]": f"'$[?(@.a == b)]' has a filter that cannot be read at 'b)]'; {FILTER}",
    "$[?(@.a == )]": f"'$[?(@.a == )]' has a filter that cannot be read at ')]'; {FILTER}",
    "$[?(@.a &&)]": f"'$[?(@.a &&)]' has a filter that cannot be read at ')]'; {FILTER}",
    "$[?('a')]": f"\"$[?('a')]\" has a filter that cannot be read at ')]'; {FILTER}",
    "$[?(@.a == 1": f"'$[?(@.a == 1' has a filter that cannot be read to its end; {FILTER}",
    "$[?(@.a == {'b')]": "\"$[?(@.a == {'b')]\" has { without }",
}
WRONG_VARIABLES = {
    "$9a": "'$9a' is no variable; write letters and digits behind $, or a dot or bracket",
    "$my-key": "'$my-key' is no variable; write letters and digits behind $, or a dot or bracket",
    "$$$.a": "'$$$' is no variable; write letters and digits behind $, or a dot or bracket",
}
ALONE = "which no reference path may have; write names and indexes, such as $.results[0].id"
PLACE = "is no place in the state's input; write one, such as $.result"
WRONG_REFERENCE_PATHS = {
    "a": f"'a' {START}",
    "$.a[": "'$.a[' has no closing bracket",
    "$..a": f"'$..a' has '..', {ALONE}",
    "$.a.*": f"'$.a.*' has '*', {ALONE}",
    "$.a[*]": f"'$.a[*]' has '*', {ALONE}",
    "$.@a": f"'$.@a' has '@', {ALONE}",
    "$.a[0,1]": f"'$.a[0,1]' has ',', {ALONE}",
    "$['a','b']": f"\"$['a','b']\" has ',', {ALONE}",
    "$.a[0:1]": f"'$.a[0:1]' has ':', {ALONE}",
    "$.a[?(@.b)]": f"'$.a[?(@.b)]' has '?', {ALONE}",
    "$.a.length()": f"'$.a.length()' has '(', {ALONE}",
    "$$.a": f"'$$.a' {PLACE}",
    "$order.a": f"'$order.a' {PLACE}",
}

# For each function a right call and a wrong one.
CALLS = {
    "States.Array": ("States.Array('a', 2020, $.b, null)", "States.Array(a)"),
    "States.ArrayContains": (
        "States.ArrayContains($.a, $.b)",
        "States.ArrayContains($.a)",
    ),
    "States.ArrayGetItem": ("States.ArrayGetItem($.a, 0)", "States.ArrayGetItem($.a)"),
    "States.ArrayLength": ("States.ArrayLength($.a)", "States.ArrayLength($.a, 1)"),
    "States.ArrayPartition": ("States.ArrayPartition($.a,4)", "States.ArrayPartition($.a)"),
    "States.ArrayRange": ("States.ArrayRange(1, 9, -2)", "States.ArrayRange(1, 9)"),
    "States.ArrayUnique": ("States.ArrayUnique($.a)", "States.ArrayUnique()"),
    "States.Base64Decode": ("States.Base64Decode($.a)", "States.Base64Decode()"),
    "States.Base64Encode": ("States.Base64Encode('a')", "States.Base64Encode('a', 'b')"),
    "States.Format": ("States.Format('Hi {}, {}', $.a, 1)", "States.Format('Hi {}, {}', $.a)"),
    "States.Hash": ("States.Hash($.a, 'SHA-256')", "States.Hash($.a)"),
    "States.JsonMerge": ("States.JsonMerge($.a, $.b, false)", "States.JsonMerge($.a, $.b)"),
    "States.JsonToString": ("States.JsonToString($.a)", "States.JsonToString()"),
    "States.MathAdd": ("States.MathAdd($.a, -1)", "States.MathAdd($.a)"),
    "States.MathRandom": ("States.MathRandom(1, 999)", "States.MathRandom(1, 2, 3, 4)"),
    "States.StringSplit": ("States.StringSplit($.a, ',')", "States.StringSplit($.a)"),
    "States.StringToJson": ("States.StringToJson('{\"a\": 1}')", "States.StringToJson($.a, 1)"),
    "States.UUID": ("States.UUID()", "States.UUID(4)"),
}
EXPRESSIONS = [
    "$.a[?(@.b == ')')]",
    "$$.Execution.Name",
    "$order.id",
    "States.Array()",
    "States.Array( 1 , 'a'\n)",
    "States.Array(true, false, null, -1.5e3, '')",
    "States.Array($, $$, $order, $['a b'], $.my-key, $.a[0,1], $..b, $.c.length())",
    "States.ArrayGetItem($.a[?(@.b == 'x, (y' && @.c)].d, 0)",
    "States.MathRandom(1, 999, 7)",
    "States.Format($.template, $.a, $.b)",
    "States.Format('no placeholder')",
    "States.Format('two\nlines, {}', $.a)",
    r"States.Format('Welcome to {} {}\'s playlist.', $.firstName, $.lastName)",
    r"""States.Format('\{"a": "{}\\"\}', $.a)""",
    # AWS's example of nested functions, with the third value that its template asks for
    "States.Format('{}.{}.{}', States.ArrayGetItem(States.StringSplit(States.ArrayGetItem("
    "States.StringSplit($.ImageRecipe.Arn, '/'), 2), '.'), 0), States.ArrayGetItem("
    "States.StringSplit(States.ArrayGetItem(States.StringSplit($.ImageRecipe.Arn, '/'), 2), "
    "'.'), 1), 1)",
    "States.Array(" * 10 + ")" * 10,
]
ARGUMENT = "write a path, 'text' in single quotes, a number, true, false, null or a function"
WRONG_EXPRESSIONS = {
    "$.a[": "'$.a[' has no closing bracket",
    "a.b": "'a.b' is neither a path, which begins with $, nor an intrinsic function, such as "
    "States.Format('{}', $.name)",
    "States.Formt('a')": "States.Formt is no intrinsic function; did you mean States.Format?",
    "States.format('a')": "States.format is no intrinsic function; did you mean States.Format?",
    "Format('a')": "Format is no intrinsic function; did you mean States.Format?",
    "uppercase($.a)": "uppercase is no intrinsic function; write one, such as States.Format",
    "States.UUID": "States.UUID has no parenthesis behind it; write States.UUID(…)",
    "States.UUID ()": "States.UUID has no parenthesis behind it; write States.UUID(…)",
    "States.UUID() + 1": "'States.UUID() + 1' goes on behind its function with ' + 1'; leave that "
    "out",
    "States.Array(": "States.Array(… has no closing parenthesis",
    "States.Array($.a": "States.Array(… has no closing parenthesis",
    "States.Array('a' 'b')": "States.Array(… has no comma before \"'b')\"",
    "States.Array(1,)": "States.Array(… has an empty argument",
    "States.Array(,1)": "States.Array(… has an empty argument",
    "States.Array(a, 1)": f"States.Array has the argument 'a'; {ARGUMENT}",
    'States.Array("a")': f"States.Array has the argument '\"a\"'; {ARGUMENT}",
    "States.Array('a)": '"\'a)" has no closing quote',
    "States.Array($.a[)": "'States.Array($.a[)' has no closing bracket",
    r"States.Array('a\n')": r""""'a\\n'" has a backslash before 'n'; write one only before ', {, """
    "} or another backslash",
    "States.MathAdd(1)": "States.MathAdd takes 2 arguments, not 1",
    "States.MathRandom(1)": "States.MathRandom takes 2 or 3 arguments, not 1",
    "States.ArrayLength(1, 2)": "States.ArrayLength takes 1 argument, not 2",
    "States.UUID(1)": "States.UUID takes 0 arguments, not 1",
    "States.Array(States.Hash($.a))": "States.Hash takes 2 arguments, not 1",
    "States.Format()": "States.Format has no template; write one, such as 'Hello, {}!'",
    "States.Format('{} {}', 1)": "States.Format has 2 {} in its template; write as many arguments "
    "behind it, not 1",
    r"States.Format('\{\}', 1)": "States.Format has 0 {} in its template; write as many arguments "
    "behind it, not 1",
    "States.Format('{a}', 1)": "States.Format has a brace in \"'{a}'\" that is not of a {}; write "
    r"\{ or \}",
    "States.Array(" * 11 + ")" * 11: "States.Array is nested 11 deep, of at most 10; let a state "
    "before this one compute a part",
}


@pytest.mark.parametrize("path", REFERENCE_PATHS + PATHS + AWS_PATHS)
def test_a_path_that_aws_takes_is_right(path: str) -> None:
    assert path_problem(path) is None
    assert expression_problem(path) is None


@pytest.mark.parametrize(("path", "problem"), (WRONG_PATHS | WRONG_VARIABLES).items())
def test_a_path_that_aws_refuses_is_told(path: str, problem: str) -> None:
    assert path_problem(path) == problem


@pytest.mark.parametrize("path", ["$", *REFERENCE_PATHS, "$['a:b, *']", r"$.a\:b"])
def test_a_path_to_one_place_is_a_reference_path(path: str) -> None:
    assert reference_path_problem(path) is None


@pytest.mark.parametrize(("path", "problem"), WRONG_REFERENCE_PATHS.items())
def test_a_path_to_no_place_in_the_input_or_to_many_is_told(path: str, problem: str) -> None:
    assert reference_path_problem(path) == problem


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_intrinsic_function_is_known_with_its_arguments(function: str) -> None:
    right, wrong = CALLS[function]
    assert expression_problem(right) is None
    problem = expression_problem(wrong)
    assert problem is not None
    assert problem.startswith(f"{function} ")


def test_there_are_eighteen_intrinsic_functions() -> None:
    assert FUNCTIONS.keys() == CALLS.keys()
    assert len(FUNCTIONS) == 18


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_that_aws_takes_is_right(expression: str) -> None:
    assert expression_problem(expression) is None


@pytest.mark.parametrize(("expression", "problem"), WRONG_EXPRESSIONS.items())
def test_an_expression_that_aws_refuses_is_told(expression: str, problem: str) -> None:
    assert expression_problem(expression) == problem


@pytest.mark.parametrize("text", ["a\nb", "$.a[\n", "$[?(@.a == \n)]", "$.a[\n]", "$\na"])
def test_what_is_wrong_is_told_in_one_line(text: str) -> None:
    for expression in (text, f"States.Array({text}", f"States.Array('{text}", f"States.A\n({text}"):
        problem = expression_problem(expression)
        assert problem is not None
        assert "\n" not in problem


# JsonPath itself


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
