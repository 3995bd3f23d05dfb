"""The local stack: what it leaves behind, and when it has to be made anew."""

import json
import os
import shutil
import signal
import stat
import threading
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from stepgate.local.deployment import LocalDeployment, fingerprint
from stepgate.local.emulator import free_port
from stepgate.local.errors import CommandError
from stepgate.local.program import Outputs
from stepgate.local.steps import Steps
from stepgate.signals import STOP_SIGNALS, signals_deferred
from tests.local.processes import emulators_of, is_free, kill
from tests.local.programs import NEEDS_NOTHING, write_project

pytestmark = pytest.mark.emulator

QUIET = Steps(Console(quiet=True))

KILLS_ITS_EMULATOR = """
import os, signal
from pathlib import Path
from stepgate.local.deployment import LocalDeployment
from pulumi_aws import cloudwatch

os.kill(LocalDeployment(Path({folder!r})).emulator().process_id, signal.SIGKILL)
cloudwatch.LogGroup("group")
"""


@dataclass(frozen=True)
class Running:
    """A stack that runs, and what it was made from."""

    stack: LocalDeployment
    folder: Path
    project: Path
    port: int
    outputs: Outputs


@pytest.fixture
def folder(tmp_path: Path) -> Generator[Path]:
    """For a stack; whatever a test leaves running there ends with it."""
    folder = tmp_path / "stack"
    yield folder
    kill(emulators_of(folder))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    return write_project(project, NEEDS_NOTHING)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    folder, port = tmp_path_factory.mktemp("stack"), free_port()
    project = write_project(tmp_path_factory.mktemp("project"), NEEDS_NOTHING)
    for file in ("requirements.txt", "infra/api.py", "tests/test_api.py", "README.md"):
        (project / file).parent.mkdir(exist_ok=True)
        (project / file).write_text("# before\n")
    stack = LocalDeployment(folder)
    outputs = stack.up(project, port, QUIET)
    try:
        yield Running(stack, folder, project, port, outputs)
    finally:
        stack.down()


def assert_nothing_is_left(folder: Path, port: int) -> None:
    assert not emulators_of(folder), "a process is left"
    assert is_free(port), "something still listens"
    left = {file.name for file in folder.iterdir()} - {"emulator.log", "lock"}
    assert not left, "but for the log, which tells what happened, the folder is as it was"


def test_what_is_not_a_readable_file_does_not_decide_a_deployment(project: Path) -> None:
    before = fingerprint(project)
    (project / ".#__main__.py").symlink_to("user@host.1:2")
    (project / "loop").symlink_to("loop")
    os.mkfifo(project / "pipe")
    assert fingerprint(project) == before
    Path(os.fsdecode(bytes(project) + b"/\xff")).touch()
    assert fingerprint(project) != before


def test_a_stack_that_is_up_has_a_record_and_its_outputs_in_a_file(running: Running) -> None:
    assert running.outputs == {"answer": {"deep": [42, "text"]}}
    assert json.loads((running.folder / "outputs.json").read_text()) == running.outputs
    assert running.stack.outputs() == running.outputs
    emulator = LocalDeployment(running.folder).emulator()
    assert emulator, "another command, later, finds the emulator by the record"
    assert not running.stack.has_unreadable_record()
    assert [process.pid for process in emulators_of(running.folder)] == [emulator.process_id]
    assert emulator.port == running.port
    assert not is_free(running.port)


def test_outputs_may_be_secrets_so_only_the_user_reads_the_file(running: Running) -> None:
    assert stat.S_IMODE((running.folder / "outputs.json").stat().st_mode) == 0o600


def test_a_stack_is_current_until_its_port_changes(running: Running) -> None:
    assert running.stack.is_current(running.project, running.port)
    assert not running.stack.is_current(running.project, running.port + 1)


@pytest.mark.parametrize(
    "file",
    [
        "__main__.py",
        "infra/api.py",
        "infra/new.py",
        "Pulumi.yaml",
        "Pulumi.local.yaml",
        "requirements.txt",
        "README.md",
        "schemas/order.json",
    ],
)
def test_a_stack_is_not_current_once_what_it_is_made_from_changes(
    running: Running, tmp_path: Path, file: str
) -> None:
    changed = shutil.copytree(running.project, tmp_path / "changed")
    (changed / file).parent.mkdir(exist_ok=True)
    with (changed / file).open("a") as text:
        text.write("# after\n")
    assert running.stack.is_current(running.project, running.port)
    assert not running.stack.is_current(changed, running.port)


def test_a_stack_is_not_current_once_a_file_of_its_program_is_gone(
    running: Running, tmp_path: Path
) -> None:
    changed = shutil.copytree(running.project, tmp_path / "changed")
    (changed / "infra/api.py").unlink()
    assert not running.stack.is_current(changed, running.port)


