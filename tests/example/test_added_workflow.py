"""The guide's "Add a workflow", done as it says: a new file, and one more entry."""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.cli.command import Stepgate
from tests.conftest import REPOSITORY
from tests.deployed.stacks import Deployed
from tests.example.program import copy_program

# A fenced block of the guide whose first line names the file that it is.
BLOCK = re.compile(r"^```python\n# (workflows/\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# In a process of its own, which has not imported the workflows as they were.
DEPLOY = """
import json, sys
from pathlib import Path
from stepgate.resource_types.cloud import Cloud
from stepgate.local.config import stack_config
from stepgate.local.emulation import deploy
config = stack_config(Path.cwd(), "local")
cloud = Cloud(sys.argv[1], config["aws:region"])
print(json.dumps(deploy(Path.cwd(), "added", config, cloud, created=lambda name: None)))
"""


@pytest.fixture(scope="module")
def added(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    folder = copy_program(tmp_path_factory.mktemp("added"))
    blocks = dict(BLOCK.findall((REPOSITORY / "docs/example.md").read_text()))
    assert blocks.keys() == {"workflows/greet.py", "workflows/__init__.py"}
    for file, text in blocks.items():
        (folder / file).write_text(text)
    run = subprocess.run(
        [sys.executable, "-c", DEPLOY, deployed.cloud.endpoint],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return Deployed(json.loads(run.stdout), deployed.cloud)


def test_the_added_workflow_answers(added: Deployed) -> None:
    answer = httpx.post(added.url("greet"), json={"name": "Ada"})
    assert answer.status_code == 200
    assert "Ada" in answer.text


def test_its_error_is_answered_with_the_status_that_it_declares(added: Deployed) -> None:
    answer = httpx.post(added.url("greet"), json={})
    assert answer.status_code == 422
    assert answer.json()["error"] == "NameMissing"


def test_the_other_routes_are_still_there(added: Deployed) -> None:
    assert {"express-instance", "standard-instance", "greet"} <= added.outputs["routes"].keys()


def test_its_diagram_is_the_one_in_the_guide(added: Deployed, tmp_path: Path) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps(added.outputs))
    ended = Stepgate(tmp_path).run("diagram", "greet", "--outputs", "outputs.json")
    guide = (REPOSITORY / "docs/command.md").read_text()
    assert f"$ stepgate diagram greet\n{ended.output}```" in guide
