"""A definition made from a function, a dict or a file, and values filled into it."""

import json
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stepgate.definition_file import DefinitionFileError, read_definition
from stepgate.definitions import DefinitionError, make_definition
from stepgate.workflow import DefinitionSource, Values, Workflow

YAML = """
# A comment
Comment: &note A date is 2020-01-01
StartAt: "on"
TimeoutSeconds: 20
States:
  on:
    Type: Pass
    Parameters:
      table: ${table_name}
      arn: arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${table_name}
      traps: [yes, 2020-01-01, 0777, 1:30, 012345678901, 0x1F, .inf, 1_000]
      values: [true, null, 1, -2.5, 1e3, .5]
      1: *note
    End: true
"""


@dataclass(frozen=True)
class ShopValues(Values):
    table_name: str = "orders"
    attempts: int = 3
    rate: float = 1.5
    verbose: bool = True
    queues: list[str] = field(default_factory=lambda: ["a", "b"])
    limits: dict[str, int] = field(default_factory=lambda: {"most": 7})
    nothing: None = None


def made(source: DefinitionSource, **values: Any) -> Any:
    workflow = Workflow("shop", "sync", source, values=ShopValues)
    return make_definition(workflow, ShopValues(**values))


def problems(source: DefinitionSource, **values: Any) -> Any:
    with pytest.raises(DefinitionError) as refused:
        made(source, **values)
    return refused.value.lines


def filled(text: str, **values: Any) -> Any:
    return made({"Comment": text}, **values)["Comment"]


# Values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${table_name}", "orders"),
        ("${ table_name }", "orders"),
        ("table/${table_name}/index/${table_name}-2", "table/orders/index/orders-2"),
        ("${attempts}", 3),
        ("${rate}", 1.5),
        ("${verbose}", True),
        ("${queues}", ["a", "b"]),
        ("${limits}", {"most": 7}),
        ("${limits.most}", 7),
        ("${nothing}", None),
        ("at most ${attempts} of ${rate}: ${verbose}", "at most 3 of 1.5: true"),
        ("{% $count($x) > ${attempts} and $y = '${table_name}' %}", "{% $count($x) > 3 and $y = "
         "'orders' %}"),
        ("${AWS::Region} ${AWS::Partition} ${AWS::AccountId}", "us-east-1 aws 000000000000"),
        ("${!table_name}", "${table_name}"),
        ("a ${!table_name} ${!x}", "a ${table_name} ${x}"),
        # Not placeholders
        ("States.Format('${}', $.price)", "States.Format('${}', $.price)"),
        ("{% ${'a': 1} %}", "{% ${'a': 1} %}"),
        ("$.table_name {table_name} $table_name", "$.table_name {table_name} $table_name"),
    ],
)  # fmt: skip
def test_a_value_is_filled_in(text: str, value: Any) -> None:
    found = filled(text)
    assert (found, type(found)) == (value, type(value))


def test_a_value_is_filled_in_as_it_is() -> None:
    assert filled("${table_name}!", table_name="${attempts}\\1") == "${attempts}\\1!"


def test_names_of_members_are_filled_in_too() -> None:
    assert made({"States": {"${table_name}": {}}}) == {"States": {"orders": {}}}
    assert problems({"States": {"${table_name}": {}, "orders": {}}}) == [
        "States.orders: 'orders' appears twice; rename or remove one"
    ]


def test_the_dict_itself_is_left_alone() -> None:
    source = {"States": {"A": ["${table_name}"]}}
    made(source)
    assert source == {"States": {"A": ["${table_name}"]}}


def test_what_a_function_returns_is_left_alone() -> None:
    assert made(lambda _: {"Comment": "${table}"}) == {"Comment": "${table}"}


