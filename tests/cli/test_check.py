"""`stepgate check`, as a person or a build runs it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.checks.definitions import machine, passing, task
from tests.cli.command import PROGRAM
from tests.local.programs import write_project

SLOW = machine(A=task("arn:aws:states:::glue:startJobRun.sync", Parameters={"JobName": "j"}))
WRONG = machine(A=passing(Next="B"), B=task("arn:aws:states:::aws-sdk:ec2:startInstance"))

# A machine in a machine; each opens three objects.
NEST = '{"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": '


def check(*arguments: str, folder: Path) -> tuple[int, list[str]]:
    """The exit code, and the lines printed."""
    run = subprocess.run(
        [PROGRAM, "check", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in run.stderr
    return run.returncode, (run.stdout + run.stderr).splitlines()


def write(folder: Path, name: str, definition: Any) -> str:
    (folder / name).write_text(json.dumps(definition))
    return name


def test_a_project_is_checked_from_any_of_its_folders(tmp_path: Path) -> None:
    write_project(tmp_path, "import pulumi\npulumi.log.warn('better so')\n")
    below = tmp_path / "docs"
    below.mkdir()
    assert check(folder=below) == (0, ["warning: better so"])
    write_project(tmp_path, "import pulumi\npulumi.Config().require('size')\n")
    line = (
        "Missing required configuration variable 'shop:size'; please set a value using the command "
        "`pulumi config set shop:size <value>`"
    )
    assert check(folder=below) == (1, [line])
    code, (document,) = check("--json", folder=below)
    assert (code, json.loads(document)) == (1, {"errors": [line], "advice": []})


SHOP = """
import pulumi
from stepgate.components import WorkflowApi
from shop import WORKFLOWS

WorkflowApi("shop", workflows=WORKFLOWS, stage="v 1")
"""
MISTAKES = """
from stepgate import Workflow


def lost(values):
    return {"StartAt": values.start_at}


