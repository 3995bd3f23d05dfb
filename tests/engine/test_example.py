"""examples/caller: another program that uses the outputs."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.engine import aws
from tests.engine.pulumi_stack import Engine, Stack

pytestmark = pytest.mark.proof


def test_another_program_lets_its_callers_call_each_route(
    engine: Engine, deployed: Stack, tmp_path: Path
) -> None:
    example = tmp_path / "caller"
    shutil.copytree(REPOSITORY / "examples/caller", example)
    (example / ".venv").symlink_to(REPOSITORY / ".venv")
    caller = engine.stack_of(example, "dev")
    caller.set("stepgate", "organization/tested/dev")
    caller.set("aws:region", "us-east-1")
    caller.up()
    assert caller.outputs()["routes"] == deployed.outputs()["routes"]

    (policy,) = engine.aws.account().of(aws.POLICY, arn=caller.outputs()["policyArn"])
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    allowed = [re.escape(arn).replace(r"\*", "[^/]+") for arn in statement["Resource"]]
    routes = aws.served(engine.aws.account())
    assert len(routes) == len(allowed) == 4
    for route in routes:
        api, method, path = route.split(" ")
        asked = f"arn:aws:execute-api:us-east-1:{aws.ACCOUNT_ID}:{api}/v1/{method}{path}"
        assert [arn for arn in allowed if re.fullmatch(arn, asked)], asked
    assert caller.up().changes == frozenset()
