"""`python -m workflows.check`, as a person or a build runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROJECT
from tests.workflows.definitions import machine, passing, task

SLOW = machine(A=task("arn:aws:states:::glue:startJobRun.sync", Parameters={"JobName": "j"}))
WRONG = machine(A=passing(Next="B"), B=task("arn:aws:states:::aws-sdk:ec2:startInstance"))

# A machine in a machine; each opens three objects.
NEST = '{"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": '


def check(*arguments: str, folder: Path = PROJECT) -> tuple[int, list[str]]:
    """The exit code, and the lines printed."""
    run = subprocess.run(
        [sys.executable, "-m", "workflows.check", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in run.stderr
    return run.returncode, (run.stdout + run.stderr).splitlines()


def write(folder: Path, name: str, definition: Any) -> str:
    (folder / name).write_text(json.dumps(definition))
    return name


def test_the_projects_own_workflows_are_right() -> None:
    assert check() == (0, [])


def test_definitions_in_files_are_checked_wherever_they_are(tmp_path: Path) -> None:
    right = write(tmp_path, "right.asl.json", machine(A=passing()))
    assert check(right, folder=tmp_path) == (0, [])
    code, lines = check(right, write(tmp_path, "wrong.asl.json", WRONG), folder=tmp_path)
    assert code == 1
    assert lines == [
        "wrong.asl.json, state 'B': ec2 has no action 'startInstance'; "
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
    assert (code, "does not follow from QueueUrl" in line) == (1, True)
    assert "may be called on with --resource, such as arn:aws:sqs:" in line
    arn = "arn:aws:sqs:us-east-1:000000000000:queue"
    assert check("--resource", arn, file, folder=tmp_path) == (0, [])


def test_what_a_template_puts_in_later_is_left_alone(tmp_path: Path) -> None:
    file = write(tmp_path, "sam.json", machine(A=task("${Function.Arn}")))
    assert check(file, folder=tmp_path) == (0, [])


def test_advice_is_printed_and_is_no_failure(tmp_path: Path) -> None:
    file = write(
        tmp_path, "hasty.json", machine(A=task(Retry=[{"ErrorEquals": ["States.Timeout"]}]))
    )
    code, (line,) = check(file, folder=tmp_path)
    assert code == 0
    assert line.startswith("advice: hasty.json, state 'A': is not tried again")


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
        (None, "cannot be read: No such file or directory"),
        ("{", "is no JSON: "),
        ("[]", "is no state machine: write an object with StartAt and States"),
        ("\udcff", "is no JSON: "),
        ('{"States": {"A": 1, "B": 2, "A": 3}}', "'A' stands twice in one object; rename or"),
        ('{"TimeoutSeconds": NaN}', "NaN is no number of JSON; write a finite one"),
        ("[" * 100_000, "is nested too deeply; write it with fewer levels"),
        (NEST * 200 + "{}" + "}" * 600, "is nested too deeply; write it with fewer levels"),
    ],
)
def test_a_file_that_is_no_definition_is_one_line(
    tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / "file.json").write_bytes(text.encode(errors="surrogateescape"))
    code, (line,) = check("file.json", folder=tmp_path)
    assert code == 1
    assert line.startswith(f"file.json: {said}")
