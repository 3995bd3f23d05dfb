"""A program runs as the Pulumi CLI runs it."""

import sys
from pathlib import Path

import pytest

from stepgate.local.program import run_program
from tests.local.programs import write_project
from tests.program import Recorder

PROGRAM = """
import os
import pulumi
import beside

pulumi.export("ran", [__name__, beside.NAME, os.getcwd(), pulumi.get_project()])
"""

REFERENCES = """
import pulumi

class Item(pulumi.CustomResource):
    code: pulumi.Output[str]

    def __init__(self, name, **inputs):
        super().__init__("shop:index:Item", name, inputs)

first = Item("first", code=pulumi.Output.secret("hush"))
Item("second", first=first, deep=[{"code": first.code}])
pulumi.export("code", first.code)
"""


@pytest.mark.parametrize("main", [".", "app", "app/__main__.py"])
def test_a_program_runs_in_its_folder_with_the_folder_on_the_path(
    tmp_path: Path, main: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(tmp_path, "")
    with (tmp_path / "Pulumi.yaml").open("a") as file:
        file.write(f"main: {main}\n")
    program = tmp_path if main == "." else tmp_path / "app"
    program.mkdir(exist_ok=True)
    (program / "beside.py").write_text("NAME = __name__")
    (program / "__main__.py").write_text(PROGRAM)
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    before = Path.cwd(), [*sys.path]
    outputs = run_program(tmp_path, "dev", {}, Recorder(preview=False))
    assert outputs == {"ran": ["__main__", "beside", str(program), "shop"]}
    assert before == (Path.cwd(), sys.path), "what follows is not affected"


def test_a_secret_reaches_mocks_as_its_value_and_a_resource_as_its_id(tmp_path: Path) -> None:
    recorder = Recorder(preview=False)
    outputs = run_program(write_project(tmp_path, REFERENCES), "dev", {}, recorder)
    assert recorder.resources["shop:index:Item", "second"].inputs == {
        "deep": [{"code": "hush"}],
        "first": "first.id",
    }
    assert outputs == {"code": "hush"}
