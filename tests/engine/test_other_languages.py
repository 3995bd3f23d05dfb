"""The program in YAML of docs/other-languages.md, on Pulumi's engine."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.engine.pulumi_stack import Engine, Stack

pytestmark = pytest.mark.proof

PAGE = (REPOSITORY / "docs/other-languages.md").read_text()
IN_YAML = re.findall(r"^```yaml\n(name: shop.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
IN_PYTHON = """
from dataclasses import dataclass
import pulumi, pulumi_aws as aws
from stepgate import Route, Values, Workflow
from stepgate.components import Cors, WorkflowApi

@dataclass(frozen=True)
class OrderValues(Values):
    tableName: str = "orders"

orders = aws.dynamodb.Table(
    "orders",
    billing_mode="PAY_PER_REQUEST",
    hash_key="id",
    attributes=[{"name": "id", "type": "S"}],
)
place_order = Workflow(
    name="place-order",
    mode="async",
    progress="states",
    input_schema={"type": "object", "required": ["id"]},
    route=Route(path="/orders", execution_path="/orders/{execution}"),
    values=OrderValues,
    definition="order.yaml",
)
shop = WorkflowApi(
    "shop",
    values={"tableName": orders.name},
    cors=Cors(origins=["https://shop.example.com"]),
    workflows=[place_order],
)
pulumi.export("stepgate", shop.outputs)
"""


@pytest.fixture(scope="module")
def stack(engine: Engine) -> Stack:
    project = engine.folder / "shop"
    project.mkdir()
    (project / "Pulumi.yaml").write_text(IN_YAML)
    plugin = engine.folder / "provider"
    shutil.copytree(REPOSITORY / "provider", plugin, ignore=shutil.ignore_patterns("venv"))
    (plugin / "venv").symlink_to(REPOSITORY / ".venv")
    stack = engine.stack_of(project, "dev")
    stack.set("aws:region", "eu-central-1")
    stack.up()
    return stack


def test_a_program_in_yaml_is_deployed(stack: Stack) -> None:
    outputs = stack.outputs()["stepgate"]
    assert outputs["routes"]["place-order"]["url"].endswith("/v1/orders")
    saved = outputs["definitions"]["place-order"]["States"]["Save"]
    assert saved["Parameters"]["TableName"].startswith("orders-")


def test_a_mistake_is_one_line(stack: Stack) -> None:
    (stack.project / "Pulumi.yaml").write_text(IN_YAML.replace("mode: async", "mode: asink"))
    run = stack.failed_preview()
    assert "resource 'shop' has a problem: workflow 'place-order': mode is 'asink'; did" in run.text
    assert "Traceback" not in run.text


def test_the_stack_is_the_same_when_its_program_is_written_again_in_python(stack: Stack) -> None:
    project = yaml.safe_load(IN_YAML)
    definition = project["resources"]["shop"]["properties"]["workflows"][0]["definition"]
    # The escape is that of programs in YAML; members are in the order in which Stepgate puts them.
    text = yaml.safe_dump(definition, sort_keys=True).replace("$${", "${")
    _rewrite(stack.project, text)
    assert not stack.preview().changes


def _rewrite(project: Path, definition: str) -> None:
    (project / "Pulumi.yaml").write_text(
        "name: shop\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n"
    )
    (project / ".venv").symlink_to(REPOSITORY / ".venv")
    (project / "__main__.py").write_text(IN_PYTHON)
    (project / "order.yaml").write_text(definition)
