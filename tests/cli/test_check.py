"""`stepgate check`, as a person or a build runs it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from stepgate.resource_types import RESOURCE_TYPES
from tests.checks.definitions import machine, passing, task
from tests.cli.command import PROGRAM
from tests.local.programs import write_project

pytestmark = pytest.mark.proof

SLOW = machine(A=task("arn:aws:states:::glue:startJobRun.sync", Parameters={"JobName": "j"}))
WRONG = machine(A=passing(Next="B"), B=task("arn:aws:states:::aws-sdk:ec2:startInstance"))

# A machine in a machine; each opens three objects.
NEST = '{"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": '


CLEAN = (0, ["1 definition: no errors"])


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
    said = ["warning: better so", "project shop: no errors, 1 warning"]
    assert check(folder=below) == (0, said)
    write_project(tmp_path, "import pulumi\npulumi.Config().require('size')\n")
    line = (
        "Missing required configuration variable 'shop:size'; please set a value using the command "
        "`pulumi config set shop:size <value>`"
    )
    assert check(folder=below) == (1, [line, "project shop: 1 error"])
    code, (document,) = check("--json", folder=below)
    error = {"file": "../Pulumi.yaml", "state": "", "rule": "program", "message": line}
    assert (code, json.loads(document)) == (1, {"errors": [error], "advice": []})


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
    code, (*lines, summary) = check(folder=tmp_path)
    assert (code, summary) == (1, "project shop: 6 errors")
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
    code, (line, _) = check(folder=tmp_path)
    assert code == 1
    assert line.startswith("shop.py:16: SyntaxError: ")


def test_what_a_program_finds_is_data_with_its_file_and_line(tmp_path: Path) -> None:
    write_project(tmp_path, SHOP.replace(', stage="v 1"', ""))
    (tmp_path / "shop.py").write_text(
        "from stepgate import Workflow\n\nWORKFLOWS = (\n"
        f"    Workflow('wrong', 'async', {WRONG!r}),\n)\n"
    )
    code, (text,) = check("--json", folder=tmp_path)
    assert code == 1
    assert json.loads(text)["errors"] == [
        {
            "file": "shop.py",
            "state": "B",
            "rule": "require-known-integrations",
            "message": "workflow 'wrong': unknown action 'startInstance' of ec2; did you mean "
            "'startInstances'?",
        }
    ]
    code, (text,) = check("--sarif", folder=tmp_path)
    assert code == 1
    assert locations(json.loads(text)) == [("shop.py", 4)]
    (tmp_path / "shop.py").write_text("broken = (\n")
    code, (text,) = check("--sarif", folder=tmp_path)
    assert locations(json.loads(text)) == [("shop.py", 1)]


def test_a_programs_warnings_are_data_too(tmp_path: Path) -> None:
    write_project(tmp_path, SHOP.replace(', stage="v 1"', ""))
    endless = machine(A=passing())
    del endless["TimeoutSeconds"]
    (tmp_path / "shop.py").write_text(
        "from stepgate import Workflow\n\n"
        f"WORKFLOWS = [Workflow(f'w-{{i}}', 'async', {endless!r}) for i in range(4)]\n"
    )
    code, (line, summary) = check(folder=tmp_path)
    assert (code, summary) == (0, "project shop: no errors, 4 warnings")
    named = "workflow 'w-0'; workflow 'w-1'; workflow 'w-2'; …"
    assert line.startswith(f"warning: 4 places ({named}): no TimeoutSeconds")
    code, (text,) = check("--json", folder=tmp_path)
    assert code == 0
    advice = json.loads(text)["advice"]
    assert [each["message"].partition(":")[0] for each in advice] == [
        f"workflow 'w-{i}'" for i in range(4)
    ]
    assert {(each["file"], each["rule"]) for each in advice} == {("shop.py", "recommend-timeout")}


UNKNOWN_TYPE = """
import pulumi
from pulumi_aws import get_availability_zones_output

