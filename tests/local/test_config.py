"""A program is given its settings by the rules of the Pulumi CLI.

What stands here as given or refused is what Pulumi 3.200.0 itself did with the same files.
"""

import json
from pathlib import Path

import pytest

from stepgate.local.config import stack_config
from stepgate.local.errors import CommandError


def config(folder: Path, declared: str, values: str) -> dict[str, str]:
    """What a project `shop` with these declarations is given with these values, both as YAML."""
    (folder / "Pulumi.yaml").write_text(f"name: shop\nconfig: {declared}")
    (folder / "Pulumi.local.yaml").write_text(f"config: {values}")
    return stack_config(folder, "local")


def value(folder: Path, type_: str, text: str) -> str:
    """What a setting of this type is given when the stack's file has this text for it."""
    return config(folder, f"{{shop:it: {{type: {type_}}}}}", f"{{shop:it: {text}}}")["shop:it"]


def refusal(folder: Path, declared: str, values: str) -> str:
    with pytest.raises(CommandError) as refused:
        config(folder, declared, values)
    return str(refused.value)


def test_a_setting_without_a_value_has_its_default(tmp_path: Path) -> None:
    assert config(tmp_path, "{shop:size: {type: integer, default: 3}}", "{}") == {"shop:size": "3"}


def test_a_default_may_be_empty(tmp_path: Path) -> None:
    declared = "{a: {type: string, default: ''}, b: {type: integer, default: 0}}"
    assert config(tmp_path, declared, "{}") == {"shop:a": "", "shop:b": "0"}


def test_the_value_of_a_stack_goes_before_the_default(tmp_path: Path) -> None:
    declared = "{shop:size: {type: integer, default: 3}}"
    assert config(tmp_path, declared, "{shop:size: 4}") == {"shop:size": "4"}


@pytest.mark.parametrize("declared", ["size", "shop:size"])
@pytest.mark.parametrize("written", ["size", "shop:size"])
def test_a_key_without_a_namespace_is_the_projects_own(
    tmp_path: Path, declared: str, written: str
) -> None:
    found = config(tmp_path, f"{{{declared}: {{type: integer, default: 3}}}}", f"{{{written}: 4}}")
    assert found == {"shop:size": "4"}


