"""The package as others get it: a wheel, in an environment outside this repository."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from stepgate.local.emulator import free_port
from tests.conftest import REPOSITORY

PLACE = "path/to/this/repository"
PINS = REPOSITORY / "requirements-pins.txt"
INSTALLING, TRYING = re.findall(
    r"^```sh\n(.*?)^```$",
    (REPOSITORY / "README.md").read_text().partition("\n## Install\n")[2],
    re.MULTILINE | re.DOTALL,
)
"""The README's commands that install the package, and those that call what was deployed."""


@dataclass(frozen=True)
class Project:
    """A folder with a program, and the wheel in its environment."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str) -> str:
        """What a command prints to standard output."""
        return run(*command, cwd=self.folder, environment=self.environment)

    def stepgate(self, *arguments: str) -> str:
        return self.run(".venv/bin/stepgate", *arguments)

    def call(self, workflow: str, input_: Any, *options: str) -> Any:
        """What the route answers."""
        return json.loads(self.stepgate("call", workflow, json.dumps(input_), "--json", *options))

    @contextmanager
    def up(self) -> Generator[None]:
        """On the emulator."""
        try:
            self.stepgate("local", "up")
            yield
        finally:
            self.stepgate("local", "down")


Copy: TypeAlias = Callable[[str], Project]


def run(*command: str, cwd: Path, environment: dict[str, str] | None = None) -> str:
    ended = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"{ended.stdout}{ended.stderr}"
    return ended.stdout


def pytest_configure(config: pytest.Config) -> None:
    for plugin in ("chromium", "distribution", "emulator", "engine"):
        config.pluginmanager.import_plugin(f"tests.fixtures.{plugin}")


class Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing on stderr."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Path, str]]:
    """A folder, and the origin that serves it."""
    folder = tmp_path_factory.mktemp("site")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What the README's first commands leave in an empty folder."""
    folder = tmp_path_factory.mktemp("installed")
    package = f"'pulumi-stepgate[local,ci,test] @ {wheel.as_uri()}'"
    commands = INSTALLING.replace(f"'{PLACE}[local]'", package)
    # As in a terminal of the user's, with what it takes to reach the package index.
    own = {
        k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV"))
    }
    settings = {
        "STEPGATE_PORT": str(free_port()),
        "PIP_CONSTRAINT": str(PINS),
        "PIP_NO_COMPILE": "0",  # as in tests/engine/pulumi_stack.py
    }
    project = Project(folder, own | settings)
    project.run("sh", "-e", "-c", commands.replace(PLACE, str(REPOSITORY)))
    return project


@pytest.fixture
def copy(installed: Project, tmp_path: Path) -> Copy:
    """Copies an example of `examples/`."""

    def copied(name: str) -> Project:
        folder = tmp_path / name
        shutil.copytree(REPOSITORY / "examples" / name, folder)
        (folder / ".venv").symlink_to(installed.folder / ".venv")
        return Project(folder, installed.environment | {"STEPGATE_PORT": str(free_port())})

    return copied
