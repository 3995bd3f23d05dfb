"""The example's settings, refused on the engine before it has made anything."""

from pathlib import Path

import pytest

from tests.engine.pulumi_stack import Engine
from tests.engine.test_settings import refusal

pytestmark = pytest.mark.proof

WRONG = {
    "instanceType": ("big", "is 'big': string should match pattern"),
    "delaySeconds": ("5000", "is 5000: input should be less than or equal to 3600"),
    "stage": ("v-1", "is 'v-1': use 1 to 128 letters"),
    "authorization": ("all", "is 'all': input should be 'iam', 'api-key' or 'none'"),
    "throttleRate": ("0", "is 0: use a number from 1 to 10000"),
    "throttleBurst": ("5001", "is 5001: use a number from 1 to 5000"),
    "logRetentionDays": ("2", "is 2: use one of 1, 3, 5, 7,"),
    "apiUrl": (
        "https://{host}",
        "is 'https://{host}': only {apiId}, {region}, {stage} may be in braces",
    ),
    "corsOrigins[0]": ("app.example.com", "'app.example.com' is not a valid origin: use"),
}


def test_all_wrong_values_are_told_at_once_before_anything_is_made(
    engine: Engine, program: Path
) -> None:
    stack = engine.stack("wrong", program)
    for key, (value, _) in WRONG.items():
        stack.set("--path", f"stepgate:{key}", value)
    told = refusal(stack)
    for key, (_, reason) in WRONG.items():
        setting = f"stepgate:{key.partition('[')[0]} "
        assert [line for line in told.splitlines() if setting in line and reason in line], told


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        (
            "unknown",
            ["delaySecond", "5"],
            "unknown setting stepgate:delaySecond; did you mean stepgate:delaySeconds?",
        ),
        (
            "secret",
            ["--secret", "instanceType", "t3.micro"],
            "stepgate:instanceType is encrypted, but outputs and resources show it",
        ),
        (
            "public",
            ["authorization", "none"],
            "stepgate:authorization is 'none': anyone on the internet could call the routes",
        ),
    ],
)
def test_a_setting_that_means_something_else_is_refused_by_name(
    engine: Engine, program: Path, name: str, arguments: list[str], reason: str
) -> None:
    stack = engine.stack(name, program)
    stack.set(*arguments)
    assert reason in refusal(stack)
