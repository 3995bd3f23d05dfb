"""Settings as the CLI reads them, checks them, and hands them to the program."""

import json
from collections.abc import Mapping

import pytest

from stepgate.local.config import stack_config
from tests.engine.pulumi_stack import Engine, Stack

pytestmark = pytest.mark.proof


def refusal(stack: Stack) -> str:
    """What an `up` prints that is refused before it has made anything."""
    run = stack.failed_up()
    assert run.requests == []
    assert [r["type"] for r in stack.resources()] in ([], ["pulumi:pulumi:Stack"])
    return run.text


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["delaySeconds", "soon"], "tested:delaySeconds"),
        (["allowPublic", "maybe"], "tested:allowPublic"),
        (["corsOrigins", "*"], "tested:corsOrigins"),
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


PRINTS = """
import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
pulumi.export("seen", get_config_env() | CONFIG.get())
"""
VALUES = """
config:
  aws:region: eu-central-1
  tested:delaySeconds: 0x1f
  tested:stage: "live"
  tested:authorization: none
  tested:allowPublic: True
  tested:throttleRate: "20"
  tested:throttleBurst: 1000
  tested:logRetentionDays: 0o7
  tested:corsOrigins:
    - https://app.example.com
    - "https://admin.example.com:8443"
  tested:apiUrl: 'https://{apiId}.example.com/{stage}'
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
    assert len(given) == 13
    assert _values(stack.outputs()["seen"]) == _values(given)


def _values(config: Mapping[str, str]) -> dict[str, object]:
    """Lists are handed over as JSON, where white space means nothing."""
    return {key: json.loads(v) if v.startswith("[") else v for key, v in config.items()}
