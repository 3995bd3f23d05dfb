"""The project's stacks, worked on through Pulumi's Automation API."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pulumi.automation import (
    CommandError,
    ConfigValue,
    Stack,
    StackNotFoundError,
)
from pulumi.automation.events import EngineEvent

from ci.changes import Change, changes
from ci.cli import Cli, Workspace
from ci.errors import CiError, LeftBehindError, PulumiFailedError
from ci.failures import failure
from ci.interruption import Interruption
from ci.leftovers import adopted, arns_with_tags
from ci.progress import progress, warnings
from local.steps import Steps

TEMPLATE = "dev"
"""The stack whose settings throw-away stacks have."""

Given = TypeVar("Given")
Follow = Callable[[EngineEvent], Any]


class Stacks:
    """The stacks of the project in a folder.

    What Pulumi does not do is raised as `PulumiFailedError`, with the reason and the next step;
    a signal, as `StoppedError`.
    """

    def __init__(self, project: Path, interruption: Interruption, steps: Steps) -> None:
        self._workspace = Workspace(work_dir=str(project), pulumi_command=Cli(interruption))
        self._steps = steps

    def names(self) -> list[str]:
        return [stack.name for stack in _answer(self._workspace.list_stacks)]

    def make(self, name: str, config: Mapping[str, str]) -> None:
        """Makes a throw-away stack with the settings of `TEMPLATE`, and these on top.

        Of encrypted settings it can read those that a passphrase encrypts, and no others.

        Raises:
            CiError: `TEMPLATE` has no settings.
        """
        template = self._settings(TEMPLATE)
        if not template.exists():
            raise CiError(f"{template} is missing; write the settings of throw-away stacks there")
        shutil.copy(template, self._settings(name))
        self._workspace.secrets_provider = self._secrets().get("secretsprovider")
        stack = _answer(lambda: Stack.create(name, self._workspace))
        values = {key: ConfigValue(value) for key, value in config.items()}
        _answer(lambda: stack.set_all_config(values, path=True))

    def preview(self, name: str) -> list[Change]:
        stack = self._stack(name)
        title = f"Preview {name}"
        return changes(self._follow(title, lambda on: stack.preview(on_event=on), preview=True))

    def up(self, name: str) -> None:
        stack = self._stack(name)
        self._follow(f"Update {name}", lambda on: stack.up(on_event=on))

    def destroy(self, name: str) -> None:
        self._destroy(self._stack(name))

    def outputs(self, name: str) -> dict[str, Any]:
        """The stack's outputs, secrets in plain text."""
        outputs = _answer(self._stack(name).outputs)
        return {key: output.value for key, output in outputs.items()}

    def dispose(self, name: str) -> None:
        """Destroys and removes a throw-away stack, whatever state it is in.

        A stack that is not there is no error.

        Raises:
            LeftBehindError: it is still there, or a resource may be that cannot be looked for.
        """
        if stack := _answer(lambda: self._find(name)):
            unknown: list[str] = []
            try:
                self._empty(stack, unknown)
                _answer(lambda: self._workspace.remove_stack(name))
            except CiError as error:
                how = f"{name} is left; a sweep removes it: `python -m ci sweep --older-than 6h`"
                raise LeftBehindError("\n".join([*unknown, str(error), how])) from None
            if unknown:
                raise LeftBehindError("\n".join(unknown))
        self._settings(name).unlink(missing_ok=True)

    def _empty(self, stack: Stack, unknown: list[str]) -> None:
        """Destroys a stack's resources, and what was being created when a command was killed.

        Args:
            unknown: gets a line for each resource that cannot be looked for.
        """
        # Wrong settings must not keep it, and another machine has none: the state's will do.
        self._settings(stack.name).write_text(yaml.safe_dump(self._secrets()))
        with suppress(CommandError):  # no killed command has left its lock
            stack.cancel()
        state = _answer(lambda: self._workspace.exported(stack.name))
        if state["deployment"].get("pending_operations"):
            state["deployment"], lines = adopted(state["deployment"], arns_with_tags)
            unknown += lines
            _answer(lambda: self._workspace.import_(stack.name, state))
            title = f"Look for what {stack.name} has left"
            self._follow(title, lambda on: stack.refresh(on_event=on))
        self._destroy(stack)

    def _destroy(self, stack: Stack) -> None:
        self._follow(f"Destroy {stack.name}", lambda on: stack.destroy(on_event=on))

    def _stack(self, name: str) -> Stack:
        return _answer(lambda: Stack.select(name, self._workspace))

    def _find(self, name: str) -> Stack | None:
        try:
            return Stack.select(name, self._workspace)
        except StackNotFoundError:
            return None

    def _secrets(self) -> dict[str, Any]:
        """How `TEMPLATE` encrypts: its file without the settings.

        Raises:
            CiError: it is not YAML.
        """
        template = self._settings(TEMPLATE)
        if not template.exists():
            return {}
        try:
            content: dict[str, Any] = yaml.safe_load(template.read_text()) or {}
        except yaml.YAMLError as error:
            raise CiError(f"{template} is not YAML: {error}") from None
        return {key: value for key, value in content.items() if key != "config"}

    def _settings(self, name: str) -> Path:
        # Pulumi Cloud may put an organization in front.
        return Path(self._workspace.work_dir, f"Pulumi.{name.rpartition('/')[2]}.yaml")

    def _follow(
        self, title: str, run: Callable[[Follow], object], *, preview: bool = False
    ) -> list[EngineEvent]:
        """Runs what the engine tells of in events, and shows them."""
        events: list[EngineEvent] = []
        with self._steps.step(title) as tell:
            show = progress(tell, preview=preview)

            def follow(event: EngineEvent) -> None:
                events.append(event)
                show(event)

            try:
                run(follow)
            except CommandError as error:
                raise PulumiFailedError(failure(events, error)) from None
        for warning in warnings(events):
            self._steps.tell(f"advice: {warning}", "yellow")
        return events


def _answer(ask: Callable[[], Given]) -> Given:
    try:
        return ask()
    except CommandError as error:
        raise PulumiFailedError(failure((), error)) from None
