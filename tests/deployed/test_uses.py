"""A workflow on the emulator that starts another one of the same stack."""

from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.deployed.stacks import Deployed, deploy_beside
from tests.local.processes import await_

SECONDS = 60
"""Longer than an execution takes on a busy machine."""


@pytest.fixture(scope="module")
def nested(deployed: Deployed) -> Deployed:
    """A stack with the parent in front of its child."""
    return deploy_beside(deployed, "nested", workflows=["parent", "later", "order"])


def ended(nested: Deployed, body: Any) -> dict[str, Any]:
    """An execution of the parent, when it has ended."""
    url = nested.url("parent")
    started = httpx.post(url, json=body, timeout=SECONDS)
    assert started.status_code == 202, started.text
    execution = urljoin(url, started.headers["Location"])

    def result() -> dict[str, Any]:
        found = httpx.get(execution, timeout=SECONDS).json()
        return {} if found["status"] == "RUNNING" else found

    return await_(result, "its end", SECONDS)


def test_a_parent_answers_with_what_its_child_answers(nested: Deployed) -> None:
    found = ended(nested, {"n": 1})
    assert (found["status"], found["output"]) == ("SUCCEEDED", {"n": 1})
    executions = nested.cloud.stepfunctions.list_executions(
        stateMachineArn=nested.outputs["stateMachineArns"]["later"]
    )
    assert len(executions["executions"]) == 1


def test_a_parent_fails_with_its_child(nested: Deployed) -> None:
    found = ended(nested, {"fail": "NotFound", "cause": "none"})
    assert found["status"] == "FAILED"
