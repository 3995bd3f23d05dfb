"""The state machines of a stack that publish versions, from the stack's state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3

from stepgate.permissions.arns import ALIAS

ALIAS_TYPE = "aws:sfn/alias:Alias"


@dataclass(frozen=True)
class StateMachine:
    """
    Attributes:
        name: its name in Pulumi.
        workflow: its workflow's name.
        arn: its ARN.
        role_arn: the ARN of its role.
        version: the version that the stack's last deployment has put behind its routes.
        modified: when that was.
        profile: the AWS profile of its provider, if that names one.
    """

    name: str
    workflow: str
    arn: str
    role_arn: str
    version: int
    modified: datetime
    profile: str | None

    @property
    def session(self) -> boto3.Session:
        """For clients of AWS in its Region, with the credentials of its provider."""
        return boto3.Session(profile_name=self.profile, region_name=self.arn.split(":")[3])


def state_machines(state: Mapping[str, Any]) -> list[StateMachine]:
    """By their names.

    Args:
        state: as `pulumi stack export` prints it under `deployment`.
    """
    resources: list[dict[str, Any]] = state.get("resources", [])
    by_id = {each["id"]: each for each in resources if each.get("id")}
    providers = {each["urn"]: each.get("inputs", {}) for each in resources}
    found: list[StateMachine] = []
    for alias in resources:
        if alias["type"] != ALIAS_TYPE or alias["inputs"].get("name") != ALIAS:
            continue
        arn, version = split_version(
            alias["inputs"]["routingConfigurations"][0]["stateMachineVersionArn"]
        )
        machine = by_id.get(arn, {})
        if workflow := machine.get("inputs", {}).get("tags", {}).get("Workflow"):
            found.append(
                StateMachine(
                    name=machine["urn"].split("::", 3)[3],
                    workflow=workflow,
                    arn=arn,
                    role_arn=machine["inputs"]["roleArn"],
                    version=version,
                    modified=datetime.fromisoformat(alias["modified"]),
                    profile=providers[machine["provider"].rpartition("::")[0]].get("profile"),
                )
            )
    return sorted(found, key=lambda machine: machine.name)


def split_version(arn: str) -> tuple[str, int]:
    """A state machine's ARN and the number, from a version's ARN."""
    machine, _, number = arn.rpartition(":")
    return machine, int(number)
