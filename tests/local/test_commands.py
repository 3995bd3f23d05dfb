"""`stepgate local` as a user runs it, in a clone of the project, on a port of its own."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from stepgate.local.emulator import HOST, free_port
from tests.cli.command import PROGRAM
from tests.local.processes import await_, emulators_of, is_free, kill, listener, port_of
from tests.local.programs import NEEDS_NOTHING, clone, set_value

pytestmark = pytest.mark.emulator

SECONDS = 120
"""Longer than any command takes on a busy machine."""

ONE_ROUTE = """
import pulumi
url = f"http://127.0.0.1/{pulumi.Config().require('stage')}/echo"
pulumi.export("routes", {
    "echo": {"mode": "sync", "method": "POST", "url": url},
    "find": {"mode": "sync", "method": "GET", "url": url + "/{id}"},
})
schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
body = {"content": {"application/json": {"schema": schema}}}
echo = {"operationId": "echo", "requestBody": body}
find = {"operationId": "find", "parameters": [{"name": "id", "in": "path"}]}
pulumi.export("openapi", {"paths": {"/echo": {"post": echo}, "/echo/{id}": {"get": find}}})
pulumi.export("region", "us-east-1")
pulumi.export("authorization", "none")
"""

EXAMPLE = '{"name": "text"}'
"""An input that the schema accepts."""

REFUSAL = """
import pulumi
print("thinking")
raise pulumi.RunError("the first\\nthe second")
"""

ADVICE = """
print("thinking")
pulumi.log.warn("better so")
"""

# A preflight runs it as a preview, and the deployment hangs.
HANGING_PROGRAM = """
import pulumi, socket

if not pulumi.runtime.is_dry_run():
    socket.create_connection(("127.0.0.1", {port})).recv(1)
"""

WRONG_FURTHER_DOWN = """
import pulumi
from pulumi_aws import cloudwatch

group = cloudwatch.LogGroup("group", name="/group")
pulumi.CustomResource("aws:rds/cluster:Cluster", "bucket", {"name": group.arn})
pulumi.CustomResource("aws:efs/fileSystem:FileSystem", "topic", {})
pulumi.Config("shop").require("size")
"""

# A preview does not see it.
FAILS_WHEN_DEPLOYED = """
from pulumi_aws import cloudwatch

cloudwatch.LogGroup("group", name="/group").id.apply(lambda _: [][0])
"""

HANGING_ROUTE = """
import pulumi
pulumi.export("routes", {{"hangs": {{"mode": "sync", "url": "http://127.0.0.1:{port}/hangs"}}}})
pulumi.export("region", "us-east-1")
pulumi.export("authorization", "none")
"""

WRONG_WORKFLOWS = """
from dataclasses import dataclass
from stepgate import Values, Workflow

@dataclass(frozen=True)
class OrderValues(Values):
    queue_url: str = ""
    delay_seconds: int = 0

def echo(values):
    states = {"Echo": {"Type": "Pass", "End": True}}
    return {"StartAt": "Echo", "TimeoutSeconds": 20, "States": states}

def lost(values):
    states = {"Wait": {"Type": "Wait", "End": True}}
    return {"StartAt": "Wait", "TimeoutSeconds": 20, "States": states}

WORKFLOWS = (
    Workflow(name="now", mode="sync", definition=echo, values=OrderValues),
    Workflow(name="now", mode="async", definition=echo),
    Workflow(name="later", mode="async", definition=lost),
)
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    status: int
    output: str
    errors: list[str]


@dataclass(frozen=True)
class Running:
    """A command at work."""

    process: "subprocess.Popen[bytes]"
    output: Path
    errors: Path

    def says(self, text: str) -> bool:
        return text in self.output.read_text()

    def end(self) -> Ended:
        return Ended(
            self.process.wait(SECONDS),
            self.output.read_text(),
            self.errors.read_text().splitlines(),
        )

    def interrupt(self) -> Ended:
        """Ctrl-C, pressed twice."""
        for _ in range(2):
            os.killpg(self.process.pid, signal.SIGINT)
        return self.end()