@pytest.mark.parametrize("stack_file", ["", "config:\n", "config: {}\n", "# nothing\n"])
def test_a_stack_may_have_no_values(tmp_path: Path, stack_file: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text(stack_file)
    assert stack_config(tmp_path, "local") == {}


INTEGERS = [
    *(("23", "23"), ('"23"', "23"), ("-1", "-1"), ("0", "0"), ("-0", "0"), ('"+5"', "+5")),
    *(("+5", "5"), ('"-0"', "-0"), ('"007"', "007"), ("1_000", "1000"), ("1__0_", "10")),
    *(("0x10", "16"), ("-0X1F", "-31"), ("0b11", "3"), ("0o17", "15"), ("017", "15"), ("08", "8")),
    *(("1e3", "1000"), ("1.5E+3", "1500"), ("10.0", "10"), ("1.", "1"), ("!!str 5", "5")),
    ("9223372036854775807", "9223372036854775807"),
]


@pytest.mark.parametrize(("text", "given"), INTEGERS)
def test_a_whole_number_is_an_integer_however_it_is_written(
    tmp_path: Path, text: str, given: str
) -> None:
    assert value(tmp_path, "integer", text) == given


@pytest.mark.parametrize(
    "text",
    [
        *("23.5", '"23.5"', "x", '""', "~", "true", "yes", "1:30", "0x", "1e-3", "[23]", "{a: 23}"),
        *('"1_000"', '"0x10"', '"1e3"', '"1.0"', '" 23"', '"23 "', '"5\\n"', '"٣"'),
        *("9223372036854775808", '"9223372036854775808"', "1e21", "1e400"),
    ],
)
def test_what_is_no_whole_number_is_no_integer(tmp_path: Path, text: str) -> None:
    refused = refusal(tmp_path, "{shop:it: {type: integer}}", f"{{shop:it: {text}}}")
    assert "declares a value of type integer" in refused


@pytest.mark.parametrize(
    ("text", "given"),
    [
        *(("true", "true"), ("True", "true"), ("TRUE", "true"), ('"true"', "true")),
        *(("false", "false"), ("False", "false"), ("FALSE", "false"), ('"false"', "false")),
    ],
)
def test_true_and_false_are_booleans_also_as_text(tmp_path: Path, text: str, given: str) -> None:
    assert value(tmp_path, "boolean", text) == given


@pytest.mark.parametrize(
    "text", ["yes", "on", "y", "tRue", "1", "0", "~", '"True"', '""', '" true"', "[true]"]
)
def test_nothing_but_true_and_false_is_a_boolean(tmp_path: Path, text: str) -> None:
    refused = refusal(tmp_path, "{shop:it: {type: boolean}}", f"{{shop:it: {text}}}")
    assert "declares a value of type boolean" in refused


STRINGS = [
    *(("t3.nano", "t3.nano"), ('""', ""), ("' 23 '", " 23 "), ('"1.10"', "1.10"), ("=", "=")),
    *(("23", "23"), ("23.5", "23.5"), ("1.10", "1.1"), (".5", "0.5"), ("-0.0", "0")),
    *(("0x10", "16"), ("1_0.5", "10.5"), ("0x1p4", "0x1p4"), ("_1", "_1"), ("1e400", "1e400")),
    *(("1e-5", "0.00001"), ("1.5e-7", "1.5e-7"), ("1e20", "1" + "0" * 20), ("1e21", "1e+21")),
    *(("18446744073709551615",) * 2, ("18446744073709551616", "18446744073709552000")),
    *(("true", "true"), ("True", "true"), ("yes", "yes"), ("off", "off"), ("1:30", "1:30")),
    *(("~", ""), ("null", ""), ("NULL", ""), ("nUll", "nUll"), ('"2026-01-01"', "2026-01-01")),
]


@pytest.mark.parametrize(("text", "given"), STRINGS)
def test_any_scalar_is_a_string_as_yaml_reads_it(tmp_path: Path, text: str, given: str) -> None:
    assert value(tmp_path, "string", text) == given


@pytest.mark.parametrize("text", ["2026-01-01", "2026-1-1", "2026-01-01T10:00:00Z", ".inf", ".nan"])
@pytest.mark.parametrize("place", ["{}", "[{}]"])
def test_a_date_or_a_number_without_end_has_to_be_in_quotes(
    tmp_path: Path, text: str, place: str
) -> None:
    refused = refusal(tmp_path, "{}", f"\n  it: {place.format(text)}")
    assert refused == (
        f"{tmp_path / 'Pulumi.local.yaml'} line 2: {text} has a type in YAML that no setting has; "
        "write it in quotes"
    )


@pytest.mark.parametrize("text", ["[a]", "{a: b}"])
def test_a_list_or_an_object_is_no_string(tmp_path: Path, text: str) -> None:
    refused = refusal(tmp_path, "{shop:it: {type: string}}", f"{{shop:it: {text}}}")
    assert "declares a value of type string" in refused


def test_an_array_reaches_the_program_as_json(tmp_path: Path) -> None:
    text = value(tmp_path, "array, items: {type: string}", "[one, two, yes]")
    assert json.loads(text) == ["one", "two", "yes"]
    assert json.loads(value(tmp_path, "array, items: {type: integer}", "[]")) == []


def test_an_array_as_a_default_reaches_the_program_as_json(tmp_path: Path) -> None:
    declared = "{it: {type: array, items: {type: integer}, default: [1, 2]}}"
    assert json.loads(config(tmp_path, declared, "{}")["shop:it"]) == [1, 2]


def test_arrays_nest(tmp_path: Path) -> None:
    nested = "array, items: {type: array, items: {type: integer}}"
    assert json.loads(value(tmp_path, nested, "[[1], [2, 3]]")) == [[1], [2, 3]]
    declared = f"{{shop:it: {{type: {nested}}}}}"
    assert "type array" in refusal(tmp_path, declared, "{shop:it: [[1], [x]]}")


@pytest.mark.parametrize(
    ("type_", "text", "given"),
    [
        ("integer", '[0x10, 1_0, 1.0, 1e3, "5"]', [16, 10, 1, 1000, "5"]),
        ("boolean", '[true, False, "true"]', [True, False, "true"]),
        ("object", "[{a: 1.10, b: {c: ~}}]", [{"a": 1.1, "b": {"c": None}}]),
    ],
)
def test_items_keep_their_types(tmp_path: Path, type_: str, text: str, given: object) -> None:
    # `pulumi config set --path 'shop:it[0]' 5` writes the same.
    assert json.loads(value(tmp_path, f"array, items: {{type: {type_}}}", text)) == given


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        *(
            ("integer", text)
            for text in ("[1, x]", "[2.5]", "[[2]]", "[~]", "[true]", "1", '"[1]"')
        ),
        *(("integer", text) for text in ("{a: 1}", '["1_0"]')),
        *(("string", text) for text in ("[5]", "[1.5]", "[true]", "[~]", "[[a]]", "[{a: b}]", "a")),
        *(("boolean", text) for text in ("[1]", "[yes]", '["True"]', "[~]")),
    ],
)
def test_an_array_has_items_of_the_declared_type(tmp_path: Path, type_: str, text: str) -> None:
    declared = f"{{shop:it: {{type: array, items: {{type: {type_}}}}}}}"
    assert "declares a value of type array" in refusal(tmp_path, declared, f"{{shop:it: {text}}}")


