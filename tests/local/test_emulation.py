"""A program deployed onto the emulator: what it makes, what it exports, and how it fails."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepgate.local.emulation import deploy
from stepgate.local.emulator import HOST, free_port
from stepgate.local.errors import CommandError
from stepgate.local.program import Outputs
from stepgate.resource_types.cloud import Cloud
from tests.deployed.stacks import Deployed
from tests.local.programs import write_project

CHAIN = """
import pulumi
from pulumi_aws import cloudwatch, iam

first = cloudwatch.LogGroup("first", name="/chain/first")
role = iam.Role(
    "role", assume_role_policy="{}", opts=pulumi.ResourceOptions(depends_on=[first])
)
last = cloudwatch.LogGroup("last", name=pulumi.Output.concat("/chain/", role.name))
iam.RolePolicy(
    "policy",
    role="role",
    policy=pulumi.Output.json_dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": last.arn}],
    }),
)
"""

NESTED = """
import pulumi
from pulumi_aws import cloudwatch

group = cloudwatch.LogGroup("group", name="/nested/group")
pulumi.export("groups", {"all": [{"arn": group.arn}, group.name], "count": 1, "more": None})
pulumi.export("text", pulumi.Output.concat("the group ", group.name))
pulumi.export("secret", pulumi.Output.secret("in plain text, for it is local"))
"""

SETTINGS = """
import pulumi

config = pulumi.Config()
pulumi.export("size", config.get_int("size"))
pulumi.export("colors", config.get_object("colors"))
pulumi.export("region", pulumi.Config("aws").require("region"))
pulumi.export("where", f"{pulumi.get_project()}/{pulumi.get_stack()}")
"""

INSTANCE_IN_A_SUBNET = """
import pulumi
from pulumi_aws import ec2

named = [{"name": "name", "values": ["al2023-*"]}]
offered = ec2.get_instance_type_offerings(
    location_type="availability-zone",
    filters=[{"name": "instance-type", "values": ["t3.nano"]}],
)
zone = sorted(offered.locations)[-1]
subnets = ec2.get_subnets(
    filters=[
        {"name": "default-for-az", "values": ["true"]},
        {"name": "availability-zone", "values": [zone]},
    ]
)
group = ec2.SecurityGroup("closed")
instance = ec2.Instance(
    "instance",
    ami=ec2.get_ami(most_recent=True, owners=["amazon"], filters=named).id,
    instance_type="t3.nano",
    subnet_id=subnets.ids[0],
    associate_public_ip_address=False,
    vpc_security_group_ids=[group.id],
)
pulumi.export("zone", zone)
pulumi.export("subnet", subnets.ids[0])
pulumi.export("group", group.id)
pulumi.export("instance", instance.id)
"""

COMPONENT = """
import pulumi
from pulumi_aws import cloudwatch

class Shop(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("shop:index:Shop", name)
        group = cloudwatch.LogGroup(
            f"{name}-logs", name="/component/logs", opts=pulumi.ResourceOptions(parent=self)
        )
        self.group = group.name
        self.register_outputs({"group": group.name})

pulumi.export("group", Shop("shop").group)
"""

UNKNOWN_TYPE = """
import pulumi
pulumi.CustomResource("aws:rds/cluster:Cluster", "bucket", {})
"""

UNKNOWN_FUNCTION = """
import pulumi
pulumi.runtime.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {})
"""

UNKNOWN_FUNCTION_AS_OUTPUT = """
import pulumi_aws
pulumi_aws.get_availability_zones_output()
"""

SAME_NAME_TWICE = """
import pulumi
from pulumi_aws import cloudwatch

first = cloudwatch.LogGroup("first", name="/twice")
cloudwatch.LogGroup("second", name="/twice", opts=pulumi.ResourceOptions(depends_on=[first]))
"""

REFUSES_TO_RUN = """
import pulumi
raise pulumi.RunError("shop:size is 7: write 1 to 5\\nshop:color is 'x'")
"""

REFUSES_IN_AN_OUTPUT = """
import pulumi
from pulumi_aws import cloudwatch

def refuse(arn):
    raise pulumi.RunError(f"{arn.rpartition(':')[2]} will not do")

pulumi.export("refused", cloudwatch.LogGroup("group", name="/refused").arn.apply(refuse))
"""

MISTAKE = """
def count(things):
    return things["none"]

count({})
"""

MISTAKE_WITH_A_REAL_VALUE = """
import pulumi
from pulumi_aws import sqs

