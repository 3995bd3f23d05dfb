"""The arguments of `stepgate ci`."""

from pathlib import Path

import pytest
import typer

from stepgate.cli.ci import setting
from stepgate.cli.times import parse_age
from tests.cli.command import Stepgate


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("90s", 90), ("30m", 1800), ("6h", 21_600), ("2d", 172_800)]
)
def test_an_age_has_a_unit(text: str, seconds: int) -> None:
    assert parse_age(text).total_seconds() == seconds


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("delaySeconds=5", ("delaySeconds", "5")),
        ("aws:region=eu-west-1", ("aws:region", "eu-west-1")),
        ("apiUrl=https://a.example/?x=y", ("apiUrl", "https://a.example/?x=y")),
        ("corsOrigins[0]=*", ("corsOrigins[0]", "*")),
        ("apiUrl=", ("apiUrl", "")),
    ],
)
def test_a_setting_is_a_key_and_a_value(text: str, parts: tuple[str, str]) -> None:
    assert setting(text) == parts


@pytest.mark.parametrize("text", ["a", "=a", ""])
def test_any_other_text_is_not_a_setting(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a setting: write key=value"):
        setting(text)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("sweep --older-than 6", "'6' is not an age: use for example 30m, 6h or 2d"),
        ("sweep --older-than h", "'h' is not an age: use for example 30m, 6h or 2d"),
        ("sweep", "Missing option '--older-than'"),
        ("ephemeral --name x --config a", "'a' is not a setting: write key=value"),
        ("smoke", "give --stack or --outputs, and not both"),
        ("smoke --stack dev --outputs outputs.json", "give --stack or --outputs, and not both"),
        ("up", "Missing option '--stack'"),
        ("preview --stack dev --allow-replace", "No such option: --allow-replace"),
    ],
)
def test_wrong_arguments_are_one_line_with_exit_code_2(
    arguments: str, line: str, tmp_path: Path
) -> None:
    ended = Stepgate(tmp_path).run("ci", *arguments.split())
    assert (ended.code, ended.output) == (2, "")
    assert line in ended.errors
    assert ended.errors.count("\n") == 1
