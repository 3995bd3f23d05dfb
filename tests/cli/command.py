"""The command `stepgate` as it is run: in pipes, or in a terminal."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from tests.local.processes import await_

PROGRAM = Path(sys.executable).with_name("stepgate")
SECONDS = 60
"""Longer than any command takes on a busy machine."""
LINES, COLUMNS = 24, 100

ESCAPE = re.compile(r"\x1b\[([\d;?]*)([A-Za-z])|(\r\n|[\r\n])")


class Stream:
    """What is written into one end, a terminal's or a pipe's, read as it comes."""

    def __init__(self, *, terminal: bool) -> None:
        self._source, self.end = pty.openpty() if terminal else os.pipe()
        if terminal:
            fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._read = b""
        self._reader = Thread(target=self._follow, daemon=True)

    def follow(self) -> None:
        os.close(self.end)
        self._reader.start()

    def _follow(self) -> None:
        with os.fdopen(self._source, "rb", buffering=0) as source:
            try:
                while chunk := source.read(65536):
                    self._read += chunk
            except OSError:  # how a terminal ends
                pass

    @property
    def text(self) -> str:
        return self._read.decode()

    def to_the_end(self) -> str:
        self._reader.join(SECONDS)
        return self.text


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Running:
    """A command at work."""

    process: "subprocess.Popen[bytes]"
    output: Stream
    errors: Stream

    def await_output(self, text: str) -> None:
        await_(lambda: text in self.output.text, f"{text!r} in the output", SECONDS)

    def await_errors(self, text: str) -> None:
        await_(lambda: text in self.errors.text, f"{text!r} in the errors", SECONDS)

    def interrupt(self) -> Ended:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> Ended:
        code = self.process.wait(SECONDS)
        return Ended(code, self.output.to_the_end(), self.errors.to_the_end())


@dataclass(frozen=True)
class Stepgate:
    """The command, in a folder with nothing of the user's."""

    folder: Path

    @contextmanager
    def start(
        self, *arguments: str, stdin: bytes = b"", terminal: str = "", **environment: str
    ) -> Generator[Running]:
        """
        Args:
            terminal: which of `output` and `errors` are a terminal; the others are pipes.
        """
        output = Stream(terminal="output" in terminal)
        errors = Stream(terminal="errors" in terminal)
        with subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "TERM": "xterm-256color",
                "AWS_EC2_METADATA_DISABLED": "true",
                **environment,
            },
            stdin=subprocess.PIPE,
            stdout=output.end,
            stderr=errors.end,
        ) as process:
            output.follow()
            errors.follow()
            try:
                assert process.stdin
                process.stdin.write(stdin)
                process.stdin.close()
                yield Running(process, output, errors)
            finally:
                process.kill()

    def run(
        self, *arguments: str, stdin: bytes = b"", terminal: str = "", **environment: str
    ) -> Ended:
        with self.start(*arguments, stdin=stdin, terminal=terminal, **environment) as running:
            return running.end()


def screen(written: str) -> list[str]:
    """The lines that stand in a terminal after all this was written to it, without colours."""
    lines, row, column = [""], 0, 0
    position = 0
    for match in [*ESCAPE.finditer(written), None]:
        text = written[position : match.start() if match else None]
        lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
        column += len(text)
        if match is None:
            break
        position = match.end()
        count, command, newline = match.groups()
        match command or newline:
            case "\r\n" | "\n":
                row, column = row + 1, 0
                lines += [""] * (row + 1 - len(lines))
            case "\r":
                column = 0
            case "A":
                row -= int(count or 1)
            case "K":
                assert count == "2"
                lines[row] = ""
            case "m" | "h" | "l":
                pass
            case unknown:
                raise ValueError(f"{unknown!r} is not known")
    return [line.rstrip() for line in lines]
