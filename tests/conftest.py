"""The stack on the emulator: started once for the whole run, on a port of its own."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from local.cloud import Cloud
from local.config import stack_config
from local.emulator import free_port
from local.program import Outputs
from local.stack import NAME, LocalStack
from local.steps import Steps

PROJECT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Deployed:
    """The stack's outputs, and AWS as it is deployed on."""

    outputs: Outputs
    cloud: Cloud


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
