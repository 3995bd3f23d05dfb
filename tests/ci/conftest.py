"""Commands on a stack of the engine, and a stack on the emulator whose routes answer for it."""

from collections.abc import Generator
from dataclasses import replace

import pytest

from tests.ci.commands import Commands, routes_at
from tests.conftest import Deployed
from tests.engine.stack import Engine
from tests.engine.tagging import tagging_api


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
