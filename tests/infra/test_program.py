"""What the program registers, by Pulumi's mocks."""

from dataclasses import replace

import pulumi
import pytest
from pulumi.output import Unknown

from tests.program import ARNS, PROJECT, Program, run
from workflows import WORKFLOWS
from workflows.workflow import Workflow

MACHINE = ARNS["aws:sfn/stateMachine:StateMachine"]
LOGS = ARNS["aws:cloudwatch/logGroup:LogGroup"]
QUEUE = f"{ARNS['aws:sqs/queue:Queue']}stepgate-dev-progress.url"
DEAD_LETTERS = f"{ARNS['aws:sqs/queue:Queue']}stepgate-dev-dead-letters"
INSTANCE = f"{ARNS['aws:ec2/instance:Instance']}stepgate-dev-instance"

ROUTES = {
    "express-instance": {
        "mode": "sync",
        "method": "POST",
        "url": "stepgate-dev-stage.invokeUrl/express-instance",
    },
    "standard-instance": {
        "mode": "async",
        "method": "POST",
        "url": "stepgate-dev-stage.invokeUrl/standard-instance",
        "executionUrl": "stepgate-dev-stage.invokeUrl/standard-instance/{execution}",
    },
}


@pytest.fixture(scope="module")
def program() -> Program:
    return run()


def test_the_outputs_are_those_that_apps_rely_on(program: Program) -> None:
    openapi = program.outputs.pop("openapi")
    assert openapi["servers"] == [{"url": "stepgate-dev-stage.invokeUrl"}]
    definitions = program.outputs.pop("definitions")
    assert definitions["standard-instance"]["States"]["Delay"]["Seconds"] == 29
    assert definitions.keys() == ROUTES.keys()
    assert program.outputs == {
        "routes": ROUTES,
        "stateMachineArns": {
            "express-instance": f"{MACHINE}stepgate-dev-express-instance",
            "standard-instance": f"{MACHINE}stepgate-dev-standard-instance",
        },
        "instanceId": "stepgate-dev-instance.id",
        "progressQueueUrl": "stepgate-dev-progress.url",
        "apiId": "stepgate-dev-api.id",
        "stage": "v1",
        "region": "eu-central-1",
        "authorization": "iam",
    }


def test_main_is_a_table_of_contents() -> None:
    assert len((PROJECT / "__main__.py").read_text().splitlines()) < 60


def test_the_instance_is_closed_encrypted_and_newest(program: Program) -> None:
    (instance,) = program.of_type("aws:ec2/instance:Instance").values()
    assert instance.inputs["instanceType"] == "t3.nano"
    assert instance.inputs["metadataOptions"]["httpTokens"] == "required"
    assert instance.inputs["associatePublicIpAddress"] is False
    assert instance.inputs["rootBlockDevice"]["encrypted"] is True
    assert "keyName" not in instance.inputs
    (group,) = program.of_type("aws:ec2/securityGroup:SecurityGroup").values()
    assert not {"ingress", "egress"} & group.inputs.keys()
    assert instance.inputs["vpcSecurityGroupIds"] == ["stepgate-dev-security-group.id"]


def test_machines_differ_by_mode_in_type_and_log_level(program: Program) -> None:
    machines = program.of_type("aws:sfn/stateMachine:StateMachine")
    assert {
        name: (machine.inputs["type"], machine.inputs["loggingConfiguration"])
        for name, machine in machines.items()
        if name != "-end"
    } == {
        "express-instance": (
            "EXPRESS",
            {
                "level": "ALL",
                "includeExecutionData": False,
                "logDestination": f"{LOGS}stepgate-dev-express-instance-logs:*",
            },
        ),
        "standard-instance": (
            "STANDARD",
            {
                "level": "ERROR",
                "includeExecutionData": False,
                "logDestination": f"{LOGS}stepgate-dev-standard-instance-logs:*",
            },
        ),
    }


def test_each_machine_logs_where_the_resource_policy_is_not_filled_up(program: Program) -> None:
    groups = program.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert {(g.inputs["name"], g.inputs["retentionInDays"]) for g in groups.values()} == {
        (f"/aws/vendedlogs/states/stepgate-dev{name}", 30)
        for name in ("-express-instance", "-standard-instance", "--end")
    }


