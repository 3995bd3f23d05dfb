"""API Gateway's own template language."""

from collections.abc import Generator

import pytest

from tests import needs
from tests.conftest import REPOSITORY
from tests.velocity.renderers import Velocity, missing_tools


@pytest.fixture(scope="session")
def velocity() -> Generator[Velocity]:
    if missing_tools():
        needs.skip_for(needs.JAVA)
    with Velocity(REPOSITORY / ".local/velocity") as engine:
        yield engine
