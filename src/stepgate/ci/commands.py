"""What each command of `stepgate ci` does; docs/ci.md describes them."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from rich.console import Console

from stepgate.ci.alerts import Alerts, alerts
from stepgate.ci.changes import Change, changes
from stepgate.ci.ephemeral import run_ephemeral, sweep
from stepgate.ci.errors import AwsFailedError, DangerousChangeError
from stepgate.ci.executions import count_running_executions
from stepgate.ci.harms import harms
from stepgate.ci.interruption import Interruption
from stepgate.ci.kept_permissions import (
    KeptPermissions,
    RolePolicies,
    kept_permissions,
)
from stepgate.ci.last_deployment import killed_updates
from stepgate.ci.rollback import carry_out, narrow, plan_rollback, rolled_back
from stepgate.ci.smoke import run_smoke_tests
from stepgate.ci.stacks import Stacks
from stepgate.ci.state_machines import StateMachine, state_machines
from stepgate.ci.streams import ignore_broken_pipes
from stepgate.ci.summary import counts, summary
from stepgate.ci.versions import Versions
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
        machines = state_machines(self._stacks.state(stack))
        found, alerted, _ = self._preview(stack, machines)
        print(summary(stack, found, alerted), end="")

    def up(self, stack: str, *, allow_replace: bool) -> None:
        """
        Raises:
            DangerousChangeError: see there; nothing is changed.
        """
        machines = state_machines(self._stacks.state(stack))
        found, alerted, kept = self._preview(stack, machines)
        self._steps.tell(counts(found) or "nothing changes")
        if alerted.dangers and not allow_replace:
            lines = [*alerted.dangers, f"next: {alerted.next_step}"]
            raise DangerousChangeError("\n".join(lines))
        for line in [*alerted.dangers, *alerted.doubtful, *alerted.notes]:
            self._steps.tell(line, "yellow")
        self._keep(kept, allow_replace=allow_replace)
        self._stacks.up(stack)
        self._tidy(stack, {each.machine.arn: each.machine.version for each in kept})

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

    def rollback(self, stack: str, workflow: str | None, to: int | None) -> None:
        """
        Raises:
            DangerousChangeError: see `plan_rollback`; nothing is changed.
            PartlyRolledBackError: see `carry_out`.
        """
        state = self._stacks.state(stack)
        updates = [*self._stacks.updates(stack), *killed_updates(state)]
        plan = plan_rollback(state_machines(state), updates, workflow, to)
        carry_out(plan, self._interruption.check, self._steps.tell)

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

    def _preview(
        self, stack: str, machines: Sequence[StateMachine]
    ) -> tuple[list[Change], Alerts, list[KeptPermissions]]:
        events = self._stacks.preview(stack)
        found = changes(events)
        kept = kept_permissions(events, machines)
        harmed = harms(events, {each.machine.arn: each.policy for each in kept})
        notes = [*map(str, kept), *rolled_back(machines)]
        return found, alerts(found, harmed, count_running_executions, notes), kept

    def _keep(self, kept: Sequence[KeptPermissions], *, allow_replace: bool) -> None:
        """Leaves in roles what the versions before need.

        Raises:
            DangerousChangeError: a role does not take it, and that is not allowed.
        """
        for each in kept:
            try:
                RolePolicies(each.machine).keep(each.policy)
            except AwsFailedError as error:
                if not allow_replace:
                    step = "next: correct what the reason names, or give --allow-replace"
                    raise DangerousChangeError(f"{error}\n{step}") from None
                self._steps.tell(str(error), "yellow")

    def _tidy(self, stack: str, written: Mapping[str, int]) -> None:
        """Deletes old versions, and permissions that nothing needs any more.

        The stack is deployed already: what fails is reported, and done by the next deployment.
        """
        for machine in state_machines(self._stacks.state(stack)):
            try:
                narrow(machine, written.get(machine.arn))
                Versions(machine).prune()
            except AwsFailedError as error:
                self._steps.tell(str(error), "yellow")

    def _smoke(self, outputs: Mapping[str, Any], api: str | None) -> bool:
        with self._interruption.ends(self._interruption.check):
            passed = run_smoke_tests(outputs, self._project / "smoke", api)
        self._interruption.check()
        return passed
