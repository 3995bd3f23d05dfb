"""`pulumi install` makes what the program needs, from the two lines of requirements.txt."""

import subprocess
from pathlib import Path

import pytest

from tests.engine.pulumi_stack import Engine
from tests.repository import copy_repository

pytestmark = pytest.mark.proof


def test_a_clone_is_installed_and_previewed(engine: Engine, tmp_path: Path) -> None:
    clone = copy_repository(tmp_path)
    # The stand-in for the AWS provider is on the path; the provider itself would be downloaded.
    engine.pulumi(clone, "install", "--no-plugins")
    stepgate = [clone / ".venv/bin/stepgate", "--version"]
    subprocess.run(stepgate, stdout=subprocess.DEVNULL, check=True)
    tree = engine.stack_of(clone, "dev").preview().tree
    assert any("stepgate:index:WorkflowApi" in urn for urn in tree)
