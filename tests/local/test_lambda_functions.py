"""Functions of Lambda that run as processes of this machine."""

import base64
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from stepgate.local.deployment import LocalDeployment
from stepgate.local.emulator import free_port
from stepgate.local.steps import Steps
from stepgate.resource_types.cloud import Cloud
from tests.deployed.executions import run
from tests.deployed.stacks import Deployed
from tests.local.functions import Function
from tests.local.processes import await_
from tests.local.programs import NEEDS_NOTHING, write_project

pytestmark = pytest.mark.proof

PYTHON = """
import logging, os, subprocess, sys, time

calls = 0

class OutOfStock(Exception):
    pass

def handler(event, context):
    global calls
    calls += 1
    match event.get("do"):
        case "raise":
            raise OutOfStock("none left")
        case "loop":
            started = subprocess.Popen(["sleep", "600"])
            print("started", started.pid, flush=True)
            while True:
                pass
        case "exit":
            sys.exit(3)
        case "eat":
            eaten = []
            while True:
                eaten.append(bytearray(2**20))
        case "print":
            print("printed")
            logging.getLogger().warning("logged")
        case "large":
            return "x" * 6_300_000
        case "set":
            return {1}
        case "boto3":
            import boto3
            return boto3.client("sqs").create_queue(QueueName=event["queue"])["QueueUrl"]
        case "sleep":
            time.sleep(event["seconds"])
        case "context":
            return {
                "id": context.aws_request_id, "arn": context.invoked_function_arn,
                "left": context.get_remaining_time_in_millis(),
                "memory": context.memory_limit_in_mb, "group": context.log_group_name,
                "name": context.function_name, "region": os.environ["AWS_REGION"],
            }
    return {"calls": calls, "process": os.getpid()}
"""
NODE = """
let calls = 0;
exports.handler = async (event, context) => {
  calls += 1;
  if (event.do === "raise") throw Object.assign(new Error("none left"), { name: "OutOfStock" });
  if (event.do === "loop") while (true);
  if (event.do === "reject") {
    Promise.reject(new Error("lost"));
    await new Promise(() => setTimeout(() => {}, 60000));
  }
  if (event.do === "exit") process.exit(3);
  console.log("printed", event);
  const { awsRequestId: id, invokedFunctionArn: arn } = context;
  return { calls, process: process.pid, id, arn, left: context.getRemainingTimeInMillis() };
};
"""
node = pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js: node on PATH")


def tail(answer: dict[str, Any]) -> str:
    return base64.b64decode(answer["LogResult"]).decode()


@pytest.fixture(scope="module")
def python(deployed: Deployed) -> Function:
    return Function(deployed.cloud, PYTHON)


def machine(**fields: Any) -> dict[str, Any]:
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
    return {"StartAt": "A", "States": {"A": {**task, **fields}}}


def test_a_process_is_used_again(python: Function) -> None:
    first, second = python.result(), python.result()
    assert second == {"calls": first["calls"] + 1, "process": first["process"]}


def test_the_context(python: Function) -> None:
    answer = python.invoke({"do": "context"})
    found = json.loads(answer["Payload"].read())
    assert 0 < found.pop("left") <= 30_000
    assert f"RequestId: {found.pop('id')}" in tail(answer)
    assert found == {
        "arn": python.arn,
        "memory": "128",
        "group": f"/aws/lambda/{python.name}",
        "name": python.name,
        "region": "us-east-1",
    }


def test_boto3_is_there_and_calls_the_emulator(python: Function) -> None:
    url = python.result("boto3", queue=python.name)
    assert url == python.cloud.sqs.get_queue_url(QueueName=python.name)["QueueUrl"]


@pytest.mark.parametrize(
    ("do", "kind", "message"),
    [
        ("raise", "OutOfStock", "none left"),
        ("set", "Runtime.MarshalError", "Unable to marshal response: Object of type set"),
        ("large", "Function.ResponseSizeTooLarge", "maximum allowed payload size (6291556 bytes)"),
        ("exit", "Runtime.ExitError", "Error: Runtime exited with error: exit status 3"),
        ("eat", "Runtime.OutOfMemory", "Error: Runtime exited with error: signal: killed"),
    ],
)
def test_errors(python: Function, do: str, kind: str, message: str) -> None:
    found_kind, found_message = python.error(do)
    assert found_kind == kind
    assert message in found_message
    assert python.result()["calls"], "the next invocation has a process"


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("import none", "Runtime.ImportModuleError", "Unable to import module 'app': No module"),
        ("import localstack", "Runtime.ImportModuleError", "No module named 'localstack'"),
        ("def (", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': invalid syntax"),
        ("", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("1 / 0", "ZeroDivisionError", "division by zero"),
        ("exit(4)", "Runtime.ExitError", "Runtime exited with error: exit status 4"),
    ],
)
def test_errors_before_the_handler(deployed: Deployed, code: str, kind: str, message: str) -> None:
    found_kind, found_message = Function(deployed.cloud, code).error()
    assert found_kind == kind
    assert message in found_message


def test_a_timeout_ends_the_process_and_what_it_has_started(deployed: Deployed) -> None:
    function = Function(deployed.cloud, PYTHON, Timeout=1)
    before = function.result()
    answer = function.invoke({"do": "loop"})
    error = json.loads(answer["Payload"].read())
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    started = next(line for line in tail(answer).splitlines() if line.startswith("started"))
    await_(lambda: not _runs(int(started.split()[1])), "the end of what it has started")
    assert not _runs(before["process"])
    assert function.result()["calls"] == 1, "a new process"


