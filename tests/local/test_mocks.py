"""`stepgate local up --mocks`: the mocks of tests as answers on the local stack."""

import json
import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from stepgate.local.emulator import free_port
from stepgate.local.errors import CommandError
from stepgate.local.mocks import Mocks, read_mocks
from stepgate.testing import Answer, fails, returns
from tests.cli.command import PROGRAM
from tests.local.programs import write_project

DEFINITION = {
    "StartAt": "Read",
    "TimeoutSeconds": 20,
    "States": {
        "Read": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:textract:detectDocumentText",
            "Parameters": {"Document": {"S3Object": {"Bucket": "b", "Name.$": "$.name"}}},
            "Retry": [{"ErrorEquals": ["Textract.ThrottlingException"], "IntervalSeconds": 1}],
            "ResultPath": "$.text",
            "Next": "Price",
        },
        "Price": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:price",
            "ResultPath": "$.price",
            "Next": "Send",
        },
        "Send": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": "nowhere", "MessageBody.$": "$"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.sent", "Next": "Done"}],
            "Next": "Done",
        },
        "Done": {
            "Type": "Pass",
            "Parameters": {"text.$": "$.text.Blocks[0].Text", "price.$": "$.price"},
            "End": True,
        },
    },
}
SHOP = f"""
import pulumi
from stepgate import Workflow
from stepgate.components import WorkflowApi

READ = Workflow(
    "read",
    "sync",
    {DEFINITION!r},
    resources=lambda values: ["arn:aws:s3:::b/*"],
)
api = WorkflowApi("api", workflows=[READ])
for name, output in api.outputs.items():
    pulumi.export(name, output)
"""
MOCKS = """
from stepgate.testing import fails, returns

MOCKS = {
    "read": {
        "Read": [fails("Textract.ThrottlingException"), returns({"Blocks": [{"Text": "tea"}]})],
        "Price": returns({"net": 7}),
    }
}
"""


def test_mocks_are_handed_on_as_json() -> None:
    answers: dict[str, Answer | list[Answer]] = {"A": [fails("X", "y")], "B": returns(1, after=2)}
    invoke = "arn:aws:states:::lambda:invoke"
    states = {name: {"Type": "Task", "Resource": invoke} for name in answers}
    definition = {"StartAt": "A", "States": states}
    api = {"definitions": {"w": definition}, "stateMachineArns": {"w": "arn"}}
    assert json.loads(Mocks({"w": answers}).by_machine([api])) == {
        "arn": {
            "A": [{"error": "X", "cause": "y", "after": 0}],
            "B": {"output": 1, "after": 2},
        }
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no MOCKS by workflow and state; write MOCKS ="),
        ("MOCKS = {'read': 1}", "has no MOCKS by workflow and state"),
        ("MOCKS = {'read': {'Read': 1}}", "read, Read: 1 cannot answer on the local stack"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_file_without_mocks_is_explained(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "mocks.py"
    file.write_text(text)
    with pytest.raises(CommandError, match=re.escape(message)):
        read_mocks(file)


def test_a_file_that_is_missing_is_explained(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no\.py does not exist; name a Python file with MOCKS"):
        read_mocks(tmp_path / "no.py")


@pytest.mark.parametrize(
    ("mocks", "message"),
    [
        ({"raed": {}}, r"unknown workflow 'raed'; did you mean 'read'\?"),
        ({"read": {"Rea": returns({})}}, r"unknown state 'Rea'; did you mean 'Read'\?"),
        ({"read": {"Read": returns({"Bloks": []})}}, "Bloks is unknown; did you mean 'Blocks'"),
    ],
)
def test_mocks_are_compared_with_what_is_deployed(
    mocks: dict[str, dict[str, Answer]], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        Mocks(mocks).by_machine([{"definitions": {"read": DEFINITION}, "stateMachineArns": {}}])


@pytest.mark.proof
@pytest.mark.emulator
def test_the_named_states_are_answered_and_the_others_are_not(tmp_path: Path) -> None:
    project = write_project(tmp_path, SHOP)
    (project / "mocks.py").write_text(MOCKS)
    environment = os.environ | {"STEPGATE_PORT": str(free_port())}

    def stepgate(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    try:
        up = stepgate("local", "up", "--mocks", "mocks.py")
        assert up.returncode == 0, up.stdout + up.stderr
        outputs = json.loads((project / ".local/outputs.json").read_text())
        url = outputs["routes"]["read"]["url"]
        for _ in range(2):  # each execution has all answers
            answer = httpx.post(url, json={"name": "n"}, timeout=30)
            assert answer.json() == {"text": "tea", "price": {"net": 7}}
        again = stepgate("local", "up", "--mocks", "mocks.py")
        assert "nothing has changed" in again.stdout
    finally:
        stepgate("local", "down")
