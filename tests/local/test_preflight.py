"""The preview of a program: what it finds, and that it always comes to an end with one document."""

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from stepgate.local.errors import CommandError
from stepgate.local.preflight import NO_RESOURCES, Messages, preflight, preview
from stepgate.local.program import run_program
from stepgate.project import read_project
from tests.counts import counts
from tests.findings import error_lines, warning_lines
from tests.local.programs import write_project
from tests.program import Recorder

LACKING = """
import pulumi
from pulumi_aws import cloudwatch

group = cloudwatch.LogGroup("group", name="/group")
pulumi.CustomResource("aws:rds/cluster:Cluster", "bucket", {"name": group.arn})
pulumi.CustomResource("aws:rds/cluster:Cluster", "archive", {})
pulumi.CustomResource("aws:efs/fileSystem:FileSystem", "topic", {})
zones = pulumi.runtime.invoke_output("aws:index/getAvailabilityZones:getAvailabilityZones", {})
zones.apply(lambda answer: answer["names"][0])
raise pulumi.RunError("shop:size is 7\\nshop:color is 'x'")
"""

WRONG_INPUTS = """
import json, pulumi
import pulumi_aws as aws

archive = aws.s3.Bucket("archive")
aws.sqs.Queue("jobs", delay_seconds=-1, policy=archive.arn, redrive_policy="{")
aws.sqs.Queue("other", region=5)
aws.sqs.QueuePolicy("jobs", queue_url=archive.arn, policy={"a": archive.arn})
aws.lambda_.Function("f", code=pulumi.FileArchive("none"), role=archive.arn, runtime=archive.arn)
aws.secretsmanager.SecretVersion("key", secret_id=archive.arn, secret_string={"a": "hidden"})
aws.ec2.Instance("one", ami="ami-1", instance_type="t3.nano", launch_template={"id": "lt-1"})
"""

OWN_MACHINES = """
import json, pulumi
import pulumi_aws as aws

def machine(name, *actions):
    states = {
        action: {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "End": True}
        for action in actions
    }
    definition = {"StartAt": actions[0], "States": states}
    role = "arn:aws:iam::000000000000:role/it"
    aws.sfn.StateMachine(name, role_arn=role, definition=json.dumps(definition))

machine("page", "http:invoke", "aws-sdk:rekognition:detectLabels")
topic = aws.sns.Topic("unknown")
aws.sfn.StateMachine("unknown", role_arn=topic.arn, definition=topic.arn)
"""

TWO_APIS = """
import pulumi
from stepgate import Workflow
from stepgate.components import WorkflowApi

ORDER = Workflow(name="place-order", mode="sync", definition={"StartAt": "A", "States": {}})
shop = WorkflowApi("shop", workflows=[ORDER], stage="a b")
pulumi.export("shop", shop.outputs)
pulumi.CustomResource("aws:rds/cluster:Cluster", "cluster", {}, pulumi.ResourceOptions(parent=shop))
stock = WorkflowApi("stock", workflows=[ORDER], log_retention_days=2)
stock.grant_invoke(None)
"""

UNKNOWNS = """
import pulumi
from pulumi_aws import cloudwatch, ec2

def check(value):
    raise pulumi.RunError(f"known: {value}")

image = ec2.get_ami_output(owners=["amazon"])
image.id.apply(check)
instance = ec2.Instance("one", ami=image.id, instance_type="t3.nano")
for unknown in (instance.id, instance.arn, instance.ami):
    unknown.apply(check)
pulumi.export("id", instance.id)
"""

KNOWNS = """
import pulumi, pulumi_aws
from pulumi_aws import cloudwatch

def warn(*values):
    pulumi.log.warn(" ".join(values))

pulumi.Output.all(
    pulumi_aws.get_region().region,
    pulumi_aws.get_partition_output().partition,
    pulumi_aws.get_caller_identity_output().account_id,
    cloudwatch.LogGroup("group", name="/group").name,
).apply(lambda values: warn(*values))
"""

IMAGE_AS_VALUE = """
import pulumi
from pulumi_aws import ec2

pulumi.CustomResource("aws:rds/cluster:Cluster", "bucket", {})
ec2.get_ami(owners=["amazon"]).id.upper()
"""

WARNINGS = """
import pulumi

for text in ("b", "a", "b"):
    pulumi.log.warn(text)
    pulumi.log.info("not a warning")
"""

LOGGED_ERROR = """
import pulumi

pulumi.log.error("shop:size is 7")
raise pulumi.RunError("see above")
"""

