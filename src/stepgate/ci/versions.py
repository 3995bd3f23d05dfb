"""The versions of a state machine on AWS, and which of them its executions have."""

# boto3-stubs has overloads for services that are not named, too: see resource_types/cloud.py.
# pyright: reportUnknownMemberType=false

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from stepgate.ci.aws_errors import aws_errors
from stepgate.ci.executions import MOST_COUNTED
from stepgate.ci.state_machines import StateMachine, split_version
from stepgate.permissions.arns import build_alias_arn
from stepgate.workflow import Definition

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeStateMachineAliasOutputTypeDef

MOST_KEPT = 10
"""A rollback rarely goes further. AWS keeps 1,000 at most, and then refuses to publish.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
"""

MOST_LISTED = 1_000

TAKEN_BACK = "What routes start; taken back: "
"""What the alias's description begins with after a rollback; numbers of versions follow.

A deployment leaves it as it is, because the program's own description does not change. AWS takes
256 characters, so the newest `MOST_TAKEN_BACK` are written.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html
"""

MOST_TAKEN_BACK = 20


class Versions:
    """Every method raises `AwsFailedError`, in one line, if AWS does not answer."""

    def __init__(self, machine: StateMachine) -> None:
        self._machine = machine

    def routed(self) -> int:
        """The version that routes start."""
        return split_version(self._alias()["routingConfiguration"][0]["stateMachineVersionArn"])[1]

    def taken_back(self) -> set[int]:
        """The versions that rollbacks took from the routes."""
        _, _, numbers = self._alias().get("description", "").partition(TAKEN_BACK)
        return {int(number) for number in numbers.split(", ") if number.isdecimal()}

    def published(self) -> list[int]:
        """The numbers of all versions that there are, in order."""
        return [*self.publication_times()]

    def publication_times(self) -> dict[int, datetime]:
        """When each of these was published, by its number, in order."""
        with self._errors("list the versions"):
            page = self._client.list_state_machine_versions(
                stateMachineArn=self._machine.arn, maxResults=MOST_LISTED
            )
        return dict(
            sorted(
                (split_version(each["stateMachineVersionArn"])[1], each["creationDate"])
                for each in page["stateMachineVersions"]
            )
        )

    def before(self, published: Sequence[int]) -> int:
        """What routes started before the newest of these versions; 0 if it is not there.

        It was not taken back, and has another definition: two versions may have the same one,
        after a deployment that was killed and done again.
        """
        *older, newest = published
        definition, _ = self.describe(newest)
        taken_back = self.taken_back()
        return next(
            (
                each
                for each in reversed(older)
                if each not in taken_back and self.describe(each)[0] != definition
            ),
            0,
        )

    def oldest_running(self) -> float:
        """The oldest version that a running execution has; infinite if none is running.

        One without a version counts as version 0, and so do more than can be listed at once. Of an
        Express machine none is listed: its executions end within 5 minutes.
        """
        with self._errors("list the running executions"):
            try:
                page = self._client.list_executions(
                    stateMachineArn=self._machine.arn,
                    statusFilter="RUNNING",
                    maxResults=MOST_COUNTED,
                )
            except self._client.exceptions.StateMachineTypeNotSupported:
                return float("inf")
        running = [each.get("stateMachineVersionArn") for each in page["executions"]]
        if "nextToken" in page:
            return 0
        return min(
            (split_version(arn)[1] if arn else 0 for arn in running),
            default=float("inf"),
        )

    def describe(self, version: int) -> tuple[Definition, str]:
        """A version's definition, and the ARN of its role."""
        with self._errors(f"read version {version}"):
            found = self._client.describe_state_machine(stateMachineArn=self._arn(version))
        return json.loads(found["definition"]), found["roleArn"]

    def route(self, version: int) -> None:
        """From now on, routes start this version; newer ones are taken back."""
        published = self.published()
        taken_back = self.taken_back().intersection(published)
        taken_back |= {each for each in published if each > version}
        newest = sorted(taken_back - {version})[-MOST_TAKEN_BACK:]
        with self._errors(f"move the alias to version {version}"):
            self._client.update_state_machine_alias(
                stateMachineAliasArn=self._alias_arn,
                description=TAKEN_BACK + (", ".join(map(str, newest)) or "none"),
                routingConfiguration=[
                    {"stateMachineVersionArn": self._arn(version), "weight": 100}
                ],
            )

    def restore(self, version: int) -> None:
        """Gives the state machine itself the definition of a version, and publishes nothing."""
        with self._errors(f"put version {version} back"):
            found = self._client.describe_state_machine(stateMachineArn=self._arn(version))
            self._client.update_state_machine(
                stateMachineArn=self._machine.arn,
                definition=found["definition"],
                roleArn=found["roleArn"],
            )

    def prune(self) -> None:
        """Deletes all but the newest `MOST_KEPT` versions, what routes start and started before.

        Executions that have a deleted version go on.
        https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html
        """
        published = self.published()
        old = published[:-MOST_KEPT]
        if not old:
            return
        kept = {self.routed(), self.before(published)}
        for version in old:
            if version not in kept:
                with (
                    self._errors(f"delete version {version}"),
                    # An alias of the user's own starts it.
                    suppress(self._client.exceptions.ConflictException),
                ):
                    self._client.delete_state_machine_version(
                        stateMachineVersionArn=self._arn(version)
                    )

    def _alias(self) -> "DescribeStateMachineAliasOutputTypeDef":
        with self._errors("read the alias"):
            return self._client.describe_state_machine_alias(stateMachineAliasArn=self._alias_arn)

    @cached_property
    def _client(self) -> "SFNClient":
        return self._machine.session.client("stepfunctions")

    @property
    def _alias_arn(self) -> str:
        return build_alias_arn(self._machine.arn)

    def _arn(self, version: int) -> str:
        return f"{self._machine.arn}:{version}"

    def _errors(self, task: str) -> AbstractContextManager[None]:
        return aws_errors(task, self._machine.name)