@pytest.mark.parametrize("text", ["[5]", "5", '"{}"', "~"])
def test_nothing_else_is_an_object(tmp_path: Path, text: str) -> None:
    assert json.loads(value(tmp_path, "object", "{a: 5}")) == {"a": 5}
    refused = refusal(tmp_path, "{shop:it: {type: object}}", f"{{shop:it: {text}}}")
    assert "declares a value of type object" in refused


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        *(("string", text) for text in ("5", "1.10", "true", "[a]")),
        *(("integer", text) for text in ("1.5", "true", '"x"', '""')),
        *(("boolean", text) for text in ("yes", "1", '"True"')),
    ],
)
def test_a_default_is_of_its_type_as_it_stands(tmp_path: Path, type_: str, text: str) -> None:
    refused = refusal(tmp_path, f"{{it: {{type: {type_}, default: {text}}}}}", "{}")
    assert f"in Pulumi.yaml; Pulumi.yaml declares a value of type {type_}" in refused


def test_a_default_of_nothing_is_none(tmp_path: Path) -> None:
    refused = refusal(tmp_path, "{size: {type: string, default: ~}}", "{}")
    assert "no default in Pulumi.yaml" in refused


@pytest.mark.parametrize(
    ("declared", "given"),
    [
        ("0x10", "16"),
        ("{value: 1.10}", "1.1"),
        ("{value: yes, description: a word}", "yes"),
        ("{default: 5}", "5"),
        ("{value: 5, type: integer, default: 6}", "5"),
    ],
)
def test_a_project_may_have_values_of_its_own(tmp_path: Path, declared: str, given: str) -> None:
    assert config(tmp_path, f"{{shop:it: {declared}}}", "{}") == {"shop:it": given}
    assert config(tmp_path, f"{{shop:it: {declared}}}", "{it: 7}") == {"shop:it": "7"}


def test_settings_of_other_namespaces_reach_the_program_as_they_are(tmp_path: Path) -> None:
    values = "{aws:region: eu-west-1, aws:maxRetries: 3, aws:tags: {a: [b]}, other:x: true}"
    assert config(tmp_path, "{}", values) == {
        "aws:region": "eu-west-1",
        "aws:maxRetries": "3",
        "aws:tags": '{"a": ["b"]}',
        "other:x": "true",
    }


def test_a_setting_that_is_not_declared_reaches_the_program_which_knows_better(
    tmp_path: Path,
) -> None:
    assert config(tmp_path, "{}", "{typo: 1}") == {"shop:typo": "1"}


def test_a_setting_without_value_and_default_is_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path, "{size: {type: integer}}", "{}") == (
        "shop:size has no value in Pulumi.local.yaml and no default in Pulumi.yaml"
    )


def test_an_encrypted_value_cannot_be_read(tmp_path: Path) -> None:
    refused = refusal(tmp_path, "{}", "{aws:secretKey: {secure: AAABAK}}")
    assert refused == (
        "aws:secretKey is encrypted in Pulumi.local.yaml, and the local stack has no key; "
        "write a value for local use in plain text"
    )


