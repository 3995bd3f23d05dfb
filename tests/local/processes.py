"""What a test sees of the processes and ports of this machine."""

import socket
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import psutil

from stepgate.local.emulator import HOST

Found = TypeVar("Found")


def await_(condition: Callable[[], Found], what: str, seconds: float = 60) -> Found:
    """What the condition gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.01)
    return found


def emulators_of(folder: Path) -> list[psutil.Process]:
    """The running processes whose home is inside the folder: each emulator has its own there."""
    return [process for process in psutil.process_iter() if _home(process).is_relative_to(folder)]


def kill(processes: Iterable[psutil.Process]) -> None:
    """Ends processes, of which some may end by themselves, for example with their parent."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _home(process: psutil.Process) -> Path:
    try:
        return Path(process.environ().get("HOME", "/"))
    except psutil.Error:  # it has ended, or is somebody else's
        return Path("/")


@contextmanager
def listener() -> Generator[socket.socket]:
    """A socket of the test's own that listens on 127.0.0.1."""
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(60)
        yield server


def port_of(server: socket.socket) -> int:
    return server.getsockname()[1]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0
