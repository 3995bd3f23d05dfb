"""What the program registers, by Pulumi's mocks."""

import pytest

from tests.conftest import REPOSITORY
from tests.example.program import run
from tests.program import ARNS, Program
from workflows import WORKFLOWS

LOGS = "/aws/vendedlogs/states/"
MACHINE = ARNS["aws:sfn/stateMachine:StateMachine"]
INSTANCE = f"{ARNS['aws:ec2/instance:Instance']}stepgate-dev-instance"

ROUTES = {
    "express-instance": {
        "mode": "sync",
        "method": "POST",
        "url": "stepgate-dev-api-stage.invokeUrl/express-instance",
    },
    "standard-instance": {
        "mode": "async",
        "method": "POST",
        "url": "stepgate-dev-api-stage.invokeUrl/standard-instance",
        "executionUrl": "stepgate-dev-api-stage.invokeUrl/standard-instance/{execution}",
    },
}


@pytest.fixture(scope="module")
def program() -> Program:
    return run()


def test_the_outputs_are_those_that_apps_rely_on(program: Program) -> None:
    openapi = program.outputs.pop("openapi")
    assert openapi["servers"] == [{"url": "stepgate-dev-api-stage.invokeUrl"}]
    definitions = program.outputs.pop("definitions")
    assert definitions["standard-instance"]["States"]["Delay"]["Seconds"] == 29
    assert definitions.keys() == ROUTES.keys()
    assert program.outputs == {
        "routes": ROUTES,
        "stateMachineArns": {
            "express-instance": f"{MACHINE}stepgate-dev-api-express-instance",
            "standard-instance": f"{MACHINE}stepgate-dev-api-standard-instance",
        },
        "logGroups": {name: f"{LOGS}stepgate-dev-api-{name}" for name in ROUTES},
        "instanceId": "stepgate-dev-instance.id",
        "progressQueueUrl": "stepgate-dev-api-progress.url",
        "apiId": "stepgate-dev-api-rest-api.id",
        "stage": "v1",
        "region": "eu-central-1",
        "authorization": "iam",
    }


def test_main_is_a_table_of_contents() -> None:
    assert len((REPOSITORY / "__main__.py").read_text().splitlines()) < 60


def test_the_instance_is_closed_encrypted_and_newest(program: Program) -> None:
    (instance,) = program.of_type("aws:ec2/instance:Instance").values()
    assert instance.inputs["instanceType"] == "t3.nano"
    assert instance.inputs["metadataOptions"]["httpTokens"] == "required"
    assert instance.inputs["associatePublicIpAddress"] is False
    assert instance.inputs["subnetId"] == "subnet-1"
    assert instance.inputs["rootBlockDevice"]["encrypted"] is True
    assert "keyName" not in instance.inputs
    (group,) = program.of_type("aws:ec2/securityGroup:SecurityGroup").values()
    assert not {"ingress", "egress"} & group.inputs.keys()
    assert instance.inputs["vpcSecurityGroupIds"] == ["stepgate-dev-security-group.id"]


def test_the_workflows_may_start_and_stop_only_the_stacks_own_instance(program: Program) -> None:
    policies = program.of_type("aws:iam/rolePolicy:RolePolicy")
    for workflow in WORKFLOWS:
        describe, change, *_ = policies[f"api-{workflow.name}-policy"].json("policy")["Statement"]
        assert (describe["Action"], describe["Resource"]) == (["ec2:DescribeInstances"], ["*"])
        assert change["Action"] == ["ec2:StartInstances", "ec2:StopInstances"]
        assert change["Resource"] == [INSTANCE]


def test_the_delay_stands_in_the_one_machine_that_waits(program: Program) -> None:
    machines = program.of_type("aws:sfn/stateMachine:StateMachine")
    assert machines["api-standard-instance"].json("definition")["States"]["Delay"]["Seconds"] == 29
    assert "Delay" not in machines["api-express-instance"].json("definition")["States"]
    changed = run({"delaySeconds": "5"}).of_type("aws:sfn/stateMachine:StateMachine")
    assert changed["api-standard-instance"].json("definition")["States"]["Delay"]["Seconds"] == 5
    assert changed["api-express-instance"].inputs == machines["api-express-instance"].inputs


def test_the_instance_has_the_tags_that_a_sweep_looks_for(program: Program) -> None:
    for type_ in ("aws:ec2/instance:Instance", "aws:ec2/securityGroup:SecurityGroup"):
        (resource,) = program.of_type(type_).values()
        assert resource.inputs["tags"] == {
            "Project": "stepgate",
            "Stack": "dev",
            "Name": "stepgate-dev",
        }
    instance = program.of_type("aws:ec2/instance:Instance")["instance"]
    assert instance.inputs["volumeTags"] == instance.inputs["tags"]
