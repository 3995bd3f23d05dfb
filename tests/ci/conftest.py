"""Commands on a stack of the engine, and a stack on the emulator whose routes answer for it."""

from collections.abc import Generator
from dataclasses import replace

import pytest

from local.config import stack_config
from local.deployment import deploy
from local.stack import NAME
from tests.ci.commands import Commands, routes_at
from tests.conftest import PROJECT, Deployed
from tests.engine.stack import Engine
from tests.engine.tagging import tagging_api


@pytest.fixture(scope="session")
def quick(deployed: Deployed) -> Deployed:
    """The stack once more beside it, without the delay."""
    config = stack_config(PROJECT, NAME) | {"stepgate:delaySeconds": "0"}
    outputs = deploy(PROJECT, "quick", config, deployed.cloud, created=lambda _: None)
    return Deployed(outputs, deployed.cloud)


@pytest.fixture(scope="module")
def commands(engine: Engine) -> Generator[Commands]:
    """In a project whose stack `dev` exists, and is not deployed."""
    with tagging_api(engine.aws) as endpoint:
        yield Commands(engine.stack("dev"), endpoint)


@pytest.fixture
def answering(engine: Engine, quick: Deployed) -> list[str]:
    """Options that send the smoke tests of a stack to the emulator, which has the same instance."""
    engine.aws.save(replace(engine.aws.account(), instance=quick.outputs["instanceId"]))
    return routes_at(quick.url("express-instance").removesuffix("/express-instance"))