@pytest.mark.parametrize("text", ["[a, {secure: AAABAK}]", "{a: {secure: AAABAK}}"])
def test_a_value_that_is_encrypted_in_part_cannot_be_read(tmp_path: Path, text: str) -> None:
    assert "it is encrypted" in refusal(tmp_path, "{}", f"{{it: {text}}}")


@pytest.mark.parametrize("text", ["{secure: 5}", "{secure: a, other: b}"])
def test_not_all_that_is_called_secure_is_encrypted(tmp_path: Path, text: str) -> None:
    assert "secure" in config(tmp_path, "{}", f"{{it: {text}}}")["shop:it"]


@pytest.mark.parametrize("values", ["\n  it: 1\n  it: 2", "\n  it: {a: 1, a: 2}"])
def test_a_key_that_stands_there_twice_is_refused(tmp_path: Path, values: str) -> None:
    assert "times; leave one" in refusal(tmp_path, "{}", values)


def test_a_key_may_be_written_as_the_cli_once_did(tmp_path: Path) -> None:
    assert config(tmp_path, "{}", "{aws:config:region: a}") == {"aws:region": "a"}


def test_a_wrong_value_is_named_with_its_setting_its_file_and_its_type(tmp_path: Path) -> None:
    assert refusal(tmp_path, "{size: {type: integer}}", "{size: large}") == (
        "shop:size is 'large' in Pulumi.local.yaml; Pulumi.yaml declares a value of type integer"
    )


def test_all_that_is_wrong_is_told_at_once_a_line_each(tmp_path: Path) -> None:
    declared = "{a: {type: integer}, b: {type: boolean}, c: {type: string}}"
    lines = refusal(tmp_path, declared, "{a: x, b: y, aws:z: {secure: AAABAK}}").splitlines()
    assert [line.split()[0] for line in lines] == ["aws:z", "shop:a", "shop:b", "shop:c"]


def test_an_unknown_type_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path, "{size: {type: strin}}", "{size: 3}") == (
        "shop:size in Pulumi.yaml has the unknown type strin: "
        "write string, integer, boolean, object or array"
    )


@pytest.mark.parametrize("items", ["", "items: 5", "items: {}", "items: {type: array}"])
def test_an_array_has_to_declare_its_items(tmp_path: Path, items: str) -> None:
    refused = refusal(tmp_path, f"{{it: {{type: array, {items}}}}}", "{it: [[1]]}")
    assert refused == (
        "shop:it in Pulumi.yaml lacks the type of its items: add for example items: {type: string}"
    )


@pytest.mark.parametrize("text", ["x", "[1]", "5", "false"])
def test_a_configuration_is_keys_and_values(tmp_path: Path, text: str) -> None:
    line = "write keys and values below it, for example aws:region: us-east-1"
    for declared, values, file in ((text, "{}", "Pulumi.yaml"), ("{}", text, "Pulumi.local.yaml")):
        refused = refusal(tmp_path, declared, values)
        assert refused.startswith(f"{tmp_path / file} has config: ")
        assert refused.endswith(line)


@pytest.mark.parametrize("missing", ["Pulumi.yaml", "Pulumi.local.yaml"])
def test_a_file_that_is_missing_is_named(tmp_path: Path, missing: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop")
    (tmp_path / "Pulumi.local.yaml").write_text("config: {}")
    (tmp_path / missing).unlink()
    with pytest.raises(CommandError) as refused:
        stack_config(tmp_path, "local")
    assert str(refused.value) == (
        f"{tmp_path / missing} is missing: create it, for example with "
        "config: {aws:region: us-east-1}"
    )


@pytest.mark.parametrize("broken", ["Pulumi.yaml", "Pulumi.local.yaml"])
def test_a_file_that_is_no_yaml_is_named_with_the_place_in_one_line(
    tmp_path: Path, broken: str
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop")
    (tmp_path / "Pulumi.local.yaml").write_text("config: {}")
    (tmp_path / broken).write_text("config:\n  a: [\n")
    with pytest.raises(CommandError) as refused:
        stack_config(tmp_path, "local")
    assert str(refused.value).startswith(f"{tmp_path / broken} is not YAML: ")
    assert "line 3" in str(refused.value)
    assert "\n" not in str(refused.value)
