"""What a program costs grows with its workflows, and no faster."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.program import run_project

PROGRAM = """
import pulumi
from stepgate import Workflow
from stepgate.components import WorkflowApi

PASS = {{"StartAt": "A", "TimeoutSeconds": 5, "States": {{"A": {{"Type": "Pass", "End": True}}}}}}
workflows = [Workflow(f"w{{number}}", "sync", lambda _: PASS) for number in range({count})]
pulumi.export("stepgate", WorkflowApi("api", workflows=workflows).outputs)
"""


def outputs_made(folder: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many Outputs the program with so many workflows makes."""
    made = 0
    create = vars(pulumi.Output)["__init__"]

    def counted(*arguments: Any, **keywords: Any) -> None:
        nonlocal made
        made += 1
        create(*arguments, **keywords)

    (folder / "Pulumi.yaml").write_text("name: growth\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM.format(count=count))
    with monkeypatch.context() as patch:
        patch.setattr(pulumi.Output, "__init__", counted)
        run_project(folder, {"aws:region": "eu-central-1"})
    return made


def test_each_workflow_adds_the_same_number_of_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, more, many = (outputs_made(tmp_path, count, monkeypatch) for count in (2, 6, 14))
    assert few > 0
    assert many - more == 2 * (more - few)
    assert (more - few) / 4 < 100
