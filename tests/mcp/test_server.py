"""The tools as agents use them: the command, and the client of the protocol's own SDK."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx
import pytest
from mcp import Client, StdioServerParameters

from stepgate.client.reruns import restart_name
from stepgate.mcp.tools import HISTORY, LIST, REDRIVE, RESTART, SEND, STATUS, STOP
from tests.cli.command import PROGRAM, Stepgate
from tests.deployed.stacks import Deployed, deploy_beside

pytestmark = [pytest.mark.anyio, pytest.mark.proof]


@asynccontextmanager
async def tools_of(
    outputs: Path, *options: str, mode: Literal["auto", "legacy"] = "auto"
) -> AsyncGenerator[Client]:
    """The tools, served over standard input and output as a host runs them."""
    command = StdioServerParameters(
        command=str(PROGRAM), args=["mcp", "--outputs", str(outputs), *options]
    )
    async with Client(command, mode=mode) as client:
        yield client


def content(result: Any) -> dict[str, Any]:
    """What a tool returned, which its text says as well."""
    (text,) = result.content
    assert json.loads(text.text) == result.structured_content
    return result.structured_content


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_host_finds_the_workflows_and_calls_them(
    outputs_file: Path, mode: Literal["auto", "legacy"]
) -> None:
    async with tools_of(outputs_file, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert {"now", "later", STATUS} <= tools.keys()
        assert STOP not in tools, "it is not allowed"
        assert tools["now"].input_schema["properties"]["wait"] == {"type": "integer", "minimum": 0}
        assert content(await client.call_tool("now", {"a": [1]})) == {"a": [1]}
        ended = content(await client.call_tool("later", {"a": 1}))
        assert ended.pop("execution")
        assert ended == {"workflow": "later", "status": "SUCCEEDED", "output": {"a": 1}}


@pytest.mark.parametrize(
    ("tool", "arguments", "problem", "said"),
    [
        ("now", {"wait": "x"}, "InvalidInput", "now: wait is invalid: 'x' is not of type"),
        ("now", {"fail": "NotFound", "cause": "no"}, "WorkflowFailed", "NotFound: no"),
        ("later", {"fail": "Conflict", "cause": "no"}, "WorkflowFailed", "Conflict: no"),
        (STATUS, {"workflow": "later"}, "InvalidInput", "execution is missing"),
        (STATUS, {"workflow": "lat", "execution": "e"}, "InvalidInput", "'lat' is not one of"),
        (STATUS, {"workflow": "later", "execution": "e", "path": 1}, "InvalidInput", "path is"),
        (LIST, {"status": ["FAILED"]}, "InvalidInput", "status is invalid: ['FAILED'] is not"),
        (STATUS, {"workflow": "later", "execution": "?"}, "InvalidName", "valid execution name"),
        ("none", {}, "InvalidInput", "is an unknown tool; use one of now, "),
        (STOP, {"workflow": "later", "execution": "e"}, "InvalidInput", "is an unknown tool"),
    ],
)
async def test_an_error_is_a_result_that_an_agent_can_read(
    outputs_file: Path, tool: str, arguments: dict[str, Any], problem: str, said: str
) -> None:
    async with tools_of(outputs_file) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    document = content(result)
    assert document["problem"] == problem
    assert said in document["message"]


async def test_executions_are_listed_and_looked_into_where_that_is_allowed(
    outputs_file: Path,
) -> None:
    async with tools_of(outputs_file, "--allow", "history") as client:
        failed = content(await client.call_tool("later", {"fail": "Gone", "cause": "It is."}))
        named = {"workflow": "later", "execution": failed["execution"]}
        listed = content(
            await client.call_tool(LIST, {"workflow": "later", "status": "FAILED", "hours": 1})
        )
        assert failed["execution"] in [each["execution"] for each in listed["executions"]]
        history = content(await client.call_tool(HISTORY, named))
        assert [(each["state"], each["status"]) for each in history["states"]] == [
            ("What is asked for", "SUCCEEDED"),
            ("Fail", "FAILED"),
        ]
        assert history["states"][1]["cause"] == "It is."
        problem = await client.call_tool(LIST, {"limit": 1000})
        assert content(problem)["field"] == "limit"
    async with tools_of(outputs_file) as client:
        assert HISTORY not in {tool.name for tool in (await client.list_tools()).tools}


async def test_a_long_execution_is_reported_and_handed_back(outputs_file: Path) -> None:
    reports: list[str | None] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        reports.append(message)

    async with tools_of(outputs_file, "--wait", "2", "--allow", "stop") as client:
        started = content(await client.call_tool("later", {"wait": 9}, progress_callback=report))
        assert started["status"] == "RUNNING"
        name = {"workflow": "later", "execution": started["execution"]}
        assert f"{started['execution']}: Wait" in reports, "the state that it waits in"
        assert content(await client.call_tool(STATUS, name))["status"] == "RUNNING"
        stopped = content(await client.call_tool(STOP, name))
        while stopped["status"] == "RUNNING":
            stopped = content(await client.call_tool(STATUS, name))
        assert stopped == {**name, "status": "ABORTED"}


@pytest.fixture
def waiting_file(deployed: Deployed, tmp_path: Path) -> Path:
    """The outputs of a stack with a workflow that waits."""
    file = tmp_path / "outputs.json"
    file.write_text(
        json.dumps(deploy_beside(deployed, "agents", workflows=["approved", "order"]).outputs)
    )
    return file


async def test_an_agent_sends_an_event_that_an_execution_waits_for(waiting_file: Path) -> None:
    async with tools_of(waiting_file, "--wait", "0", "--allow", "send") as client:
        started = content(await client.call_tool("approved", {}))
        name = {"workflow": "approved", "execution": started["execution"]}
        wrong = await client.call_tool(SEND, {**name, "event": "approvl", "body": {}})
        assert content(wrong)["field"] == "event"
        body = {"approved": True}
        sent = await client.call_tool(SEND, {**name, "event": "approval", "body": body})
        assert not sent.is_error, content(sent)
        assert content(sent)["status"] in {"RUNNING", "SUCCEEDED"}


async def test_an_agent_runs_an_execution_again(outputs_file: Path) -> None:
    async with tools_of(outputs_file, "--allow", "stop,redrive,restart", "--wait", "0") as client:
        started = content(await client.call_tool("later", {"wait": 5}))
        named = {key: started[key] for key in ("workflow", "execution")}
        stopped = await client.call_tool(STOP, named)
        while content(stopped)["status"] == "RUNNING":
            stopped = await client.call_tool(STATUS, named)
        redriven = content(await client.call_tool(REDRIVE, named))
        assert redriven == {**named, "redriven": True}
        refused = await client.call_tool(REDRIVE, named)
        assert (refused.is_error, content(refused)["problem"]) == (True, "NotRedrivable")
        running = await client.call_tool(RESTART, named)
        assert (running.is_error, content(running)["problem"]) == (True, "StillRunning")
        stopped = await client.call_tool(STOP, named)
        while content(stopped)["status"] == "RUNNING":
            stopped = await client.call_tool(STATUS, named)
        restarted = content(await client.call_tool(RESTART, named))
        assert restarted["execution"] == restart_name(named["execution"])
        assert (
            content(await client.call_tool(RESTART, named))["execution"] == restarted["execution"]
        )


async def test_a_cancelled_call_leaves_its_execution_running(outputs_file: Path) -> None:
    reported = anyio.Event()
    names: list[str] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        del progress, total
        names.append(str(message).partition(":")[0])
        reported.set()

    async with tools_of(outputs_file) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(
                lambda: client.call_tool("later", {"wait": 5}, progress_callback=report)
            )
            await reported.wait()
            group.cancel_scope.cancel()
        name = {"workflow": "later", "execution": names[0]}
        found = content(await client.call_tool(STATUS, name))
        assert found == {**name, "status": "RUNNING"}


async def test_it_is_served_over_http_to_this_machine_only(outputs_file: Path) -> None:
    command = Stepgate(outputs_file.parent)
    with command.start("mcp", "--port", "0", "--outputs", str(outputs_file)) as running:
        await anyio.to_thread.run_sync(lambda: running.await_errors("/mcp\n"))
        url = running.errors.text.split()[-1]
        async with Client(url) as client:
            assert content(await client.call_tool("now", {"a": 1})) == {"a": 1}
        for foreign in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            answer = httpx.post(url, headers=foreign, json={})
            assert answer.status_code in {403, 421}
        ended = await anyio.to_thread.run_sync(running.interrupt)
    assert ended.code == 130


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--allow", "stop,sned"), "--allow has 'sned'; use history, send, stop"),
        (("--outputs", "none.json"), "none.json: No such file"),
    ],
)
def test_a_wrong_option_is_one_line(
    outputs_file: Path, options: tuple[str, str], said: str
) -> None:
    ended = Stepgate(outputs_file.parent).run("mcp", "--outputs", str(outputs_file), *options)
    assert said in ended.errors
    assert ended.errors.count("\n") == 1
