"""A program as Pulumi's mocks see it: what it registers, without anything being made."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pulumi.runtime import Mocks
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs
from pulumi.runtime.rpc import UNKNOWN

from stepgate.local.config import stack_config
from stepgate.local.program import run_program
from stepgate.project import read_project

PROJECT = Path(__file__).parent / "project"
"""The tests' own project."""
sys.path.append(str(PROJECT))  # as Pulumi does for its program

ANSWERS: dict[str, dict[str, Any]] = {
    "aws:ec2/getAmi:getAmi": {"id": "ami-1"},
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": {
        "locations": ["eu-central-1b", "eu-central-1a"]
    },
    "aws:ec2/getSubnets:getSubnets": {"ids": ["subnet-2", "subnet-1"]},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "123456789012"},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-central-1"},
}
OUTPUTS = ("invokeUrl", "url", "value")
"""What the program reads of its resources beside their ids, ARNs and inputs."""
PLACE = "eu-central-1:123456789012"
ARNS = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": f"arn:aws:cloudwatch:{PLACE}:alarm:",
    "aws:cloudwatch/logGroup:LogGroup": f"arn:aws:logs:{PLACE}:log-group:",
    "aws:ec2/instance:Instance": f"arn:aws:ec2:{PLACE}:instance/",
    "aws:iam/policy:Policy": "arn:aws:iam::123456789012:policy/",
    "aws:iam/role:Role": "arn:aws:iam::123456789012:role/",
    "aws:sqs/queue:Queue": f"arn:aws:sqs:{PLACE}:",
    "aws:sfn/stateMachine:StateMachine": f"arn:aws:states:{PLACE}:stateMachine:",
}
"""What a resource's name comes behind in its ARN."""


@dataclass(frozen=True)
class Registered:
    """One resource: its inputs under the provider's names."""

    inputs: dict[str, Any]

    def json(self, key: str) -> Any:
        return json.loads(self.inputs[key])


@dataclass(frozen=True)
class Program:
    """What one run registered, by type and name, and what it exported."""

    resources: dict[tuple[str, str], Registered]
    outputs: dict[str, Any]

    def of_type(self, type_: str) -> dict[str, Registered]:
        """The resources of a type, by their names without the project and the stack."""
        return {
            re.sub("^[a-z]+-dev-", "", name): resource
            for (kind, name), resource in self.resources.items()
            if kind == type_
        }


class Recorder(Mocks):
    def __init__(self, *, preview: bool) -> None:
        self.preview = preview
        self.resources: dict[tuple[str, str], Registered] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = cast("dict[str, Any]", args.inputs)  # pyright: ignore[reportUnknownMemberType]
        self.resources[args.typ, args.name] = Registered(inputs)
        made = {key: f"{args.name}.{key}" for key in OUTPUTS}
        made["arn"] = f"{ARNS.get(args.typ, '')}{args.name}"
        if self.preview:
            made = dict.fromkeys(made, UNKNOWN)
        name = {"name": inputs.get("name", UNKNOWN if self.preview else args.name)}
        return "" if self.preview else f"{args.name}.id", {**inputs, **name, **made}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return ANSWERS[args.token], []


def run_project(
    project: Path, config: dict[str, str], *, stack: str = "dev", preview: bool = False
) -> Program:
    """Runs the program of a project."""
    recorder = Recorder(preview=preview)
    outputs = run_program(project, stack, config, recorder, preview=preview)
    return Program(recorder.resources, outputs)


def run(project: Path, settings: Mapping[str, str], *, preview: bool = False) -> Program:
    """The same with the settings of the stack dev, and those given on top."""
    name = read_project(project).name
    config = stack_config(project, "dev")
    config |= {f"{name}:{key}": value for key, value in settings.items()}
    return run_project(project, config, preview=preview)
