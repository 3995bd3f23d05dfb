"""docs/tutorial.md: its files are written, and its commands run, in the order of the page."""

import re
from pathlib import Path

import pytest

from stepgate.local.emulator import free_port
from tests.conftest import REPOSITORY
from tests.engine.pulumi_stack import Engine
from tests.examples.conftest import INSTALLING, Project

pytestmark = [pytest.mark.emulator, pytest.mark.proof]

PAGE = (REPOSITORY / "docs/tutorial.md").read_text()
BLOCK = re.compile(r"(?:^`([\w.]+)`[^\n]*:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(installed: Project, engine: Engine, tmp_path: Path) -> Project:
    """An empty folder with the installed package, and a PATH with the Pulumi CLI."""
    (tmp_path / ".venv").symlink_to(installed.folder / ".venv")
    pulumi = {
        name: value
        for name, value in engine.environment.items()
        if name == "PATH" or (name.startswith("PULUMI_") and name != "PULUMI_BACKEND_URL")
    }
    port = {"STEPGATE_PORT": str(free_port())}
    return Project(tmp_path, installed.environment | pulumi | port)


def test_the_tutorial_does_what_it_says(project: Project, engine: Engine) -> None:
    (_, language, installing), *blocks = BLOCK.findall(PAGE)
    assert language == "sh"
    assert INSTALLING.replace("[local]", "[local,test]").startswith(installing)
    printed = ""
    try:
        for file, language, text in blocks:
            if file:
                (project.folder / file).write_text(text)
            elif language == "sh":
                printed = project.run("sh", "-e", "-c", text)
            else:
                assert (language, text.strip() in printed) == ("text", True), printed
    finally:
        project.stepgate("local", "down")
    created = {request.type for request in engine.aws.requests() if request.method == "create"}
    assert created >= {"aws:dynamodb/table:Table", "aws:sfn/stateMachine:StateMachine"}
    assert engine.aws.account().resources == []
