"""`python -m tests.local.benchmark RUNS`: how long local deployments take.

First examples/orders, from nothing to an answer, with the emulator's environment in place. Then
100 resources, in turns: deployed by the local engine, registered without a call, and the same calls
made by hand in as many threads. Then a Map that invokes a warm function of Lambda 100 times. The
fastest runs count, which say most on a busy machine. It fails if the engine takes more than 1.3
times as long as the two others together, or the Map more than 3 s.
"""

import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import local
from typing import Any, NamedTuple

import boto3
import httpx
import psutil
from botocore import xform_name
from pulumi.runtime import Mocks
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from stepgate.emulator_environment import emulator_python
from stepgate.local.deployment import LocalDeployment
from stepgate.local.emulation import deploy
from stepgate.local.emulator import await_ready, free_port, launch
from stepgate.local.program import run_program
from stepgate.local.steps import Steps
from stepgate.resource_types.cloud import Cloud
from tests.conftest import REPOSITORY

MAX_RATIO = 1.3
MAX_MAP_SECONDS = 3
ROLE = "arn:aws:iam::000000000000:role/any"
SERVICES = ("sqs", "sns", "dynamodb", "ssm")
PROGRAM = """
import pulumi_aws as aws

for i in range(25):
    aws.sqs.Queue(f"queue-{i}")
    aws.sns.Topic(f"topic-{i}")
    aws.dynamodb.Table(
        f"table-{i}", hash_key="id", attributes=[{"name": "id", "type": "S"}],
        billing_mode="PAY_PER_REQUEST",
    )
    aws.ssm.Parameter(f"parameter-{i}", type="String", value="a")
"""

Call = tuple[str, str, str]
"""A service, an operation, and its parameters as JSON."""


class Answer(NamedTuple):
    """What it takes until a program answers; the memory is the emulator's, then."""

    seconds: float
    processor_seconds: float
    megabytes: float


def answer_of_orders(folder: Path) -> Answer:
    """From nothing, for examples/orders."""
    project = folder / "orders"
    shutil.copytree(REPOSITORY / "examples/orders", project)
    (project / ".venv").symlink_to(REPOSITORY / ".venv")
    environment = os.environ | {"STEPGATE_PORT": str(free_port())}
    stepgate = [str(REPOSITORY / ".venv/bin/stepgate"), "local"]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    try:
        subprocess.run(
            [*stepgate, "up"], cwd=project, env=environment, capture_output=True, check=True
        )
        stack = LocalDeployment(project / ".local")
        url = stack.outputs()["routes"]["place-order"]["url"]
        httpx.post(url, json={"id": "o-1", "sku": "tea"}, timeout=60).raise_for_status()
        seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        emulator = stack.emulator()
        assert emulator
        process = psutil.Process(emulator.process_id)
        command = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        processor = command + sum(process.cpu_times()[:2])
        return Answer(seconds, processor, process.memory_info().rss / 1e6)
    finally:
        subprocess.run(
            [*stepgate, "down"], cwd=project, env=environment, capture_output=True, check=True
        )
        shutil.rmtree(project)


@contextmanager
def emulator_in(folder: Path) -> Generator[str]:
    """The URL of an emulator of its own."""
    emulator = launch(emulator_python(Steps().step), folder, free_port())
    try:
        await_ready(emulator)
        yield emulator.url
    finally:
        emulator.stop()


def time_of_engine(project: Path, cloud: Cloud) -> tuple[float, list[list[Call]]]:
    """Seconds for the program, and the calls of each resource."""
    calls: list[list[Call]] = []
    thread = local()

    def record(params: Any, model: Any, **_: Any) -> None:
        call = (model.service_model.service_name, model.name, json.dumps(params))
        thread.calls = [*getattr(thread, "calls", []), call]

    def created(_: str) -> None:
        calls.append(thread.calls)
        thread.calls = []

    for service in SERVICES:
        cloud.client(service).meta.events.register("provide-client-params", record)
    begun = time.perf_counter()
    deploy(project, "local", {"aws:region": cloud.region}, cloud, created)
    return time.perf_counter() - begun, calls


