"""What JSONata expressions read, and why one cannot be parsed."""

import subprocess
import sys

import pytest

from stepgate.asl.jsonata import FUNCTIONS, Expression, read_expression


@pytest.mark.parametrize(
    "source",
    [
        "1",
        " $states.input.items[value > 3 and name in ['a']].{'a': b} ",
        "$states.input ~> |$|{'a': b}|",
        "$states.input^(>price, name){name: $sum(price)}",
        "($a := 1; $f := function($x) { $x = 0 ? $a : $f($x - 1) }; $f(3);)",
        "$map($states.input.list, function($item, $i) { $item.name & $i })",
        "$states.input.orders@$o.items@$i[$i.id = $o.id]",
        "$states.input.list#$i[$i < 3]",
        "$reduce($states.input, $sum) + $partition([1..4], 2)[0][0]",
        "$merge([$states.context.Execution.Input, {'id': $uuid()}])",
        r"'it\'s' & /[a-z]+/i",
        "$match($states.input.a, /(?<name>a)[^]??:/)",  # of JavaScript, not of Python
        "$states.input.a.b.%.c",
        "/* why */ 'two\nlines'",
    ],
)
def test_an_expression_that_aws_takes_reads_only_what_there_is(source: str) -> None:
    found = read_expression(source)
    assert (found.problem, found.names, found.variables) == ("", set(), found.variables & FUNCTIONS)
    assert found.reserved <= {"input", "context"}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("$states.input.a + ", "Unexpected end of expression"),
        ("$sum([1,2]", "Expected ) before end of expression"),
        ("a[1,2)", "Expected ], got ,"),
        ("", "Unexpected end of expression"),
        ("'a", "String literal must be terminated by a matching quote"),
        ("1 2", "Syntax error: 2"),
        ("!$states.input.a", "Unknown operator: !"),
        ("$states.input.a ?? 1", "Unknown operator: ??"),  # of JSONata 2.1.0
        ("$states.input.a ?: 1", "Unknown operator: ?:"),
    ],
)
def test_an_expression_that_cannot_be_parsed_has_a_problem(source: str, problem: str) -> None:
    assert read_expression(source) == Expression(problem)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("phone", {"phone"}),
        ("$.phone", {"$"}),
        ("$$.phone", {"$$"}),
        ("$map($states.input.a, function($x) { b })", {"b"}),
        ("a ? b : {'k': [c, -d]}", {"a", "b", "c", "d"}),
        ("$states.input.a[b = $$.c]", {"$$"}),
        ("States.Format('{}', $a)", {"States"}),
        ("$exists(`a b`) or ($v := e; $v)", {"a b", "e"}),
    ],
)
def test_a_name_at_the_top_level_is_read_from_the_context_item(
    source: str, names: set[str]
) -> None:
    assert read_expression(source).names == names


def test_variables_functions_and_reserved_fields_are_found() -> None:
    found = read_expression("$map($order.items, $f) & $states.result.a & $g($states.inputs)")
    assert found.variables == {"order", "f"}
    assert found.functions == {"map", "g"}
    assert found.reserved == {"result", "inputs"}


def test_the_recursion_limit_of_the_process_stays_as_it_is() -> None:
    program = (
        "import sys; before = sys.getrecursionlimit(); import stepgate.asl.jsonata as _; "
        "assert sys.getrecursionlimit() == before"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_is_nested_too_deeply_is_not_judged() -> None:
    assert read_expression("(" * 2_000 + "1" + ")" * 2_000) == Expression()
