"""The emulator as a process: where it listens, and how it starts and ends."""

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from stepgate.checks.emulation import EMULATED_SERVICES, REFUSED_SERVICES
from stepgate.emulator_environment import emulator_python
from stepgate.local import emulator
from stepgate.local.emulator import HOST, Emulator, await_ready, free_port, launch
from stepgate.local.errors import CommandError
from stepgate.local.steps import Steps
from tests.deployed.stacks import Deployed
from tests.local.processes import await_, emulators_of, kill, listener, port_of

pytestmark = pytest.mark.emulator


def started(folder: Path, port: int) -> Emulator:
    return launch(emulator_python(Steps(Console(quiet=True)).step), folder, port)


def owner(port: int) -> psutil.Process:
    """The process that listens on the port."""
    for connection in psutil.net_connections("inet"):
        at: Any = connection.laddr
        if connection.status == psutil.CONN_LISTEN and at.port == port and connection.pid:
            return psutil.Process(connection.pid)
    raise AssertionError(f"nothing listens on port {port}")


def this_process(port: int, log: Path) -> Emulator:
    me = psutil.Process()
    return Emulator(me.pid, me.cmdline()[0], port, log)


@pytest.fixture(autouse=True)
def nothing_outlives_a_test(tmp_path: Path) -> Generator[None]:
    yield
    kill(emulators_of(tmp_path))


def test_the_emulator_can_be_reached_from_this_machine_only(deployed: Deployed) -> None:
    process = owner(int(deployed.cloud.endpoint.rpartition(":")[2]))
    addresses: set[Any] = {
        connection.laddr
        for each in (process, *process.children(recursive=True))
        for connection in each.net_connections("inet")
        if not connection.raddr
    }
    assert addresses, "it listens somewhere"
    outside = [address for address in addresses if address.ip != HOST]
    assert not outside, "the emulator takes any credentials, and runs code: nobody else's business"


def test_the_checks_know_the_services_of_the_emulator(deployed: Deployed) -> None:
    health = httpx.get(f"{deployed.cloud.endpoint}/_localstack/health").json()
    assert set(health["services"]) == EMULATED_SERVICES


@pytest.mark.parametrize("service", sorted(REFUSED_SERVICES))
def test_the_checks_know_what_the_emulator_refuses(deployed: Deployed, service: str) -> None:
    call = {"Type": "Task", "Resource": f"arn:aws:states:::{service}:invoke", "End": True}
    with pytest.raises(ClientError, match=f"Unknown service '{service}'"):
        deployed.cloud.stepfunctions.create_state_machine(
            name=f"calls-{service}",
            definition=json.dumps({"StartAt": "Call", "States": {"Call": call}}),
            roleArn="arn:aws:iam::000000000000:role/caller",
        )


def test_a_taken_port_is_told_in_one_line_with_its_owner_and_the_way_out(tmp_path: Path) -> None:
    with listener() as server:
        port = port_of(server)
        with pytest.raises(CommandError) as refused:
            started(tmp_path, port)
    assert re.fullmatch(
        rf"port {port} is taken by \S+ \(process {os.getpid()}\); "
        "free it, or choose another with STEPGATE_PORT",
        str(refused.value),
    )
    assert not emulators_of(tmp_path)


def test_a_port_that_is_taken_on_all_addresses_is_taken_here_too(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        with pytest.raises(CommandError, match=f"port {port_of(server)} is taken"):
            started(tmp_path, port_of(server))
        assert not emulators_of(tmp_path)


def test_a_port_whose_connections_are_still_closing_is_free(tmp_path: Path) -> None:
    with listener() as server, socket.create_connection(server.getsockname()) as client:
        port = port_of(server)
        server.accept()[0].close()  # the server's end closes first, and waits in TIME_WAIT
        assert client.recv(1) == b""
    launched = started(tmp_path, port)
    launched.stop()
    assert launched.port == port


def test_an_emulator_that_ends_while_it_starts_is_told_with_its_log(tmp_path: Path) -> None:
    launched = started(tmp_path, free_port())
    os.kill(launched.process_id, signal.SIGKILL)
    with pytest.raises(CommandError) as ended:
        await_ready(launched)
    os.waitpid(launched.process_id, 0)
    log = tmp_path / "emulator.log"
    assert str(ended.value) == f"the emulator ended while it was starting; see {log}"
    assert log.exists()


def test_an_emulator_that_never_answers_is_told_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulator, "START_SECONDS", 0.2)
    silent = this_process(free_port(), tmp_path / "emulator.log")
    with pytest.raises(CommandError) as late:
        await_ready(silent)
    assert str(late.value) == f"the emulator did not answer within 0.2 s; see {silent.log}"


def test_an_emulator_is_recognized_at_once(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nsleep 600\n")
    python.chmod(0o755)
    for _ in range(20):
        launched = launch(python, tmp_path, free_port())
        assert launched.process()
        launched.stop()


def test_an_emulator_that_is_stopped_twice_is_stopped(tmp_path: Path) -> None:
    launched = started(tmp_path, free_port())
    assert launched.process()
    launched.stop()
    assert not launched.process()
    launched.stop()
    assert not emulators_of(tmp_path)


def test_what_an_emulator_has_started_ends_with_it(tmp_path: Path) -> None:
    script = 'sleep 600 & echo $! > "$0"; wait'
    note = tmp_path / "child"
    with subprocess.Popen(["sh", "-c", script, note], start_new_session=True) as leader:
        await_(lambda: note.exists() and note.read_text().strip(), "the process's child")
        child = psutil.Process(int(note.read_text()))
        Emulator(leader.pid, str(note), free_port(), tmp_path / "emulator.log").stop()
    await_(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "its end")


def test_a_process_id_that_belongs_to_another_process_by_now_is_not_the_emulator(
    tmp_path: Path,
) -> None:
    running = this_process(free_port(), tmp_path / "emulator.log")
    earlier = replace(running, mark="the mark of the emulator that ended")
    assert running.process()
    assert earlier.process() is None
    earlier.stop()  # or this test would end here, and all others with it


def test_an_emulator_is_recognized_after_the_system_clock_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = started(tmp_path, free_port())
    create_time = psutil.Process.create_time

    def one_second_later(process: psutil.Process) -> float:
        return create_time(process) + 1

    monkeypatch.setattr(psutil.Process, "create_time", one_second_later)
    assert launched.process()
    launched.stop()
    assert not emulators_of(tmp_path)


def test_each_emulator_has_a_mark_of_its_own(tmp_path: Path) -> None:
    first, second = started(tmp_path, free_port()), started(tmp_path, free_port())
    assert first.process()
    assert second.process()
    assert replace(first, process_id=second.process_id).process() is None


def test_an_emulator_that_was_killed_does_not_run_even_before_anybody_asks_how_it_ended(
    tmp_path: Path,
) -> None:
    launched = started(tmp_path, free_port())
    process = psutil.Process(launched.process_id)
    os.kill(launched.process_id, signal.SIGKILL)
    await_(lambda: process.status() == psutil.STATUS_ZOMBIE, "the process's end")
    assert launched.process() is None
    assert process.wait() == -signal.SIGKILL


def test_a_free_port_is_free_and_another_each_time() -> None:
    with socket.create_server((HOST, free_port())) as first:
        assert free_port() != port_of(first)
