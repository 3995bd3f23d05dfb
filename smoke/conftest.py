"""The example's instance, restored after the tests."""

from collections.abc import Generator, Mapping
from typing import Any

import httpx
import pytest

from smoke.instance import Example, Instance
from stepgate.ci.smoke.caller import Caller
from stepgate.client.stack import Stack


@pytest.fixture(scope="session")
def example(stack: Stack, outputs: Mapping[str, Any]) -> Example:
    later = stack.routes["standard-instance"]
    return Example(
        stack.routes["express-instance"].url,
        later.url,
        str(later.execution_url),
        outputs["instanceId"],
    )


@pytest.fixture(scope="session")
def call(http: httpx.Client) -> Caller:
    return Caller(http, not_ready=["InstanceForbidden"])


@pytest.fixture(scope="session")
def instance(example: Example, call: Caller) -> Generator[Instance]:
    instance = Instance(example, call)
    yield instance
    instance.restore()
