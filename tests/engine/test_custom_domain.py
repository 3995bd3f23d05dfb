"""examples/custom-domain: a domain, a firewall, a resource policy and TLS 1.3."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.engine import aws
from tests.engine.pulumi_stack import Engine

pytestmark = pytest.mark.proof


def test_it_is_previewed_and_made_with_the_stage_behind_domain_and_firewall(
    engine: Engine, tmp_path: Path
) -> None:
    example = tmp_path / "custom-domain"
    shutil.copytree(REPOSITORY / "examples/custom-domain", example)
    (example / ".venv").symlink_to(REPOSITORY / ".venv")
    stack = engine.stack_of(example, "dev")
    preview = stack.preview()
    made = stack.up()
    assert preview.changes == made.changes
    assert made.broken_routes == set()

    account = engine.aws.account()
    (api,) = account.of(aws.REST_API)
    assert api.inputs["disableExecuteApiEndpoint"] is True
    assert json.loads(api.inputs["policy"])["Statement"][0]["Resource"] == "execute-api:/*"
    (mapping,) = account.of("aws:apigateway/basePathMapping:BasePathMapping")
    assert (mapping.inputs["restApi"], mapping.inputs["stageName"]) == (api.id, "v1")
    (stage,) = account.of(aws.STAGE)
    (firewall,) = account.of("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert firewall.inputs["resourceArn"] == stage.outputs["arn"]
    assert stack.outputs()["routes"]["greet"]["url"] == "https://api.example.com/greet"
