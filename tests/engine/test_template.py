"""`pulumi new` makes a project from `template/` that is deployed, tested and tried as it is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stepgate.local.emulator import free_port
from tests.conftest import REPOSITORY
from tests.engine.pulumi_stack import Engine

pytestmark = [pytest.mark.proof, pytest.mark.emulator]

TEMPLATE = REPOSITORY / "template"
NAMED = ("--name", "shop", "--description", "Sells tea.")


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Path:
    """What `pulumi new` makes of the template, with the environment of this repository."""
    # Outside of a clone: what lies there that git does not keep would be copied, too.
    template, made = tmp_path / "template", tmp_path / "shop"
    shutil.copytree(TEMPLATE, template, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    new = ("new", str(template), "--dir", str(made), *NAMED, "--generate-only", "--yes")
    engine.pulumi(tmp_path, *new)
    (made / ".venv").symlink_to(REPOSITORY / ".venv")
    return made


def test_the_project_has_its_own_name_and_nothing_of_the_template(project: Path) -> None:
    texts = [path.read_text() for path in project.iterdir() if path.is_file()]
    assert not [text for text in texts if "${" in text]
    settings = (project / "Pulumi.yaml").read_text()
    assert settings.startswith("name: shop\ndescription: Sells tea.\n")
    assert "\ntemplate:" not in settings


def test_the_project_is_deployed_on_the_engine(engine: Engine, project: Path) -> None:
    stack = engine.stack_of(project, "dev")
    stack.set("aws:region", "eu-central-1")
    stack.up()
    assert stack.outputs()["routes"].keys() == {"greet"}
    assert not stack.preview().changes


def test_the_project_is_tested_and_tried_on_this_machine(project: Path) -> None:
    environment = os.environ | {"STEPGATE_PORT": str(free_port())}

    def run(*command: str) -> str:
        ended = subprocess.run(
            [str(Path(sys.executable).with_name(command[0])), *command[1:]],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    assert "2 passed" in run("pytest", "-p", "no:cacheprovider", "-o", "addopts=")
    try:
        run("stepgate", "local", "up")
        called = run("stepgate", "call", "greet", '{"name": "Ada"}', "--json")
        assert json.loads(called) == {"greeting": "Hello, Ada!"}
    finally:
        run("stepgate", "local", "down")
