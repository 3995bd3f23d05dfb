"""The arguments of `python -m ci`."""

import pytest

from ci.__main__ import parser


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("90s", 90), ("30m", 1800), ("6h", 21_600), ("2d", 172_800)]
)
def test_an_age_has_a_unit(text: str, seconds: int) -> None:
    assert parser().parse_args(["sweep", "--older-than", text]).older_than == seconds


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("delaySeconds=5", ("stepgate:delaySeconds", "5")),
        ("aws:region=eu-west-1", ("aws:region", "eu-west-1")),
        ("apiUrl=https://a.example/?x=y", ("stepgate:apiUrl", "https://a.example/?x=y")),
        ("corsOrigins[0]=*", ("stepgate:corsOrigins[0]", "*")),
        ("apiUrl=", ("stepgate:apiUrl", "")),
    ],
)
def test_a_setting_is_one_of_the_programs_unless_it_says_otherwise(
    text: str, setting: tuple[str, str]
) -> None:
    arguments = parser().parse_args(["ephemeral", "--name", "x", "--config", text])
    assert arguments.config == [setting]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("sweep --older-than 6", "'6' is no age; write such as 6h, 30m or 2d"),
        ("sweep --older-than h", "'h' is no age; write such as 6h, 30m or 2d"),
        ("sweep", "the following arguments are required: --older-than"),
        ("ephemeral --name x --config a", "'a' is no setting; write key=value"),
        ("ephemeral --name x --config =a", "'=a' is no setting; write key=value"),
        ("smoke", "one of the arguments --stack --outputs is required"),
        ("up", "the following arguments are required: --stack"),
        ("preview --stack dev --allow-replace", "unrecognized arguments: --allow-replace"),
    ],
)
def test_wrong_arguments_are_told_with_exit_code_2(
    arguments: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args(arguments.split())
    assert line in capsys.readouterr().err.splitlines()[-1]
