"""Settings as the CLI reads them, checks them, and hands them to the program."""

import json
from collections.abc import Mapping

import pytest

from local.config import stack_config
from tests.engine.stack import Engine, Stack

pytestmark = pytest.mark.proof

WRONG = {
    "instanceType": ("big", "is 'big': string should match pattern"),
    "delaySeconds": ("5000", "is 5000: input should be less than or equal to 3600"),
    "stage": ("v-1", "is 'v-1': string should match pattern"),
    "authorization": ("all", "is 'all': input should be 'iam', 'api-key' or 'none'"),
    "throttleRate": ("0", "is 0: input should be greater than or equal to 1"),
    "throttleBurst": ("5001", "is 5001: input should be less than or equal to 5000"),
    "logRetentionDays": ("2", "is 2: logs can be kept for 1, 3, 5, 7,"),
    "apiUrl": ("https://{host}", "is 'https://{host}': in braces may stand only {apiId}"),
    "corsOrigins[0]": ("app.example.com", "'app.example.com' is no origin; write such as"),
}


def refusal(stack: Stack) -> str:
    """What an `up` tells that is refused before it has made anything."""
    run = stack.failed_up()
    assert run.requests == []
    assert [r["type"] for r in stack.resources()] in ([], ["pulumi:pulumi:Stack"])
    return run.text


def test_all_wrong_values_are_told_at_once_before_anything_is_made(engine: Engine) -> None:
    stack = engine.stack("wrong")
    for key, (value, _) in WRONG.items():
        stack.set("--path", f"stepgate:{key}", value)
    told = refusal(stack)
    for key, (_, reason) in WRONG.items():
        setting = f"stepgate:{key.partition('[')[0]} "
        assert [line for line in told.splitlines() if setting in line and reason in line], told


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["delaySeconds", "soon"], "stepgate:delaySeconds"),
        (["allowPublic", "maybe"], "stepgate:allowPublic"),
        (["corsOrigins", "*"], "stepgate:corsOrigins"),
    ],
)
def test_a_value_of_another_type_than_declared_is_refused_by_the_cli(
    engine: Engine, arguments: list[str], reason: str
) -> None:
    stack = engine.stack(f"typed-{arguments[0]}")
    stack.set(*arguments)
    told = refusal(stack)
    assert reason in told
    assert "must be of type" in told


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        (
            "unknown",
            ["delaySecond", "5"],
            "stepgate:delaySecond is no setting; did you mean stepgate:delaySeconds?",
        ),
        (
            "secret",
            ["--secret", "instanceType", "t3.micro"],
            "stepgate:instanceType is encrypted, but outputs and resources show it",
        ),
        (
            "public",
            ["authorization", "none"],
            "stepgate:authorization is 'none': lets anybody on the internet call the routes",
        ),
    ],
)
def test_a_setting_that_means_something_else_is_refused_by_name(
    engine: Engine, name: str, arguments: list[str], reason: str
) -> None:
    stack = engine.stack(name)
    stack.set(*arguments)
    assert reason in refusal(stack)


PRINTS = """
import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
pulumi.export("seen", get_config_env() | CONFIG.get())
"""
VALUES = """
config:
  aws:region: eu-central-1
  stepgate:instanceType: "t3.micro"
  stepgate:delaySeconds: 0x1f
  stepgate:stage: 'live'
  stepgate:authorization: none
  stepgate:allowPublic: True
  stepgate:throttleRate: "20"
  stepgate:throttleBurst: 1000
  stepgate:logRetentionDays: 0o7
  stepgate:corsOrigins:
    - https://app.example.com
    - "https://admin.example.com:8443"
  stepgate:apiUrl: 'https://{apiId}.example.com/{stage}'
"""


@pytest.mark.parametrize("values", [None, VALUES])
def test_the_program_sees_the_values_that_the_local_engine_gives_it(
    engine: Engine, values: str | None
) -> None:
    stack = engine.stack("given" if values else "defaults")
    (stack.project / "__main__.py").write_text(PRINTS)
    if values:
        stack.file.write_text(stack.file.read_text().partition("config:")[0] + values)
    stack.up()
    given = stack_config(stack.project, stack.name)
    assert len(given) == 11
    assert _values(stack.outputs()["seen"]) == _values(given)


def _values(config: Mapping[str, str]) -> dict[str, object]:
    """Lists are handed over as JSON, where white space means nothing."""
    return {key: json.loads(v) if v.startswith("[") else v for key, v in config.items()}
