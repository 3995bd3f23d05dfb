"""The input arrives as it is given, or is refused."""

import json

import pytest

from stepgate import InvalidInput
from stepgate.cli.input import read_input


@pytest.mark.parametrize(
    "text", ["0.1", "-0.0", "0.30000000000000004", "1e+23", "5e-324", "123456789012345678901234"]
)
def test_a_number_arrives_as_it_is(text: str) -> None:
    assert json.dumps(read_input("now", text)) == text


@pytest.mark.parametrize("text", ["1.10", "1E5", "0.000e9", "0.00001"])
def test_a_number_may_be_written_otherwise(text: str) -> None:
    assert read_input("now", text) == float(text)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("0.1000000000000000055511151231257827", "0.1"),
        ("12345678901234567890.123", "1.2345678901234567e+19"),
        ("1e400", "inf"),
        ("-1e-400", "-0.0"),
        (f"1e{'9' * 30}", "inf"),
        (f"1e-{'9' * 30}", "0.0"),
    ],
)
def test_a_number_that_would_be_another_is_refused(text: str, sent: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_input("now", f'{{"a": [{text}]}}')
    assert str(refused.value) == (
        "now: the input from the argument cannot be sent: "
        f"the number {text} would be sent as {sent}; use a string instead"
    )


def test_two_members_with_one_name_are_refused() -> None:
    assert read_input("now", '[{"a": {"a": 1}}, {"a": 2}]') == [{"a": {"a": 1}}, {"a": 2}]
    with pytest.raises(InvalidInput, match="'a' appears twice in one object"):
        read_input("now", '[{"b": {"a": 1, "a": 1}}]')
