"""A process that runs one function of Lambda, seen from the emulator."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

SUPERVISOR = Path(__file__).parent / "runtimes/supervisor.py"
WATCH_SECONDS = 0.1
"""How often the memory of a function that runs is looked at."""
SIGNAL = 128
"""What shells, and the supervisor, add to a signal's number for an exit status."""
LARGEST_OUTPUT = 2**26
"""Bytes that a function may print in one invocation; what is above is lost, as disks are finite."""


class Ended(Exception):  # noqa: N818
    """There will be no answer: the process ended, or used up its time or memory.

    Attributes:
        kind: Lambda's name of the error.
    """

    def __init__(self, kind, reason):
        super().__init__(reason)
        self.kind = kind


class FunctionProcess:
    """Answers one message at a time, each a line of JSON; see `runtimes/bootstrap.py`.

    Attributes:
        memory: the most that it was seen to use, in bytes.
    """

    def __init__(self, command, environment, folder):
        """
        Args:
            command: with None where it takes the number of its socket.
        """
        self._connection, handed = socket.socketpair()
        self._connection.settimeout(WATCH_SECONDS)
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the process)
        # It is written from where it ends, also after it has been made empty.
        fcntl.fcntl(self._output, fcntl.F_SETFL, os.O_APPEND)
        self.memory = 0
        self._process = None
        number = str(handed.fileno())
        with handed:
            self._supervisor = subprocess.Popen(
                [
                    *(sys.executable, "-IS", str(SUPERVISOR), number),
                    *(number if part is None else part for part in command),
                ],
                stdin=subprocess.PIPE,
                stdout=self._output,
                stderr=self._output,
                env=environment,
                cwd=folder,
                pass_fds=[handed.fileno()],
                start_new_session=True,  # it outlives a killed emulator, and ends the function
            )

    def answer(self, seconds, megabytes, message=None, grace=0):
        """What it answers to a message; without one, what it says when it is ready.

        Raises:
            Ended: it has not answered in time, or used more memory than it has; it still runs.
                Or it has ended.
        """
        deadline = time.monotonic() + grace + seconds
        unsent = memoryview(b"" if message is None else json.dumps(message).encode() + b"\n")
        received = []
        while True:
            try:
                if unsent:
                    unsent = unsent[self._connection.send(unsent) :]
                    continue
                part = self._connection.recv(2**16)
                if not part:
                    raise self._end()
                received.append(part)
                if part.endswith(b"\n"):
                    return self._measured(json.loads(b"".join(received)))
            except TimeoutError:
                self._watch(megabytes)
            except OSError:
                raise self._end() from None
            if time.monotonic() > deadline:
                raise Ended("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds")

    def output(self):
        """What it has printed since the last time."""
        file = self._output.fileno()
        printed = os.pread(file, LARGEST_OUTPUT, 0)
        os.ftruncate(file, 0)
        return printed.decode(errors="replace")

    def stop(self):
        """Kills it with all that it has started."""
        self._supervisor.stdin.close()
        self._supervisor.wait()
        self._connection.close()

    def _end(self):
        status = self._supervisor.wait()
        reason = "Runtime exited without providing a reason"
        if status > SIGNAL:
            name = signal.strsignal(status - SIGNAL) or "unknown"
            reason = f"Runtime exited with error: signal: {name.lower()}"
        elif status:
            reason = f"Runtime exited with error: exit status {status}"
        return Ended("Runtime.ExitError", reason)

    def _measured(self, answer):
        with suppress(psutil.Error):  # it has ended already
            self._process = self._process or psutil.Process(answer["process"])
            self.memory = max(self.memory, self._process.memory_info().rss)
        return answer

    def _watch(self, megabytes):
        if os.fstat(self._output.fileno()).st_size > LARGEST_OUTPUT:
            os.ftruncate(self._output.fileno(), LARGEST_OUTPUT // 2)
        used = 0
        with suppress(psutil.Error):  # one has just ended
            for process in psutil.Process(self._supervisor.pid).children(recursive=True):
                used += process.memory_info().rss
        self.memory = max(self.memory, used)
        if used > megabytes * 2**20:
            raise Ended("Runtime.OutOfMemory", "Runtime exited with error: signal: killed")