PRINTS = """
import os, subprocess
import pulumi

pulumi.log.warn("better so")
print("thinking")
os.write(1, b"thinking")
subprocess.run(["echo", "thinking"])
"""

THREAD_WITHOUT_END = """
import threading

threading.Thread(target=threading.Event().wait).start()
"""

MANY_RESOURCES = """
import pulumi

pulumi.log.warn("better so")
for number in range(20):
    pulumi.CustomResource("aws:cloudwatch/logGroup:LogGroup", f"group-{number}", {})
    pulumi.runtime.invoke_output("aws:index/getRegion:getRegion", {})
"""

CALLS_SERVICES = """
from dataclasses import dataclass
from pulumi_aws import sqs
from stepgate import Values, Workflow
from stepgate.components import WorkflowApi

@dataclass(frozen=True)
class ShopValues(Values):
    queue_url: str = "https://sqs.us-east-1.amazonaws.com/000000000000/queue"

def calling(resource, parameters):
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Retry": []}
    task |= {"Parameters": parameters, "End": True}
    states = {"Call": task}
    return {"StartAt": "Call", "Comment": "${queue_url}", "TimeoutSeconds": 20, "States": states}

labels = calling("aws-sdk:rekognition:listCollections", {})
mail = calling("sqs:sendMessage", {"QueueUrl": "${queue_url}", "MessageBody": "x"})
page = calling("http:invoke", {
    "ApiEndpoint": "https://example.com/x", "Method": "GET",
    "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/c/1"},
})
definitions = {"labels": labels, "mail": mail, "page": page}
WorkflowApi(
    "shop",
    workflows=[Workflow(name=n, mode="sync", definition=definitions[n], values=ShopValues)
               for n in NAMES],
    values={"queue_url": sqs.Queue("queue").url},
)
"""

CONFIG = {"aws:region": "eu-west-1"}


def errors_of(project: Path, program: str) -> list[str]:
    return error_lines(preview(write_project(project, program), "local", CONFIG).errors)


def warnings_of(project: Path, program: str) -> list[str]:
    """The warnings of a program that nothing is wrong with."""
    found = preview(write_project(project, program), "local", CONFIG)
    assert found.errors == []
    return warning_lines(found.warnings)


def run(project: Path, program: str) -> list[str]:
    """In a process of its own, as the commands do."""
    return preflight(read_project(write_project(project, program)), "local")


def test_all_that_the_engine_lacks_is_reported_at_once_with_what_the_program_says(
    tmp_path: Path,
) -> None:
    cannot_create = "the local engine cannot create a resource of type"
    types = '; leave it out on the stack local: if pulumi.get_stack() != "local"'
    functions = '; do not call it on the stack local: if pulumi.get_stack() != "local"'
    zones = "aws:index/getAvailabilityZones:getAvailabilityZones"
    assert errors_of(tmp_path, LACKING) == [
        f"archive: {cannot_create} aws:rds/cluster:Cluster{types}",
        f"bucket: {cannot_create} aws:rds/cluster:Cluster{types}",
        f"the local engine cannot answer the function {zones}{functions}",
        f"topic: {cannot_create} aws:efs/fileSystem:FileSystem{types}",
        "shop:size is 7",
        "shop:color is 'x'",
    ]


def test_a_service_that_the_emulator_lacks_is_a_warning_whatever_values_are_unknown(
    tmp_path: Path,
) -> None:
    program = f"NAMES = ['labels', 'mail']\n{CALLS_SERVICES}"
    assert warnings_of(tmp_path, program) == [
        "workflow 'labels', state 'Call': rekognition:listCollections fails on the emulator, which "
        "does not have rekognition; run executions that come here on AWS"
    ]
    messages = Messages()
    mocks = Recorder(preview=True)
    run_program(tmp_path, "dev", CONFIG, mocks, preview=True, log=messages)
    assert messages.warnings == set(), "on AWS there is nothing to report"


def test_what_the_emulator_refuses_to_create_is_an_error_beside_what_it_lacks(
    tmp_path: Path,
) -> None:
    bucket = "import pulumi\npulumi.CustomResource('aws:rds/cluster:Cluster', 'bucket', {})"
    lacking, refused = errors_of(tmp_path, f"{bucket}\nNAMES = ['page']\n{CALLS_SERVICES}")
    assert lacking.startswith("bucket: ")
    assert refused.startswith("workflow 'page', state 'Call': the emulator refuses a state machine")