@dataclass(frozen=True)
class Clone:
    """A clone of the project, and the port that its commands are told."""

    folder: Path
    port: int

    @contextmanager
    def start(self, command: str, port: str | None = None) -> Generator[Running]:
        said, errors = self.folder.parent / "output", self.folder.parent / "errors"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "STEPGATE_CACHE": os.environ["STEPGATE_CACHE"],
            "STEPGATE_PORT": str(self.port) if port is None else port,
        }
        with (
            said.open("wb") as out,
            errors.open("wb") as err,
            subprocess.Popen(
                [PROGRAM, "local", command],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield Running(process, said, errors)
            finally:
                process.kill()

    def run(self, command: str, port: str | None = None) -> Ended:
        with self.start(command, port) as running:
            return running.end()

    def write_program(self, text: str) -> None:
        (self.folder / "__main__.py").write_text(text)

    def assert_runs(self, emulator: psutil.Process) -> None:
        """The one emulator that runs is this one, and it answers."""
        assert emulators_of(self.folder) == [emulator]
        assert httpx.get(f"http://{HOST}:{self.port}/_localstack/health").is_success

    def assert_nothing_is_left(self) -> None:
        assert not emulators_of(self.folder), "a process is left"
        assert is_free(self.port), "something still listens"
        for stack in (".local", ".local/demo", ".local/staged"):
            for file in ("stack.json", "outputs.json", "state"):
                path = self.folder / stack / file
                assert not path.exists(), f"{path} is left"


@pytest.fixture
def project(tmp_path: Path) -> Generator[Clone]:
    folder = tmp_path / "project"
    folder.mkdir()
    yield Clone(clone(folder), free_port())
    kill(emulators_of(folder))


@pytest.mark.proof
def test_up_stays_up_until_down_and_is_made_anew_only_when_something_changes(
    project: Clone,
) -> None:
    project.write_program(ONE_ROUTE)
    outputs = project.folder / ".local/outputs.json"

    first = project.run("up")
    assert (first.status, first.errors) == (0, [])
    assert "The stack's outputs are in .local/outputs.json." in first.output
    curl = "\n  curl -X POST http://127.0.0.1/{}/echo -H 'Content-Type: application/json' -d '{}'\n"
    assert first.output.endswith(
        f"{curl.format('v1', EXAMPLE)}\nfind (sync)\n"
        "  curl -X GET http://127.0.0.1/v1/echo/example\n"
    )
    assert list(json.loads(outputs.read_text())) == [
        *("routes", "openapi", "region", "authorization")
    ]
    health = httpx.get(f"http://{HOST}:{project.port}/_localstack/health")
    assert health.is_success, "the emulator outlives the command"
    [emulator] = emulators_of(project.folder)

    again = project.run("up")
    assert (again.status, again.errors) == (0, [])
    assert "The stack is running, and nothing has changed since its deployment." in again.output
    assert curl.format("v1", EXAMPLE) in again.output
    assert emulators_of(project.folder) == [emulator]

    set_value(project.folder, "tested:delaySeconds", "soon")
    wrong = project.run("up")
    assert (wrong.status, wrong.output, len(wrong.errors)) == (1, "", 1)
    assert emulators_of(project.folder) == [emulator], "a mistake does not cost the running stack"

    set_value(project.folder, "tested:delaySeconds", "8")
    project.write_program(REFUSAL)
    refused = project.run("up")
    assert (refused.status, refused.output) == (1, "")
    assert refused.errors == ["stepgate: the first", "stepgate: the second"]
    assert emulators_of(project.folder) == [emulator], "nor does a program that refuses to run"

    project.write_program(WRONG_FURTHER_DOWN)
    wrong_below = project.run("up")
    assert (wrong_below.status, wrong_below.output) == (1, "")
    bucket, topic, size = wrong_below.errors
    assert bucket.startswith("stepgate: bucket: the local engine cannot create a resource of type ")
    assert topic.startswith("stepgate: topic: the local engine cannot create a resource of type ")
    assert size.startswith("stepgate: Missing required configuration variable 'shop:size'; ")
    assert emulators_of(project.folder) == [emulator], "nor one that is wrong further down"
    assert outputs.exists()

    project.write_program(ONE_ROUTE + ADVICE)
    set_value(project.folder, "tested:stage", "v2")
    changed = project.run("up")
    assert (changed.status, changed.errors) == (0, [])
    assert changed.output.count("✓ Deploy __main__.py: 0 resources") == 2, "on each emulator"
    assert curl.format("v2", EXAMPLE) in changed.output
    assert changed.output.startswith(
        "warning: better so\nwarning: the program creates no resources\n"
        "The program, its settings or the port changed: the stack is re-created"
    )
    assert changed.output.count("better so") == 1
    assert not emulator.is_running()
    assert len(emulators_of(project.folder)) == 1

    down = project.run("down")
    assert (down.status, down.output, down.errors) == (0, "The stack is stopped.\n", [])
    project.assert_nothing_is_left()

    twice = project.run("down")
    assert (twice.status, twice.output, twice.errors) == (0, "There is no stack running.\n", [])


@pytest.mark.proof
def test_an_up_that_fails_or_is_stopped_while_it_deploys_costs_the_running_stack_nothing(
    project: Clone,
) -> None:
    project.write_program(ONE_ROUTE)
    assert project.run("up").status == 0
    [emulator] = emulators_of(project.folder)
    outputs = (project.folder / ".local/outputs.json").read_text()
    untouched = "The stack that runs was left as it is.\n"

    project.write_program(FAILS_WHEN_DEPLOYED)
    failed = project.run("up")
    log = project.folder / ".local/staged/emulator.log"
    assert failed.status == 1
    assert failed.errors == [
        "stepgate: __main__.py:4: IndexError: list index out of range",
        f"stepgate: the emulator's log: {log}",
    ]
    assert log.read_text()
    assert re.search(r"\n✗ Deploy __main__\.py: 1 resource  [\d.]+ s\n", failed.output)
    assert failed.output.endswith(untouched)
    project.assert_runs(emulator)

    with listener() as program:
        project.write_program(HANGING_PROGRAM.format(port=port_of(program)))
        with project.start("up") as command, program.accept()[0]:  # it is deploying
            assert len(emulators_of(project.folder)) == 2
            stopped = command.interrupt()
        assert (stopped.status, stopped.errors) == (130, ["stepgate: stopped by SIGINT"])
        assert stopped.output.endswith(untouched)
        project.assert_runs(emulator)

        with project.start("up") as command, program.accept()[0]:
            command.process.kill()
            command.process.wait()
    assert len(emulators_of(project.folder)) == 2, "nobody was left to stop the second one"
    assert (project.folder / ".local/outputs.json").read_text() == outputs

    project.write_program(ONE_ROUTE)
    again = project.run("up")
    assert "The stack is running, and nothing has changed since its deployment." in again.output
    project.assert_runs(emulator)

    down = project.run("down")
    assert (down.status, down.output, down.errors) == (0, "The stack is stopped.\n", [])
    project.assert_nothing_is_left()


@pytest.mark.proof
def test_a_port_is_kept_until_another_one_is_chosen_which_has_to_be_free(project: Clone) -> None:
    project.write_program(ONE_ROUTE)
    assert project.run("up").status == 0
    [emulator] = emulators_of(project.folder)

    again = project.run("up", port="")
    assert "The stack is running, and nothing has changed since its deployment." in again.output

    with listener() as server:
        port = port_of(server)
        taken = project.run("up", port=str(port))
    assert (taken.status, taken.output) == (1, "")
    assert taken.errors[0].startswith(f"stepgate: port {port} is taken by ")
    project.assert_runs(emulator)

    by_us = project.run("demo")
    assert by_us.errors == [
        f"stepgate: port {project.port} is taken by the stack in {project.folder} "
        f"(process {emulator.pid}); stop it with `stepgate local down` there, or choose another "
        "with STEPGATE_PORT"
    ]
    project.assert_runs(emulator)


@pytest.mark.parametrize("stack", [".local", ".local/demo", ".local/staged"])
def test_down_removes_a_damaged_record_and_says_what_may_be_left(
    project: Clone, stack: str
) -> None:
    record = project.folder / stack / "stack.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text('{"emulator": {"process_id": ')
    down = project.run("down")
    assert (down.status, down.errors) == (0, [])
    assert down.output == (
        f"{stack}/stack.json is damaged, or another version wrote it, and is ignored; "
        "if an emulator still holds the port, end its process yourself\n"
        "There is no stack running.\n"
    )
    project.assert_nothing_is_left()


@pytest.mark.proof
def test_up_replaces_a_damaged_record_and_says_what_may_be_left(project: Clone) -> None:
    project.write_program(ONE_ROUTE)
    record = project.folder / ".local/stack.json"
    record.parent.mkdir()
    record.touch()
    up = project.run("up")
    assert (up.status, up.errors) == (0, [])
    assert up.output.startswith(".local/stack.json is damaged, or another version wrote it, ")
    again = project.run("up")
    assert again.output.startswith("The stack is running, and nothing has changed")


@pytest.mark.parametrize("port", ["http", "0", "65536"])
def test_a_port_that_is_none_is_told_in_one_line(project: Clone, port: str) -> None:
    ended = project.run("up", port=port)
    line = f"stepgate: STEPGATE_PORT is {port!r}; set it to a port from 1 to 65535"
    assert (ended.status, ended.output, ended.errors) == (1, "", [line])


@pytest.mark.parametrize("command", ["up", "demo"])
def test_a_taken_port_is_told_in_one_line_with_the_way_out(project: Clone, command: str) -> None:
    with listener() as server:
        port = port_of(server)
        ended = project.run(command, port=str(port))
    assert ended.status == 1
    [line] = ended.errors
    assert line.startswith(f"stepgate: port {port} is taken by ")
    assert f"(process {os.getpid()})" in line
    assert "STEPGATE_PORT" in line
    project.assert_nothing_is_left()


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("Start the emulator", id="the emulator starts"),
        pytest.param("Deploy __main__.py", id="resources are made", marks=pytest.mark.proof),
    ],
)
def test_an_up_that_is_interrupted_leaves_nothing(project: Clone, moment: str) -> None:
    with project.start("up") as command:
        await_(lambda: command.says(moment), moment, SECONDS)
        ended = command.interrupt()
    assert ended.status == 130
    assert ended.errors == ["stepgate: stopped by SIGINT"]
    project.assert_nothing_is_left()


