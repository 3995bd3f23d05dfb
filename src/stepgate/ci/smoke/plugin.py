"""What pytest gives to smoke tests: fixtures for one deployed stack, each for the whole run."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from stepgate.ci.smoke.caller import ANSWER_SECONDS, Caller
from stepgate.client.outputs import Outputs
from stepgate.client.stack import Stack


@dataclass(frozen=True, eq=False)
class Target:
    """The stack that is tested; as a plugin of its own it makes itself known to this one.

    Attributes:
        outputs: all of the stack's, secrets in plain text.
        known: those that the client reads.
        authentication: signs requests, or sends the key or the token.
        token: for the routes that require one, if there is one.
    """

    outputs: Mapping[str, Any]
    known: Outputs
    authentication: httpx.Auth
    token: str | None

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[TARGET] = self


TARGET = pytest.StashKey[Target]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with `route` runs for each route, one with `async_route` for each asynchronous one."""
    routes = [*metafunc.config.stash[TARGET].known.routes.values()]
    for fixture, values in (
        ("route", routes),
        ("async_route", [route for route in routes if route.mode == "async"]),
    ):
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, values, ids=lambda route: route.name)


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Generator[Stack]:
    """The client."""
    target = pytestconfig.stash[TARGET]
    with Stack(target.known, token=target.token) as stack:
        yield stack


@pytest.fixture(scope="session")
def outputs(pytestconfig: pytest.Config) -> Mapping[str, Any]:
    """All of the stack's outputs, secrets in plain text."""
    return pytestconfig.stash[TARGET].outputs


@pytest.fixture(scope="session")
def http(pytestconfig: pytest.Config) -> Generator[httpx.Client]:
    """Signs requests, or sends the key or the token."""
    authentication = pytestconfig.stash[TARGET].authentication
    with httpx.Client(auth=authentication, timeout=ANSWER_SECONDS) as http:
        yield http


@pytest.fixture(scope="session")
def call(http: httpx.Client) -> Caller:
    """The same, with retries while routes are throttled or a new stack is not ready."""
    return Caller(http)
