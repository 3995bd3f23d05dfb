"""`stepgate ci` as CI runs it, in a clone of the project whose AWS is the stand-in."""

import os
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.cli.command import PROGRAM
from tests.engine.pulumi_stack import Engine, Stack
from tests.local.processes import kill

SERVICES = ("IAM", "RESOURCE_GROUPS_TAGGING_API", "SFN")
"""Those that `stepgate ci` itself calls."""
SECONDS = 180
"""Longer than any command takes on a busy machine."""


def routes_at(url: str) -> list[str]:
    """Options that make a stack say that anybody may call its routes, and at this URL."""
    settings = ("authorization=none", "allowPublic=true", f"apiUrl={url}")
    return [word for setting in settings for word in ("--config", setting)]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    status: int
    output: str
    errors: str


@dataclass(frozen=True)
class Running:
    """A command at work."""

    process: "subprocess.Popen[str]"

    def end(self) -> Ended:
        output, errors = self.process.communicate(timeout=SECONDS)
        return Ended(self.process.returncode, output, errors)

    def interrupt(self, number: signal.Signals) -> Ended:
        """The signal, as from a terminal to all of its group, and once more."""
        for _ in range(2):
            os.killpg(self.process.pid, number)
        return self.end()

    def stop_reading(self) -> None:
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()

    def kill(self) -> None:
        """The end of a machine: all that the command has started ends with it."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        kill(children)
        self.process.wait(SECONDS)


@dataclass(frozen=True)
class Commands:
    """The commands in the project of a stack.

    Attributes:
        endpoint: of AWS's own APIs.
    """

    stack: Stack
    endpoint: str

    @property
    def engine(self) -> Engine:
        return self.stack.engine

    @property
    def project(self) -> Path:
        return self.stack.project

    @contextmanager
    def start(self, *arguments: str, **environment: str) -> Generator[Running]:
        with subprocess.Popen(
            [PROGRAM, "ci", *arguments],
            cwd=self.project,
            env={
                **self.engine.environment,
                **{f"AWS_ENDPOINT_URL_{service}": self.endpoint for service in SERVICES},
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            running = Running(process)
            try:
                yield running
            finally:
                if process.poll() is None:
                    running.kill()

    def run(self, *arguments: str, **environment: str) -> Ended:
        with self.start(*arguments, **environment) as running:
            return running.end()

    def stacks(self) -> set[str]:
        """The stacks in the backend."""
        states = (self.engine.folder / "state/.pulumi/stacks/tested").glob("*.json")
        return {file.stem for file in states}

    def settings(self) -> set[str]:
        """The stacks that have a file of settings."""
        return {file.name.split(".")[1] for file in self.project.glob("Pulumi.*.yaml")}
