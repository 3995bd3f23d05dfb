"""Stacks of copies of a project, worked on through the Pulumi CLI as a user does."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import REPOSITORY
from tests.engine.provider import Folder, Request
from tests.program import PROJECT


@dataclass(frozen=True)
class Run:
    """What one command did.

    Attributes:
        text: what it printed.
        changes: each step that changes something, as `update TYPE NAME`. What the engine tells of
            a replacement is `create-replacement`, `replace` and `delete-replaced`.
        tree: the resources that it went through, by URN, each with its parent's.
        requests: what the provider was asked meanwhile.
    """

    text: str
    changes: frozenset[str]
    tree: Mapping[str, str]
    requests: Sequence[Request]

    @property
    def routes(self) -> list[set[str]]:
        """The routes that were served after each request, each as its method and path."""
        return [{route.partition(" ")[2] for route in r.served} for r in self.requests]

    @property
    def broken_routes(self) -> set[str]:
        """The routes that were served at some moment and could not work."""
        return {
            f"{route}: {state}"
            for request in self.requests
            for route, state in request.served.items()
            if state != "ready"
        }


class Stack:
    """One stack of one project."""

    def __init__(self, engine: "Engine", project: Path, name: str) -> None:
        self.engine, self.project, self.name = engine, project, name

    @property
    def file(self) -> Path:
        """Where its settings are."""
        return self.project / f"Pulumi.{self.name}.yaml"

    def preview(self) -> Run:
        return self._run("preview")

    def failed_preview(self) -> Run:
        """The run of a `preview` that has to fail."""
        return self._run("preview", fails=True)

    def up(self, *, hash_seed: int = 0) -> Run:
        return self._run("up", "--yes", "--skip-preview", hash_seed=hash_seed)

    def failed_up(self) -> Run:
        """The run of an `up` that has to fail."""
        return self._run("up", "--yes", "--skip-preview", fails=True)

    def refresh(self) -> Run:
        return self._run("refresh", "--yes", "--skip-preview")

    def destroy(self) -> Run:
        return self._run("destroy", "--yes", "--skip-preview")

    def outputs(self, *options: str) -> dict[str, Any]:
        return json.loads(self._pulumi("stack", "output", "--json", *options).stdout)

    def resources(self) -> list[dict[str, Any]]:
        """The resources as they stand in the state, without the provider's own."""
        state = json.loads(self._pulumi("stack", "export").stdout)
        resources: list[dict[str, Any]] = state["deployment"].get("resources", [])
        return [r for r in resources if not r["type"].startswith("pulumi:providers:")]

    def set(self, *arguments: str) -> None:
        """`pulumi config set`."""
        self._pulumi("config", "set", *arguments)

    def put_workflows(self, *names: str) -> None:
        """Lists these workflows in place of those that there were."""
        settings = yaml.safe_load(self.file.read_text())
        settings["config"]["tested:workflows"] = [*names]
        self.file.write_text(yaml.safe_dump(settings))

    def append(self, file: str, *lines: str) -> None:
        """Edits the program: adds lines at the end of a file."""
        with (self.project / file).open("a") as program:
            program.writelines(f"{line}\n" for line in lines)

    def _run(self, command: str, *options: str, hash_seed: int = 0, fails: bool = False) -> Run:
        log = self.engine.folder / "events.jsonl"
        log.write_text("")  # a command that is refused at once writes none
        before = len(self.engine.aws.requests())
        run = self._pulumi(
            *(command, *options, "--event-log", str(log)), hash_seed=hash_seed, check=False
        )
        text = run.stdout + run.stderr
        assert bool(run.returncode) == fails, text
        steps = [
            event["resourcePreEvent"]["metadata"]
            for event in map(json.loads, log.read_text().splitlines())
            if "resourcePreEvent" in event
        ]
        steps = [step for step in steps if not step["type"].startswith("pulumi:providers:")]
        return Run(
            text,
            frozenset(
                f"{step['op']} {step['type']} {step['urn'].rpartition('::')[2]}"
                for step in steps
                if step["op"] not in ("same", "refresh", "read")
            ),
            {s["urn"]: (s.get("new") or s["old"]).get("parent", "") for s in steps},
            self.engine.aws.requests()[before:],
        )

    def _pulumi(
        self, *arguments: str, hash_seed: int = 0, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        return self.engine.pulumi(
            self.project, *arguments, "--stack", self.name, hash_seed=hash_seed, check=check
        )


class Engine:
    """The engine with a backend, and an account of AWS, in a folder of its own.

    Args:
        path: a PATH with the Pulumi CLI, see `tests.engine.pulumi_cli`.
    """

    def __init__(self, folder: Path, path: str) -> None:
        self.folder = folder
        self.aws = Folder(folder / "aws")
        for made in ("aws", "home", "state", "bin"):
            (folder / made).mkdir()
        plugin = folder / "bin/pulumi-resource-aws"
        command = [sys.executable, "-m", "tests.engine.provider", str(self.aws.path)]
        plugin.write_text(
            f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(REPOSITORY))} exec {shlex.join(command)}\n"
        )
        plugin.chmod(0o755)
        own = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "AWS_"))}
        self.environment = {
            **own,
            # The programs run with the Python that runs the tests.
            "PATH": os.pathsep.join([str(plugin.parent), str(Path(sys.executable).parent), path]),
            "PULUMI_HOME": str(folder / "home"),
            # Without a file of metadata beside each state, which a killed CLI leaves half written;
            # then no stack can be listed any more. Other backends have none.
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase for tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # pulumi-aws has thousands of modules, most of which are never imported. The value is
            # that of `compile`: https://pip.pypa.io/en/stable/topics/configuration/
            "PIP_NO_COMPILE": "0",
            # It has `--event-log`.
            "PULUMI_DEBUG_COMMANDS": "true",
        }

    def stack(self, name: str, project: Path = PROJECT) -> Stack:
        """A new stack, not yet deployed, of a copy of the project, with the settings of dev."""
        folder = self.folder / f"project-{name}"
        left_out = shutil.ignore_patterns("__pycache__", "Pulumi.local.yaml")
        shutil.copytree(project, folder, ignore=left_out)
        (folder / "Pulumi.dev.yaml").rename(folder / f"Pulumi.{name}.yaml")
        (folder / ".venv").symlink_to(REPOSITORY / ".venv")
        return self.stack_of(folder, name)

    def stack_of(self, project: Path, name: str) -> Stack:
        """A new stack of another project."""
        self.pulumi(project, "stack", "init", name)
        return Stack(self, project, name)

    def pulumi(
        self, project: Path, *arguments: str, hash_seed: int = 0, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=project,
            env={**self.environment, "PYTHONHASHSEED": str(hash_seed)},
            capture_output=True,
            text=True,
            check=check,
        )