def test_all_unknown_names_are_reported_at_once_with_their_places() -> None:
    wrong = {"States": {"Two words": {"Retry": [{"A": "a ${table_nam}"}]}, "B": "${x::y}"}}
    assert problems(wrong) == [
        'States["Two words"].Retry[0].A: ${table_nam} is not a value of the workflow; did you mean '
        "${table_name}? If not, add it to ShopValues, or write ${!table_nam} for the text itself",
        "States.B: ${x::y} is not a value of the workflow; use the name of a field of ShopValues, "
        "or write ${!x::y} for the text itself",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${AWS::Regio}", "did you mean ${AWS::Region}?"),
        (
            "a ${queues}",
            '${queues} is of the type list, which a text cannot hold; write "${queues}"',
        ),
        ("a ${nothing}", "${nothing} is of the type NoneType, which a text cannot hold"),
        ("${limits.mots}", "no member 'mots'; did you mean ${limits.most}?"),
        ("${table_name.Arn}", "table_name has no members; write ${table_name}"),
    ],
)
def test_a_placeholder_that_cannot_be_filled_is_one_line(text: str, said: str) -> None:
    (line,) = problems({"Comment": text})
    assert line.startswith("Comment: ")
    assert said in line


# Files


def test_yaml_gives_what_json_can_hold_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "order.asl.yaml"
    file.write_text(YAML)
    state = made(file)["States"]["on"]
    assert state == {
        "Type": "Pass",
        "Parameters": {
            "table": "orders",
            "arn": "arn:aws:dynamodb:us-east-1:000000000000:table/orders",
            "traps": ["yes", "2020-01-01", "0777", "1:30", "012345678901", "0x1F", ".inf", "1_000"],
            "values": [True, None, 1, -2.5, 1000.0, 0.5],
            "1": "A date is 2020-01-01",
        },
        "End": True,
    }


def test_merged_members_may_be_written_over(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_text("a: &a {x: 1}\nb: &b\n  <<: *a\n  x: 2\nc:\n  <<: *b\n  x: 3\n")
    assert made(file) == {"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 3}}


@pytest.mark.parametrize("name", ["order.asl.json", "order.json", "order.asl", "order"])
def test_any_other_file_is_json_and_may_be_named_by_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "machines").mkdir()
    (tmp_path / "machines" / name).write_text(
        json.dumps({"Comment": "${table_name}"}), encoding="utf-8-sig"
    )
    monkeypatch.chdir(tmp_path)
    assert made(f"machines/{name}") == {"Comment": "orders"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "a: 1\nb: 2\na: 3\n", ":3: a appears 2 times; leave one"),
        (
            "a.yaml",
            "a:\n  b: !Sub '${x}'\n",
            ":2: the tag !Sub is not JSON's; remove it, and write",
        ),
        ("a.yaml", "a:\n  b: !GetAtt f.Arn\n", ":2: the tag !GetAtt is not JSON's; "),
        ("a.yaml", "a: !!binary aGk=\n", ":1: the tag !!binary is not JSON's; "),
        ("a.yaml", "a: [\n", ":2: not YAML: "),
        ("a.yaml", "a: 1\n\tb: 2\n", ":2: not YAML: "),
        ("a.yaml", "a: 1\n---\nb: 1\n", ":2: not YAML: "),
        ("a.yaml", "a:\n \x00\n", ":2: not YAML: special characters are not allowed"),
        ("a.yaml", "a: 1\nb: 3.14159265358979323846\n", ":2: the number 3.14159265358979323846 "),
        ("a.yaml", "? [a]\n: 1\n", ":1: a key is a list or an object; write text"),
        ("a.yaml", "- 1\n", ": not a state machine: write an object with StartAt and States"),
        ("a.yaml", "", ": not a state machine: "),
        ("a.yaml", "[" * 10_000, ": nested too deeply"),
        ("a.json", "a: 1\n", ":1: not JSON: Expecting value (column 1); correct it, or end the "),
        ("a.json", '{"a": {"b":\n[{"c": 1}, {"c": 1,\n"c": 2}]}}', ":3: 'c' appears twice"),
        ("a.json", '{"a":\n-Infinity}', ":2: -Infinity is not a JSON number"),
        ("a.json", '{"a":\n\n1e999}', ":3: the number 1e999 would be sent as inf"),
        ("a.json", "\n\udcff", ":2: not UTF-8"),
        ("a.json", '{"a":\n-1' + "0" * 5000 + "}", ":2: a number of 5,001 digits; write a smal"),
        ("a.yaml", "a: 1\nb: 1" + "0" * 5000, ":2: a number of 5,001 digits; write a smaller"),
        ("a.json", '{"a": 0.1' + "0" * 5000 + "1}", ":1: the number 0.10000"),
        ("a.json", r'{"a": "\ud800"}', r": its definition is not JSON: a has '\ud800', which is"),
        ("a.yaml", r'a: "\ud800"', r": its definition is not JSON: a has '\ud800', which is hal"),
    ],
)
def test_a_file_that_is_not_a_definition_is_one_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
    (line,) = problems(str(tmp_path / name))
    assert line.startswith(f"{tmp_path / name}{said}")
    assert "\n" not in line