def test_wrong_inputs_that_are_known_are_reported_at_once(tmp_path: Path) -> None:
    no_json = "it is not JSON: Expecting property name enclosed in double quotes: line 1 column 2"
    assert errors_of(tmp_path, WRONG_INPUTS) == [
        "aws:ec2/instance:Instance one: the input launch_template.id is 'lt-1'; "
        "the local engine cannot use it; leave it out on the stack local",
        "aws:lambda/function:Function f: the input code is 'none': No such file or directory",
        "aws:secretsmanager/secretVersion:SecretVersion key: the input secret_string is a secret "
        "of another form; write text",
        "aws:sqs/queue:Queue jobs: the input delay_seconds is -1; write a whole number from 0 to "
        "900",
        f"aws:sqs/queue:Queue jobs: the input redrive_policy is '{{'; {no_json} (char 1)",
        "aws:sqs/queue:Queue other: the input region is 5; write text",
    ]


def test_state_machines_of_ones_own_are_checked_if_their_definition_is_known(
    tmp_path: Path,
) -> None:
    found = preview(write_project(tmp_path, OWN_MACHINES), "local", CONFIG)
    [error], [warning] = error_lines(found.errors), warning_lines(found.warnings)
    state = "state machine 'page', state"
    assert error.startswith(f"{state} 'http:invoke': the emulator refuses a state machine that")
    assert warning.startswith(
        f"{state} 'aws-sdk:rekognition:detectLabels': rekognition:detectLabels fails"
    )


def test_what_only_a_deployment_knows_is_unknown(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, UNKNOWNS) == []


def test_what_an_emulator_would_always_answer_and_inputs_are_known(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, KNOWNS) == ["eu-west-1 aws 000000000000 /group"]


def test_a_program_that_cannot_go_on_without_an_unknown_answer_is_not_refused_for_it(
    tmp_path: Path,
) -> None:
    [line] = errors_of(tmp_path, IMAGE_AS_VALUE)
    assert line.startswith("bucket: "), "what was found until there is reported"
    known = IMAGE_AS_VALUE.replace("aws:rds/cluster:Cluster", "aws:sqs/queue:Queue")
    assert errors_of(tmp_path, known) == []


def test_each_warning_comes_once_and_in_the_same_order(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, WARNINGS) == ["a", "b", NO_RESOURCES.message]


def test_the_errors_of_all_apis_are_reported_at_once_each_once(tmp_path: Path) -> None:
    subjects = [line.split(": ")[0] for line in errors_of(tmp_path, TWO_APIS)]
    assert subjects == [
        *("cluster", "WorkflowApi 'shop'", "workflow 'place-order'", "WorkflowApi 'stock'")
    ]