pulumi.export("x", sqs.Queue("mistaken").url.apply(
    lambda url: url["x"]
))
"""

LOOKS_UP_AN_IMAGE = """
import pulumi_aws
pulumi_aws.ec2.get_ami(owners=["amazon"], filters=[{"name": "name", "values": ["al2023-*"]}])
"""


Run = Callable[..., Outputs]
"""Deploys a program; its settings are given by name."""


def ignore(_: str) -> None:
    """For tests that do not look at what was created."""


@pytest.fixture
def run(tmp_path: Path, deployed: Deployed) -> Run:
    """Deploys onto the emulator that all tests share, so each names its resources differently."""

    def run_program(
        program: str,
        cloud: Cloud = deployed.cloud,
        created: Callable[[str], None] = ignore,
        **settings: str,
    ) -> Outputs:
        project = write_project(tmp_path, program)
        config = {"aws:region": cloud.region} | {f"shop:{k}": v for k, v in settings.items()}
        return deploy(project, "local", config, cloud, created)

    return run_program


@pytest.fixture
def nowhere() -> Cloud:
    """An emulator that has gone."""
    return Cloud(f"http://{HOST}:{free_port()}", "us-east-1")


def test_resources_are_made_in_the_order_of_their_dependencies(
    run: Run, deployed: Deployed
) -> None:
    created: list[str] = []
    run(CHAIN, created=created.append)
    assert created == ["first", "role", "last", "policy"]
    groups = deployed.cloud.logs.describe_log_groups(logGroupNamePrefix="/chain/")["logGroups"]
    assert {group.get("logGroupName") for group in groups} == {"/chain/first", "/chain/role"}
    policies = deployed.cloud.iam.list_role_policies(RoleName="role")["PolicyNames"]
    assert policies == ["policy"]


def test_outputs_are_plain_values_however_deep_they_stand(run: Run) -> None:
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:/nested/group"
    assert run(NESTED) == {
        "groups": {"all": [{"arn": arn}, "/nested/group"], "count": 1, "more": None},
        "text": "the group /nested/group",
        "secret": "in plain text, for it is local",
    }


def test_an_instance_in_a_subnet_has_no_public_address_where_none_is_wanted(
    run: Run, deployed: Deployed
) -> None:
    outputs = run(INSTANCE_IN_A_SUBNET)
    ec2 = deployed.cloud.ec2
    found: Any = ec2.describe_instances(InstanceIds=[outputs["instance"]])
    (instance,) = found["Reservations"][0]["Instances"]
    ec2.terminate_instances(InstanceIds=[outputs["instance"]])
    assert instance["State"]["Name"] == "running"
    assert instance["SubnetId"] == outputs["subnet"]
    assert instance["Placement"]["AvailabilityZone"] == outputs["zone"]
    assert "PublicIpAddress" not in instance
    assert [group["GroupId"] for group in instance["SecurityGroups"]] == [outputs["group"]]


def test_a_program_without_exports_has_no_outputs(run: Run) -> None:
    assert run("import pulumi") == {}


def test_a_program_gets_its_settings_and_the_names_of_its_project_and_stack(run: Run) -> None:
    assert run(SETTINGS, size="4", colors='["red"]') == {
        "size": 4,
        "colors": ["red"],
        "region": "us-east-1",
        "where": "shop/local",
    }


def test_a_component_is_made_of_its_children(run: Run) -> None:
    created: list[str] = []
    assert run(COMPONENT, created=created.append) == {"group": "/component/logs"}
    assert created == ["shop-logs"], "a component itself exists nowhere but in Pulumi"


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (
            UNKNOWN_TYPE,
            "bucket: the local engine cannot create a resource of type aws:rds/cluster:Cluster; "
            "leave it out",
        ),
        (
            UNKNOWN_FUNCTION,
            "the local engine cannot answer the function "
            "aws:index/getAvailabilityZones:getAvailabilityZones; do not call it",
        ),
        (
            UNKNOWN_FUNCTION_AS_OUTPUT,
            "the local engine cannot answer the function "
            "aws:index/getAvailabilityZones:getAvailabilityZones; do not call it",
        ),
    ],
    ids=["resource", "function", "function as output"],
)
def test_what_the_engine_does_not_know_is_named_with_what_to_do(
    run: Run, program: str, line: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run(program)
    assert str(refused.value) == f'{line} on the stack local: if pulumi.get_stack() != "local"'


def test_a_call_that_aws_refuses_is_told_in_one_line_with_type_and_name(run: Run) -> None:
    with pytest.raises(CommandError) as refused:
        run(SAME_NAME_TWICE)
    text = str(refused.value)
    assert text.startswith("the emulator refuses aws:cloudwatch/logGroup:LogGroup second: ")
    assert "already exists" in text
    assert "\n" not in text


def test_a_program_that_refuses_to_run_is_quoted(run: Run) -> None:
    with pytest.raises(CommandError) as refused:
        run(REFUSES_TO_RUN)
    assert str(refused.value) == "shop:size is 7: write 1 to 5\nshop:color is 'x'"


def test_a_program_that_refuses_once_it_knows_an_output_is_quoted(run: Run) -> None:
    with pytest.raises(CommandError) as refused:
        run(REFUSES_IN_AN_OUTPUT)
    assert str(refused.value) == "/refused will not do"


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (MISTAKE, "__main__.py:3: KeyError: 'none'"),
        (
            MISTAKE_WITH_A_REAL_VALUE,
            "__main__.py:6: TypeError: string indices must be integers, not 'str'",
        ),
        ("import sys\nsys.exit(3)", "__main__.py:2: SystemExit: 3"),
        ("open('none.json')", "__main__.py:1: FileNotFoundError: [Errno 2] No such file or "),
    ],
    ids=["at once", "with a real value", "exit", "file"],
)
def test_a_mistake_in_a_program_is_one_line_with_its_place(
    run: Run, program: str, line: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run(program)
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def test_deployments_in_one_process_do_not_mix(run: Run) -> None:
    export = "import pulumi; pulumi.export({0!r}, pulumi.Config().get('size'))"
    assert run(export.format("first"), size="1") == {"first": "1"}
    assert run(export.format("second")) == {"second": None}
    with pytest.raises(CommandError):
        run(REFUSES_TO_RUN)
    assert run(export.format("third"), size="3") == {"third": "3"}


@pytest.mark.parametrize(
    ("program", "what"),
    [
        (SAME_NAME_TWICE, "aws:cloudwatch/logGroup:LogGroup first"),
        (LOOKS_UP_AN_IMAGE, "aws:ec2/getAmi:getAmi"),
    ],
    ids=["resource", "function"],
)
def test_an_emulator_that_has_gone_is_told_in_one_line(
    run: Run, nowhere: Cloud, program: str, what: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run(program, cloud=nowhere)
    assert str(refused.value).startswith(f"the emulator refuses {what}: ")
    assert nowhere.endpoint in str(refused.value)
    assert "\n" not in str(refused.value)
