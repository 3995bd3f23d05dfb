"""What a deployment leaves in the roles of state machines: what the version before still needs.

A role has no versions, and its policies of now are in effect for all executions. So before the
stack's own policy takes a permission away, the statements that have it become an inline policy of
their own, named after the version that needs it. A later deployment deletes it.
"""

# boto3-stubs has overloads for services that are not named, too: see resource_types/cloud.py.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from pulumi.automation.events import EngineEvent

from stepgate.ci.aws_errors import aws_errors
from stepgate.ci.previewed_policies import previewed_policies, previewed_steps, role_name
from stepgate.ci.state_machines import StateMachine
from stepgate.permissions.lost_permissions import NO_PATTERN, lost_permissions, lost_statements
from stepgate.permissions.policies import Policy, policy_document, policy_text
from stepgate.workflow import Statement

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

PREFIX = "stepgate-version-"
"""What the names of such policies begin with; the version's number follows."""


@dataclass(frozen=True)
class KeptPermissions:
    """What the deployed version of a state machine needs, and the next policies lack."""

    machine: StateMachine
    policy: Policy

    def __str__(self) -> str:
        permissions = "; ".join(lost_permissions([self.policy], []))
        machine = self.machine
        return f"{machine.name} keeps for version {machine.version}: {permissions}"


def kept_permissions(
    events: Iterable[EngineEvent], machines: Iterable[StateMachine]
) -> list[KeptPermissions]:
    """What the update of a preview has to keep, for each state machine that loses something.

    What the preview does not know is not among it.
    """
    steps = previewed_steps(events)
    found: list[KeptPermissions] = []
    for machine in machines:
        role = role_name(machine.role_arn)
        before = [*filter(None, previewed_policies(steps, role, "old"))]
        after = [*filter(None, previewed_policies(steps, role, "new"))]
        lost = lost_statements(before, after)
        # What a policy of AWS allows cannot be written as a statement.
        if statements := [each for each in lost if not _is_unwritable(each)]:
            found.append(KeptPermissions(machine, policy_document(statements)))
    return found


def _is_unwritable(statement: Statement) -> bool:
    return str(statement.get("Action", "")).startswith(NO_PATTERN)


class RolePolicies:
    """The inline policies of a state machine's role.

    Every method raises `AwsFailedError`, in one line, if AWS does not answer.
    """

    def __init__(self, machine: StateMachine) -> None:
        self._machine = machine
        self._role = role_name(machine.role_arn)

    def policies(self) -> list[Policy]:
        with self._errors("read"):
            return [self._policy(name) for name in self._names()]

    def kept_versions(self) -> list[int]:
        """The versions that the role keeps something for."""
        with self._errors("list"):
            names = self._names()
        return [
            int(number)
            for name in names
            if name.startswith(PREFIX) and (number := name.removeprefix(PREFIX)).isdecimal()
        ]

    def keep(self, policy: Policy) -> None:
        """Gives the role what the deployed version needs, beside what it has.

        A deployment that failed may have kept something for the same version before.
        """
        name = f"{PREFIX}{self._machine.version}"
        with self._errors("keep"):
            known: list[Statement] = (
                self._policy(name)["Statement"] if name in self._names() else []
            )
            new = [each for each in policy["Statement"] if each not in known]
            self._client.put_role_policy(
                RoleName=self._role,
                PolicyName=name,
                PolicyDocument=policy_text(policy_document([*known, *new])),
            )

    def drop(self, version: int) -> None:
        with self._errors("delete"):
            self._client.delete_role_policy(RoleName=self._role, PolicyName=f"{PREFIX}{version}")

    def _names(self) -> list[str]:
        pages = self._client.get_paginator("list_role_policies").paginate(RoleName=self._role)
        return [name for page in pages for name in page["PolicyNames"]]

    def _policy(self, name: str) -> Policy:
        found = self._client.get_role_policy(RoleName=self._role, PolicyName=name)
        return cast("Policy", found["PolicyDocument"])

    @cached_property
    def _client(self) -> "IAMClient":
        return self._machine.session.client("iam")

    def _errors(self, verb: str) -> AbstractContextManager[None]:
        return aws_errors(f"{verb} policies of its role {self._role}", self._machine.name)
