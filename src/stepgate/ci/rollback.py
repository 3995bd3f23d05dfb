"""Puts a version before back, for the state machines of the last deployment or for one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from stepgate.ci.errors import (
    AwsFailedError,
    CiError,
    DangerousChangeError,
    PartlyRolledBackError,
    StoppedError,
)
from stepgate.ci.kept_permissions import RolePolicies
from stepgate.ci.last_deployment import Update, last_deployed
from stepgate.ci.state_machines import StateMachine
from stepgate.ci.versions import Versions
from stepgate.permissions.arn_context import ArnContext
from stepgate.permissions.derived_permissions import derive_permissions
from stepgate.permissions.lost_permissions import lost_permissions
from stepgate.permissions.policies import Policy, policy_document
from stepgate.workflow import Definition


@dataclass(frozen=True)
class Rollback:
    """One state machine's way back; `newest` is the version that was published last."""

    machine: StateMachine
    newest: int
    version: int

    def __str__(self) -> str:
        return f"{self.machine.name}: version {self.version} in place of {self.newest}"

    def carry_out(self) -> None:
        """May be done again, after it was done or interrupted: it publishes nothing."""
        versions = Versions(self.machine)
        versions.route(self.version)
        # Other workflows and the console start the state machine itself.
        versions.restore(self.version)


def plan_rollback(
    machines: Sequence[StateMachine],
    updates: Sequence[Update],
    workflow: str | None,
    to: int | None,
) -> list[Rollback]:
    """What is put back: the version before the newest (see `Versions.before`), or `to`.

    Args:
        updates: of the stack.
        workflow: the one that goes back; None for all that the last deployment has changed, see
            `last_deployed`.

    Raises:
        CiError: there is nothing to go back to.
        AwsFailedError: AWS does not answer.
        DangerousChangeError: the role of a state machine lacks what its version needs.
    """
    named = [each for each in machines if workflow in (None, each.workflow)]
    if not named:
        known = ", ".join(sorted(each.workflow for each in machines)) or "none"
        which = f"of workflow {workflow!r}" if workflow else ""
        raise CiError(f"the stack has no versions {which}; workflows with versions: {known}")
    if to is not None and len(named) > 1:
        raise CiError(f"--to {to} is a version of one workflow; name it with --workflow")
    published = {each: Versions(each).publication_times() for each in named}
    if workflow is None:
        changed = {each: _changed(each, created) for each, created in published.items()}
        if not (named := last_deployed(changed, updates)):
            raise CiError(
                "nothing to go back to: the last deployment failed or was killed, and changed no "
                "workflow; to take back the one before, name a workflow with --workflow"
            )
    plan: list[Rollback] = []
    for machine in named:
        numbers = [*published[machine]]
        if to in numbers:
            plan.append(Rollback(machine, numbers[-1], to))
        elif to is not None:
            kept = ", ".join(map(str, numbers))
            raise CiError(f"{machine.name} has no version {to}; use one of {kept}")
        elif numbers and (before := Versions(machine).before(numbers)):
            plan.append(Rollback(machine, numbers[-1], before))
    if not plan:
        names = ", ".join(machine.name for machine in named)
        raise CiError(f"nothing to go back to: no version before the newest of {names}")
    problems = [problem for each in plan for problem in _problems(each)]
    if problems:
        raise DangerousChangeError("\n".join([*problems, f"next: {NEXT}"]))
    return plan


NEXT = "deploy the commit before with `stepgate ci up`, which gives the role what it needs"


def carry_out(
    plan: Sequence[Rollback], check: Callable[[], None], tell: Callable[[str], None]
) -> None:
    """Each in turn, with a line when it is done; if it stops before, with a line for each left.

    Args:
        check: raises `StoppedError` after a signal.

    Raises:
        PartlyRolledBackError: AWS refused something, or did not answer.
    """
    left = [*plan]
    try:
        while left:
            check()
            left[0].carry_out()
            tell(str(left.pop(0)))
    except (AwsFailedError, StoppedError) as error:
        lines = [*(f"not rolled back: {each}" for each in left), f"next: {AGAIN}"]
        if isinstance(error, AwsFailedError):
            raise PartlyRolledBackError("\n".join([str(error), *lines])) from None
        for line in lines:
            tell(line)
        raise


AGAIN = "run the same command again, which goes to the same versions"


def _changed(machine: StateMachine, created: Mapping[int, datetime]) -> datetime:
    """When a deployment has changed it last; a killed one may have, and the state not know it."""
    newest = max(created, default=0)
    return created[newest] if newest > machine.version else machine.modified


def _problems(rollback: Rollback) -> list[str]:
    """Why a version cannot run any more.

    What its definition needs, and the newest does not, has to be in the role. So what else the
    role has, by policies of the program's own, is not questioned.
    """
    machine, versions = rollback.machine, Versions(rollback.machine)
    definition, role_arn = versions.describe(rollback.version)
    what = f"{machine.name}: version {rollback.version}"
    if role_arn != machine.role_arn:
        return [f"{what} has the role {role_arn}, which was replaced"]
    newest, _ = versions.describe(rollback.newest)
    allowed = [*RolePolicies(machine).policies(), _policy(newest, machine)]
    return [
        f"{what} needs {permission}, which its role does not allow any more"
        for permission in lost_permissions([_policy(definition, machine)], allowed)
    ]


def _policy(definition: Definition, machine: StateMachine) -> Policy:
    _, partition, _, region, account, _, name = machine.arn.split(":")
    context = ArnContext(partition, region, account, name)
    return policy_document(derive_permissions(definition, context).statements)


def rolled_back(machines: Iterable[StateMachine]) -> Iterator[str]:
    """A line for each state machine whose routes start another version than was deployed."""
    for machine in machines:
        try:
            routed = Versions(machine).routed()
        except AwsFailedError as error:
            yield f"{error}; so whether it was rolled back is not known"
            continue
        if routed != machine.version:
            yield (
                f"{machine.name} is rolled back: routes start version {routed}, and version "
                f"{machine.version} was deployed"
            )


def narrow(machine: StateMachine, written: int | None) -> None:
    """Takes from a role what it was left for versions that nothing needs any more.

    Needed are the version before, for a rollback, the one that routes start, and those of running
    executions.

    Args:
        written: the version that this deployment has left something for.

    Raises:
        AwsFailedError: AWS does not answer; nothing is taken then.
    """
    policies, versions = RolePolicies(machine), Versions(machine)
    needed = {written, versions.routed()}
    kept = [number for number in policies.kept_versions() if number not in needed]
    if kept:
        before = versions.before(versions.published())
        running = versions.oldest_running()
        for number in kept:
            if number < min(before, running):
                policies.drop(number)