WORKFLOWS = (
    Workflow("asynch", "asynch", lost),
    Workflow("lost", "sync", lost),
    Workflow("missing", "sync", "machines/missing.json"),
    Workflow("twice", "sync", "machines/twice.yaml"),
    Workflow("unknown", "sync", {"StartAt": "${region}${regoin}"}),
)
"""


def test_mistakes_in_workflows_are_a_line_each_with_their_places(tmp_path: Path) -> None:
    write_project(tmp_path, SHOP)
    (tmp_path / "shop.py").write_text(MISTAKES)
    (tmp_path / "machines").mkdir()
    (tmp_path / "machines/twice.yaml").write_text("StartAt: A\nStartAt: B\n")
    code, lines = check(folder=tmp_path)
    assert code == 1
    assert [line.partition(";")[0] for line in lines] == [
        "WorkflowApi 'shop': stage is 'v 1': use 1 to 128 letters, digits and _",
        "workflow 'asynch' (shop.py:10): mode is 'asynch'",
        "workflow 'lost' (shop.py:11): its definition cannot be made: shop.py:6: AttributeError: "
        "'Values' object has no attribute 'start_at'",
        f"workflow 'missing' (shop.py:12): machines/missing.json: there is no such file in "
        f"{tmp_path}",
        "workflow 'twice' (shop.py:13): machines/twice.yaml:2: StartAt appears 2 times",
        "workflow 'unknown' (shop.py:14): StartAt: ${regoin} is not a value of the workflow",
    ]
    (tmp_path / "shop.py").write_text(MISTAKES + "WORKFLOWS = (WORKFLOWS[0)\n")
    code, (line,) = check(folder=tmp_path)
    assert code == 1
    assert line.startswith("shop.py:16: SyntaxError: ")


def test_outside_of_projects_it_says_what_is_missing(tmp_path: Path) -> None:
    code, (line,) = check(folder=tmp_path)
    assert code == 2
    assert line.startswith(f"stepgate: there is no Pulumi.yaml in {tmp_path} or above: ")


def test_definitions_in_files_are_checked_wherever_they_are(tmp_path: Path) -> None:
    right = write(tmp_path, "right.asl.json", machine(A=passing()))
    assert check(right, folder=tmp_path) == (0, [])
    code, lines = check(right, write(tmp_path, "wrong.asl.json", WRONG), folder=tmp_path)
    assert code == 1
    assert lines == [
        "wrong.asl.json, state 'B': unknown action 'startInstance' of ec2; "
        "did you mean 'startInstances'?"
    ]


def test_the_mode_decides_what_a_definition_may_call(tmp_path: Path) -> None:
    file = write(tmp_path, "slow.json", SLOW)
    assert check(file, folder=tmp_path) == (0, [])
    code, (line,) = check("--mode", "sync", file, folder=tmp_path)
    assert code == 1
    assert line.startswith("slow.json, state 'A': waits (with .sync)")


def test_resources_can_be_declared_for_a_file(tmp_path: Path) -> None:
    queue = {"QueueUrl.$": "$.queue", "MessageBody": "x"}
    definition = machine(A=task("arn:aws:states:::sqs:sendMessage", Parameters=queue))
    file = write(tmp_path, "send.json", definition)
    code, (line,) = check(file, folder=tmp_path)
    assert (code, "do not follow from QueueUrl" in line) == (1, True)
    assert "list their ARNs with --resource, for example arn:aws:sqs:" in line
    arn = "arn:aws:sqs:us-east-1:000000000000:queue"
    assert check("--resource", arn, file, folder=tmp_path) == (0, [])


def test_what_a_template_puts_in_later_is_left_alone(tmp_path: Path) -> None:
    file = write(tmp_path, "sam.json", machine(A=task("${Function.Arn}")))
    assert check(file, folder=tmp_path) == (0, [])


def test_a_warning_is_printed_and_is_not_a_failure(tmp_path: Path) -> None:
    file = write(
        tmp_path, "hasty.json", machine(A=task(Retry=[{"ErrorEquals": ["States.Timeout"]}]))
    )
    code, (line,) = check(file, folder=tmp_path)
    assert code == 0
    assert line.startswith("warning: hasty.json, state 'A': is not retried")


def test_a_byte_order_mark_is_no_part_of_a_definition(tmp_path: Path) -> None:
    text = json.dumps(machine(A=passing()))
    (tmp_path / "file.json").write_text(text, encoding="utf-8-sig")
    assert check("file.json", folder=tmp_path) == (0, [])


def test_a_definition_is_checked_in_the_same_order_each_time(tmp_path: Path) -> None:
    lost = {f"S{i}": passing() for i in range(20)}
    file = write(tmp_path, "lost.json", machine(A=passing(), **lost))
    assert check(file, folder=tmp_path) == check(file, folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "file.json: there is no such file in "),
        ("{", "file.json:1: not JSON: "),
        ("[]", "file.json: not a state machine: write an object with StartAt and States"),
        ("\n\udcff", "file.json:2: not UTF-8"),
        ('{"States": {"A": 1,\n"B": 2,\n"A": 3}}', "file.json:3: 'A' appears twice in one object"),
        ('{"A": "{",\n"B": NaN}', "file.json:2: NaN is not a JSON number; use a finite one"),
        ("[" * 100_000, "file.json: nested too deeply; use fewer levels"),
        (NEST * 200 + "{}" + "}" * 600, "file.json: nested too deeply; use fewer levels"),
    ],
)
def test_a_file_that_is_not_a_definition_is_one_line(
    tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / "file.json").write_bytes(text.encode(errors="surrogateescape"))
    code, (line,) = check("file.json", folder=tmp_path)
    assert code == 1
    assert line.startswith(said)


def test_a_definition_in_yaml_is_checked_too(tmp_path: Path) -> None:
    (tmp_path / "wrong.asl.yaml").write_text(yaml.safe_dump(WRONG))
    code, (line,) = check("wrong.asl.yaml", folder=tmp_path)
    assert code == 1
    assert line.startswith("wrong.asl.yaml, state 'B': unknown action 'startInstance' of ec2")