def _runs(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_logs(deployed: Deployed) -> None:
    function = Function(deployed.cloud, PYTHON)
    function.result()
    shown = tail(function.invoke({"do": "print"}))
    start, printed, logged, end, report, *_ = shown.split("\n")
    assert (start[:17], printed, end[:15]) == ("START RequestId: ", "printed", "END RequestId: ")
    assert logged.startswith("[WARNING]\t")
    assert logged.endswith("\tlogged")
    assert "Memory Size: 128 MB\tMax Memory Used: " in report
    await_(lambda: "\nprinted\n" in function.logs(), "the line in the log group")


def test_metrics(deployed: Deployed) -> None:
    function = Function(deployed.cloud, PYTHON)
    function.result()
    function.error("raise")

    def counted(metric: str) -> float:
        found: Any = function.cloud.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": function.name}],
            StartTime=datetime.now(UTC) - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(hours=1),
            Period=7200,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])

    await_(lambda: (counted("Invocations"), counted("Errors")) == (2, 1), "both metrics")


def test_event_invocations(python: Function) -> None:
    answer = python.invoke({"do": "sleep", "seconds": 4}, InvocationType="Event")
    assert answer["StatusCode"] == 202
    request = answer["ResponseMetadata"]["RequestId"]
    await_(lambda: f"END RequestId: {request}" in python.logs(), "the end of the invocation")


def test_payloads_that_lambda_refuses(python: Function) -> None:
    for kind, limit in (("RequestResponse", 6_291_456), ("Event", 1_048_576)):
        with pytest.raises(ClientError, match="RequestTooLargeException") as raised:
            python.invoke("x" * limit, InvocationType=kind)
        assert f"{limit + 2} byte payload is too large for the {kind} inv" in str(raised.value)
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        python.client.invoke(FunctionName=python.name, Payload=b"{")


def test_a_state_machine_catches_errors_by_their_names(
    deployed: Deployed, python: Function
) -> None:
    call = {"FunctionName": python.arn, "Payload.$": "$"}
    caught = {"ErrorEquals": ["OutOfStock"], "ResultPath": "$.error", "Next": "B"}
    definition = machine(Parameters=call, OutputPath="$.Payload.calls", Catch=[caught])
    definition["States"]["B"] = {"Type": "Pass", "OutputPath": "$.error.Error", "End": True}
    assert run(deployed, definition, {"do": "raise"})["output"] == '"OutOfStock"'
    assert int(run(deployed, definition, {"do": ""})["output"]) > 0


def test_a_map_shares_warm_processes(deployed: Deployed) -> None:
    function = Function(deployed.cloud, PYTHON)
    function.result()
    processor = machine(Parameters={"FunctionName": function.name}, OutputPath="$.Payload.process")
    definition = {
        "StartAt": "M",
        "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}},
    }
    ended = run(deployed, definition, [*range(100)])
    processes = cast("list[int]", json.loads(ended["output"]))
    assert len(processes) == 100
    assert len({*processes}) < 50, "each item has a process of its own"


@node
def test_node(deployed: Deployed) -> None:
    function = Function(deployed.cloud, NODE, "app.js", "nodejs20.x", Timeout=5)
    answer = function.invoke({"a": 1})
    found = json.loads(answer["Payload"].read())
    assert (found["calls"], found["arn"]) == (1, function.arn)
    assert 0 < found["left"] <= 5_000
    assert f"{found['id']}\tINFO\tprinted {{ a: 1 }}\n" in tail(answer)
    second = function.result()
    assert (second["calls"], second["process"]) == (2, found["process"])
    assert function.error("raise") == ("OutOfStock", "none left")
    assert function.result()["calls"] == 4
    assert function.error("reject") == ("Runtime.UnhandledPromiseRejection", "Error: lost")
    assert function.error("exit")[0] == "Runtime.ExitError"
    assert function.error("loop")[0] == "Sandbox.Timedout"
    assert function.result()["calls"] == 1


@node
@pytest.mark.parametrize(
    ("file", "code", "kind"),
    [
        ("app.mjs", "export const handler = (event, context, done) => done(null, 1)", None),
        ("other.js", "", "Runtime.ImportModuleError"),
        ("app.js", "require('none')", "Runtime.ImportModuleError"),
        ("app.js", "exports.other = 1", "Runtime.HandlerNotFound"),
        ("app.js", "}", "Runtime.UserCodeSyntaxError"),
        ("app.js", "throw new RangeError('wrong')", "RangeError"),
    ],
)
def test_modules_of_node(deployed: Deployed, file: str, code: str, kind: str | None) -> None:
    function = Function(deployed.cloud, code, file, "nodejs20.x")
    assert (function.error()[0] if kind else function.result()) == (kind or 1)


def test_processes_end_with_a_killed_emulator(tmp_path: Path) -> None:
    stack, port = LocalDeployment(tmp_path / ".local"), free_port()
    project = write_project(tmp_path, NEEDS_NOTHING)
    stack.up(project, port, Steps(Console(quiet=True)))
    try:
        cloud = Cloud(f"http://127.0.0.1:{port}", "us-east-1")
        process = Function(cloud, PYTHON).result()["process"]
        assert _runs(process)
        emulator = stack.emulator()
        assert emulator
        psutil.Process(emulator.process_id).kill()  # and nothing else
        await_(lambda: not _runs(process), "the end of the function's process")
    finally:
        stack.down()
