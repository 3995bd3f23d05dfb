"""The interpreter's process: one for each test process, which ends with it."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from stepgate.testing import InterpreterFailed, returns, run
from stepgate.testing import interpreter as interpreter_module
from stepgate.testing.answers import Returns
from tests.conftest import REPOSITORY
from tests.local.processes import await_
from tests.testing.machines import machine, task

PASS = machine({"A": {"Type": "Pass"}})
RUN = f"import os, sys; from stepgate.testing import run; PASS = {PASS}; "


def workers(process_id: int) -> list[psutil.Process]:
    children = psutil.Process(process_id).children()
    running = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in running if child.cmdline()[-1].endswith("emulator/worker.py")]


def python(code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", RUN + code],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def running_interpreter_has_ended() -> bool:
    return interpreter_module.process_interpreters[os.getpid()].has_ended()


def test_it_is_started_once() -> None:
    for _ in range(3):
        run(PASS)
    assert len(workers(os.getpid())) == 1


def test_threads_share_it() -> None:
    definition = machine({"A": task()})
    with ThreadPoolExecutor(8) as pool:
        started = [pool.submit(run, definition, i, mocks={"A": returns(i)}) for i in range(50)]
    assert [each.result().output for each in started] == [*range(50)]


@pytest.mark.proof
def test_its_crash_is_one_clear_error_and_the_next_run_starts_another() -> None:
    run(PASS)
    (worker,) = workers(os.getpid())

    class Killing(dict[str, Returns]):
        def get(self, *_: Any) -> Any:
            worker.kill()
            return self["A"]

    with pytest.raises(InterpreterFailed, match=r"^the interpreter has ended with exit status -9$"):
        run(machine({"A": task()}), mocks=Killing(A=returns(1)))
    assert run(PASS).status == "SUCCEEDED"
    (worker,) = workers(os.getpid())
    worker.kill()
    await_(running_interpreter_has_ended, "the end of the interpreter")
    assert run(PASS).status == "SUCCEEDED"


def test_what_it_says_when_it_cannot_start_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "broken.py"
    script.write_text("raise ImportError('no localstack')")
    monkeypatch.setattr(interpreter_module, "SCRIPT", script)
    broken = interpreter_module.Interpreter()
    with pytest.raises(
        InterpreterFailed, match="ended with exit status 1: ImportError: no localstack"
    ):
        broken.exchange({"now": "", "machine": {}}, lambda call: call)


@pytest.mark.proof
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_whoever_started_it(sent: signal.Signals) -> None:
    process = python("run(PASS); print(flush=True); sys.stdin.read()")
    assert process.stdout
    assert process.stdout.readline() == "\n"
    (worker,) = workers(process.pid)
    process.send_signal(sent)
    process.communicate()
    await_(lambda: not worker.is_running(), "the end of the interpreter")


@pytest.mark.proof
def test_processes_run_beside_each_other_and_after_a_fork() -> None:
    beside = [python("run(PASS); print('done')") for _ in range(2)]
    forked = python(
        "run(PASS); child = os.fork(); run(PASS); print('done', flush=True); "
        "child and os.waitpid(child, 0)"
    )
    for process in (*beside, forked):
        output, errors = process.communicate()
        assert process.returncode == 0, errors
        assert output == "done\n" * (2 if process is forked else 1)
        assert errors == ""


def test_importing_the_package_starts_and_loads_nothing() -> None:
    code = (
        "import sys, stepgate.testing; "
        "assert not {'botocore', 'jsonschema', 'hypothesis'} & {*sys.modules}, sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