class NoCalls(Mocks):
    """Creates nothing."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, args.inputs  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:  # noqa: ARG002
        return {}, []


def time_of_program(project: Path) -> float:
    """Seconds for Pulumi's runtime alone."""
    begun = time.perf_counter()
    run_program(project, "local", {"aws:region": "us-east-1"}, NoCalls())
    return time.perf_counter() - begun


def time_by_hand(cloud: Cloud, calls: list[list[Call]]) -> float:
    """Seconds for the same calls, the resources in threads as the engine has them."""
    clients = {service: cloud.client(service) for service in SERVICES}

    def create(calls: list[Call]) -> None:
        for service, operation, params in calls:
            getattr(clients[service], xform_name(operation))(**json.loads(params))

    begun = time.perf_counter()
    with ThreadPoolExecutor() as threads:
        list(threads.map(create, calls))
    return time.perf_counter() - begun


def time_of_map(cloud: Cloud) -> float:
    """Seconds for 100 invocations of a warm function."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event\n")
    function, machines = cloud.client("lambda"), cloud.stepfunctions
    arn = function.create_function(
        FunctionName="warm",
        Runtime="python3.11",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]
    function.invoke(FunctionName=arn)
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
    invoke = {**task, "Parameters": {"FunctionName": arn, "Payload.$": "$"}}
    processor = {"StartAt": "A", "States": {"A": invoke}}
    states = {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}
    machine = machines.create_state_machine(
        name="map", definition=json.dumps({"StartAt": "M", "States": states}), roleArn=ROLE
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=machine, input=json.dumps([1] * 100))
    while (found := machines.describe_execution(executionArn=execution["executionArn"]))[
        "status"
    ] == "RUNNING":
        time.sleep(0.1)
    assert found["status"] == "SUCCEEDED"
    assert "stopDate" in found
    return (found["stopDate"] - found["startDate"]).total_seconds()


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        answer = min(answer_of_orders(folder) for _ in range(count))
        print(
            f"orders: an answer after {answer.seconds:.1f} s, of the processor "
            f"{answer.processor_seconds:.1f} s; the emulator has {answer.megabytes:.0f} MB"
        )
        project = folder / "project"
        project.mkdir()
        (project / "Pulumi.yaml").write_text("name: speed\nruntime: python\n")
        (project / "__main__.py").write_text(PROGRAM)
        regions = iter(boto3.Session().get_available_regions("dynamodb"))
        with emulator_in(folder / "emulator") as url:
            # All load what they need once.
            _, calls = time_of_engine(project, Cloud(url, next(regions)))
            rounds = [
                (
                    time_of_engine(project, Cloud(url, next(regions)))[0],
                    time_of_program(project),
                    time_by_hand(Cloud(url, next(regions)), calls),
                )
                for _ in range(count)
            ]
            of_map = min(time_of_map(Cloud(url, next(regions))) for _ in range(count))
        engine, program, by_hand = (min(seconds) for seconds in zip(*rounds, strict=True))
        ratio = engine / (program + by_hand)
        print(
            f"{len(calls)} resources: deployed in {engine:.1f} s, registered in {program:.1f} s, "
            f"{sum(map(len, calls))} calls by hand in {by_hand:.1f} s; ratio {ratio:.2f}, to the "
            f"calls alone {engine / by_hand:.2f}"
        )
        print(f"100 invocations in a Map: {of_map:.1f} s")
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    if ratio > MAX_RATIO:
        raise SystemExit(f"the engine takes {ratio:.2f} of the time of registering and calling")
    if of_map > MAX_MAP_SECONDS:
        raise SystemExit(f"100 invocations in a Map take {of_map:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]))