def test_a_file_that_is_missing_is_named_with_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert problems(Path("order.json")) == [
        f"order.json: there is no such file in {tmp_path}; write a path that is relative to that "
        "folder"
    ]
    with pytest.raises(DefinitionFileError, match="cannot be read: Is a directory"):
        read_definition(tmp_path)


def test_a_name_that_no_file_can_have_is_one_line() -> None:
    with pytest.raises(DefinitionFileError, match="cannot be read: File name too long; name a"):
        read_definition(Path("a" * 300))


def test_a_named_pipe_is_refused_and_a_shells_pipe_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "order.asl.json")
    with pytest.raises(DefinitionFileError, match="a named pipe, which may never end; name a fil"):
        read_definition(tmp_path / "order.asl.json")
    reader, writer = os.pipe()
    os.write(writer, b'{"StartAt": "A"}')
    os.close(writer)
    assert read_definition(Path(f"/dev/fd/{reader}")) == {"StartAt": "A"}
    os.close(reader)


def test_a_placeholder_that_cannot_be_filled_is_named_with_its_line_in_the_file(
    tmp_path: Path,
) -> None:
    file = tmp_path / "order.yaml"
    file.write_text("A: ${table_name}\nB: ${x}\nC: ${y}\nD: ${y}\nE: ${ z }\n")
    starts = [line.partition(" is not a value")[0] for line in problems(file)]
    assert starts == [
        f"{file}:2: B: ${{x}}",
        f"{file}: C: ${{y}}",
        f"{file}: D: ${{y}}",
        f"{file}: E: ${{z}}",
    ]


# What JSON does not have


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({1, 2}, "is {1, 2}, of the type set; write a list"),
        (float("nan"), "is nan; write a finite number"),
        (datetime(2026, 1, 1, tzinfo=UTC), "of the type datetime; write text, for example from"),
        (b"x", "is b'x', of the type bytes; write text"),
        ({1: "a"}, "has the key 1; write text, for example '1'"),
        (len, "of the type builtin_function_or_method; write text, a number, a bool, None, a list"),
    ],
)
@pytest.mark.parametrize("is_function", [True, False])
def test_what_is_not_json_is_named_with_its_place(value: Any, said: str, is_function: bool) -> None:
    definition = {"StartAt": "A", "States": {"A": [{"x": value}]}}
    (line,) = problems((lambda _: definition) if is_function else definition)
    assert line.startswith("its definition is not JSON: States.A[0].x ")
    assert said in line
    assert bool(re.search(r" in tests/test_definitions\.py:\d+$", line)) is is_function


HUGE = 10**5000


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"A": ["\ud800 a"]}, r"A[0] has '\ud800', which is half of a character; write the whole"),
        ({"a\udfff": 1}, r"""["a\udfff"] has '\udfff', which is half of a character; write"""),
        ({"A": HUGE}, "A is an int of too many digits; write a smaller number, or text"),
        ({HUGE: 1}, "its top level has the key an int of too many digits; write text"),
        ({"two\nlines": {1}}, r'["two\nlines"] is {1}, of the type set'),
        ({"a b" * 99: {1}}, '["a ba ba b'),
    ],
    ids=["text", "key", "number", "numeric key", "two lines", "long"],
)
@pytest.mark.parametrize("is_function", [True, False])
def test_what_cannot_be_sent_is_one_short_line(value: Any, said: str, is_function: bool) -> None:
    (line,) = problems((lambda _: value) if is_function else value)
    assert line.startswith(f"its definition is not JSON: {said}")
    assert len(line) < 300
    line.encode()


def test_a_value_that_is_not_json_is_named_where_it_is_filled_in() -> None:
    (line,) = problems({"Comment": "${limits}"}, limits={"a": {1}})
    assert line.startswith("its definition is not JSON: Comment.a is {1}, ")
