"""The demo on projects of its own: what it calls, shows and counts."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from stepgate.client.errors import InvalidInput, NoResponse, StepgateError, WorkflowFailed
from stepgate.client.outputs import DeployedRoute
from stepgate.client.stack import Stack
from stepgate.local import demo
from stepgate.local.demo import NO_ROUTES, call_routes, describe_failure
from stepgate.local.emulation import deploy
from stepgate.local.errors import CommandError
from stepgate.local.program import Outputs
from stepgate.local.steps import Steps
from tests.deployed.stacks import Deployed
from tests.local.programs import write_project

WORKFLOWS = """
import pulumi
from stepgate import Workflow
from stepgate.components import WorkflowApi

def machine(**states):
    return {"StartAt": next(iter(states)), "TimeoutSeconds": 20, "States": states}

def echo(_):
    return machine(Echo={"Type": "Pass", "End": True})

def refuse(_):
    return machine(Refuse={"Type": "Fail", "Error": "OutOfStock", "Cause": "There is none left."})

def sleep(_):
    return machine(Sleep={"Type": "Wait", "Seconds": 15, "Next": "Done"}, Done={"Type": "Succeed"})

ORDER = {
    "type": "object",
    "required": ["article", "count"],
    "properties": {
        "article": {"$ref": "#/$defs/Article"},
        "count": {"type": "integer", "exclusiveMinimum": 1},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "$defs": {"Article": {"type": "string", "enum": ["tea", "coffee"]}},
}
"""

SUCCEEDS = f"""{WORKFLOWS}
shop = WorkflowApi(
    "demo-shop",
    workflows=[
        Workflow(name="order", mode="sync", definition=echo, input_schema=ORDER),
        Workflow(name="deliver", mode="async", definition=echo, progress="states"),
    ],
    authorization="iam",
)
for name, output in shop.outputs.items():
    pulumi.export(name, output)
"""

FAILS = f"""{WORKFLOWS}
shop = WorkflowApi(
    "demo-fails",
    workflows=[
        Workflow(name="order", mode="sync", definition=refuse, errors={{"OutOfStock": 409}}),
        Workflow(name="deliver", mode="async", definition=refuse),
        Workflow(name="dream", mode="async", definition=sleep),
    ],
    authorization="api-key",
)
stock = WorkflowApi(
    "demo-stock",
    workflows=[Workflow(name="count", mode="sync", definition=echo)],
    authorization="none",
    allow_public=True,
)
pulumi.export("shop", shop.outputs)
pulumi.export("stock", stock.outputs)
"""

SYNC = DeployedRoute("order", "sync", "https://example.com/v1/order", None, None)
ASYNC = DeployedRoute("order", "async", SYNC.url, f"{SYNC.url}/{{execution}}", None)

Deploy = Callable[[str], Outputs]


@pytest.fixture
def deploy_program(tmp_path: Path, deployed: Deployed) -> Deploy:
    """Deploys onto the emulator that all tests share."""

    def deploy_program(program: str) -> Outputs:
        project = write_project(tmp_path, program)
        config = {"aws:region": deployed.cloud.region}
        return deploy(project, "demo", config, deployed.cloud, created=lambda _: None)

    return deploy_program


@pytest.fixture
def console() -> Console:
    """A console that keeps what is printed."""
    return Console(file=io.StringIO(), highlight=False)


def printed(console: Console) -> str:
    """With what differs from run to run left out."""
    assert isinstance(console.file, io.StringIO)
    text = re.sub(r"  \d+\.\d s$", "", console.file.getvalue(), flags=re.MULTILINE)
    text = re.sub(r"http://\S+/", "http://…/", text)
    return re.sub(r"Execution: \S{32}$", "Execution: …", text, flags=re.MULTILINE)


def test_each_route_is_called_with_an_input_made_of_its_schema(
    deploy_program: Deploy, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = deploy_program(SUCCEEDS)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)  # the user may have none
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    call_routes(outputs, Steps(console))
    assert (
        printed(console)
        == """
order (sync)
  POST http://…/order
  Input: {"article": "tea", "count": 2}
Call order …
✓ Call order
  Output: {"article": "tea", "count": 2}

deliver (async)
  POST http://…/deliver
  Input: {}
Start deliver …
✓ Start deliver
  Execution: …
Follow the execution …
  RUNNING
  Echo
  SUCCEEDED
✓ Follow the execution
  Output: {}
"""
    )


def test_a_route_that_fails_is_shown_and_the_next_one_is_called(
    deploy_program: Deploy,
    deployed: Deployed,
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demo, "EXECUTION_SECONDS", 5)
    outputs = deploy_program(FAILS)
    with pytest.raises(CommandError) as failed:
        call_routes(outputs, Steps(console))
    failures = [
        "shop: order failed: OutOfStock: There is none left (HTTP 409)",
        "shop: deliver failed: OutOfStock: The execution failed",
        "shop: dream failed: it did not end within 5 s, and was stopped",
    ]
    names = "shop: order, shop: deliver, shop: dream"
    assert str(failed.value) == f"1 of 4 routes succeeded; these failed: {names}"
    lines = printed(console).splitlines()
    assert [line for line in lines if " failed: " in line] == [f"  {each}" for each in failures]
    marked = [line for line in lines if line.startswith("✗")]
    assert marked == ["✗ Call order", "✗ Follow the execution", "✗ Follow the execution"]
    assert "stock: count (sync)" in lines
    assert lines[-1] == "  Output: {}"
    machine = outputs["shop"]["stateMachineArns"]["dream"]
    (execution,) = deployed.cloud.stepfunctions.list_executions(stateMachineArn=machine)[
        "executions"
    ]
    assert execution["status"] == "ABORTED"


def test_a_route_that_requires_a_token_is_skipped_without_one(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STEPGATE_TOKEN", raising=False)
    route = {"mode": "sync", "method": "POST", "url": "https://a.test/now"}
    outputs = {"routes": {"now": route}, "region": "us-east-1", "authorization": "jwt"}
    call_routes(outputs, Steps(console))
    assert "Skipped: the route requires a token; set STEPGATE_TOKEN" in printed(console)


@pytest.mark.parametrize("outputs", [{}, {"answer": 42}, {"network": {"routes": ["10.0.0.0/8"]}}])
def test_outputs_without_routes_are_one_line_with_what_to_export(
    outputs: Outputs, console: Console
) -> None:
    with pytest.raises(CommandError) as refused:
        call_routes(outputs, Steps(console))
    assert str(refused.value) == NO_ROUTES
    assert printed(console) == ""


def test_outputs_of_another_form_are_one_line(console: Console) -> None:
    outputs = {"routes": {"order": "/order"}, "region": "us-east-1", "authorization": "none"}
    with pytest.raises(CommandError, match=r"output routes\.order is not a valid route: '/order'"):
        call_routes(outputs, Steps(console))


def failure(error: str | None, detail: str) -> WorkflowFailed:
    return WorkflowFailed("a line", status=502, error=error, detail=detail, execution="e-1")


@pytest.mark.parametrize(
    ("error", "route", "text"),
    [
        (failure("Lost", "It is\ngone."), SYNC, "Lost: It is gone (HTTP 502)"),
        (failure("Lost", "It is gone."), ASYNC, "Lost: It is gone"),
        (failure("Lost", ""), SYNC, "Lost (HTTP 502)"),
        (failure(None, "The execution timed out."), ASYNC, "The execution timed out"),
        (
            InvalidInput("order", "id", "is missing"),
            SYNC,
            "no input that matches its schema was found: id is missing",
        ),
        (
            InvalidInput("order", "", "is odd"),
            SYNC,
            "no input that matches its schema was found: the input is odd",
        ),
        (NoResponse("no response came", may_have_arrived=False), SYNC, "no response came"),
    ],
)
def test_a_failure_is_one_line(error: StepgateError, route: DeployedRoute, text: str) -> None:
    assert describe_failure(error, route) == text


def test_a_long_output_takes_several_lines(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(*_: object, **__: object) -> dict[str, str]:
        return {"name": "Grüße", "text": "x" * 80}

    monkeypatch.setattr(Stack, "call", call)
    route = {"mode": "sync", "method": "POST", "url": SYNC.url}
    outputs = {"routes": {"order": route}, "region": "us-east-1", "authorization": "none"}
    call_routes(outputs, Steps(console))
    assert f"""
  Output: {{
    "name": "Grüße",
    "text": "{"x" * 80}"
  }}
""" in printed(console)
