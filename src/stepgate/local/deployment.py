"""The local stack: an emulator with the program deployed onto it, in a folder of its own."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from stepgate.emulator_environment import InstallationFailed, emulator_python
from stepgate.local.config import checked_config, stack_config
from stepgate.local.emulation import deploy
from stepgate.local.emulator import Emulator, await_ready, launch, mocks_file
from stepgate.local.errors import CommandError
from stepgate.local.program import Outputs
from stepgate.local.stack_references import referenced_files
from stepgate.local.steps import Steps
from stepgate.project_files import own_files
from stepgate.resource_types.cloud import Cloud
from stepgate.signals import signals_deferred

PACKAGE = Path(__file__).parent.parent

NAME = "local"
"""The stack's name, and so of the file with its settings."""


@dataclass(frozen=True)
class Record:
    """What `stack.json` holds: which emulator runs, and the fingerprint it was deployed from."""

    emulator: Emulator
    deployed: str | None


class LocalDeployment:
    """The stack that lives in a folder, or may come to live there.

    The folder holds `stack.json` (see `Record`), `outputs.json` (the stack's outputs, as `pulumi
    stack output --json` prints them) and `emulator.log`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.record_file = folder / "stack.json"
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
                    f"another command is using the stack in {self._folder}; wait until it has ended"
                ) from None
            yield

    def emulator(self) -> Emulator | None:
        """The emulator that runs for this stack, whether or not its deployment was finished."""
        record = self._record()
        return record.emulator if record and record.emulator.process() else None

    def has_unreadable_record(self) -> bool:
        """Whether there is a record that this version did not write: it names no emulator."""
        return self.record_file.exists() and self._record() is None

    def is_current(self, project: Path, port: int, mocks: str = "") -> bool:
        """Whether the stack runs on that port, deployed from the project as it is now."""
        record = self._record()
        return (
            record is not None
            and record.emulator.process() is not None
            and record.emulator.port == port
            and self.outputs_file.exists()
            and record.deployed == fingerprint(project, mocks)
        )

    def outputs(self) -> Outputs:
        return json.loads(self.outputs_file.read_text())

    def up(self, project: Path, port: int, steps: Steps, mocks: str = "") -> Outputs:
        """Starts an emulator and deploys the project onto it; leaves nothing behind if it fails.

        Args:
            mocks: the mocks that it will have, see `answer`.

        Raises:
            CommandError: see `stack_config`, `launch`, `await_ready` and `deploy`; or the
                emulator cannot be installed.
        """
        config = stack_config(project, NAME)
        deployed_from = fingerprint(project, mocks)
        try:
            python = emulator_python(steps.step)
        except InstallationFailed as failed:
            raise CommandError(str(failed)) from None
        try:
            with signals_deferred():
                self._write_record(emulator := launch(python, self._folder, port), None)
            with steps.step(f"Start the emulator at {emulator.url}"):
                await_ready(emulator)
            with steps.step("Deploy __main__.py", counted="resource") as at:
                outputs = _deploy(project, config, emulator, at)
            # It may hold secrets, which nothing else encrypts for a local stack.
            self.outputs_file.touch(0o600)
            self.outputs_file.write_text(json.dumps(outputs, indent=2) + "\n")
            self._write_record(emulator, deployed_from)
        except BaseException:  # Ctrl-C as well
            self.down()
            raise
        return outputs

    def answer(self, mocks: str) -> None:
        """States are answered from mocks from now on, see `stepgate.local.mocks`."""
        file = mocks_file(self._folder)
        new = file.with_suffix(".new")
        new.write_text(mocks)
        new.replace(file)

    def down(self) -> bool:
        """Stops the emulator and forgets the stack; says whether there was one running."""
        emulator = self.emulator()
        if emulator:
            emulator.stop()
        self.record_file.unlink(missing_ok=True)
        self.outputs_file.unlink(missing_ok=True)
        shutil.rmtree(self._folder / "state", ignore_errors=True)
        return emulator is not None

    def _record(self) -> Record | None:
        try:
            content = json.loads(self.record_file.read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        match content:
            case {
                "emulator": {
                    "process_id": int(process_id),
                    "mark": str(mark),
                    "port": int(port),
                    "log": str(log),
                },
                "deployed": str() | None as deployed,
            } if process_id > 0:
                return Record(Emulator(process_id, mark, port, Path(log)), deployed)
            case _:
                return None

    def _write_record(self, emulator: Emulator, deployed: str | None) -> None:
        new = self.record_file.with_suffix(".new")
        new.write_text(json.dumps(asdict(Record(emulator, deployed)), default=str))
        new.replace(self.record_file)


def _deploy(
    project: Path, config: dict[str, str], emulator: Emulator, created: Callable[[str], None]
) -> Outputs:
    """As `deploy`; its errors end with the emulator's log."""
    try:
        return deploy(project, NAME, config, Cloud(emulator.url, config["aws:region"]), created)
    except CommandError as error:
        reason = (
            f"{error}\nthe emulator's log:" if emulator.process() else "the emulator died; its log:"
        )
        raise CommandError(f"{reason} {emulator.log}") from None


def fingerprint(project: Path, mocks: str = "") -> str:
    """A hash of all files that may decide how the project is deployed: its own, the package's, and
    the outputs of the stacks that it refers to; and of the mocks.

    Hidden folders, virtual environments and what Python compiles are left out; so is what is not a
    file or cannot be read, such as an editor's lock or a pipe: the program cannot need it.
    """
    files = [
        (file, str(file.relative_to(folder)))
        for folder in (project, PACKAGE)
        for file in own_files(folder, installed=("__pycache__",))
    ]
    with suppress(CommandError):  # the files of the settings are hashed in any case
        references = referenced_files(project, checked_config(project, NAME)[0])
        files += [(file, stack) for stack, file in references.items()]
    digest = hashlib.sha256(mocks.encode())
    for file, name in files:
        with suppress(OSError):
            content = hashlib.sha256(file.read_bytes()).digest()
            digest.update(f"{name}\0".encode(errors="surrogateescape"))
            digest.update(content)
    return digest.hexdigest()