def test_each_machine_may_do_what_its_workflow_says_and_log(program: Program) -> None:
    policies = program.of_type("aws:iam/rolePolicy:RolePolicy")
    for workflow in WORKFLOWS:
        policy = policies[f"{workflow.name}-policy"]
        assert policy.inputs["role"] == f"stepgate-dev-{workflow.name}-role"
        describe, change, logs, *send = policy.json("policy")["Statement"]
        assert (describe["Action"], describe["Resource"]) == (["ec2:DescribeInstances"], ["*"])
        assert change["Action"] == ["ec2:StartInstances", "ec2:StopInstances"]
        assert change["Resource"] == [INSTANCE]
        assert all(action.startswith("logs:") for action in logs["Action"])
        assert [(s["Action"], s["Resource"]) for s in send] == (
            [] if workflow.progress == "off" else [(["sqs:SendMessage"], [QUEUE])]
        )


def test_the_queue_is_fifo_encrypted_and_puts_aside_what_nobody_can_handle(
    program: Program,
) -> None:
    queues = program.of_type("aws:sqs/queue:Queue")
    assert queues.keys() == {"progress", "dead-letters"}
    assert all(queue.inputs["fifoQueue"] is True for queue in queues.values())
    assert all(queue.inputs["sqsManagedSseEnabled"] is True for queue in queues.values())
    queue = queues["progress"]
    assert queue.inputs["deduplicationScope"] == "messageGroup"
    assert queue.inputs["fifoThroughputLimit"] == "perMessageGroupId"
    assert queue.json("redrivePolicy")["deadLetterTargetArn"] == DEAD_LETTERS
    retention = {name: q.inputs["messageRetentionSeconds"] for name, q in queues.items()}
    assert retention == {"progress": 345_600, "dead-letters": 1_209_600}


def test_the_end_of_each_execution_that_tells_of_itself_starts_a_small_machine(
    program: Program,
) -> None:
    rules = program.of_type("aws:cloudwatch/eventRule:EventRule")
    assert rules.keys() == {"standard-instance-end"}
    assert rules["standard-instance-end"].json("eventPattern") == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": [f"{MACHINE}stepgate-dev-standard-instance"],
            "status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
        },
    }
    (target,) = program.of_type("aws:cloudwatch/eventTarget:EventTarget").values()
    assert target.inputs["arn"] == f"{MACHINE}stepgate-dev--end"
    assert target.inputs["inputTransformer"] == {
        "inputTemplate": '{"workflow": "standard-instance", "event": <aws.events.event.json>}'
    }
    policies = program.of_type("aws:iam/rolePolicy:RolePolicy")
    (start,) = policies["-ends-policy"].json("policy")["Statement"]
    assert (start["Action"], start["Resource"]) == ("states:StartExecution", target.inputs["arn"])
    (trust,) = program.of_type("aws:iam/role:Role")["-ends-role"].json("assumeRolePolicy")[
        "Statement"
    ]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    _, send = policies["-end-policy"].json("policy")["Statement"]
    assert (send["Action"], send["Resource"]) == (["sqs:SendMessage"], [QUEUE])


def test_nothing_follows_executions_where_no_workflow_tells_of_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silent = tuple(replace(workflow, progress="off") for workflow in WORKFLOWS)
    monkeypatch.setattr("workflows.WORKFLOWS", silent)
    program = run()
    assert program.of_type("aws:cloudwatch/eventRule:EventRule") == {}
    assert "-end" not in program.of_type("aws:sfn/stateMachine:StateMachine")
    assert program.outputs["progressQueueUrl"] == "stepgate-dev-progress.url"