pulumi.CustomResource("aws:rds/cluster:Cluster", "cluster", {})
pulumi.export("zones", get_availability_zones_output().names)
"""


def test_what_the_local_engine_lacks_is_not_an_error_of_the_program(tmp_path: Path) -> None:
    write_project(tmp_path, UNKNOWN_TYPE)
    assert check(folder=tmp_path) == (0, ["project shop: no errors"])
    assert "aws:rds/cluster:Cluster" not in RESOURCE_TYPES


def test_what_the_emulator_refuses_is_not_an_error_of_the_program_either(tmp_path: Path) -> None:
    write_project(tmp_path, SHOP.replace(', stage="v 1"', "") + "raise ValueError('late')\n")
    connection = {"ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/c/1"}
    request = {"ApiEndpoint": "https://example.com/x", "Method": "GET"}
    call = task(
        "arn:aws:states:::http:invoke",
        Parameters={**request, "Authentication": connection},
        Retry=[],
    )
    labels = task("arn:aws:states:::aws-sdk:rekognition:listCollections", Retry=[])
    definition = machine(A=call | {"Next": "B"}, B=labels)
    del definition["States"]["A"]["End"]
    (tmp_path / "shop.py").write_text(
        f"from stepgate import Workflow\n\nWORKFLOWS = [Workflow('w', 'async', {definition!r})]\n"
    )
    assert check(folder=tmp_path) == (
        1,
        ["__main__.py:7: ValueError: late", "project shop: 1 error"],
    ), "what comes after it is checked too"


def test_a_program_that_stops_in_a_preview_is_not_said_to_be_checked(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        "from pulumi_aws import ec2\n\nec2.get_ami(owners=['amazon'])\nraise ValueError\n",
    )
    code, (line, summary) = check(folder=tmp_path)
    assert (code, summary) == (0, "project shop: no errors, 1 warning")
    assert line.startswith("warning: __main__.py:3: the program stops here in a preview")


def test_outside_of_projects_it_says_what_is_missing(tmp_path: Path) -> None:
    code, (line,) = check(folder=tmp_path)
    assert code == 2
    assert line.startswith(f"stepgate: there is no Pulumi.yaml in {tmp_path} or above: ")


def test_definitions_in_files_are_checked_wherever_they_are(tmp_path: Path) -> None:
    right = write(tmp_path, "right.asl.json", machine(A=passing()))
    assert check(right, folder=tmp_path) == (0, ["1 definition: no errors"])
    code, lines = check(right, write(tmp_path, "wrong.asl.json", WRONG), folder=tmp_path)
    assert code == 1
    assert lines == [
        "wrong.asl.json:1, state 'B': unknown action 'startInstance' of ec2; "
        "did you mean 'startInstances'?",
        "2 definitions: 1 error",
    ]


def test_the_mode_decides_what_a_definition_may_call(tmp_path: Path) -> None:
    file = write(tmp_path, "slow.json", SLOW)
    assert check(file, folder=tmp_path) == CLEAN
    code, (line, _) = check("--mode", "sync", file, folder=tmp_path)
    assert code == 1
    assert line.startswith("slow.json:1, state 'A': waits (with .sync)")


def test_resources_can_be_declared_for_a_file(tmp_path: Path) -> None:
    queue = {"QueueUrl.$": "$.queue", "MessageBody": "x"}
    definition = machine(A=task("arn:aws:states:::sqs:sendMessage", Parameters=queue))
    file = write(tmp_path, "send.json", definition)
    code, (line, _) = check(file, folder=tmp_path)
    assert (code, "do not follow from QueueUrl" in line) == (1, True)
    assert "list their ARNs with --resource, for example arn:aws:sqs:" in line
    arn = "arn:aws:sqs:us-east-1:000000000000:queue"
    assert check("--resource", arn, file, folder=tmp_path) == CLEAN
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
    assert check("--statement", json.dumps(statement), file, folder=tmp_path) == CLEAN


def test_what_a_template_fills_in_later_is_left_alone(tmp_path: Path) -> None:
    item = {"TableName": "${Table}", "Item": {"id": {"S.$": "$.id"}}}
    retry = {"ErrorEquals": ["States.ALL"], "MaxAttempts": "${Attempts}"}
    definition = machine(
        A=task("arn:${AWS::Partition}:states:::dynamodb:putItem", Parameters=item, Retry=[retry])
    )
    file = write(tmp_path, "sam.json", definition | {"TimeoutSeconds": "${Timeout}"})
    assert check(file, folder=tmp_path) == CLEAN
    code, (text,) = check("--policy", "--json", file, folder=tmp_path)
    assert code == 0
    assert "arn:aws:dynamodb:us-east-1:000000000000:table/${Table}" in text
    wrong = write(tmp_path, "wrong.json", machine(A=task("arn:${AWS::Partition}:states:::no:no")))
    assert check(wrong, folder=tmp_path)[0] == 1, "what AWS itself fills in is known"


def test_what_a_placeholder_calls_is_said_to_be_unchecked(tmp_path: Path) -> None:
    file = write(tmp_path, "sam.json", machine(A=task("${Function.Arn}")))
    code, (line, _) = check(file, folder=tmp_path)
    assert code == 0
    assert line.startswith("warning: sam.json:1, state 'A': its Resource is a placeholder")


def test_a_warning_is_printed_and_is_not_a_failure(tmp_path: Path) -> None:
    file = write(
        tmp_path, "hasty.json", machine(A=task(Retry=[{"ErrorEquals": ["States.Timeout"]}]))
    )
    code, (line, _) = check(file, folder=tmp_path)
    assert code == 0
    assert line.startswith("warning: hasty.json:1, state 'A': is not retried")


def test_a_byte_order_mark_is_no_part_of_a_definition(tmp_path: Path) -> None:
    text = json.dumps(machine(A=passing()))
    (tmp_path / "file.json").write_text(text, encoding="utf-8-sig")
    assert check("file.json", folder=tmp_path) == CLEAN


def test_a_definition_is_checked_in_the_same_order_each_time(tmp_path: Path) -> None:
    lost = {f"S{i}": passing() for i in range(20)}
    file = write(tmp_path, "lost.json", machine(A=passing(), **lost))
    assert check(file, folder=tmp_path) == check(file, folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "file.json:1: not JSON: "),
        ("{}", "file.json: not a state machine: write an object with StartAt and States"),
        ("{", "file.json:1: not JSON: "),
        ("[]", "file.json: not a state machine: write an object with StartAt and States"),
        ("\n\udcff", "file.json:2: not UTF-8"),
        ('{"States": {"A": 1,\n"B": 2,\n"A": 3}}', "file.json:3: 'A' appears twice in one object"),
        ('{"A": "{",\n"B": NaN}', "file.json:2: NaN is not a JSON number; use a finite one"),
        ("[" * 100_000, "file.json: nested too deeply; use fewer levels"),
        (NEST * 200 + "{}" + "}" * 600, "file.json: nested too deeply; use fewer levels"),
    ],
)
def test_a_file_that_is_not_a_definition_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "file.json").write_bytes(text.encode(errors="surrogateescape"))
    wrong = write(tmp_path, "wrong.json", WRONG)
    code, (line, other, summary) = check("file.json", wrong, folder=tmp_path)
    assert code == 1
    assert line.startswith(said)
    assert other.startswith("wrong.json:1, state 'B': "), "the other file is checked as well"
    assert summary == "2 definitions: 2 errors"


def test_a_definition_in_yaml_is_checked_too(tmp_path: Path) -> None:
    (tmp_path / "wrong.asl.yaml").write_text(yaml.safe_dump(WRONG))
    code, (line, _) = check("wrong.asl.yaml", folder=tmp_path)
    assert code == 1
    assert line.startswith("wrong.asl.yaml:6, state 'B': unknown action 'startInstance' of ec2")


def write_folder(folder: Path) -> None:
    """Two definitions, and what is none or not the user's."""
    for name in ("a", "b/c", ".hidden", "node_modules/x", "environment/lib"):
        (folder / name).mkdir(parents=True)
    (folder / "environment/pyvenv.cfg").touch()
    write(folder, "package.json", {"name": "x"})
    write(folder, "a/order.json", machine(A=passing()))
    (folder / "a/broken.json").write_text("{")
    (folder / "a/template.yaml").write_text("Resources: !Sub x\n")
    (folder / "b/c/pay.asl.yml").write_text(yaml.safe_dump(WRONG))
    os.mkfifo(folder / "a/pipe.asl.json")
    for name in (".hidden", "node_modules/x", "environment/lib"):
        write(folder, f"{name}/broken.asl.json", WRONG)


