"""Stacks to call."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from stepgate import RetryPolicy, Stack
from tests.client.progress_queues import Sent, new_queue
from tests.client.routes import Routes
from tests.deployed.stacks import Deployed


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.fixtures.emulator")


@pytest.fixture(scope="session")
def outputs_file(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("outputs") / "outputs.json"
    file.write_text(json.dumps(deployed.outputs))
    return file


@pytest.fixture(scope="module")
def stack(outputs_file: Path) -> Generator[Stack]:
    """The stack on the emulator, with the workflows that tests add."""
    with Stack.from_outputs(outputs_file, retry_policy=RetryPolicy(initial_backoff=0.05)) as stack:
        yield stack


@pytest.fixture
def endpoint(deployed: Deployed) -> str:
    return deployed.cloud.endpoint


@pytest.fixture
def sent(endpoint: str) -> Sent:
    return new_queue(endpoint)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Routes]:
    """AWS, as it answers there."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with Routes().serving() as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url())
        yield aws


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