@pytest.mark.parametrize(
    "file", [".local/x.py", ".git/HEAD", "infra/__pycache__/api.pyc", "environment/lib.py"]
)
def test_a_stack_stays_current_when_something_else_changes(
    running: Running, tmp_path: Path, file: str
) -> None:
    changed = shutil.copytree(running.project, tmp_path / "changed")
    (changed / "environment").mkdir()
    (changed / "environment/pyvenv.cfg").touch()
    (changed / file).parent.mkdir(exist_ok=True)
    with (changed / file).open("a") as text:
        text.write("# after\n")
    assert running.stack.is_current(changed, running.port)


@pytest.mark.proof
def test_a_stack_whose_emulator_was_killed_is_not_current_and_is_cleaned_up(
    folder: Path, project: Path
) -> None:
    stack, port = LocalDeployment(folder), free_port()
    stack.up(project, port, QUIET)
    emulator = stack.emulator()
    assert emulator
    os.kill(emulator.process_id, signal.SIGKILL)
    os.waitpid(emulator.process_id, 0)
    assert stack.emulator() is None
    assert not stack.is_current(project, port)
    assert stack.down() is False, "there was none running"
    assert_nothing_is_left(folder, port)
    assert stack.down() is False


def test_a_deployment_that_fails_leaves_nothing(folder: Path, project: Path) -> None:
    write_project(project, "import pulumi; raise pulumi.RunError('not today')")
    port = free_port()
    with pytest.raises(CommandError) as failed:
        LocalDeployment(folder).up(project, port, QUIET)
    log = folder / "emulator.log"
    assert str(failed.value) == f"not today\nthe emulator's log: {log}"
    assert log.read_text()
    assert_nothing_is_left(folder, port)


@pytest.mark.proof
def test_an_emulator_that_dies_while_deploying_is_told_in_one_line_with_its_log(
    folder: Path, project: Path
) -> None:
    write_project(project, KILLS_ITS_EMULATOR.format(folder=str(folder)))
    port = free_port()
    with pytest.raises(CommandError) as died:
        LocalDeployment(folder).up(project, port, QUIET)
    assert str(died.value) == f"the emulator died; its log: {folder / 'emulator.log'}"
    assert (folder / "emulator.log").read_text()
    assert_nothing_is_left(folder, port)


def test_settings_are_checked_before_anything_is_started(folder: Path, project: Path) -> None:
    (project / "Pulumi.local.yaml").unlink()
    with pytest.raises(CommandError, match=r"Pulumi\.local\.yaml is missing"):
        LocalDeployment(folder).up(project, free_port(), QUIET)
    assert not folder.exists()


def test_a_stack_that_never_was_is_down(folder: Path, project: Path) -> None:
    stack = LocalDeployment(folder)
    assert stack.emulator() is None
    assert not stack.is_current(project, free_port())
    assert stack.down() is False


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"emulator": {"process_id": 12', id="half-written"),
        pytest.param(b"stack", id="not JSON"),
        pytest.param(b"\xff", id="not text"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no keys"),
        pytest.param(b'{"emulator": null, "deployed": null}', id="no emulator"),
        pytest.param(
            b'{"emulator": {"process_id": "1", "mark": "x", "port": 1, "log": "x"},'
            b' "deployed": null}',
            id="wrong type",
        ),
        pytest.param(
            b'{"emulator": {"process_id": -1, "mark": "x", "port": 1, "log": "x"},'
            b' "deployed": null}',
            id="no process id",
        ),
        pytest.param(
            b'{"emulator": {"process_id": 1, "started": 1.5, "port": 1, "log": "x"},'
            b' "deployed": null}',
            id="older version",
        ),
    ],
)
def test_a_record_that_this_version_did_not_write_names_no_emulator_and_is_removed(
    folder: Path, project: Path, content: bytes
) -> None:
    folder.mkdir()
    (folder / "stack.json").write_bytes(content)
    stack = LocalDeployment(folder)
    assert stack.has_unreadable_record()
    assert stack.emulator() is None
    assert not stack.is_current(project, free_port())
    assert stack.down() is False
    assert not (folder / "stack.json").exists()
    assert not stack.has_unreadable_record()


def test_only_one_command_at_a_time_works_on_a_stack(folder: Path) -> None:
    first, second = LocalDeployment(folder), LocalDeployment(folder)
    with first.locked():
        with pytest.raises(CommandError) as refused, second.locked():
            pytest.fail("two commands at work on one stack")
        assert str(refused.value) == (
            f"another command is using the stack in {folder}; wait until it has ended"
        )
    with second.locked():
        pass


def test_commands_on_different_stacks_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with LocalDeployment(tmp_path / "one").locked(), LocalDeployment(tmp_path / "two").locked():
        pass


def test_a_lock_is_lifted_from_a_command_that_fails(folder: Path) -> None:
    stack = LocalDeployment(folder)
    with pytest.raises(ValueError, match="broken"), stack.locked():
        raise ValueError("broken")
    with stack.locked():
        pass


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_signal_waits_for_the_record_of_an_emulator_whatever_threads_there_are(
    number: signal.Signals,
) -> None:
    came: list[int] = []

    def note(*_: object) -> None:
        came.append(number)

    before = signal.signal(number, note)
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        with signals_deferred():
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
            over.set()
            thread.join()
            assert came == []
        assert came == [number]
    finally:
        signal.signal(number, before)
        over.set()
