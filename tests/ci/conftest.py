"""Commands on a stack of the engine, and a stack on the emulator whose routes answer for it."""

from collections.abc import Generator

import pytest

from tests.ci.commands import Commands, routes_at
from tests.deployed.stacks import Deployed
from tests.engine.endpoint import aws_endpoint
from tests.engine.pulumi_stack import Engine


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.fixtures.emulator")
    config.pluginmanager.import_plugin("tests.fixtures.engine")


@pytest.fixture(scope="module")
def commands(engine: Engine) -> Generator[Commands]:
    """In a project whose stack `dev` exists, and is not deployed."""
    with aws_endpoint(engine.aws) as endpoint:
        yield Commands(engine.stack("dev"), endpoint)


@pytest.fixture
def answering(deployed: Deployed) -> list[str]:
    """Options that send the smoke tests of a stack to the emulator, which has the same routes."""
    return routes_at(deployed.url("now").removesuffix("/now"))
