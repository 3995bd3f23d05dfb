r"""Paths and intrinsic functions: what AWS would refuse is found, and nothing else."""

import pytest

from stepgate.asl.paths import (
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
AWS_PATHS = [
    *("$$", "$$.Execution.Id", "$$.Map.Item.Value['a']", "$order", "$größe.a", "$order[0]"),
    # AWS's JsonPath is older and takes text without quotes, and a computed index.
    "$.jar[?(@.lang==es)].b",
    "$.jar[?(@.arn == arn:aws:sns:us-east-1:0:t/x || @.mail==a@b.c)]",
    "$.jar[?(@.day == 2026-01-31 && @.name == two words)]",
    "$.bar[(@.length-1)]",
    "$.bar[( @.length - 2 )].b",
]

BRACKETS = "write ['name'], [0], [0:2], [*] or [?(@.name == 1)]"
FILTER = "write, for example, [?(@.name == 'text' && @.count > 1)]"
START = "does not start with $; write $.name for a field of the input, or $"
WRONG_PATHS = {
    "": f"'' {START}",
    "a.b": f"'a.b' {START}",
    " $.a": f"' $.a' {START}",
    "@.a": f"'@.a' {START}",
    "$.a.": "'$.a.' has a dot without a name; add a name after it",
    "$..": "'$..' has a dot without a name; add a name after it",
    "$...a": "'$...a' has a dot without a name; add a name after it",
    "$.a b": "'$.a b' has a space in a name; write such a name as ['a name']",
    "$ .a": "'$ .a' has a space in a name; write such a name as ['a name']",
    "$(a)": "'$(a)' has '(' where a dot or a bracket is expected",
    "$.a[": "'$.a[' has no closing bracket",
    "$.a['b'": "\"$.a['b'\" has no closing bracket",
    "$.a['b]": f'"$.a[\'b]" has "[\'b]"; {BRACKETS}',
    "$.a['b',]": f"\"$.a['b',]\" has \"['b',]\"; {BRACKETS}",
    "$.a[b]": f"'$.a[b]' has '[b]'; {BRACKETS}",
    "$.a[]": f"'$.a[]' has '[]'; {BRACKETS}",
    "$.a[::2]": f"'$.a[::2]' has '[::2]'; {BRACKETS}",
    "$.a[1,]": f"'$.a[1,]' has '[1,]'; {BRACKETS}",
    "$.a[(1)]": f"'$.a[(1)]' has '[(1)]'; {BRACKETS}",
    "$.a[(@.length-1]": f"'$.a[(@.length-1]' has '[(@.length-1]'; {BRACKETS}",
    "$.a[?]": f"'$.a[?]' has '[?]'; {BRACKETS}",
    "$.a.length(": "'$.a.length(' has ( without )",
    "$[?(@.a = 1)]": f"'$[?(@.a = 1)]' has a filter that is invalid at ' = 1)]'; {FILTER}",
    "$[?(@.a == b(c))]": f"'$[?(@.a == b(c))]' has a filter that is invalid at '(c))]'; {FILTER}",
    "$[?(@.a == )]": f"'$[?(@.a == )]' has a filter that is invalid at ')]'; {FILTER}",
    "$[?(@.a &&)]": f"'$[?(@.a &&)]' has a filter that is invalid at ')]'; {FILTER}",
    "$[?('a')]": f"\"$[?('a')]\" has a filter that is invalid at ')]'; {FILTER}",
    "$[?(@.a == 1": f"'$[?(@.a == 1' has a filter that is invalid at its end; {FILTER}",
    "$[?(@.a == {'b')]": "\"$[?(@.a == {'b')]\" has { without }",
}
VARIABLE = "is not a valid variable; use letters and digits after $, or a dot or bracket"
WRONG_VARIABLES = {
    "$9a": f"'$9a' {VARIABLE}",
    "$my-key": f"'$my-key' {VARIABLE}",
    "$$$.a": f"'$$$' {VARIABLE}",
}
ALONE = "which a reference path cannot have; use names and indexes, for example $.results[0].id"
PLACE = "is not a path into the state's input; write one, for example $.result"
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
    "States.MathAdd(1.5, States.ArrayGetItem($.a, $.i))",
    "States.JsonMerge($.a, $.b, $.deep)",
    "States.Hash(5, $.algorithm)",
    "States.ArrayContains($.a, 'b')",
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
    "a.b": "'a.b' is neither a path nor an intrinsic function; write, for example, $.name or "
    "States.Format('{}', $.name)",
    "States.Formt('a')": "unknown intrinsic function States.Formt; did you mean States.Format?",
    "States.format('a')": "unknown intrinsic function States.format; did you mean States.Format?",
    "Format('a')": "unknown intrinsic function Format; did you mean States.Format?",
    "uppercase($.a)": "unknown intrinsic function uppercase; write one, for example States.Format",
    "States.UUID": "States.UUID has no parentheses; write States.UUID(…)",
    "States.UUID ()": "States.UUID has no parentheses; write States.UUID(…)",
    "States.UUID() + 1": "'States.UUID() + 1' has ' + 1' after its function; remove it",
    "States.Array(": "States.Array(… has no closing parenthesis",
    "States.Array($.a": "States.Array(… has no closing parenthesis",
    "States.Array('a' 'b')": "States.Array(… has no comma before \"'b')\"",
    "States.Array(1,)": "States.Array(… has an empty argument",
    "States.Array(,1)": "States.Array(… has an empty argument",
    "States.Array(a, 1)": f"States.Array has the argument 'a'; {ARGUMENT}",
    'States.Array("a")': f"States.Array has the argument '\"a\"'; {ARGUMENT}",
    "States.Array('a)": '"\'a)" has no closing quote',
    "States.Array($.a[)": "'States.Array($.a[)' has no closing bracket",
    r"States.Array('a\n')": r""""'a\\n'" has a backslash before 'n'; use it only before ', {, """
    "} or another backslash",
    "States.MathAdd(1)": "States.MathAdd takes 2 arguments, not 1",
    "States.MathRandom(1)": "States.MathRandom takes 2 or 3 arguments, not 1",
    "States.ArrayLength(1, 2)": "States.ArrayLength takes 1 argument, not 2",
    "States.UUID(1)": "States.UUID takes 0 arguments, not 1",
    "States.Array(States.Hash($.a))": "States.Hash takes 2 arguments, not 1",
    "States.ArrayGetItem($.a, '1')": "States.ArrayGetItem has the argument '1'; write a number, or "
    "a path to one",
    "States.ArrayRange(1, 9, 0)": "States.ArrayRange has the argument 0; write a number other than "
    "0",
    "States.ArrayPartition($.a, 0)": "States.ArrayPartition has the argument 0; write a number "
    "above 0",
    "States.ArrayLength('a')": "States.ArrayLength has the argument 'a'; write a path to an array",
    "States.JsonMerge($.a, $.b, true)": "States.JsonMerge has the argument true; write false: it "
    "only merges the first level",
    "States.Hash($.a, 'SHA256')": "States.Hash has the argument 'SHA256'; write one of MD5, SHA-1, "
    "SHA-256, SHA-384, SHA-512",
    "States.StringSplit($.a, 1)": "States.StringSplit has the argument 1; write text in single "
    "quotes, or a path to it",
    "States.Array(States.MathAdd(1, true))": "States.MathAdd has the argument true; write a "
    "number, or a path to one",
    "States.Format()": "States.Format has no template; write one, for example 'Hello, {}!'",
    "States.Format('{} {}', 1)": "States.Format has 2 {} in its template, so write as many "
    "arguments after it, not 1",
    r"States.Format('\{\}', 1)": "States.Format has 0 {} in its template, so write as many "
    "arguments after it, not 1",
    "States.Format('{a}', 1)": "States.Format has a brace in \"'{a}'\" that is not in {}; write "
    r"\{ or \}",
    "States.Array(" * 11 + ")" * 11: "States.Array is nested 11 deep, but at most 10 are "
    "allowed; compute a part in a state before this one",
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
