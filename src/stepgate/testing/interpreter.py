"""The process that runs state machines: one for each test process, started when it is needed."""

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from stepgate.emulator_environment import InstallationFailed, emulator_python

__tracebackhide__ = True  # pytest shows the test, and not what is in here

SCRIPT = Path(__file__).parent.parent / "emulator/worker.py"

Message = dict[str, Any]


class InterpreterFailed(Exception):  # noqa: N818 - what has happened says more than `Error`
    """The interpreter cannot be started, or has ended while it was running a state machine."""


class Interpreter:
    """
    Raises:
        InterpreterFailed: it cannot be started.
    """

    def __init__(self) -> None:
        try:
            python = emulator_python(_announced)
        except InstallationFailed as failed:
            raise InterpreterFailed(str(failed)) from None
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 as long as the process
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            # Neither a module beside the script nor PYTHONPATH replaces one of its packages.
            [python, "-P", "-E", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            process_group=0,  # Ctrl-C is for the tests, and they end it
        )

    def exchange(self, request: Message, answer: Callable[[Message], Message]) -> Message:
        """The answer to a request.

        Args:
            answer: answers a call of a state machine that the request runs; what it raises ends
                the run.

        Raises:
            InterpreterFailed: the process has ended.
        """
        with self._lock:
            try:
                self._send(request)
                while "call" in (message := self._receive()):
                    try:
                        answered = answer(message["call"])
                    except Exception:
                        self._send({"abort": True})
                        self._receive()
                        raise
                    self._send(answered)
            except (KeyboardInterrupt, GeneratorExit):
                self.close()  # what it would answer next is unknown
                raise
        if "defect" in message:
            raise InterpreterFailed(
                f"the interpreter failed; please report this bug:\n{message['defect']}"
            )
        return message

    def _send(self, message: Message) -> None:
        stream = cast("IO[str]", self._process.stdin)
        try:
            stream.write(json.dumps(message) + "\n")
            stream.flush()
        except (BrokenPipeError, ValueError):  # a closed stream is a ValueError
            raise self._ended() from None

    def _receive(self) -> Message:
        line = cast("IO[str]", self._process.stdout).readline()
        if not line.endswith("\n"):
            raise self._ended()
        return json.loads(line)

    def _ended(self) -> InterpreterFailed:
        self._process.kill()
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        self.close()
        said = next((f": {line}" for line in reversed(lines) if line.strip()), "")
        return InterpreterFailed(
            f"the interpreter has ended with exit status {self._process.returncode}{said}"
        )

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def close(self) -> None:
        """Ends the process; it has nothing to save."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):  # something was still to be sent
                cast("IO[str]", stream).close()
        self._process.wait()
        self._errors.close()


process_interpreters: dict[int, Interpreter] = {}
"""By the id of the process that has started each: a fork has its own."""
_starting = threading.Lock()


def running_interpreter() -> Interpreter:
    """The interpreter of this process; it is started if there is none, or if it has ended.

    Raises:
        InterpreterFailed: it cannot be started.
    """
    with _starting:
        interpreter = process_interpreters.get(os.getpid())
        if interpreter and interpreter.has_ended():
            interpreter.close()
            interpreter = None
        if interpreter is None:
            interpreter = process_interpreters[os.getpid()] = Interpreter()
            atexit.register(_close, os.getpid(), interpreter)
        return interpreter


def _close(process_id: int, interpreter: Interpreter) -> None:
    if process_id == os.getpid():  # a fork does not end what is not its own
        interpreter.close()


@contextmanager
def _announced(what: str) -> Generator[None]:
    # Where a test's own output does not hide it.
    print(f"stepgate: {what} …", file=sys.__stderr__)
    yield