def test_an_up_that_is_interrupted_once_its_emulator_exists_leaves_nothing(project: Clone) -> None:
    with project.start("up") as command:
        await_(lambda: emulators_of(project.folder), "an emulator", SECONDS)
        ended = command.interrupt()
    assert ended.status == 130
    assert ended.errors == ["stepgate: stopped by SIGINT"]
    project.assert_nothing_is_left()


@pytest.mark.proof
def test_a_demo_without_routes_says_what_to_export_and_leaves_nothing(project: Clone) -> None:
    project.write_program(NEEDS_NOTHING)
    ended = project.run("demo")
    assert (ended.status, len(ended.errors)) == (1, 1)
    assert "have no routes; export the outputs of a WorkflowApi" in ended.errors[0]
    assert "Take everything down" in ended.output
    project.assert_nothing_is_left()


@pytest.mark.proof
def test_a_demo_that_is_interrupted_while_it_calls_a_route_leaves_nothing(project: Clone) -> None:
    with (project.folder / "Pulumi.yaml").open("a") as settings:
        settings.write(
            "  stepgate:delaySeconds: {type: integer, default: 8}\n"
        )  # the demo reads it
    with listener() as route:
        project.write_program(HANGING_ROUTE.format(port=port_of(route)))
        with project.start("demo") as command, route.accept()[0]:  # and no answer
            ended = command.interrupt()
    assert ended.status == 130
    assert ended.errors == ["stepgate: stopped by SIGINT"]
    project.assert_nothing_is_left()