def test_only_step_functions_of_this_account_takes_a_machines_role(program: Program) -> None:
    roles = program.of_type("aws:iam/role:Role")
    for workflow in WORKFLOWS:
        (trust,) = roles[f"{workflow.name}-role"].json("assumeRolePolicy")["Statement"]
        assert trust["Principal"] == {"Service": "states.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_the_api_may_do_what_its_routes_call_and_nothing_else(program: Program) -> None:
    (policy,) = program.of_type("aws:iam/policy:Policy").values()
    express, standard = (
        f"{MACHINE}stepgate-dev-{kind}-instance" for kind in ("express", "standard")
    )
    executions = f"{standard.replace(':stateMachine:', ':execution:')}:*"
    assert [(s["Action"], s["Resource"]) for s in policy.json("policy")["Statement"]] == [
        (["states:DescribeExecution", "states:StopExecution"], [executions]),
        (["states:StartExecution"], [standard]),
        (["states:StartSyncExecution"], [express]),
    ]


def test_the_apis_role_has_its_managed_policy_and_no_inline_one(program: Program) -> None:
    (attachment,) = program.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment").values()
    assert attachment.inputs == {
        "role": "stepgate-dev-role",
        "policyArn": f"{ARNS['aws:iam/policy:Policy']}stepgate-dev-policy-1",
    }
    inline = program.of_type("aws:iam/rolePolicy:RolePolicy")
    assert "stepgate-dev-role" not in {policy.inputs["role"] for policy in inline.values()}


def test_the_api_is_one_document_that_may_not_be_misunderstood(program: Program) -> None:
    api = program.of_type("aws:apigateway/restApi:RestApi")["api"]
    assert list(api.json("body")["paths"]) == [
        "/express-instance",
        "/standard-instance",
        "/standard-instance/{execution}",
    ]
    assert api.inputs["failOnWarnings"] is True
    assert api.inputs["endpointConfiguration"] == {"types": "REGIONAL"}


def deployment_trigger(program: Program) -> str:
    (deployment,) = program.of_type("aws:apigateway/deployment:Deployment").values()
    return deployment.inputs["triggers"]["document"]


def test_a_changed_document_is_deployed_again_and_an_unchanged_one_is_not(
    program: Program,
) -> None:
    assert deployment_trigger(run()) == deployment_trigger(program)
    public = run({"authorization": "none", "allowPublic": "true"})
    assert deployment_trigger(public) != deployment_trigger(program)


def test_the_delay_stands_in_the_one_machine_that_waits(program: Program) -> None:
    machines = program.of_type("aws:sfn/stateMachine:StateMachine")
    assert machines["standard-instance"].json("definition")["States"]["Delay"]["Seconds"] == 29
    assert "Delay" not in machines["express-instance"].json("definition")["States"]
    changed = run({"delaySeconds": "5"}).of_type("aws:sfn/stateMachine:StateMachine")
    assert changed["standard-instance"].json("definition")["States"]["Delay"]["Seconds"] == 5
    assert changed["express-instance"].inputs == machines["express-instance"].inputs


def test_all_that_can_be_tagged_says_whose_it_is(program: Program) -> None:
    untaggable = {
        *("rolePolicy:RolePolicy", "rolePolicyAttachment:RolePolicyAttachment"),
        *("deployment:Deployment", "methodSettings:MethodSettings"),
        "eventTarget:EventTarget",
    }
    of_workflows = {"aws:sfn/stateMachine:StateMachine", "aws:cloudwatch/logGroup:LogGroup"}
    for (type_, name), resource in program.resources.items():
        if not type_.startswith("aws:") or type_.split("/")[1] in untaggable:
            continue
        tags = resource.inputs["tags"]
        assert (tags["Project"], tags["Stack"]) == ("stepgate", "dev"), name
        if type_ in of_workflows:
            assert tags["Workflow"] in name
    instance = program.of_type("aws:ec2/instance:Instance")["instance"]
    assert instance.inputs["volumeTags"] == instance.inputs["tags"]


def test_all_names_begin_as_the_policies_of_those_who_deploy_say(program: Program) -> None:
    named = [name for type_, name in program.resources if type_.startswith("aws:")]
    assert [name for name in named if not name.startswith("stepgate-dev-")] == []


def test_the_url_of_a_domain_replaces_the_stages_own() -> None:
    program = run({"apiUrl": "https://{apiId}.example.com/{region}/{stage}/"})
    assert program.outputs["routes"]["express-instance"]["url"] == (
        "https://stepgate-dev-api.id.example.com/eu-central-1/v1/express-instance"
    )


def test_a_preview_of_a_new_stack_registers_the_same_with_unknown_values(
    program: Program,
) -> None:
    preview = run(preview=True)
    assert preview.resources.keys() == program.resources.keys()
    assert isinstance(preview.outputs["routes"], Unknown)
    assert preview.outputs["authorization"] == "iam"


COMPONENTS = {
    "stepgate:infra:Instance": ["stepgate-dev"],
    "stepgate:infra:StateMachine": [
        "stepgate-dev-express-instance",
        "stepgate-dev-standard-instance",
        "stepgate-dev--end",
    ],
    "stepgate:infra:Queue": ["stepgate-dev"],
    "stepgate:infra:LastMessages": ["stepgate-dev"],
    "stepgate:infra:Api": ["stepgate-dev"],
}


def test_components_have_the_types_and_names_that_stacks_out_there_have(program: Program) -> None:
    assert {
        type_: [name for kind, name in program.resources if kind == type_] for type_ in COMPONENTS
    } == COMPONENTS, "a changed type or name replaces what users have deployed"


@pytest.mark.parametrize("preview", [False, True])
def test_invalid_workflows_are_refused_before_anything_is_registered(
    monkeypatch: pytest.MonkeyPatch, preview: bool
) -> None:
    bad = Workflow(name="bad", mode="sync", definition=lambda _: {"StartAt": "Nowhere"})
    monkeypatch.setattr("workflows.WORKFLOWS", (bad, bad))
    with pytest.raises(pulumi.RunError, match="2 workflows have this name"):
        run(preview=preview)
