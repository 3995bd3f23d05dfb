"""What each command of `stepgate ci` does; docs/ci.md describes them."""

import json
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from rich.console import Console

from stepgate.ci.alerts import Alerts, alerts
from stepgate.ci.changes import Change, changes
from stepgate.ci.ephemeral import run_ephemeral, sweep
from stepgate.ci.errors import DangerousChangeError
from stepgate.ci.executions import count_running_executions
from stepgate.ci.harms import harms
from stepgate.ci.interruption import Interruption
from stepgate.ci.smoke import run_smoke_tests
from stepgate.ci.stacks import Stacks
from stepgate.ci.streams import ignore_broken_pipes
from stepgate.ci.summary import counts, summary
from stepgate.client.outputs import load_outputs
from stepgate.local.steps import Steps


class Commands:
    """The commands for a project; from here on signals and broken pipes do not end this process.

    Every method raises `CiError`, where it says no more, or `StoppedError` after a signal.

    Args:
        project: the project's folder.
    """

    def __init__(self, project: Path) -> None:
        ignore_broken_pipes()
        self._project = project
        self._interruption = Interruption()
        self._steps = Steps(Console(stderr=True, highlight=False))

    def preview(self, stack: str) -> None:
        print(summary(stack, *self._preview(stack)), end="")

    def up(self, stack: str, *, allow_replace: bool) -> None:
        """
        Raises:
            DangerousChangeError: see there; nothing is changed.
        """
        found, alerted = self._preview(stack)
        self._steps.tell(counts(found) or "nothing changes")
        if alerted.dangers and not allow_replace:
            lines = [*alerted.dangers, f"next: {alerted.next_step}"]
            raise DangerousChangeError("\n".join(lines))
        for line in [*alerted.dangers, *alerted.doubtful]:
            self._steps.tell(line, "yellow")
        self._stacks.up(stack)

    def smoke(self, stack: str | None, outputs: Path | None, api: str | None) -> bool:
        """Whether the tests pass on a stack, or on the one whose outputs are in a file.

        Raises:
            StepgateError: the outputs are not a stack's, or there are no credentials.
        """
        if outputs:
            load_outputs(outputs, api)  # its errors name the file
            return self._smoke(json.loads(outputs.read_bytes()), api)
        assert stack
        return self._smoke(self._stacks.outputs(stack), api)

    def destroy(self, stack: str) -> None:
        self._stacks.destroy(stack)

    def ephemeral(self, name: str, config: Mapping[str, str], api: str | None) -> bool:
        """Whether the smoke tests pass on a stack of its own."""
        smoke = partial(self._smoke, api=api)
        return run_ephemeral(self._stacks, self._interruption, name, config, smoke)

    def sweep(self, older_than: float) -> None:
        sweep(self._stacks, self._steps, older_than)

    @cached_property
    def _stacks(self) -> Stacks:
        return Stacks(self._project, self._interruption, self._steps)

    def _preview(self, stack: str) -> tuple[list[Change], Alerts]:
        events = self._stacks.preview(stack)
        found = changes(events)
        return found, alerts(found, harms(events), count_running_executions)

    def _smoke(self, outputs: Mapping[str, Any], api: str | None) -> bool:
        with self._interruption.ends(self._interruption.check):
            passed = run_smoke_tests(outputs, self._project / "smoke", api)
        self._interruption.check()
        return passed
