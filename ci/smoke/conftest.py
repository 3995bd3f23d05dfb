"""What the tests call with, and what is undone behind them."""

from collections.abc import Generator

import httpx
import pytest

from ci.smoke.caller import ANSWER_SECONDS, AUTHENTICATION, Caller
from ci.smoke.instance import Instance
from ci.smoke.stack import STACK, Stack


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Stack:
    return pytestconfig.stash[STACK]


@pytest.fixture(scope="session")
def call(pytestconfig: pytest.Config) -> Generator[Caller]:
    authentication = pytestconfig.stash[AUTHENTICATION]
    with httpx.Client(auth=authentication, timeout=ANSWER_SECONDS) as http:
        yield Caller(http)


@pytest.fixture(scope="session")
def instance(stack: Stack, call: Caller) -> Generator[Instance]:
    instance = Instance(stack, call)
    yield instance
    instance.put_back()