def test_a_folder_is_searched_for_definitions(tmp_path: Path) -> None:
    write_folder(tmp_path)
    lines = [
        "b/c/pay.asl.yml:6, state 'B': unknown action 'startInstance' of ec2; did you mean "
        "'startInstances'?",
        "2 definitions: 1 error",
    ]
    assert check(".", folder=tmp_path) == (1, lines)
    twice = (".", "a", "a/order.json", str(tmp_path / "b"))
    assert check(*twice, folder=tmp_path) == (1, lines), "each file is checked once"
    (tmp_path / "b/c/broken.asl.json").write_text("{")
    code, (line, *_, summary) = check("b", folder=tmp_path)
    assert (code, summary) == (1, "2 definitions: 2 errors")
    assert line.startswith("b/c/broken.asl.json:1: not JSON")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.json"], "missing.json: there is no such file in "),
        (["docs"], "docs: no definition in this folder; name a file"),
        (["--policy"], "are for definitions: name a FILE"),
        (["--mode", "sync"], "are for definitions: name a FILE"),
        (["--sarif", "--json", "right.json"], "give one of them"),
        (["--sarif", "--policy", "right.json"], "give one of them"),
        (["--resource", "queue", "right.json"], "--resource 'queue' is not an ARN"),
        (["--statement", "{", "right.json"], "--statement '{' is not JSON"),
        (["--statement", "{}", "right.json"], "--statement '{}' is not an IAM statement"),
    ],
)
def test_wrong_use_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "docs").mkdir()
    write(tmp_path, "right.json", machine(A=passing()))
    code, lines = check(*arguments, folder=tmp_path)
    assert code == 2
    assert said in lines[-1]


