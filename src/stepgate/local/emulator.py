"""The emulator: LocalStack as a process of this machine, without Docker."""

import errno
import os
import secrets
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from stepgate.local.errors import CommandError

HOST = "127.0.0.1"
SCRIPT = Path(__file__).parent.parent / "emulator/server.py"
NAME_OF_SCRIPT = SCRIPT.parts[-3:]
"""The same wherever the package is installed."""
START_SECONDS = 90


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    Attributes:
        process_id: the process, which leads a group of its own.
        mark: random text among the process's arguments. A process id alone may belong to another
            process later, and the time of its start changes with the system's clock.
        port: where it listens, on 127.0.0.1.
        log: the file that it writes to.
    """

    process_id: int
    mark: str
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def process(self) -> psutil.Process | None:
        """The process, if it still runs."""
        try:
            process = psutil.Process(self.process_id)
            return process if self.mark in process.cmdline() else None
        except (psutil.NoSuchProcess, psutil.AccessDenied):  # it has ended, or is another user's
            return None

    def stop(self) -> None:
        """Ends the process and all that it has started; does nothing if it has ended already.

        It is killed: there is nothing to save.
        """
        if process := self.process():
            os.killpg(self.process_id, signal.SIGKILL)
            process.wait()


def launch(python: Path, folder: Path, port: int) -> Emulator:
    """Starts the emulator with its log and everything that it writes inside `folder`.

    It is not ready yet: see `await_ready`.

    Args:
        python: the interpreter of its environment, see `stepgate.emulator_environment`.

    Raises:
        CommandError: the port is taken.
    """
    require_free(port)
    state = folder / "state"
    (state / "tmp").mkdir(parents=True, exist_ok=True)
    log = folder / "emulator.log"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(state),
        "TMPDIR": str(state / "tmp"),
        "XDG_CACHE_HOME": str(state / "cache"),
        "FILESYSTEM_ROOT": str(state),
        # Inside a container it would write under /var/lib, as LocalStack's own image does.
        "OVERRIDE_IN_DOCKER": "0",
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        # A queue's URL would have a name of LocalStack's own domain, which needs DNS.
        "LOCALSTACK_HOST": f"{HOST}:{port}",
        "SQS_ENDPOINT_STRATEGY": "off",
        "DNS_ADDRESS": "0",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "STEPGATE_MOCKS": str(mocks_file(folder)),
    }
    mark = secrets.token_hex(16)
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    process_id = os.posix_spawn(
        python,
        # -P: a module beside the script never replaces one of the emulator's packages.
        [str(python), "-P", str(SCRIPT), mark, str(folder)],
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, write, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        # Out of the terminal's reach: Ctrl-C is for the command that started it, which then
        # stops it, and the stack of `make up` outlives its terminal.
        setsid=True,
        setsigmask=(),
    )
    _await_arguments(process_id)
    return Emulator(process_id, mark, port, log)


def mocks_file(folder: Path) -> Path:
    """What the emulator in this folder answers states with, if there is such a file."""
    return folder / "state/mocks.json"


def _await_arguments(process_id: int) -> None:
    """Linux lets the parent go on a moment before the child's arguments can be read.

    Without them the process is not recognized, and looks as if it had ended.
    """
    with suppress(psutil.NoSuchProcess):  # it has ended already
        process = psutil.Process(process_id)
        while not process.cmdline():
            time.sleep(0.001)


def await_ready(emulator: Emulator) -> None:
    """Returns when the emulator answers.

    Raises:
        CommandError: it ends, or does not answer in time.
    """
    deadline = time.monotonic() + START_SECONDS
    while not _answers(emulator):
        if not emulator.process():
            raise CommandError(f"the emulator ended while it was starting; see {emulator.log}")
        if time.monotonic() > deadline:
            raise CommandError(
                f"the emulator did not answer within {START_SECONDS} s; see {emulator.log}"
            )
        time.sleep(0.1)


def _answers(emulator: Emulator) -> bool:
    try:
        return httpx.get(f"{emulator.url}/_localstack/health", timeout=5).is_success
    except httpx.TransportError:
        return False


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]


def require_free(port: int) -> None:
    """
    Raises:
        CommandError: the port is taken, or cannot be used.
    """
    with socket.socket() as listener:
        # As servers do: connections that are still closing do not count.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            wrong = (
                f"is taken{_owner(port)}"
                if error.errno == errno.EADDRINUSE
                else f"cannot be used ({error.strerror})"
            )
            raise CommandError(
                f"port {port} {wrong}, or choose another with STEPGATE_PORT"
            ) from None


def _project(folder: str) -> Path:
    """The project whose stack lives in a folder."""
    path = Path(folder)
    return next((it.parent for it in (path, *path.parents) if it.name == ".local"), path)


def _owner(port: int) -> str:
    """Who listens on the port, and how to end that."""
    try:
        for connection in psutil.net_connections("inet"):
            listens_at: Any = connection.status == psutil.CONN_LISTEN and connection.laddr
            if listens_at and listens_at.port == port and connection.pid:
                process = psutil.Process(connection.pid)
                match process.cmdline():
                    case [_, "-P", script, _, folder] if Path(script).parts[-3:] == NAME_OF_SCRIPT:
                        return (
                            f" by the stack in {_project(folder)} (process {process.pid}); "
                            "stop it with `stepgate local down` there"
                        )
                    case _:
                        return f" by {process.name()} (process {process.pid}); free it"
    except psutil.Error:
        pass  # other users' processes are not shown
    return "; free it"