@pytest.mark.proof
def test_down_cleans_up_after_a_demo_that_was_killed(project: Clone) -> None:
    with listener() as program:
        project.write_program(HANGING_PROGRAM.format(port=port_of(program)))
        with project.start("demo") as command, program.accept()[0]:  # it is deploying
            busy = project.run("down")
            command.process.kill()
            command.process.wait()
    assert busy.status == 1
    [line] = busy.errors
    assert re.fullmatch("stepgate: another command is using .+; wait until it has ended", line)
    assert emulators_of(project.folder), "nobody was left to stop it"

    down = project.run("down")
    assert (down.status, down.output, down.errors) == (0, "The stack is stopped.\n", [])
    project.assert_nothing_is_left()


def test_a_setting_of_a_wrong_type_is_told_before_anything_is_started(project: Clone) -> None:
    set_value(project.folder, "tested:delaySeconds", "soon")
    ended = project.run("up")
    line = (
        "stepgate: tested:delaySeconds is 'soon' in Pulumi.local.yaml; "
        "Pulumi.yaml declares a value of type integer"
    )
    assert (ended.status, ended.output, ended.errors) == (1, "", [line])
    project.assert_nothing_is_left()


def test_two_workflows_of_one_name_and_an_invalid_definition_are_told_in_a_line_each(
    project: Clone,
) -> None:
    (project.folder / "state_machines.py").write_text(WRONG_WORKFLOWS)
    ended = project.run("up")
    assert ended.status == 1
    same_name, invalid = ended.errors
    assert same_name.startswith("stepgate: workflow 'now' (state_machines.py:")
    assert "): 2 workflows have this name" in same_name
    assert invalid.startswith("stepgate: workflow 'later', state 'Wait': ")
    assert "Wait" in invalid, "the state is named"
    assert ended.output == "", "nothing was started"
    project.assert_nothing_is_left()
