"""The local stack: an emulator with the program deployed onto it, in a folder of its own."""

import fcntl
import hashlib
import json
import shutil
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from local.cloud import Cloud
from local.config import stack_config
from local.deployment import deploy
from local.emulator import Emulator, await_ready, launch
from local.errors import CommandError
from local.program import Outputs
from local.steps import Steps

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends a command: Ctrl-C, a polite end, a closed terminal."""

NAME = "local"
"""The stack's name, and so of the file with its settings."""


class LocalStack:
    """The stack that lives in a folder, or may come to live there.

    The folder holds `stack.json` (which emulator runs, deployed from what), `outputs.json` (the
    stack's outputs, as `pulumi stack output --json` prints them) and `emulator.log`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._record = folder / "stack.json"
        self.outputs_file = folder / "outputs.json"

    @contextmanager
    def locked(self) -> Generator[None]:
        """One command at a time; the system lifts the lock from a command that is killed.

        Raises:
            CommandError: another command is at work on this stack.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CommandError(
                    f"another command is at work on the stack in {self._folder}; wait for its end"
                ) from None
            yield

    def emulator(self) -> Emulator | None:
        """The emulator that runs for this stack, whether or not its deployment was finished."""
        if not self._record.exists():
            return None
        record = json.loads(self._record.read_text())["emulator"]
        emulator = Emulator(**record | {"log": Path(record["log"])})
        return emulator if emulator.process() else None

    def is_current(self, project: Path, port: int) -> bool:
        """Whether the stack runs on that port, deployed from the project as it is now."""
        emulator = self.emulator()
        if not emulator or emulator.port != port or not self.outputs_file.exists():
            return False
        return json.loads(self._record.read_text())["deployed"] == fingerprint(project)

    def outputs(self) -> Outputs:
        return json.loads(self.outputs_file.read_text())

    def up(self, project: Path, port: int, steps: Steps) -> Outputs:
        """Starts an emulator and deploys the project onto it; leaves nothing behind if it fails.

        Raises:
            CommandError: see `launch`, `await_ready`, `stack_config` and `deploy`.
        """
        config = stack_config(project, NAME)
        deployed_from = fingerprint(project)
        try:
            with signals_wait():
                self._write_record(emulator := launch(self._folder, port), None)
            with steps.step(f"Start the emulator at {emulator.url}"):
                await_ready(emulator)
            with steps.step("Deploy __main__.py") as at:
                cloud = Cloud(emulator.url, config["aws:region"])
                outputs = deploy(project, NAME, config, cloud, created=at)
            # It may hold secrets, for nothing else can read a local stack's.
            self.outputs_file.touch(0o600)
            self.outputs_file.write_text(json.dumps(outputs, indent=2) + "\n")
            self._write_record(emulator, deployed_from)
        except BaseException as error:  # Ctrl-C as well
            died = self._record.exists() and self.emulator() is None
            self.down()
            if died and isinstance(error, CommandError):
                log = self._folder / "emulator.log"
                raise CommandError(f"the emulator died; its log: {log}") from None
            raise
        return outputs

    def down(self) -> bool:
        """Stops the emulator and forgets the stack; says whether there was one running."""
        emulator = self.emulator()
        if emulator:
            emulator.stop()
        self._record.unlink(missing_ok=True)
        self.outputs_file.unlink(missing_ok=True)
        shutil.rmtree(self._folder / "state", ignore_errors=True)
        return emulator is not None

    def _write_record(self, emulator: Emulator, deployed: str | None) -> None:
        record: dict[str, Any] = {"emulator": asdict(emulator), "deployed": deployed}
        new = self._record.with_suffix(".new")
        new.write_text(json.dumps(record, default=str))
        new.replace(self._record)


@contextmanager
def signals_wait() -> Generator[None]:
    """No signal comes between the start of an emulator and the record that names it.

    A signal mask would not do: it is a thread's own, and any other thread takes the signal then.
    """
    came: list[int] = []
    before = {s: signal.signal(s, lambda number, _: came.append(number)) for s in STOP_SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in came[:1]:
            signal.raise_signal(number)


def fingerprint(project: Path) -> str:
    """A hash of all that decides how the project is deployed: its Python, settings and packages."""
    digest = hashlib.sha256()
    for file in sorted(project.rglob("*")):
        parts = file.relative_to(project).parts
        if parts[0].startswith(".") or parts[0] in ("client", "tests") or not file.is_file():
            continue
        if file.suffix == ".py" or file.match("Pulumi*.yaml") or file.match("requirements*.txt"):
            digest.update(f"{'/'.join(parts)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
