"""References to other stacks: where their outputs come from, and what a missing one is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepgate.local.deployment import fingerprint
from stepgate.local.emulation import deploy
from stepgate.local.errors import CommandError
from stepgate.local.preflight import NO_RESOURCES, preflight, preview
from stepgate.local.program import Outputs
from stepgate.project import read_project
from stepgate.resource_types.cloud import Cloud
from tests.findings import error_lines, warning_lines
from tests.local.programs import write_project

REFERS = """
import pulumi

shop = pulumi.StackReference("acme/shop/dev")
pulumi.export("url", pulumi.Output.concat(shop.require_output("url"), "/orders"))
pulumi.export("routes", shop.get_output("routes"))
pulumi.export("none", shop.get_output("none"))
if not pulumi.runtime.is_dry_run():
    pulumi.StackReference("again", "acme/shop/dev")
"""
OUTPUTS = {"url": "https://shop.example.com", "routes": {"order": {"price": 1.5, "tags": ["a"]}}}
CONFIG = {"aws:region": "us-east-1"}
DECLARED = {**CONFIG, "local:stackReferences": '{"acme/shop/dev": "../outputs.json"}'}
WRITE = (
    "write it with stepgate local up in that stack's project, or with pulumi stack output --json "
    "--show-secrets"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "outputs.json").write_text(json.dumps(OUTPUTS))
    return write_project(folder, REFERS)


def deployed(project: Path, config: dict[str, str]) -> Outputs:
    """Nothing of the program is on AWS."""
    return deploy(project, "local", config, Cloud("http://127.0.0.1:1", "us-east-1"), print)


def errors_of(project: Path, config: dict[str, str]) -> list[str]:
    found = preview(project, "local", config)
    assert found.warnings == ([] if found.errors else [NO_RESOURCES])
    return error_lines(found.errors)


def test_a_program_reads_the_outputs_of_the_file_that_the_settings_name(project: Path) -> None:
    assert deployed(project, DECLARED) == {
        "url": "https://shop.example.com/orders",
        "routes": OUTPUTS["routes"],
        "none": None,
    }


def test_a_preview_knows_the_outputs_as_on_pulumis_engine(project: Path) -> None:
    program = """
import pulumi

pulumi.StackReference("acme/shop/dev").require_output("url").apply(pulumi.log.warn)
"""
    found = preview(write_project(project, program), "local", DECLARED)
    assert found.errors == []
    assert warning_lines(found.warnings) == [
        "https://shop.example.com",
        "the program creates no resources",
    ]


def test_the_settings_are_read_as_any_others(project: Path) -> None:
    with (project / "Pulumi.local.yaml").open("a") as settings:
        settings.write("  local:stackReferences:\n    acme/shop/dev: ../outputs.json\n")
    assert preflight(read_project(project), "local") == [str(NO_RESOURCES)]


def test_a_reference_without_a_file_is_one_line_with_what_to_write_beside_all_other_errors(
    project: Path,
) -> None:
    database = 'pulumi.CustomResource("aws:rds/instance:Instance", "database", {})'
    uses = 'pulumi.CustomResource("aws:sqs/queue:Queue", "q", {"name": shop.get_output("queue")})'
    write_project(project, f"{REFERS}\n{database}\n{uses}\n")
    reference, other = errors_of(project, CONFIG)
    assert reference == (
        "StackReference acme/shop/dev: the local engine needs a file with this stack's outputs; "
        "name it under config in Pulumi.local.yaml, for example local:stackReferences: "
        "{acme/shop/dev: ../shop/.local/outputs.json}"
    )
    assert other.startswith("database: ")
    write_project(project, REFERS)
    with pytest.raises(CommandError) as refused:
        deployed(project, CONFIG)
    assert str(refused.value) == reference, "a deployment may refer to more than its preview"


@pytest.mark.parametrize(
    ("content", "wrong"),
    [(None, ": No such file or directory"), ("[1]", " is not a JSON object"), ("{", " is not a")],
)
def test_a_file_that_cannot_be_used_is_one_line_with_how_to_write_it(
    project: Path, content: str | None, wrong: str
) -> None:
    file = project.parent / "outputs.json"
    file.unlink() if content is None else file.write_text(content)
    [line] = errors_of(project, DECLARED)
    assert line.startswith(f"StackReference acme/shop/dev: {file}{wrong}")
    assert line.endswith(f"; {WRITE}")


@pytest.mark.parametrize("value", ["shop", "../outputs.json", '["x"]', '{"acme/shop/dev": 1}'])
def test_a_setting_of_another_form_is_one_line(project: Path, value: str) -> None:
    [line] = errors_of(project, {**CONFIG, "local:stackReferences": value})
    assert line == (
        f"local:stackReferences is {value} in Pulumi.local.yaml; write a stack and its file in "
        "each line below it, for example acme/shop/dev: ../shop/.local/outputs.json"
    )


def test_an_output_that_the_other_stack_lacks_is_named_as_on_pulumis_engine(project: Path) -> None:
    (project.parent / "outputs.json").write_text("{}")
    assert errors_of(project, DECLARED) == ["__main__.py: KeyError: 'url'"]


@pytest.mark.parametrize("changed", [{}, {**OUTPUTS, "url": "https://new.example.com"}])
def test_a_stack_is_not_current_once_the_outputs_that_it_refers_to_change(
    project: Path, changed: dict[str, Any]
) -> None:
    with (project / "Pulumi.local.yaml").open("a") as settings:
        settings.write("  local:stackReferences:\n    acme/shop/dev: ../outputs.json\n")
    before = fingerprint(project)
    assert fingerprint(project) == before
    (project.parent / "outputs.json").write_text(json.dumps(changed))
    assert fingerprint(project) != before
