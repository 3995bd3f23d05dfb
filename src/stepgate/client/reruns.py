"""Executions that run again: redriven from where they have ended, or restarted from the start."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from stepgate.client.errors import ExecutionNotFound, InvalidName, NotRedrivable, StillRunning
from stepgate.client.executions import StandardMachine
from stepgate.http.private_names import MAX_NAME, SEPARATOR
from stepgate.permissions.arns import build_alias_arn

_DIGITS = 10
"""Of the hash in a name: only names that begin alike could ever share one."""
_SUFFIX = re.compile(rf"-restart-[0-9a-f]{{{_DIGITS}}}$")


@dataclass(frozen=True)
class Restart:
    """The execution that restarts another one.

    Attributes:
        is_new: False if it had been started before.
    """

    name: str
    arn: str
    is_new: bool


def restart_name(name: str) -> str:
    """The name of an execution's restart, always the same, so that there is no second one.

    It is the name, shortened if need be, and a hash of it. The restart of a restart has a hash of
    its own in place of the other one. The owner of a private execution stays in front.

    Raises:
        InvalidName: the owner leaves too little room.
    """
    before, separator, after = name.partition(SEPARATOR)
    owner, key = (f"{before}{separator}", after) if separator else ("", name)
    hash_ = hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]
    suffix = f"-restart-{hash_}"
    room = MAX_NAME - len(owner) - len(suffix)
    if room < 1:
        raise InvalidName(
            f"{name} cannot be restarted: with the owner's part, the new name would be longer than "
            f"{MAX_NAME} characters; start a new execution through the route"
        )
    return owner + _SUFFIX.sub("", key)[:room] + suffix


def is_restart(name: str) -> bool:
    """Whether an execution was started by a restart."""
    return bool(_SUFFIX.search(name))


def redrive(machine: StandardMachine, arn: str) -> datetime:
    """Continues an execution that has failed, from where it has. When that was done, in UTC.

    A request that botocore repeats has the same token, and redrives once.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html

    Raises:
        NotRedrivable: it runs, has succeeded, or has ended too long ago.
        ExecutionNotFound: there is none.
        AwsAccessDenied, AwsRequestFailed
    """
    with machine.service.request(f"redrive {arn}", "states:RedriveExecution") as client:
        try:
            redriven: datetime = client.redrive_execution(executionArn=arn)["redriveDate"]
        except client.exceptions.ExecutionNotRedrivable as error:
            reason = error.response["Error"]["Message"]
            raise NotRedrivable(f"{_name_of(arn)} of {machine.workflow}: {reason}") from None
        except client.exceptions.ExecutionDoesNotExist as error:
            raise _not_found(machine, arn, error.response["Error"]["Message"]) from None
        return redriven.astimezone(UTC)


def restart(machine: StandardMachine, arn: str) -> Restart:
    """Starts an execution with the input of another one, unless that was done before.

    It has the version that routes start.

    Raises:
        ExecutionNotFound: there is no such other one.
        StillRunning: it has not ended.
        InvalidName: there is no name for it.
        AwsAccessDenied, AwsRequestFailed
    """
    return find_restart(machine, arn) or start_restart(machine, arn)


def start_restart(machine: StandardMachine, arn: str) -> Restart:
    """As `restart`, where none is known to have been started before."""
    original = machine.describe(arn)
    if original is None:
        raise _not_found(machine, arn, f"Execution Does Not Exist: '{arn}'")
    if original["status"] in {"RUNNING", "PENDING_REDRIVE"}:
        raise StillRunning(
            f"{_name_of(arn)} of {machine.workflow} is {original['status']}; stop it before you "
            "restart it, or start a new one through the route"
        )
    name, new_arn = restart_name(_name_of(arn)), _restart_arn(arn)
    with machine.service.request(f"restart {arn}", "states:StartExecution") as client:
        try:
            client.start_execution(
                stateMachineArn=build_alias_arn(machine.arn), name=name, input=original["input"]
            )
        except client.exceptions.ExecutionAlreadyExists:
            return Restart(name, new_arn, is_new=False)
    return Restart(name, new_arn, is_new=True)


def find_restart(machine: StandardMachine, arn: str) -> Restart | None:
    """The restart of an execution, if there is one.

    Raises:
        InvalidName: there is no name for it.
        AwsAccessDenied, AwsRequestFailed
    """
    new_arn = _restart_arn(arn)
    found = machine.describe(new_arn) is not None
    return Restart(_name_of(new_arn), new_arn, is_new=False) if found else None


def _not_found(machine: StandardMachine, arn: str, detail: str) -> ExecutionNotFound:
    return ExecutionNotFound(
        f"{machine.workflow} has no execution {_name_of(arn)}; check its name and the workflow",
        status=400,
        error="ExecutionDoesNotExist",
        detail=detail,
        execution=_name_of(arn),
    )


def _name_of(arn: str) -> str:
    return arn.rpartition(":")[2]


def _restart_arn(arn: str) -> str:
    machine, _, name = arn.rpartition(":")
    return f"{machine}:{restart_name(name)}"
