"""The wheel with each extra and nothing else in the environment: the extra's command works."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from stepgate.local.emulator import free_port
from tests.conftest import REPOSITORY
from tests.deployed.stacks import Deployed

pytestmark = [pytest.mark.emulator, pytest.mark.proof]

UV = shutil.which("uv") or str(REPOSITORY / ".local/uv/bin/uv")
FOLLOW = """
import json, stepgate
from pathlib import Path

live = {"liveUrl": "ws://127.0.0.1:9/v1", "liveAuthorization": "none"}
outputs = Path(".local/outputs.json")
outputs.write_text(json.dumps(json.loads(outputs.read_text()) | live))
try:
    next(stepgate.Stack.from_outputs(outputs).follow("later", "an-execution"))
except stepgate.StepgateError as error:
    print(type(error).__name__, error)
"""
UNDER_MOCKS = """
import runpy, pulumi

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        print(args.typ)
        arn = f"arn:aws:iam::123456789012:role/{args.name}"
        made = {"arn": arn, "name": args.name, "invokeUrl": "https://example.com/v1"}
        return args.name, {**made, **args.inputs}

    def call(self, args):
        return {"accountId": "123456789012", "partition": "aws", "region": "eu-west-1"}

pulumi.runtime.set_mocks(Mocks())
pulumi.runtime.test(lambda: runpy.run_path("__main__.py"))()
"""
LOCKED = ("--constraints", str(REPOSITORY / "requirements-dev.txt"))


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and one extra, and a folder with nothing of this repository."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str, code: int = 0, stdin: str = "") -> str:
        """What a command of the environment prints, that has to end with this code."""
        program = str(self.folder / "venv/bin" / command[0])
        ended = subprocess.run(
            [program, *command[1:]],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    def copy(self, folder: str) -> None:
        """Copies a project of this repository."""
        shutil.copytree(REPOSITORY / folder, self.folder, dirs_exist_ok=True)
        project = self.folder / "Pulumi.yaml"
        project.write_text(project.read_text().replace(" .venv", " venv"))


Install: TypeAlias = Callable[[str], Installed]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment for one extra after the other."""
    folder = tmp_path_factory.mktemp("extras")
    subprocess.run([UV, "--quiet", "venv", "--python", "3.11", folder / "venv"], check=True)
    return folder / "venv"


@pytest.fixture
def install(wheel: Path, environment: Path, deployed: Deployed, tmp_path: Path) -> Install:
    """Installs the wheel with an extra, or with none, beside the outputs of a stack."""

    def installed(extra: str) -> Installed:
        package = f"pulumi-stepgate[{extra}] @ {wheel.as_uri()}"
        (tmp_path / "venv").symlink_to(environment)
        python = str(environment / "bin/python")
        # Removes what the extra does not need; what it shares with the one before is kept.
        exact = ("pip", "install", "--exact", "--python", python, *LOCKED, package)
        subprocess.run([UV, "--quiet", *exact], cwd=tmp_path, check=True)
        (tmp_path / ".local").mkdir()
        (tmp_path / ".local/outputs.json").write_text(json.dumps(deployed.outputs))
        own = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}
        return Installed(tmp_path, own | {"STEPGATE_PORT": str(free_port())})

    return installed


def test_without_an_extra_workflows_are_called(install: Install) -> None:
    client = install("")
    assert json.loads(client.run("stepgate", "call", "free", "[1]", "--json")) == [1]
    stack = "from stepgate import Stack; stack = Stack.from_outputs('.local/outputs.json')"
    assert client.run("python", "-c", f"{stack}; print(stack.call('free', [2]))") == "[2]\n"
    for command, *files in (("check", "file.json"), ("dashboard",), ("mcp",)):
        line = client.run("stepgate", command, *files, code=2)
        assert line == f"stepgate: stepgate {command} needs the extra {command}: install " + (
            f"pulumi-stepgate[{command}]\n"
        )
    assert "install pulumi-stepgate[live]" in client.run("python", "-c", FOLLOW)


def test_with_live_executions_are_followed(install: Install) -> None:
    nothing_there = install("live").run("python", "-c", FOLLOW)
    assert nothing_there.startswith("NoResponse ws://127.0.0.1:9/v1 has no connection")


def test_with_check_definitions_in_files_are_checked(install: Install) -> None:
    check = install("check")
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    (check.folder / "right.asl.json").write_text(json.dumps(definition))
    (check.folder / "wrong.asl.json").write_text(json.dumps(definition | {"StartAt": "B"}))
    assert "no errors" in check.run("stepgate", "check", "right.asl.json")
    assert "'B'" in check.run("stepgate", "check", "wrong.asl.json", code=1)


def test_with_pulumi_a_program_registers_its_resources(install: Install) -> None:
    pulumi = install("pulumi")
    pulumi.copy("examples/minimal")
    (pulumi.folder / "deploy.py").write_text(UNDER_MOCKS)
    assert "aws:apigateway/restApi:RestApi" in pulumi.run("python", "deploy.py")


def test_with_local_a_program_is_deployed_on_this_machine(install: Install) -> None:
    local = install("local")
    local.copy("examples/minimal")
    assert '"greeting": "Hello, ' in local.run("stepgate", "local", "demo")


def test_with_ci_the_roles_of_a_project_are_printed(install: Install) -> None:
    ci = install("ci")
    ci.copy("examples/minimal")
    account = ("--account", "123456789012", "--repository", "acme/shop", "--region", "eu-west-1")
    printed = json.loads(ci.run("stepgate", "ci", "roles", *account))
    assert printed["roles"].keys() == {"preview", "deploy", "ephemeral"}


def test_with_test_a_workflow_is_run_in_a_test(install: Install) -> None:
    test = install("test")
    test.copy("template")
    assert "2 passed" in test.run("pytest", "-p", "no:cacheprovider", "test_greeting.py")


def test_with_mcp_a_host_is_answered(install: Install) -> None:
    mcp = install("mcp")
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    answer = mcp.run("stepgate", "mcp", stdin=f"{json.dumps(hello)}\n")
    assert "serverInfo" in json.loads(answer.splitlines()[0])["result"]


def test_with_dashboard_a_page_is_served(install: Install) -> None:
    dashboard = install("dashboard")
    code = (
        "import sys, httpx; answer = httpx.get(sys.argv[1], follow_redirects=True); "
        "print(answer.status_code, answer.headers['content-type'])"
    )
    with subprocess.Popen(
        [dashboard.folder / "venv/bin/stepgate", "dashboard", "--port", "0"],
        cwd=dashboard.folder,
        env=dashboard.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found
            assert dashboard.run("python", "-c", code, found[0]).startswith("200 text/html")
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode == 130
