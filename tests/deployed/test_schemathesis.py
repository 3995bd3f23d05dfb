"""The API keeps what its own document says, for requests that Schemathesis makes of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployed.stacks import Deployed, deploy_beside
from tests.deployed.test_paths import PROGRAM

CONFIG = Path(__file__).parent / "schemathesis.toml"


@pytest.mark.proof
def test_the_api_is_as_its_document_says(deployed: Deployed, tmp_path: Path) -> None:
    """Of each kind: synchronous, asynchronous, status, stop, wait, preflight, all parameters."""
    (tmp_path / "Pulumi.yaml").write_text("name: described\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    document = deploy_beside(deployed, "described", tmp_path).outputs["openapi"]
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    command = Path(sys.executable).with_name("schemathesis")
    (server,) = document["servers"]
    arguments = ["--config-file", str(CONFIG), "run", str(file), "--url", server["url"]]
    run = subprocess.run(
        [command, *arguments, "--no-color"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
