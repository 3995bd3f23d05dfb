"""The programs in the README and the guides, run as they are there."""

import re
from pathlib import Path
from typing import Any

import pytest

from stepgate.components import Alarm, Alarms
from stepgate.components.alarms import KINDS as ALARM_KINDS
from tests.conftest import REPOSITORY
from tests.program import Program, run_project


def program_of(document: str) -> str:
    """The one program in it."""
    blocks = re.findall(
        r"^```python\n(.*?)^```$", (REPOSITORY / document).read_text(), re.MULTILINE | re.DOTALL
    )
    (program,) = (block for block in blocks if "WorkflowApi(" in block)
    return program


def run_program(program: str, folder: Path) -> Program:
    (folder / "__main__.py").write_text(program)
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return run_project(folder, {"aws:region": "eu-central-1"})


def run_program_of(document: str, folder: Path) -> Program:
    return run_program(program_of(document), folder)


def test_the_readme_shows_the_minimal_example() -> None:
    assert program_of("README.md") == (REPOSITORY / "examples/minimal/__main__.py").read_text()


def test_the_readme_is_short_and_each_column_of_its_comparison_has_sources() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    assert len(readme.splitlines()) <= 200
    compared = readme.partition("\n## How it compares\n")[2].partition("\n## ")[0]
    head, _, *rows = re.findall(r"^\|(.*)\|$", compared, re.M)
    columns = [column.strip() for column in head.split("|")[1:]]
    sources = re.findall(r"^## (.+)$", (REPOSITORY / "docs/comparison.md").read_text(), re.M)
    assert columns == sources
    assert {len(row.split("|")) for row in rows} == {len(columns) + 1}


def test_a_program_of_ones_own_exports_its_api_under_a_name(tmp_path: Path) -> None:
    outputs = run_program_of("docs/your-program.md", tmp_path).outputs["stepgate"]
    assert outputs["routes"].keys() == {"price"}
    (state,) = outputs["definitions"]["price"]["States"].values()
    assert "CHF" in state["Parameters"]["price.$"]


def test_the_role_of_a_workflow_may_use_the_programs_own_queue_and_no_other(tmp_path: Path) -> None:
    program = run_program_of("docs/your-resources.md", tmp_path)
    policies = program.of_type("aws:iam/rolePolicy:RolePolicy")
    (policy,) = (p for name, p in policies.items() if "place-order" in name)
    statements = policy.json("policy")["Statement"]
    (queues,) = (s["Resource"] for s in statements if s["Action"] == ["sqs:SendMessage"])
    assert queues == ["arn:aws:sqs:eu-central-1:123456789012:orders.url"]


def test_alarms_traces_and_access_logs_are_as_the_guide_shows(tmp_path: Path) -> None:
    program = run_program_of("docs/alarms.md", tmp_path)
    alarms = program.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    names = ("price-failed", "price-timed-out", "server-errors", "latency")
    assert alarms.keys() == {f"shop-{name}" for name in names}
    assert alarms["shop-latency"].inputs["datapointsToAlarm"] == 2
    (stage,) = program.of_type("aws:apigateway/stage:Stage").values()
    assert stage.inputs["xrayTracingEnabled"] is True
    assert "accessLogSettings" in stage.inputs


def test_the_guide_names_each_alarm_with_its_default() -> None:
    guide = (REPOSITORY / "docs/alarms.md").read_text()
    rows = {
        row[0]: row[-1] for row in re.findall(r"^\| `(\w+)` \|(.*)\| `(.+?)`.* \|$", guide, re.M)
    }
    for kind in ALARM_KINDS:
        default = eval(rows[kind], {"Alarm": Alarm})
        assert default == getattr(Alarms("topic"), kind), kind


@pytest.mark.parametrize(
    "part", ["Resource policy", "TLS", "A domain of your own", "A private API"]
)
def test_domains_and_networks_are_as_the_guide_shows(part: str, tmp_path: Path) -> None:
    guide = (REPOSITORY / "docs/domains.md").read_text().partition(f"\n## {part}\n")[2]
    block = re.findall(r"^```python\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)[0]
    program = run_program(f"{IMPORTS}{GREETING}{block}{EXPORT}", tmp_path)
    (api,) = program.of_type("aws:apigateway/restApi:RestApi").values()
    match part:
        case "Resource policy":
            assert api.json("policy")["Statement"][0]["Resource"] == "execute-api:/*"
        case "TLS":
            assert api.inputs["endpointAccessMode"] == "STRICT"
        case "A domain of your own":
            assert program.outputs["url"] == "https://api.example.com/greet"
        case _:
            endpoint = api.inputs["endpointConfiguration"]["vpcEndpointIds"][0]
            (statement,) = api.json("policy")["Statement"]
            assert statement["Condition"] == {"StringEquals": {"aws:SourceVpce": endpoint}}
            url = "https://shop-dev-api-rest-api.id-{}.execute-api.eu-central-1.amazonaws.com/v1/greet"
            assert program.outputs["url"] == url.format(endpoint)


GREETING = """
import pulumi_aws as aws

TLS_1_3, SERVICE, VPC = "SecurityPolicy_TLS13_1_3_2025_09", "execute-api", "vpc-1"
GREET = Workflow("greet", "sync", {
    "StartAt": "A", "TimeoutSeconds": 5, "States": {"A": {"Type": "Pass", "End": True}}
})
domain = aws.apigateway.DomainName("domain", domain_name="api.example.com")
"""
EXPORT = """
pulumi.export("url", api.outputs["routes"].apply(lambda routes: routes["greet"]["url"]))
"""

DEFINITIONS = (REPOSITORY / "docs/definitions.md").read_text()
IMPORTS = """
from dataclasses import dataclass
import pulumi
from stepgate import Definition, Values, Workflow
from stepgate.components import WorkflowApi
"""


def definitions_of(block: str, workflows: str, values: str, folder: Path) -> dict[str, Any]:
    """The definitions of the workflows that a block of docs/definitions.md makes."""
    api = f"WorkflowApi('api', workflows={workflows}, values={values})"
    program = f"{IMPORTS}{block}\npulumi.export('definitions', {api}.outputs['definitions'])"
    return run_program(program, folder).outputs["definitions"]


def test_an_existing_state_machine_is_brought_as_the_guide_shows(tmp_path: Path) -> None:
    block, name, file = re.findall(
        r"^```python\n([^`]*\.asl\.yaml[^`]*)^```\n+^```yaml\n# (\S+)\n(.*?)^```$",
        DEFINITIONS,
        re.MULTILINE | re.DOTALL,
    )[0]
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(file)
    values = "{'table_name': 'shop-orders', 'retries': 4}"
    (definition,) = definitions_of(block, "[PLACE_ORDER]", values, tmp_path).values()
    state = definition["States"]["Write the order"]
    assert state["Parameters"]["TableName"] == "shop-orders"
    assert state["Retry"][0]["MaxAttempts"] == 4
    assert state["Resource"] == "arn:aws:states:::dynamodb:putItem"


def test_a_workflow_starts_another_one_as_the_guide_shows(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```python\n([^`]*uses=[^`]*)^```$", DEFINITIONS, re.MULTILINE)
    child = """
CHILD = Workflow("child", "async", {
    "StartAt": "A", "TimeoutSeconds": 5, "States": {"A": {"Type": "Pass", "End": True}}
})
"""
    found = definitions_of(block + child, "[PARENT, CHILD]", "{}", tmp_path)
    started = found["parent"]["States"]["Run the child"]["Parameters"]["StateMachineArn"]
    assert re.fullmatch(r"arn:aws:states:eu-central-1:123456789012:stateMachine:.*child", started)
