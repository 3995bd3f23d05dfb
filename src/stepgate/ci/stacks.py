"""The project's stacks, through Pulumi's Automation API."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, timedelta
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

from stepgate.ci.errors import CiError, LeftBehindError, PulumiFailedError
from stepgate.ci.event_printer import event_printer, warnings
from stepgate.ci.failures import failure
from stepgate.ci.interruption import Interruption
from stepgate.ci.last_deployment import UPDATES, Update
from stepgate.ci.pending_operations import adopt_pending_creates, arns_with_tags
from stepgate.ci.pulumi_cli import PulumiCli, Workspace
from stepgate.ci.state_bucket import find_state_bucket, list_stacks
from stepgate.local.errors import CommandError as SettingsError
from stepgate.local.steps import Steps
from stepgate.local.yaml_file import content

TEMPLATE = "dev"
"""The stack whose settings ephemeral stacks have."""

Given = TypeVar("Given")
Follow = Callable[[EngineEvent], Any]


class Stacks:
    """The stacks of the project in a folder.

    Every method raises `PulumiFailedError` where Pulumi fails, with the reason and the next step,
    and `StoppedError` after a signal.
    """

    def __init__(self, project: Path, interruption: Interruption, steps: Steps) -> None:
        self._workspace = Workspace(work_dir=str(project), pulumi_command=PulumiCli(interruption))
        self._steps = steps

    def names(self) -> list[str]:
        if bucket := find_state_bucket(_run(self._workspace.who_am_i).url or ""):
            return list_stacks(bucket, self._workspace.project_settings().name)
        return [stack.name for stack in _run(self._workspace.list_stacks)]

    def create(self, name: str, config: Mapping[str, str]) -> None:
        """Creates an ephemeral stack with the settings of `TEMPLATE`, and these on top.

        It can read encrypted settings only if a passphrase encrypts them.

        Raises:
            CiError: `TEMPLATE` has no settings, or see `encryption`.
        """
        template = self._settings(TEMPLATE)
        if not template.exists():
            raise CiError(f"{template} is missing: write the settings of ephemeral stacks there")
        self._workspace.secrets_provider = encryption(template).get("secretsprovider")
        shutil.copy(template, self._settings(name))
        stack = _run(lambda: Stack.create(name, self._workspace))
        values = {key: ConfigValue(value) for key, value in config.items()}
        _run(lambda: stack.set_all_config(values, path=True))

    def preview(self, name: str) -> list[EngineEvent]:
        stack = self._stack(name)
        title = f"Preview {name}"
        return self._follow(title, lambda on_event: stack.preview(on_event=on_event), preview=True)

    def up(self, name: str) -> None:
        stack = self._stack(name)
        self._follow(f"Update {name}", lambda on_event: stack.up(on_event=on_event))

    def destroy(self, name: str) -> None:
        self._destroy(self._stack(name))

    def state(self, name: str) -> Mapping[str, Any]:
        """Its state as `pulumi stack export` prints it under `deployment`."""
        self._stack(name)
        return _run(lambda: self._workspace.export_state(name))["deployment"] or {}

    def updates(self, name: str) -> list[Update]:
        """The last updates that were not killed."""
        history = _run(lambda: self._stack(name).history(page_size=UPDATES, show_secrets=False))
        return [
            # The SDK's times are in UTC, do not say so, and are cut to the second.
            Update(
                each.end_time.replace(tzinfo=UTC) + timedelta(seconds=1),
                succeeded=each.result == "succeeded",
            )
            for each in history
            if each.kind == "update" and each.end_time
        ]

    def outputs(self, name: str) -> dict[str, Any]:
        """The stack's outputs, secrets in plain text."""
        outputs = _run(self._stack(name).outputs)
        return {key: output.value for key, output in outputs.items()}

    def remove(self, name: str) -> None:
        """Destroys and removes an ephemeral stack, if it exists, in whatever state it is.

        Raises:
            LeftBehindError: it still exists, or a resource may that cannot be found.
        """
        if stack := _run(lambda: self._find(name)):
            unknown: list[str] = []
            try:
                self._empty(stack, unknown)
                _run(lambda: self._workspace.remove_stack(name))
            except CiError as error:
                how = f"{name} still exists: remove it with `stepgate ci sweep --older-than 6h`"
                raise LeftBehindError("\n".join([*unknown, str(error), how])) from None
            if unknown:
                raise LeftBehindError("\n".join(unknown))
        self._settings(name).unlink(missing_ok=True)

    def _empty(self, stack: Stack, unknown: list[str]) -> None:
        """Destroys a stack's resources, and what was being created when a command was killed.

        Args:
            unknown: gets a line for each resource that cannot be found.
        """
        # Wrong settings must not prevent it, and another machine has none: the state's are enough.
        self._settings(stack.name).write_text(yaml.safe_dump(encryption(self._settings(TEMPLATE))))
        with suppress(CommandError):  # it is not locked by a killed command
            stack.cancel()
        state = _run(lambda: self._workspace.export_state(stack.name))
        deployment = state["deployment"]  # None in a stack that nothing was deployed to
        if deployment and deployment.get("pending_operations"):
            state["deployment"], lines = adopt_pending_creates(deployment, arns_with_tags)
            unknown += lines
            _run(lambda: self._workspace.import_state(stack.name, state))
            title = f"Look for pending resources of {stack.name}"
            self._follow(title, lambda on_event: stack.refresh(on_event=on_event))
        self._destroy(stack)

    def _destroy(self, stack: Stack) -> None:
        self._follow(f"Destroy {stack.name}", lambda on_event: stack.destroy(on_event=on_event))

    def _stack(self, name: str) -> Stack:
        return _run(lambda: Stack.select(name, self._workspace))

    def _find(self, name: str) -> Stack | None:
        try:
            return Stack.select(name, self._workspace)
        except StackNotFoundError:
            return None

    def _settings(self, name: str) -> Path:
        # Pulumi Cloud may put an organization in front.
        return Path(self._workspace.work_dir, f"Pulumi.{name.rpartition('/')[2]}.yaml")

    def _follow(
        self, title: str, run: Callable[[Follow], object], *, preview: bool = False
    ) -> list[EngineEvent]:
        """Runs a command of the engine, and prints its events."""
        events: list[EngineEvent] = []
        with self._steps.step(title) as print_line:
            print_event = event_printer(print_line, preview=preview)

            def follow(event: EngineEvent) -> None:
                events.append(event)
                print_event(event)

            try:
                run(follow)
            except CommandError as error:
                raise PulumiFailedError(failure(events, error)) from None
        for warning in warnings(events):
            self._steps.tell(f"warning: {warning}", "yellow")
        return events


def encryption(settings: Path) -> dict[str, Any]:
    """How a stack encrypts: the file with its settings, without these; empty if it is missing.

    Raises:
        CiError: it is not YAML of keys and values.
    """
    if not settings.exists():
        return {}
    try:
        return {key: value for key, value in content(settings).items() if key != "config"}
    except SettingsError as error:
        raise CiError(str(error)) from None


def _run(command: Callable[[], Given]) -> Given:
    try:
        return command()
    except CommandError as error:
        raise PulumiFailedError(failure((), error)) from None
