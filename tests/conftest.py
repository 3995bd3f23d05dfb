"""What tests in several folders stand on: the emulator, Velocity, Pulumi's engine."""

import json
import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from _pytest.capture import CaptureManager
from hypothesis import settings
from playwright.sync_api import Browser
from rich.console import Console

from local.cloud import Cloud
from local.config import stack_config
from local.deployment import deploy
from local.emulator import free_port
from local.program import Outputs
from local.stack import NAME, LocalStack
from local.steps import Steps
from tests.added import deploy_added
from tests.chromium import browser, executable
from tests.engine.cli import can_be_had, search_path
from tests.engine.stack import Engine
from tests.velocity.engine import Velocity, missing_tools

PROJECT = Path(__file__).parent.parent

settings.register_profile("default", deadline=None, derandomize=True, max_examples=100)
# A random seed on request: pytest --hypothesis-profile=random
settings.register_profile("random", parent=settings.get_profile("default"), derandomize=False)
settings.load_profile("default")

NEEDS_JAVA = "needs a JDK 17 and Maven, with java and mvn on PATH"
NEEDS_PULUMI = "needs the Pulumi CLI, or Go 1.24 to build it, on PATH"
NEEDS_GO = "needs Go 1.24 on PATH"
NEEDS_CHROMIUM = "needs Chromium on PATH (on Debian: apt-get install chromium)"


def skip_for(need: str) -> NoReturn:
    """Skips a test that this machine lacks something for; in CI it fails."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(need)


@dataclass(frozen=True, repr=False)  # outputs are long
class Deployed:
    """The stack's outputs, and AWS as it is deployed on."""

    outputs: Outputs
    cloud: Cloud

    def url(self, workflow: str) -> str:
        return self.outputs["routes"][workflow]["url"]


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Generator[Deployed]:
    stack = LocalStack(tmp_path_factory.mktemp("stack"))
    port = free_port()
    outputs = stack.up(PROJECT, port, Steps(Console(quiet=True)))
    try:
        region = stack_config(PROJECT, NAME)["aws:region"]
        yield Deployed(outputs, Cloud(f"http://127.0.0.1:{port}", region))
    finally:
        stack.down()


ORIGINS = ["https://app.example.com", "https://admin.example.com"]


@pytest.fixture(scope="session")
def added(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """A second stack beside it, with added workflows and two origins whose scripts may call."""
    folder = tmp_path_factory.mktemp("added")
    config = {"stepgate:corsOrigins": json.dumps(ORIGINS)}
    return Deployed(deploy_added(folder, deployed.cloud, config), deployed.cloud)


@pytest.fixture(scope="session")
def quick(deployed: Deployed) -> Deployed:
    """The stack once more beside it, without the delay."""
    config = stack_config(PROJECT, NAME) | {"stepgate:delaySeconds": "0"}
    outputs = deploy(PROJECT, "quick", config, deployed.cloud, created=lambda _: None)
    return Deployed(outputs, deployed.cloud)


@pytest.fixture(scope="session")
def velocity() -> Generator[Velocity]:
    """API Gateway's own template language."""
    if missing_tools():
        skip_for(NEEDS_JAVA)
    with Velocity(PROJECT / ".local/velocity") as engine:
        yield engine


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """Only for a module: while it is open no other event loop can run in the same thread."""
    path = executable()
    if path is None:
        skip_for(NEEDS_CHROMIUM)
    with browser(path) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def path_with_pulumi(request: pytest.FixtureRequest) -> str:
    if not can_be_had():
        skip_for(NEEDS_PULUMI)
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    assert isinstance(capture, CaptureManager)

    def tell(line: str) -> None:
        """Minutes without a sign would look like a hang."""
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", flush=True)

    return search_path(PROJECT / ".local/pulumi", tell)


@pytest.fixture(scope="module")
def engine(path_with_pulumi: str, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(tmp_path_factory.mktemp("engine"), path_with_pulumi)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A gap is told at the end, where it is seen."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for need in (NEEDS_JAVA, NEEDS_PULUMI, NEEDS_GO, NEEDS_CHROMIUM):
        if skipped := sum(need in reason for reason in reasons):
            terminalreporter.write_line(f"{skipped} tests were skipped: each {need}")