def test_a_logged_error_is_an_error(tmp_path: Path) -> None:
    assert errors_of(tmp_path, LOGGED_ERROR) == ["shop:size is 7", "see above"]


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("things = {}\nthings['none']", "__main__.py:2: KeyError: 'none'"),
        ("import json\n\njson.loads('x')", "__main__.py:3: JSONDecodeError: "),
        (
            "import pulumi\npulumi.Output.from_input('x').apply(\n    lambda text: text.none)",
            "__main__.py:3: AttributeError: 'str' object has no attribute 'none'",
        ),
        ("raise ValueError('two\\n  lines')", "__main__.py:1: ValueError: two lines"),
        ("assert False", "__main__.py:1: AssertionError"),
        ("\ndef (", "__main__.py:2: SyntaxError: invalid syntax"),
        ("import sys\nsys.exit(3)", "__main__.py:2: SystemExit: 3"),
        (
            "import pulumi\npulumi.CustomResource('a:b:C', 'thing', {'x': object()})",
            "__main__.py: ValueError: While processing resource: 'thing', type: 'a:b:C' ",
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place_in_the_program(
    tmp_path: Path, program: str, line: str
) -> None:
    [error] = errors_of(tmp_path, program)
    assert error.startswith(line)
    assert "(__main__.py" not in error  # the place is said once


def test_all_errors_reach_the_command_in_a_line_each(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^shop:size is 7\nsee above$"):
        run(tmp_path, LOGGED_ERROR)


def test_a_program_that_ends_its_process_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as ended:
        run(tmp_path, "import os; os._exit(3)")
    assert str(ended.value) == (
        f"{tmp_path} ended the process with exit status 3; remove the call that exits, for example "
        "os._exit"
    )


def test_what_a_program_prints_stays_out_of_the_document(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, PRINTS) == ["better so", NO_RESOURCES.message]
    assert capfd.readouterr() == ("", "")


def test_a_thread_without_end_does_not_keep_the_preflight_from_its_end(tmp_path: Path) -> None:
    assert run(tmp_path, THREAD_WITHOUT_END) == [NO_RESOURCES.message]


def test_a_region_has_to_be_set(tmp_path: Path) -> None:
    project = read_project(write_project(tmp_path, "raise ValueError('as well')"))
    (tmp_path / "Pulumi.local.yaml").write_text("")
    with pytest.raises(CommandError) as refused:
        preflight(project, "local")
    assert str(refused.value).splitlines() == [
        "aws:region has no value in Pulumi.local.yaml; set it to a Region, for example "
        "aws:region: us-east-1",
        "__main__.py:1: ValueError: as well",
    ]


NAMES_TWICE = """
import pulumi
from pulumi_aws import sqs

class Part(pulumi.ComponentResource):
    def __init__(self, type_, name, child, opts=None):
        super().__init__(type_, name, None, opts)
        sqs.Queue(child, opts=pulumi.ResourceOptions(parent=self))

for _ in range(3):
    sqs.Queue("orders")
    Part("shop:index:Shop", "shop", "all")
Part("shop:index:Shop", "shop-a", "a-b")
Part("shop:index:Shop", "shop-b", "a-b")
for kind in ("One", "Two"):  # the types of the parents differ
    Part("shop:index:Other", kind, "orders", pulumi.ResourceOptions(
        parent=pulumi.ComponentResource(f"shop:index:{kind}", "above")
    ))
"""


def test_resources_of_one_type_and_name_are_a_line_each(tmp_path: Path) -> None:
    assert sorted(errors_of(tmp_path, NAMES_TWICE)) == [
        f"{name}: two resources of type {type_} have this name; rename one"
        for name, type_ in (
            ("a-b", "aws:sqs/queue:Queue"),
            ("orders", "aws:sqs/queue:Queue"),
            ("shop", "shop:index:Shop"),
        )
    ]


SETTINGS = """
import pulumi

lines, config = ["shop:stage is 'a-b'", "shop:sizes is 1"], pulumi.Config()
for read in (lambda: config.require_int("size"), lambda: config.require("color")):
    try:
        read()
    except Exception as error:
        lines.append(str(error))
raise pulumi.RunError("\\n".join(lines))
"""


def test_wrong_settings_come_together_with_what_the_program_says_each_once(
    tmp_path: Path,
) -> None:
    write_project(tmp_path, SETTINGS)
    with (tmp_path / "Pulumi.yaml").open("a") as file:
        file.write("config: {size: {type: integer}, color: {type: string}}\n")
    with (tmp_path / "Pulumi.local.yaml").open("a") as file:
        file.write("  size: many\n")
    with pytest.raises(CommandError) as refused:
        preflight(read_project(tmp_path), "local")
    assert str(refused.value).splitlines() == [
        "shop:color has no value in Pulumi.local.yaml and no default in Pulumi.yaml",
        "shop:size is 'many' in Pulumi.local.yaml; Pulumi.yaml declares a value of type integer",
        "shop:stage is 'a-b'",
        "shop:sizes is 1",
    ]


@pytest.mark.parametrize("runtime", ["nodejs", "{name: nodejs}"])
def test_a_program_in_another_language_is_one_line(tmp_path: Path, runtime: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\nruntime: {runtime}\n")
    with pytest.raises(CommandError) as refused:
        preflight(read_project(tmp_path), "local")
    assert str(refused.value) == (
        f"{tmp_path / 'Pulumi.yaml'} has runtime: nodejs; the local engine runs programs in Python "
        "only"
    )


def test_a_program_that_is_missing_is_one_line(tmp_path: Path) -> None:
    project = read_project(write_project(tmp_path, ""))
    (tmp_path / "__main__.py").unlink()
    with pytest.raises(CommandError) as refused:
        preflight(project, "local")
    assert str(refused.value).startswith(f"{tmp_path / '__main__.py'} is missing: write the ")


@pytest.fixture
def busy_machine() -> Generator[None]:
    """Each core has a process that never waits."""
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]
    yield
    for process in busy:
        process.kill()
        process.wait()


@pytest.mark.proof
@counts(8, bench=200)
@pytest.mark.usefixtures("busy_machine")
def test_no_preflight_fails_by_chance_on_a_busy_machine(tmp_path: Path, count: int) -> None:
    assert [run(tmp_path, MANY_RESOURCES) for _ in range(count)] == [["better so"]] * count
