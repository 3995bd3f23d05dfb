"""Stacks on the emulator, each of a project and its settings."""

import json
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from stepgate.local.config import stack_config
from stepgate.local.deployment import NAME
from stepgate.local.emulation import deploy
from stepgate.local.program import Outputs
from stepgate.project import read_project
from stepgate.resource_types.cloud import Cloud
from tests.program import PROJECT

ORIGINS: list[str] = json.loads(stack_config(PROJECT, NAME)["tested:corsOrigins"])
_NUMBERS = count(1)


@dataclass(frozen=True, repr=False)  # outputs are long
class Deployed:
    """The stack's outputs, AWS as it is deployed on, and the stack's name."""

    outputs: Outputs
    cloud: Cloud
    stack: str = NAME

    def url(self, workflow: str) -> str:
        return self.outputs["routes"][workflow]["url"]


def deploy_beside(
    deployed: Deployed, stack: str, project: Path = PROJECT, **settings: object
) -> Deployed:
    """Another stack on the same emulator, with the settings of the local one and these on top.

    The stack gets a number of its own, as test files that chance puts into one process may each
    deploy a stack of one name, and none takes it down.
    """
    name = read_project(project).name
    config = stack_config(project, NAME) | {
        f"{name}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in settings.items()
    }
    numbered = f"{stack}-{next(_NUMBERS)}"
    outputs = deploy(project, numbered, config, deployed.cloud, created=lambda _: None)
    return Deployed(outputs, deployed.cloud, numbered)