def test_the_policy_is_what_the_role_may_do(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
    options = ("--policy", "--statement", json.dumps(statement))
    queue = "arn:aws:states:::sqs:sendMessage"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
    send = task(queue, Parameters={"QueueUrl": url, "MessageBody": "x"}, Retry=[])
    file = write(tmp_path, "send.json", machine(A=send))
    code, lines = check(*options, file, folder=tmp_path)
    policy = json.loads("\n".join(lines))
    assert code == 0
    assert policy["Version"] == "2012-10-17"
    assert policy["Statement"][-1] == statement
    assert ["sqs:SendMessage"] in [each["Action"] for each in policy["Statement"]]
    wrong = write(tmp_path, "wrong.json", WRONG)
    code, (text, line) = check(*options, "--json", file, wrong, folder=tmp_path)
    assert (code, json.loads(text)) == (1, {file: policy})
    assert line.startswith("wrong.json:1, state 'B': ")


def test_json_has_a_document_for_each_finding(tmp_path: Path) -> None:
    hasty = task(Retry=[{"ErrorEquals": ["States.Timeout"]}])
    file = write(tmp_path, "hasty.json", machine(A=hasty | {"Nxt": 1}))
    (tmp_path / "broken.json").write_text("{")
    code, (text,) = check("--json", file, "broken.json", folder=tmp_path)
    document = json.loads(text)
    assert code == 1
    assert document["errors"][0] == {
        "file": "hasty.json",
        "state": "A",
        "rule": "require-known-fields",
        "message": "unknown field Nxt in a Task state; did you mean Next?",
    }
    assert document["errors"][1]["rule"] == "require-definition"
    assert document["errors"][1]["message"].startswith("not JSON: ")
    assert [each["rule"] for each in document["advice"]] == ["recommend-retries"]


def locations(log: dict[str, Any]) -> list[tuple[str, int]]:
    """The file and the line of each result."""
    places = [
        result["locations"][0]["physicalLocation"]
        for run in log["runs"]
        for result in run["results"]
    ]
    return [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places]


@pytest.mark.parametrize("path", [".", ""], ids=["files", "program"])
def test_sarif_has_what_its_schema_and_code_scanning_require(tmp_path: Path, path: str) -> None:
    # https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    hasty = task(Retry=[{"ErrorEquals": ["States.Timeout"]}])
    definitions = [machine(A=hasty), WRONG]
    write_project(tmp_path, SHOP.replace(', stage="v 1"', ""))
    (tmp_path / "shop.py").write_text(
        "from stepgate import Workflow\n\n"
        f"WORKFLOWS = [Workflow(f'w{{i}}', 'async', d) for i, d in enumerate({definitions!r})]\n"
    )
    for i, definition in enumerate(definitions):
        write(tmp_path, f"w{i}.asl.json", definition)
    # A refused program logs no warnings.
    levels = ["error", "warning"] if path else ["error"]
    code, (text,) = check("--sarif", *filter(None, [path]), folder=tmp_path)
    log = json.loads(text)
    assert code == 1
    assert (log["version"], log["$schema"].rpartition("/")[2]) == (
        "2.1.0",
        "sarif-schema-2.1.0.json",
    )
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "Stepgate"
    ids = [rule["id"] for rule in driver["rules"]]
    assert len({*ids}) == len(ids)
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    assert [result["level"] for result in run["results"]] == levels
    assert {result["ruleId"] for result in run["results"]} == {*ids}
    assert all(result["message"]["text"] for result in run["results"])
    for file, line in locations(log):
        assert (tmp_path / file).is_file()
        assert line >= 1


def test_sarif_has_the_lines_of_the_states(tmp_path: Path) -> None:
    folder = tmp_path / "my machines"
    folder.mkdir()
    (folder / "wrong.asl.json").write_text(json.dumps(WRONG, indent=2))
    code, (text,) = check("--sarif", str(folder), folder=tmp_path)
    assert code == 1
    line = json.dumps(WRONG, indent=2).split("\n").index('    "B": {') + 1
    assert locations(json.loads(text)) == [("my%20machines/wrong.asl.json", line)]
